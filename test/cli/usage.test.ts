import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dispatch } from '../../src/cli/program.js';
import { UsageError } from '../../src/errors.js';
import { Folder, run, type Ended } from './program.js';
import { soak } from './soaks.js';

/** One sentence that begins with the program's name, without a stack, and nothing on stdout. */
export function refuses({ code, out, err }: Ended, exitCode: number, says: RegExp): void {
  assert.equal(code, exitCode, err);
  assert.equal(out, '');
  assert.match(err, /^hubble-soak: [^\n]+\n$/);
  assert.match(err, says);
}

/** Without a process of its own: what is thrown is what `refuses` sees on stderr. */
async function throws(
  args: readonly string[],
  says: RegExp,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  await assert.rejects(dispatch(args, env), (error) => {
    assert.ok(error instanceof UsageError);
    assert.match(error.message, says);
    return true;
  });
}

describe('bad usage', () => {
  const cases: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [[], /want a command; see hubble-soak --help/],
    [['frobnicate'], /no command 'frobnicate'/],
    [['gaet'], /no command 'gaet'; did you mean 'gate'\?/],
    [['--bogus'], /no option --bogus/],
    [['gate'], /gate needs at least one recording/],
    [['replay'], /replay needs a recording/],
    [['report'], /report needs a verdict document/],
    [['report', 'a.json', 'b.json'], /report takes 1 verdict, not 2/],
    [['record'], /record needs a file to write to; give it with -o FILE/],
    [['gate', '--wndow', '10s', 'x'], /no option --wndow; did you mean --window\?; see hubble-soak gate --help/],
    [['gate', 'x', '--window'], /--window needs a value/],
    [['watch', 'worker-1'], /watch does not take 'worker-1'; see hubble-soak watch --help/],
    [['gate', '--window', 'banana', 'x'], /--window banana: want a duration such as 90s/],
    [['gate', '--window', '2h', 'x'], /--window 2h: want a duration .* at most 5m/],
    [['gate', '--settle', '5parsecs', 'x'], /--settle 5parsecs: want a duration/],
    [['gate', '--alpha', 'small', 'x'], /--alpha small: want a share between 0 and 1/],
    [['gate', '--tolerance', '120%', 'x'], /--tolerance 120%: want a share/],
    [['gate', '--now', 'yesterday', 'x'], /--now yesterday: want an RFC 3339 time/],
    [['gate', '--restart', 'worker-1', 'x'], /--restart worker-1: want NODE=TIME/],
    [['gate', '--restart', 'worker-1=yesterday', 'x'], /--restart worker-1=yesterday: want NODE=TIME/],
    [['gate', '--report', 'parchment=x', 'x'], /'parchment'.*text, json, markdown, slack/],
    [['gate', '--report', 'json=nowhere/x.json', 'x'], /--report json=nowhere\/x\.json: cannot be written/],
    [['gate', '--slack', 'x'], /--slack needs .* SLACK_WEBHOOK_URL/],
    [['gate', '--log-level', 'loud', 'x'], /--log-level loud: want one of fatal, error, warn, info, debug/],
    [['replay', 'x', '--speed', 'warp'], /--speed warp: want a factor/],
    [['replay', 'x', '--tls-cert-file', 'cert.pem'], /belong together/],
    [['watch', '--duration', 'long'], /--duration long: want a duration/],
    [['watch', '--tls', '--tls-ca-cert-files', 'nowhere.pem'], /nowhere\.pem cannot be read/],
    [['watch', '--tls', '--tls-client-cert-file', 'cert.pem'], /--tls-client-key-file/],
    [['watch', '--tls', '--basic-auth-username', 'me'], /--basic-auth-password/],
    [['watch', '--server', 'http://relay'], /is a URL/],
  ];
  for (const [args, says] of cases)
    it(`hubble-soak ${args.join(' ')}`, async () => {
      await throws(args, says);
    });

  it('a bad variable is named', async () => {
    await throws(['watch'], /HUBBLE_TIMEOUT=soon: want a duration/, { HUBBLE_TIMEOUT: 'soon' });
  });

  it('is told in one line on stderr, with exit code 2 and nothing on stdout', async () => {
    refuses(await run(['gate', '--wndow', '10s', 'x']), 2, /no option --wndow; did you mean --window\?/);
  });

  it('control characters of the command line are escaped', async () => {
    refuses(await run(['gate', 'a\u001b[31mb\u0007.jsonl']), 2, /a\\x1b\[31mb\\x07\.jsonl/);
  });
});

describe('bad input of gate', () => {
  const cases: Readonly<Record<string, readonly [content: string, says: RegExp]>> = {
    'empty file': ['', /bad\.jsonl.*(empty|nothing)/],
    'blank lines alone': ['\n\n\n', /bad\.jsonl has no flow/],
    'not JSON': ['hello\nworld\n', /bad\.jsonl has no flow/],
    'no flow in it': ['{"nodes":[],"time":"2026-03-01T10:00:00Z"}\n', /bad\.jsonl has no flow/],
  };
  for (const [name, [content, says]] of Object.entries(cases))
    it(name, async (t) => {
      refuses(await run(['gate', new Folder(t).file('bad.jsonl', content)]), 2, says);
    });

  it('missing file', async () => {
    await throws(['gate', 'nowhere.jsonl'], /nowhere\.jsonl/);
  });

  it('a directory', async (t) => {
    await throws(['gate', new Folder(t).path], /is a directory without a soak's journal; give the recordings in it/);
  });

  it('one unreadable file among others', async (t) => {
    const good = new Folder(t).file('good.jsonl', soak({ seconds: 4 }));
    await throws(['gate', good, 'nowhere.jsonl'], /nowhere\.jsonl/);
  });

  it('a restart of an unknown node, and one outside the recording', async (t) => {
    const good = new Folder(t).file('good.jsonl', soak({ seconds: 20 }));
    await throws(['gate', '--restart', 'node77=2026-03-01T10:00:05Z', good], /node77/);
    refuses(
      await run(['gate', '--restart', 'worker-1=2025-03-01T10:00:05Z', good]),
      2,
      /worker-1.*2025-03-01|2025-03-01.*worker-1/,
    );
  });
});

describe('bad input of report', () => {
  const cases: Readonly<Record<string, string>> = {
    'empty file': '',
    'not JSON': 'hello\n',
    'another document': '{"schema":"something/else","verdict":"pass"}\n',
    'a verdict document without its parts': '{"schema":"hubble-soak/verdict/v1","verdict":"pass"}\n',
  };
  for (const [name, content] of Object.entries(cases))
    it(name, async (t) => {
      await throws(['report', new Folder(t).file('verdict.json', content)], /verdict\.json/);
    });

  it('missing file', async () => {
    await throws(['report', 'nowhere.json'], /nowhere\.json/);
  });
});

describe('a defect', () => {
  it('shows its stack only with --log-level debug', async (t) => {
    const folder = new Folder(t);
    const hook = folder.file('defect.cjs', "String.prototype.padEnd = () => { throw new TypeError('boom'); };");
    const options = { nodeArgs: ['--require', hook] };
    const quiet = await run(['gate', '--print-config'], options);
    const loud = await run(['gate', '--print-config', '--log-level', 'debug'], options);
    assert.match(quiet.err, /^hubble-soak: boom; this is a defect/);
    assert.equal(quiet.code, 2);
    assert.doesNotMatch(quiet.err, /^\s+at /m);
    assert.match(loud.err, /^\s+at /m);
  });
});
