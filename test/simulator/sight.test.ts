/** What agents do not show though it happens: packets of servers, and all of a node that the relay cannot reach. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NODE_STATE } from '../../src/hubble/event.js';
import { events, flows, minuteOf, small } from './small.js';

describe('hidden replies', () => {
  const BACK = 2 + 10 / 60;

  it('are those of the named nodes alone, of the matching connections, from their restart on', () => {
    const when = { sinceRestart: 'source' } as const;
    const where = { path: 'cross-node' } as const;
    const plain = flows(small());
    const list = flows(small({ effects: [{ kind: 'hide-replies', nodes: ['b'], where, when }] }));
    const key = (flow: (typeof list)[number]): string =>
      [flow.time, flow.node, flow.sourceIp, flow.sourcePort, flow.destinationIp, flow.tcpFlags].join(' ');
    const shown = new Set(list.map(key));
    const hidden = plain.filter((flow) => !shown.has(key(flow)));
    assert.ok(hidden.length > 50 && shown.size + hidden.length === plain.length);
    for (const flow of hidden) {
      assert.ok(flow.node === 'b' && flow.isReply === true && minuteOf(flow) >= BACK);
      assert.ok(flow.destinationIp.startsWith('10.244.0.'), 'to a');
    }
    const left = list.filter((flow) => flow.node === 'b' && flow.isReply === true && minuteOf(flow) > BACK);
    assert.ok(left.every((flow) => flow.destinationIp.startsWith('10.244.1.')));
  });
});

describe('a node that the relay cannot reach', () => {
  const nodes = [
    { name: 'a', role: 'worker', blind: { from: 2, until: 3.5 } },
    { name: 'b', role: 'worker' },
  ] as const;
  const list = events(small({ restarts: [], nodes }));
  const isOut = (minute: number): boolean => minute >= 2 && minute < 3.5;

  it('has no flows, while its peers show theirs', () => {
    const seen = list.filter((event) => event.kind === 'flow' && isOut(minuteOf(event)));
    assert.ok(seen.length > 50 && seen.every((event) => event.kind === 'flow' && event.node === 'b'));
  });

  it('is unavailable meanwhile, and never young: its observer counts on', () => {
    const samples = list.flatMap((event) =>
      event.kind === 'node-samples'
        ? event.nodes.filter(({ name }) => name === 'a').map((sample) => ({ minute: minuteOf(event), sample }))
        : [],
    );
    for (const { minute, sample } of samples)
      assert.equal(sample.state, isOut(minute) ? NODE_STATE.UNAVAILABLE : NODE_STATE.CONNECTED);
    const [before, after] = [
      samples.findLast(({ minute }) => minute < 2)?.sample,
      samples.find(({ minute }) => minute >= 3.5)?.sample,
    ];
    assert.equal((after?.uptimeMs ?? 0) - (before?.uptimeMs ?? 0), 92_000);
    assert.ok((after?.seenFlows ?? 0) > (before?.seenFlows ?? 0) + 50);
  });

  it('is told by the relay as a stream that ended', () => {
    const errors = list.filter((event) => event.kind === 'node-status' && event.state === NODE_STATE.ERROR);
    assert.deepEqual(
      errors.map((event) => Math.floor(minuteOf(event) * 60)),
      [120],
    );
  });
});
