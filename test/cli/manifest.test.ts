import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { shortfalls } from '../../src/cli/run/fixture-outcome.js';
import type { Fixture } from '../../src/cli/run/manifest.js';
import { readManifest } from '../../src/cli/run/manifest.js';
import { UsageError } from '../../src/errors.js';
import type { Finding, VerdictDocument } from '../../src/judge/document.js';
import { packageRoot } from '../../src/package-root.js';
import { Folder, run } from './program.js';
import { FAILING, soak } from './soaks.js';

const GOOD = `
fixtures:
  - recording: failing.jsonl
    args: [--settle, 30s]
    verdict: fail
    findings:
      - class: hard-rule
        nodes: [worker-1]
        reasonName: UNENCRYPTED_TRAFFIC
        scope: towards
        where: traffic from worker-3 to shop/server-1 on worker-1; what worker-1 sends is fine
    restarts:
      - { node: worker-1, at: 2026-03-01T10:01:50Z, within: 5s }
  - recording: [a.jsonl, b.jsonl]
    verdict: inconclusive
`;

function fixtures(t: TestContext): Folder {
  const folder = new Folder(t);
  folder.file('failing.jsonl', soak(FAILING));
  const quiet = soak({ seconds: 20 });
  folder.file('a.jsonl', quiet.slice(0, 100));
  folder.file('b.jsonl', quiet.slice(100));
  return folder;
}

describe('gate of a manifest', { concurrency: true }, () => {
  it('is ok when every fixture comes out as written', async (t) => {
    const { code, out, err } = await run(['gate', fixtures(t).file('manifest.yaml', GOOD)]);
    assert.equal(err, '');
    assert.equal(out, 'ok failing.jsonl fail\nok a.jsonl + b.jsonl inconclusive\n2 fixtures, each as expected\n');
    assert.equal(code, 0);
  });

  it('fails and names the fixture whose expectation is turned round', async (t) => {
    const turned = GOOD.replace('verdict: fail', 'verdict: pass').replace('10:01:50Z', '10:02:50Z');
    const { code, out } = await run(['gate', fixtures(t).file('manifest.yaml', turned)]);
    assert.equal(code, 1);
    const [first = '', second, last] = out.split('\n');
    assert.match(
      first,
      /^FAILED failing\.jsonl: expected pass, got fail .*\| expected the restarts worker-1 at 2026-03-01T10:02:50/,
    );
    assert.equal(second, 'ok a.jsonl + b.jsonl inconclusive');
    assert.equal(last, '2 fixtures, 1 not as expected');
  });

  it('as JSON', async (t) => {
    const { code, out } = await run(['gate', '--json', fixtures(t).file('manifest.yaml', GOOD)]);
    assert.equal(code, 0);
    const { schema, fixtures: outcomes } = JSON.parse(out) as {
      schema: string;
      fixtures: { recording: unknown; ok: boolean; verdict: string; document: VerdictDocument }[];
    };
    assert.equal(schema, 'hubble-soak/gate/v1');
    assert.deepEqual(
      outcomes.map(({ recording, ok, verdict, document }) => [recording, ok, verdict, document.verdict]),
      [
        ['failing.jsonl', true, 'fail', 'fail'],
        [['a.jsonl', 'b.jsonl'], true, 'inconclusive', 'inconclusive'],
      ],
    );
  });

  const broken: readonly (readonly [name: string, text: string, says: RegExp])[] = [
    [
      'a missing file',
      GOOD.replace('failing.jsonl', 'nowhere.jsonl'),
      /manifest\.yaml:3: there is no file .*nowhere\.jsonl/,
    ],
    [
      'an unknown flag',
      GOOD.replace('--settle', '--settel'),
      /manifest\.yaml:3: there is no option --settel; did you mean --settle\?/,
    ],
    ['a bad value', GOOD.replace('30s', 'soon'), /manifest\.yaml:3: --settle soon: want a duration/],
    ['a manifest among recordings', GOOD, /is a manifest; give it alone/],
  ];
  for (const [name, text, says] of broken)
    it(`refuses ${name}`, async (t) => {
      const folder = fixtures(t);
      const more = name === 'a manifest among recordings' ? [folder.at('a.jsonl')] : [];
      const { code, out, err } = await run(['gate', folder.file('manifest.yaml', text), ...more]);
      assert.equal(code, 2);
      assert.equal(out, '');
      assert.match(err, says);
    });
});

describe('the manifest', () => {
  const broken: readonly (readonly [text: string, says: RegExp])[] = [
    ['', /manifest\.yaml:1: a manifest has a list under "fixtures:"/],
    ['fixtures: []', /a list under "fixtures:"/],
    ['soaks:\n  - x\n', /manifest\.yaml:1: there is no key 'soaks'/],
    ['fixtures:\n  - x\n', /manifest\.yaml:2: a fixture is written as "key: value"/],
    [
      'fixtures:\n  - recording: x\n    verdct: fail\n',
      /manifest\.yaml:3: there is no key 'verdct'; did you mean 'verdict'\?/,
    ],
    [
      'fixtures:\n  - recording: x\n    verdict: perhaps\n',
      /manifest\.yaml:3: verdict is one of pass, fail, inconclusive/,
    ],
    ['fixtures:\n  - verdict: fail\n', /manifest\.yaml:2: recording is missing/],
    ['fixtures:\n  - recording: x\n', /manifest\.yaml:2: verdict is missing/],
    [
      'fixtures:\n  - recording: x\n    verdict: fail\n    findings: [{clas: broken}]\n',
      /manifest\.yaml:4: there is no key 'clas'/,
    ],
    [
      'fixtures:\n  - recording: x\n    verdict: fail\n    restarts: [{node: a, at: noon}]\n',
      /manifest\.yaml:4: at is an RFC 3339 time/,
    ],
    ['fixtures: [\n', /manifest\.yaml:\d: not YAML/],
  ];
  for (const [text, says] of broken)
    it(`refuses ${JSON.stringify(text)}`, (t) => {
      const path = new Folder(t).file('manifest.yaml', text);
      assert.throws(
        () => readManifest(path),
        (error) => error instanceof UsageError && says.test(error.message),
      );
    });

  it('of this repository can be read', () => {
    const own = readManifest(join(packageRoot(), 'recordings/manifest.yaml'));
    assert.ok(own.length >= 14);
  });
});

describe('a fixture', () => {
  const fixture: Fixture = {
    recording: 'x.jsonl',
    paths: ['x.jsonl'],
    args: [],
    verdict: 'fail',
    findings: [{ class: 'broken', nodes: ['b', 'a'], reasonName: null }],
    restarts: undefined,
    place: 'manifest.yaml:2',
  };
  const finding = {
    id: '1',
    class: 'broken',
    severity: 'fail',
    nodes: ['a', 'b'],
    peers: [],
    reasonName: null,
    scope: 'pair',
    where: 'TCP from a to b',
  } as unknown as Finding;
  const restart = { at: '2026-03-01T10:00:00.000Z', evidence: 'uptime', plusMinusSeconds: 1 } as const;
  const document = (changes: Partial<VerdictDocument> = {}): VerdictDocument =>
    ({
      verdict: 'fail',
      summary: 'It fails.',
      nodes: [{ name: 'a', verdict: 'fail', restarts: [restart], phases: [], needs: null }],
      findings: [finding],
      ...changes,
    }) as unknown as VerdictDocument;

  it('is met by a finding with the same set of nodes', () => {
    assert.deepEqual(shortfalls(fixture, document()), []);
  });

  it('is broken by another verdict, a missing finding and another failure', () => {
    const other = { ...finding, nodes: ['a'], reasonName: 'POLICY_DENIED' };
    assert.deepEqual(shortfalls(fixture, document({ verdict: 'inconclusive', findings: [other] })), [
      'expected fail, got inconclusive (It fails.)',
      'expected a finding class broken nodes b+a reasonName null, got fail broken POLICY_DENIED (pair a: TCP from a to b)',
      'expected no other failure, got fail broken POLICY_DENIED (pair a: TCP from a to b)',
    ]);
    assert.deepEqual(shortfalls(fixture, document({ findings: [finding, { ...other, severity: 'warn' }] })), []);
  });

  it('may say where to the letter', () => {
    const saying = (where: string) =>
      shortfalls({ ...fixture, findings: [{ class: 'broken', where }] }, document({ findings: [finding] }));
    assert.deepEqual(saying('TCP from a to b'), []);
    assert.equal(saying('TCP from b to a').length, 2);
  });

  it('lists every restart, where it lists any', () => {
    const expecting = (...restarts: { node: string; at: number; withinMs: number }[]) =>
      shortfalls({ ...fixture, restarts }, document());
    const at = Date.parse(restart.at);
    assert.deepEqual(expecting({ node: 'a', at: at + 4000, withinMs: 5000 }), []);
    assert.equal(expecting({ node: 'a', at: at + 6000, withinMs: 5000 }).length, 1);
    assert.equal(expecting({ node: 'b', at, withinMs: 5000 }).length, 1);
    assert.equal(expecting().length, 1);
  });
});
