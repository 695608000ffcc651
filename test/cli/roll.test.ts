import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Decision } from '../../src/cli/live/decisions.js';
import { Folder, replay, run, start } from './program.js';
import { FAILING, soak } from './soaks.js';

/** Writes what it is told into the file that it is given. */
const WRITER = `
const { writeFileSync } = require('node:fs');
let told = '';
process.stdin.on('data', (text) => (told += text));
process.stdin.on('end', () => writeFileSync(process.argv[1], told + process.env.HUBBLE_SOAK_DECISION));
`;

describe('a roll that waits for watch', () => {
  it('is told to stop, by a command and over HTTP', async (t) => {
    const folder = new Folder(t);
    const { address } = await replay(t, folder.file('soak.jsonl', soak(FAILING)), '--speed', '50x');
    const told = join(folder.path, 'told');
    const command = JSON.stringify([process.execPath, '-e', WRITER, told]);
    const watch = start(t, [
      ...['watch', '--server', address, '--after-node', command, '--listen', '127.0.0.1:0'],
      ...['--fail-fast', '--duration', '50s'],
    ]);
    const [, served = ''] = await watch.said(/serving .* on (http:\S+)\n/);
    assert.equal((await fetch(`${served}/healthz`)).status, 200);
    const { code, err } = await watch.done;
    assert.equal(code, 1, err);
    const [line = '', decision] = readFileSync(told, 'utf8').split('\n');
    assert.equal(decision, 'stop');
    const { schema, node, why } = JSON.parse(line) as Decision;
    assert.deepEqual([schema, node], ['hubble-soak/decision/v1', 'worker-1']);
    assert.match(why, /worker-1/);
  });

  it('is told what cannot be', async () => {
    const both = await run(['watch', '--after-node', '-', '--json', '--server', '127.0.0.1:1']);
    assert.equal(both.code, 2);
    assert.match(both.err, /both want stdout/);
    const port = await run(['watch', '--listen', 'nowhere', '--server', '127.0.0.1:1']);
    assert.equal(port.code, 2);
    assert.match(port.err, /want HOST:PORT or PORT/);
  });
});
