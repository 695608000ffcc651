/** Connections opened before the recording begins: data both ways, and what becomes of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FlowRecord } from '../../src/hubble/event.js';
import { DIRECTION, TCP_FLAG, TRACE_REASON } from '../../src/hubble/event.js';
import type { Effect, Scenario } from './scenario.js';
import { byConnection, drops, flows, minuteOf, small } from './small.js';

const DATA = TCP_FLAG.ACK | TCP_FLAG.PSH;
const EDGE = { path: 'cross-node', perMinute: 0, lasting: { connections: 3, everySeconds: 2 } } as const;

function lists(change: Partial<Scenario> = {}): FlowRecord[][] {
  return [...byConnection(flows(small({ restarts: [], minutes: 10, ...change }, EDGE))).values()];
}

/** Seconds between the flows of one kind. */
function gaps(list: readonly FlowRecord[], node: string, isReply: boolean): number[] {
  const times = list.filter((flow) => flow.node === node && flow.isReply === isReply).map(({ time }) => time / 1000);
  return times.slice(1).map((time, i) => time - (times[i] ?? 0));
}

const silent = (leg: 'request' | 'reply'): Effect => ({ kind: 'silent', leg, where: {}, when: { from: 5 } });
const before = (list: readonly FlowRecord[]): FlowRecord[] => list.filter((flow) => minuteOf(flow) < 5);
const after = (list: readonly FlowRecord[]): FlowRecord[] => list.filter((flow) => minuteOf(flow) >= 5.02);

describe('a lasting connection', () => {
  it('shows data both ways on both nodes, at the interval of aggregation', () => {
    const all = lists();
    assert.equal(all.length, 3);
    for (const list of all) {
      assert.ok(list.every((flow) => flow.tcpFlags === DATA));
      assert.ok(
        list.every(
          ({ traceReason: reason, isReply }) =>
            reason === (isReply === true ? TRACE_REASON.REPLY : TRACE_REASON.ESTABLISHED),
        ),
      );
      for (const [node, isReply] of [
        ['a', true],
        ['a', false],
        ['b', true],
        ['b', false],
      ] as const) {
        const found = gaps(list, node, isReply);
        assert.ok(found.length > 90 && found.every((gap) => gap >= 5 && gap < 7));
      }
    }
  });

  it('cut on its way: the client repeats its data more and more rarely, nothing arrives', () => {
    for (const list of lists({ effects: [silent('request')] })) {
      assert.ok(before(list).length > 150);
      const late = after(list);
      assert.ok(late.every(({ node, isReply }) => node === 'a' && isReply === false));
      const found = gaps(late, 'a', false);
      assert.ok(found.length >= 3 && found.length <= 7, found.join());
      assert.ok(
        found.slice(1).every((gap, i) => gap > (found[i] ?? 0)),
        found.join(),
      );
    }
  });

  it('cut on its way back: both arrive at the server, no answer at the client', () => {
    for (const list of lists({ effects: [silent('reply')] })) {
      const late = after(list);
      assert.ok(!late.some(({ node, isReply }) => node === 'a' && isReply === true));
      assert.ok(gaps(late, 'b', true).length >= 3 && gaps(late, 'b', false).length >= 3);
    }
  });

  it('goes on when the loss ends', () => {
    const effects: Effect[] = [{ ...silent('request'), when: { from: 5, until: 6 } }];
    for (const list of lists({ effects })) {
      assert.ok(list.filter((flow) => minuteOf(flow) > 8.5 && flow.isReply === true).length > 20);
    }
  });

  it('is dropped as everything is', () => {
    const effects: Effect[] = [
      { kind: 'drop', reason: 'FIB_LOOKUP_FAILED', at: 'destination', where: {}, when: { from: 5 } },
    ];
    const found = drops(lists({ effects }).flat());
    assert.ok(found.length >= 3 * 9);
    assert.ok(
      found.every((flow) => flow.node === 'b' && flow.tcpFlags === DATA && flow.direction === DIRECTION.INGRESS),
    );
  });
});
