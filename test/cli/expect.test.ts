import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { parseExpected } from '../../src/cli/options/expect-file.js';
import { UsageError } from '../../src/errors.js';
import type { VerdictDocument } from '../../src/judge/document.js';
import { packageRoot } from '../../src/package-root.js';
import { Folder, run } from './program.js';
import { FAILING, soak } from './soaks.js';

const GOOD = `# what we know of
expect:
  - reason: POLICY_DENIED
    direction: ingress
    nodes: [worker-1, "cp-*"]
    from: shop/cart
    to: [shop/pay, world]
    port: 443
    protocol: tcp
    rate: 6/min
    owner: team-shop
    until: 2026-12-31
    why: the old price list
  - { reason: 189, rate: 30 / h, owner: team-mesh, until: "2026-06-30T18:00:00+02:00" }
`;

/** UNENCRYPTED_TRAFFIC on worker-1 from three clients: six episodes a minute. */
const known = (rate: string, until = '2027-01-31'): string =>
  `expect:\n  - reason: UNENCRYPTED_TRAFFIC\n    to: shop/server-1\n    rate: ${rate}\n    owner: team-net\n    until: ${until}\n`;

describe('the file of expected drops', () => {
  it('is read as it is written', () => {
    const [first, second, ...more] = parseExpected(GOOD, 'known.yaml');
    assert.deepEqual(more, []);
    assert.deepEqual(first, {
      reason: 133,
      direction: 'ingress',
      nodes: ['worker-1', 'cp-*'],
      from: ['shop/cart'],
      to: ['shop/pay', 'world'],
      port: 443,
      protocol: 'TCP',
      perMinute: 6,
      rate: '6/min',
      owner: 'team-shop',
      until: Date.parse('2026-12-31T23:59:59.999Z'),
      untilText: '2026-12-31',
      why: 'the old price list',
      place: 'known.yaml:3',
    });
    assert.deepEqual(second, {
      reason: 189,
      direction: null,
      nodes: null,
      from: null,
      to: null,
      port: null,
      protocol: null,
      perMinute: 0.5,
      rate: '30 / h',
      owner: 'team-mesh',
      until: Date.parse('2026-06-30T16:00:00Z'),
      untilText: '2026-06-30T18:00:00+02:00',
      why: null,
      place: 'known.yaml:14',
    });
    assert.deepEqual(parseExpected('expect: []\n', 'known.yaml'), []);
  });

  const entryWith = (line: string): string =>
    `expect:\n  - reason: 133\n    rate: 6/min\n    owner: me\n    until: 2026-12-31\n    ${line}\n`;
  const instead = (key: string, value: string): string =>
    entryWith('why: so').replace(new RegExp(`${key}: .*`), `${key}: ${value}`);
  const wrong: readonly (readonly [text: string, says: string])[] = [
    ['', 'known.yaml:1: expected drops are a list under "expect:"'],
    ['- reason: 133\n', 'known.yaml:1: expected drops are a list under "expect:"'],
    ['expect: 1\n', 'known.yaml:1: expect is a list'],
    ['expct:\n', "known.yaml:1: there is no key 'expct'; did you mean 'expect'?"],
    ['expect:\n  - POLICY_DENIED\n', 'known.yaml:2: an expected drop is written as "key: value" lines'],
    [entryWith('ower: you'), "known.yaml:6: there is no key 'ower'; did you mean 'owner'?"],
    [entryWith('owner: you'), 'known.yaml:6: not YAML'],
    [entryWith('direction: in'), 'known.yaml:6: direction is one of ingress, egress'],
    [entryWith('protocol: HTTP'), 'known.yaml:6: protocol is one of TCP, UDP'],
    [entryWith('port: 0'), 'known.yaml:6: port is a number from 1 to 65535'],
    [entryWith('nodes: []'), 'known.yaml:6: nodes is empty'],
    [entryWith('from: {a: b}'), 'known.yaml:6: from is missing, or is no plain value'],
    [entryWith('why: ""'), 'known.yaml:6: why is empty'],
    [instead('reason', 'POLICY_DENID'), "known.yaml:2: 'POLICY_DENID' is no drop reason; did you mean POLICY_DENIED?"],
    [instead('reason', '0'), "known.yaml:2: '0' is no drop reason; want a name"],
    [instead('rate', 'often'), 'known.yaml:3: rate is how many episodes one node may see'],
    [instead('rate', '0/min'), 'known.yaml:3: rate is how many episodes one node may see'],
    [instead('owner', '""'), 'known.yaml:4: owner is empty'],
    [instead('owner', ''), 'known.yaml:4: owner is missing'],
    [instead('until', 'soon'), 'known.yaml:5: until is a date such as 2026-12-31'],
    [instead('until', '2026-02-30'), 'known.yaml:5: until is a date such as 2026-12-31'],
    ['expect:\n  - reason: 133\n    rate: 6/min\n', 'known.yaml:2: until is missing'],
  ];
  for (const [text, says] of wrong)
    it(`refuses ${JSON.stringify(text.slice(-40))}`, () => {
      assert.throws(
        () => parseExpected(text, 'known.yaml'),
        (error) => {
          assert.ok(error instanceof UsageError);
          assert.equal(error.message.slice(0, says.length), says);
          return true;
        },
      );
    });

  it('has a JSON Schema that takes what the reader takes', () => {
    const text = readFileSync(join(packageRoot(), 'schema/expect-v1.schema.json'), 'utf8');
    const validate = new Ajv2020({ allErrors: true }).compile(JSON.parse(text) as object);
    assert.ok(validate(parse(GOOD.replace('tcp', 'TCP'))), JSON.stringify(validate.errors));
    for (const bad of [
      entryWith('ower: you'),
      entryWith('port: 0'),
      instead('rate', '0 often'),
      instead('until', 'soon'),
    ])
      assert.ok(!validate(parse(bad)), bad);
  });
});

describe('--expect', { concurrency: true }, () => {
  const findings = (out: string) => (JSON.parse(out) as VerdictDocument).findings;

  it('takes known drops out of the verdict', async (t) => {
    const folder = new Folder(t);
    folder.file('soak.jsonl', soak(FAILING));
    folder.file('known.yaml', known('10/min'));
    const gate = (...args: string[]) => run(['gate', '--json', ...args, 'soak.jsonl'], { cwd: folder.path });
    assert.equal((await gate()).code, 1);
    const { code, out, err } = await gate('--expect', 'known.yaml');
    assert.equal(code, 3, err);
    const document = JSON.parse(out) as VerdictDocument;
    assert.equal(document.soak.settings['expect'], 'known.yaml');
    const [finding] = document.findings.filter(({ kind }) => kind === 'expected');
    assert.match(finding?.says ?? '', /owner team-net/);
    assert.equal((await gate('--expect', 'known.yaml')).out, out);
  });

  it('counts them again above their rate and past their time, also by --now', async (t) => {
    const folder = new Folder(t);
    folder.file('soak.jsonl', soak(FAILING));
    folder.file('rare.yaml', known('2/h'));
    folder.file('old.yaml', known('10/min', '2026-02-28'));
    folder.file('known.yaml', known('10/min'));
    const gate = (...args: string[]) => run(['gate', '--json', ...args, 'soak.jsonl'], { cwd: folder.path });
    const runs = await Promise.all([
      gate('--expect', 'rare.yaml'),
      gate('--expect', 'old.yaml'),
      gate('--expect', 'known.yaml', '--now', '2027-02-01T00:00:00Z'),
    ]);
    const says = [/times that rate/, /Renew the entry at old\.yaml:2/, /Renew the entry at known\.yaml:2/];
    runs.forEach(({ code, out }, i) => {
      assert.equal(code, 1);
      assert.match(findings(out).find(({ kind }) => kind === 'expected')?.says ?? '', says[i] ?? /never/);
    });
  });

  it('stands in the config file, and in a fixture of a manifest beside it', async (t) => {
    const folder = new Folder(t);
    const recording = folder.file('soak.jsonl', soak(FAILING));
    const file = folder.file('known.yaml', known('10/min'));
    folder.file('hubble-soak.yaml', 'expect: known.yaml\n');
    const cwd = folder.path;
    assert.equal((await run(['gate', recording], { cwd })).code, 3);
    const shown = await run(['gate', '--print-config'], { cwd });
    assert.match(shown.out, /^expect +known\.yaml +hubble-soak\.yaml:1$/m);
    const manifest = (args: string) =>
      folder.file(
        'manifest.yaml',
        `fixtures:\n  - recording: soak.jsonl\n    args: ${args}\n    verdict: inconclusive\n`,
      );
    const beside = await run(['gate', manifest('--expect known.yaml')]);
    assert.equal(beside.code, 0, beside.out + beside.err);
    assert.equal((await run(['gate', manifest(`[--expect, ${JSON.stringify(file)}]`)])).code, 0);
    const missing = await run(['gate', manifest('--expect nowhere.yaml')]);
    assert.equal(missing.code, 2);
    assert.match(
      missing.err,
      /manifest\.yaml:2: .*nowhere\.yaml: the file of expected drops \(--expect\) cannot be read/,
    );
    assert.equal(missing.out, '');
  });

  it('refuses a file with a mistake, and is quiet about entries that fit nothing', async (t) => {
    const folder = new Folder(t);
    const recording = folder.file('soak.jsonl', soak({ seconds: 30 }));
    const bad = folder.file('bad.yaml', known('10/min').replace('owner', 'ownr'));
    const refused = await run(['gate', '--expect', bad, recording]);
    assert.equal(refused.code, 2);
    assert.match(refused.err, /bad\.yaml:2?5: there is no key 'ownr'; did you mean 'owner'\?/);
    assert.equal(refused.out, '');
    const idle = folder.file('known.yaml', known('10/min'));
    assert.equal((await run(['gate', '--expect', idle, recording])).err, '');
    const loud = await run(['gate', '--log-level', 'debug', '--expect', idle, recording]);
    assert.match(loud.err, /known\.yaml:2: this soak shows none of these expected drops/);
  });
});
