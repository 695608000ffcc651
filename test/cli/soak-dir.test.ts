import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { VerdictDocument } from '../../src/judge/document.js';
import { Folder, replay, run, start } from './program.js';
import { FAILING, soak } from './soaks.js';

const SETTINGS = ['--settle', '30s', '--json'];
const KNOB = ['--knob', 'a.knob'];

function judgement(out: string): object {
  const { verdict, findings } = JSON.parse(out) as VerdictDocument;
  return { verdict, findings: findings.map(({ class: what, nodes, reasonName }) => [what, nodes, reasonName]) };
}

describe('a soak directory', () => {
  it('lets a watch that is killed twice end with the verdict of one that is not', async (t) => {
    const folder = new Folder(t);
    const file = folder.file('soak.jsonl', soak({ ...FAILING, seconds: 260, restartAt: 80 }));
    const dir = join(folder.path, 'soak');
    const { address } = await replay(t, file, '--speed', '20x');
    const watch = () =>
      start(t, [
        ...['watch', '--server', address, '--soak-dir', dir, '--keep-flows', '50MB', '--duration', '18s'],
        ...SETTINGS,
        ...KNOB,
      ]);

    const first = watch();
    await first.said(/followed/);
    const beside = await run(['watch', '--server', address, '--soak-dir', dir, ...KNOB]);
    assert.equal(beside.code, 2);
    assert.match(beside.err, /being written by process \d+ on this machine/);
    first.signal('SIGKILL');
    await first.done;
    const second = watch();
    await second.said(/worker-1 restarted/);
    second.signal('SIGKILL');
    await second.done;
    const other = await run(['watch', '--server', address, '--soak-dir', dir, '--knob', 'another', '--listen', '0']);
    assert.equal(other.code, 2);
    assert.match(other.err, /holds the soak of a\.knob; give --knob a\.knob, or another directory for another/);
    const stopped = await run(['status', dir]);
    assert.equal(stopped.code, 0, stopped.err);
    assert.match(stopped.out, /nobody watches it now/);

    const third = await watch().done;
    const flows = readdirSync(join(dir, 'flows')).map((name) => join(dir, 'flows', name));
    // The first process was killed before it wrote any.
    assert.ok(flows.length >= 2, `${flows.length} recordings`);
    const [recorded, again, kept, told] = await Promise.all([
      run(['gate', ...SETTINGS, file]),
      run(['gate', '--json', dir]),
      run(['gate', ...SETTINGS, ...flows]),
      run(['status', '--json', dir]),
    ]);
    assert.equal(recorded.code, 1);
    assert.match(third.err, /going on with a soak of \d+ windows/);
    assert.equal(third.code, 1, third.err);
    for (const { out } of [third, again, kept]) assert.deepEqual(judgement(out), judgement(recorded.out));
    const status = JSON.parse(told.out) as { running: boolean; document: VerdictDocument };
    assert.equal(status.running, false);
    assert.equal(status.document.verdict, 'fail');
    assert.equal(existsSync(join(dir, 'lock')), false);
  });

  it('is told of only when it is one', async (t) => {
    const none = await run(['status', new Folder(t).file('soak.jsonl', 'x')]);
    assert.equal(none.code, 2);
    assert.match(none.err, /is no directory; give the --soak-dir of a watch/);
    const empty = await run(['status', new Folder(t).path]);
    assert.equal(empty.code, 0);
    assert.match(empty.out, /no verdict yet/);
  });
});
