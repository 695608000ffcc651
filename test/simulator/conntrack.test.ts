/** What monitor aggregation shows of a connection, and what it never hides. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FlowRecord } from '../../src/hubble/event.js';
import { EVENT_TYPE, TCP_FLAG, TRACE_REASON } from '../../src/hubble/event.js';
import { Conntrack, SIGHT } from './conntrack.js';
import type { EdgeSpec, Scenario } from './scenario.js';
import { byConnection, drops, flows, minuteOf, small } from './small.js';

const SECOND = 1e6;
const LOST: Scenario['effects'] = [{ kind: 'silent', leg: 'request', where: {}, when: {} }];

/** Seconds since the first packet, and trace reasons, of what node a shows of each connection that ends in the recording. */
function shown(change: Partial<Scenario>, edge: Partial<EdgeSpec> = {}): string[] {
  const scenario = small({ restarts: [], minutes: 3, ...change }, { path: 'cross-node', ...edge });
  const texts = [...byConnection(flows(scenario)).values()]
    .map((list) => list.filter(({ node }) => node === 'a'))
    .filter(([first]) => first !== undefined && minuteOf(first) < 2.8)
    .map((list) => list.map((flow) => `${secondsSince(list[0], flow)} ${flow.traceReason}`).join(', '));
  return [...new Set(texts)];
}

function secondsSince(first: FlowRecord | undefined, flow: FlowRecord): number {
  return Math.round((flow.time - (first?.time ?? 0)) / 1000);
}

describe('monitor aggregation', () => {
  const { NEW, ESTABLISHED } = TRACE_REASON;

  it('shows a SYN and, of its repeats after 1, 3 and 7 s, the last', () => {
    assert.deepEqual(shown({ effects: LOST }), [`0 ${NEW}, 7 ${ESTABLISHED}`]);
  });

  it('shows no datagram that is repeated within 5 s', () => {
    assert.deepEqual(shown({ effects: LOST }, { protocol: 'UDP', port: 53 }), [`0 ${NEW}`]);
  });

  it('shows every packet at level none', () => {
    const all = [`0 ${NEW}, 1 ${ESTABLISHED}, 3 ${ESTABLISHED}, 7 ${ESTABLISHED}`];
    assert.deepEqual(shown({ effects: LOST, monitorAggregation: 'none' }), all);
  });

  it('shows every drop with its verdict, and each connection once where it is forwarded before it', () => {
    const effects: Scenario['effects'] = [
      { kind: 'drop', reason: 'POLICY_DENIED', at: 'destination', where: {}, when: {} },
    ];
    for (const list of byConnection(flows(small({ restarts: [], effects }, { path: 'cross-node' }))).values()) {
      if (minuteOf(list[0] ?? assert.fail()) > 4.8) continue;
      assert.equal(drops(list).length, 4);
      assert.equal(list.filter(({ eventType }) => eventType === EVENT_TYPE.POLICY_VERDICT).length, 4);
      assert.equal(list.filter(({ eventType }) => eventType === EVENT_TYPE.TRACE).length, 2);
    }
  });

  it('takes a repeated SYN for the first one where the first never came', () => {
    const effects: Scenario['effects'] = [{ ...LOST[0], firstPacketOnly: true } as Scenario['effects'][number]];
    const policy = { path: 'cross-node', allowedBy: { ingress: 'shop/api' } } as const;
    for (const list of byConnection(flows(small({ restarts: [], effects }, policy))).values()) {
      if (minuteOf(list[0] ?? assert.fail()) > 4.8) continue;
      const there = list.filter(({ node, isReply }) => node === 'b' && isReply === false);
      assert.deepEqual(
        there.map(({ eventType, traceReason }) => [eventType, traceReason]),
        [
          [EVENT_TYPE.POLICY_VERDICT, 0],
          [EVENT_TYPE.TRACE, NEW],
        ],
      );
      assert.ok(there.every((flow) => secondsSince(list[0], flow) === 1));
    }
  });

  it('shows flags not yet seen in a direction at once, all else when 5 s have passed since it was shown', () => {
    const conntrack = new Conntrack();
    const { SYN, ACK, FIN, PSH } = TCP_FLAG;
    const ask = (seconds: number, flags: number): boolean => conntrack.shows(SIGHT.near, seconds * SECOND, flags);
    assert.deepEqual(
      [ask(0, SYN), ask(1, ACK | PSH), ask(2, ACK | PSH), ask(5.9, ACK), ask(6, ACK), ask(7, ACK), ask(7, ACK | FIN)],
      [true, true, false, false, true, false, true],
    );
    assert.ok(conntrack.shows(SIGHT.far, 7 * SECOND, ACK), 'another point has a memory of its own');
  });
});
