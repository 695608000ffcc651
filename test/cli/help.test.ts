import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot, packageVersion } from '../../src/package-root.js';
import { Folder, run } from './program.js';

const COMMANDS = ['watch', 'gate', 'record', 'replay', 'report', 'status', 'doctor', 'demo'];

describe('help', { concurrency: true }, () => {
  it('of the program names every command and the exit codes', async () => {
    const { code, out, err } = await run(['--help']);
    assert.equal(code, 0);
    assert.equal(err, '');
    for (const command of COMMANDS) assert.match(out, new RegExp(`^  ${command} `, 'm'));
    assert.match(out, /Exit codes: 0 pass, 1 fail, 2 .*, 3 inconclusive, 4 /);
  });

  for (const command of COMMANDS)
    it(`of ${command} has usage, options and examples that begin with the program's name`, async () => {
      const { code, out, err } = await run([command, '--help']);
      assert.equal(code, 0);
      assert.equal(err, '');
      assert.match(out, new RegExp(`^Usage: hubble-soak ${command} `));
      assert.match(out, /^ {2}--log-level LEVEL /m);
      assert.match(out, new RegExp(`Examples:\\n  # .+\\n  hubble-soak ${command}`));
    });

  it('offers nothing that does not exist yet', async () => {
    const texts = await Promise.all(['--help', ...COMMANDS].map((command) => run([command, '--help'])));
    const all = texts.map(({ out }) => out).join('');
    for (const later of ['--redact', '--status-dir', 'junit']) assert.ok(!all.includes(later), later);
  });

  it('--version prints the version of package.json', async () => {
    assert.deepEqual(await run(['--version']), { code: 0, out: `${packageVersion()}\n`, err: '' });
  });

  it('completion prints a script for the shell', async () => {
    const { code, out } = await run(['completion']);
    assert.equal(code, 0);
    assert.match(out, /hubble-soak/);
    const { out: words } = await run(['--get-yargs-completions', 'hubble-soak', 'gate', '--allow']);
    assert.match(words, /--allow-inconclusive/);
  });
});

describe('start', { concurrency: true }, () => {
  // Loading gRPC takes longer than all the rest.
  for (const args of [['--help'], ['gate', '--help'], ['gate', 'nowhere.jsonl']])
    it(`of ${args.join(' ')} loads no gRPC`, async (t) => {
      const hook = new Folder(t).file(
        'loaded.cjs',
        "process.on('exit', () => process.stderr.write(Object.keys(require.cache).join('\\n')));",
      );
      const { err } = await run(args, { nodeArgs: ['--require', hook] });
      assert.match(err, /loaded\.cjs/);
      assert.doesNotMatch(err, /node_modules.(@grpc|protobufjs|@slack|@kubernetes|ws)\b/);
    });
});

describe('README', () => {
  it('names every command and shows the two commands', () => {
    const readme = readFileSync(join(packageRoot(), 'README.md'), 'utf8');
    for (const command of COMMANDS) assert.ok(readme.includes(`hubble-soak ${command}`), command);
    assert.ok(readme.includes('npm ci && npm start'));
    assert.ok(readme.includes('npm ci && npm test'));
  });
});
