import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { at, atMs, flowLine, plain } from './lines.js';
import { flowsIn, recordingOf, replaying } from './replaying.js';

describe('a recording for a replay', () => {
  const line = flowLine(0, 'worker-1', 'u-1');

  it('takes every envelope, and gives what a relay sends', async (t) => {
    const bare = plain({ ...(flowLine(100, 'worker-1', 'u-2')['flow'] as object) });
    const exported = flowLine(200, 'worker-1', 'u-3');
    const wrapped = { recv: at(900), resp: flowLine(300, 'worker-1', 'u-4') };
    const agent = { agent_event: { type: 'AGENT_STARTED' }, node_name: 'worker-1', time: at(50) };
    const asker = await replaying(t, {}, [line, bare, exported, wrapped, agent]);
    assert.deepEqual(
      flowsIn(await asker.flows({})),
      [0, 1, 2, 3].map((i) => flowLine(i * 100, 'worker-1', `u-${i + 1}`)),
    );
  });

  it('is in order of time, and counts what it cannot tell', () => {
    const odd = { flow: { verdict: 'ALLOWED', time: at(5), newer: 1 }, node_name: 'worker-1', time: at(5) };
    const recording = recordingOf([
      { lost_events: {} },
      flowLine(200, 'worker-1', 'u-2'),
      line,
      { flow: { verdict: 'FORWARDED', time: 'yesterday' } },
      odd,
    ]);
    assert.deepEqual(
      recording.entries.map((entry) => [entry.kind, entry.time - atMs(0)]),
      [
        ['flow', 0],
        ['flow', 5],
        ['lost', 200],
        ['flow', 200],
      ],
    );
    assert.deepEqual([recording.skipped, recording.dropped], [1, 2]);
  });

  it('may be empty', async (t) => {
    const asker = await replaying(t, {}, []);
    assert.deepEqual(await asker.flows({}), []);
    assert.deepEqual(await asker.ask('GetNodes', 'observer.GetNodesResponse'), {});
    await asker.ask('ServerStatus', 'observer.ServerStatusResponse');
  });
});
