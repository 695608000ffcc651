import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FlowRecord } from '../../src/hubble/event.js';
import { DIRECTION, EVENT_TYPE, TCP_FLAG } from '../../src/hubble/event.js';
import type { Effect } from './scenario.js';
import { byConnection, drops, flows, minuteOf, small, withEffect } from './small.js';

/** Back at minute 2 and 10 seconds. */
const BACK = 2 + 10 / 60;

const DROP: Effect = { kind: 'drop', reason: 'FIB_LOOKUP_FAILED', at: 'destination', where: {}, when: {} };

function connections(...effects: Effect[]): FlowRecord[][] {
  return [...byConnection(flows(withEffect(...effects))).values()];
}

const isAnswered = (list: readonly FlowRecord[]): boolean => list.some((flow) => flow.isReply === true);
const began = (list: readonly FlowRecord[]): number => Math.min(...list.map(minuteOf));

describe('a drop', () => {
  it('at the destination: forwarded by the source, dropped there with every retransmission', () => {
    const cross = connections(DROP).filter((list) => list.some((flow) => flow.node === 'a') && began(list) < 1.8);
    assert.ok(cross.length > 20);
    for (const list of cross) {
      const [syn, drop] = list;
      assert.ok(syn?.node === 'a' && syn.tracePoint === 4);
      assert.ok(drop?.node === 'b' && drop.dropReason === 169 && drop.direction === DIRECTION.INGRESS);
      assert.deepEqual(
        drops(list).map((flow) => Math.round((flow.time - syn.time) / 1000)),
        [0, 1, 3, 7],
      );
      assert.ok(!isAnswered(list));
    }
  });

  it('at the source: nothing but the drop', () => {
    const list = flows(withEffect({ ...DROP, at: 'source' }));
    assert.equal(drops(list).length, list.length);
    assert.ok(list.every((flow) => flow.direction === DIRECTION.EGRESS && flow.isReply === undefined));
  });

  it('by policy: a verdict event, and the drop 16 microseconds later', () => {
    for (const [reason, code] of [
      ['POLICY_DENIED', 133],
      ['POLICY_DENY', 181],
      ['AUTH_REQUIRED', 189],
    ] as const) {
      const list = flows(withEffect({ ...DROP, reason })).filter((flow) => flow.dropReason === code);
      const verdicts = list.filter((flow) => flow.eventType === EVENT_TYPE.POLICY_VERDICT);
      const dropped = drops(list);
      assert.ok(verdicts.length > 50 && verdicts.length === dropped.length);
      assert.ok(verdicts.every((flow) => flow.authType === (code === 189 ? 1 : 0)));
      const [verdict, drop] = [verdicts[0], dropped[0]];
      assert.ok(verdict !== undefined && drop !== undefined);
      assert.ok(Math.abs(drop.time - verdict.time - 0.016) < 0.0005);
    }
  });

  it('for a share of attempts meets that share, with all their packets', () => {
    const list = flows(small({ restarts: [], minutes: 20, effects: [{ ...DROP, share: 0.25 }] }));
    const all = [...byConnection(list).values()].filter((one) => began(one) < 19.5);
    const failed = all.filter((one) => !isAnswered(one));
    assert.ok(Math.abs(failed.length / all.length - 0.25) < 0.04);
  });

  it('of first packets only: each connection comes about after a second', () => {
    for (const list of connections({ ...DROP, firstPacketOnly: true })) {
      if (began(list) > 1.9 && began(list) < BACK + 0.02) continue;
      if (began(list) > 4.9) continue;
      assert.equal(drops(list).length, 1);
      assert.ok(isAnswered(list));
    }
  });
});

describe('silent loss', () => {
  it('of requests: the source forwards and retransmits, the destination sees nothing, nobody drops', () => {
    const list = connections({ kind: 'silent', leg: 'request', where: { path: 'cross-node' }, when: {} });
    const cross = list.filter((one) => one.some((flow) => flow.node === 'a'));
    for (const one of cross) {
      assert.ok(one.every((flow) => flow.node === 'a' && flow.tcpFlags === TCP_FLAG.SYN));
      // Of the SYNs after 1, 3 and 7 s, monitor aggregation shows the last.
      assert.ok(one.length === 2 || began(one) > 4.8);
    }
    assert.ok(cross.length > 100 && list.length > cross.length, 'same-node connections are fine');
    assert.ok(list.filter((one) => !cross.includes(one)).every(isAnswered));
  });

  it('of replies: the destination answers, the source never gets it', () => {
    const list = connections({ kind: 'silent', leg: 'reply', where: { path: 'cross-node' }, when: { until: 1.5 } });
    for (const one of list.filter((each) => each.some((flow) => flow.node === 'a') && began(each) < 1.3)) {
      assert.ok(one.some((flow) => flow.node === 'b' && flow.isReply === true));
      assert.ok(!one.some((flow) => flow.node === 'a' && flow.isReply === true));
    }
  });
});

describe('when an effect applies', () => {
  const minutes = (when: Effect['when']): number[] => drops(flows(withEffect({ ...DROP, when }))).map(minuteOf);
  const all = (list: readonly number[], low: number, high: number): void => {
    assert.ok(list.length > 5, `${list.length} drops`);
    assert.ok(
      list.every((minute) => minute >= low && minute <= high),
      `${Math.min(...list)} to ${Math.max(...list)}`,
    );
  };

  it('between minutes', () => all(minutes({ from: 1, until: 1.5 }), 1, 1.51));
  it('since the restart of the destination', () => all(minutes({ sinceRestart: 'destination' }), BACK, 6));
  it('for a while after it: a transient', () =>
    all(minutes({ sinceRestart: 'destination', forSeconds: 20 }), BACK, BACK + 0.34));
  it('some time after it', () => all(minutes({ sinceRestart: 'either', afterSeconds: 60 }), BACK + 1, 6));
  it('until the restart', () => all(minutes({ untilRestart: 'destination' }), 0, 2));

  it('in bursts', () => {
    const list = minutes({ bursts: { everySeconds: 60, forSeconds: 12 } });
    all(list, 0, 5.1);
    assert.ok(list.every((minute) => minute % 1 < 0.21));
  });

  it('since the restart of both: never where one of them has not restarted', () => {
    const cross = flows(withEffect({ ...DROP, where: { path: 'cross-node' }, when: { sinceRestart: 'both' } }));
    assert.equal(drops(cross).length, 0);
  });

  it('not with a restart that left the knob alone', () => {
    const restarts = [{ node: 'b', at: 2, downSeconds: 10, withKnob: false as const }];
    assert.equal(
      drops(flows(small({ restarts, effects: [{ ...DROP, when: { sinceRestart: 'destination' } }] }))).length,
      0,
    );
  });
});

describe('where an effect applies', () => {
  const nodes = (where: Effect extends infer E ? (E extends { where: infer W } ? W : never) : never): Set<string> =>
    new Set(
      drops(flows(withEffect({ ...DROP, where }))).map((flow) => `${flow.sourceIp.split('.')[2] ?? ''}>${flow.node}`),
    );

  it('by path', () => {
    assert.deepEqual(nodes({ path: 'cross-node' }), new Set(['0>b']));
    assert.deepEqual(nodes({ path: 'same-node' }), new Set(['1>b']));
  });

  it('by node of an end', () => {
    assert.deepEqual(nodes({ sourceNodes: ['a'] }), new Set(['0>b']));
    assert.deepEqual(nodes({ destinationNodes: ['a'] }), new Set());
    assert.deepEqual(nodes({ nodes: ['b'] }), new Set(['0>b', '1>b']));
  });

  it('by edge', () => {
    assert.deepEqual(nodes({ from: 'shop/web', to: ['shop/api', 'shop/other'], port: 8080, protocol: 'TCP' }).size, 2);
    assert.deepEqual(nodes({ from: 'shop/api' }).size, 0);
    assert.deepEqual(nodes({ port: 9090 }).size, 0);
    assert.deepEqual([nodes({ family: 4 }).size, nodes({ family: 6 }).size], [2, 0]);
  });
});

describe('a rename', () => {
  it('changes the reason and nothing else', () => {
    const rename: Effect = {
      kind: 'rename',
      reason: 'FIB_LOOKUP_FAILED',
      to: 'CT_MAP_INSERTION_FAILED',
      where: {},
      when: { sinceRestart: 'destination' },
    };
    const list = drops(flows(withEffect(DROP, rename)));
    const plain = drops(flows(withEffect(DROP)));
    assert.deepEqual(
      list.map((flow) => flow.time),
      plain.map((flow) => flow.time),
    );
    for (const flow of list) assert.equal(flow.dropReason, minuteOf(flow) < BACK ? 169 : 155);
  });
});

describe('loss of single packets', () => {
  const loss = (leg: 'request' | 'reply'): Effect[] => [
    { kind: 'silent', leg, share: 0.2, perPacket: true, where: { path: 'cross-node' }, when: {} },
  ];
  const edge = { path: 'cross-node' } as const;
  const lists = (leg: 'request' | 'reply', change: object = {}): FlowRecord[][] =>
    [...byConnection(flows(small({ restarts: [], minutes: 20, effects: loss(leg), ...change }, edge))).values()].filter(
      (list) => began(list) < 19.7,
    );
  /** Milliseconds until node a has the answer. */
  const wait = (list: readonly FlowRecord[]): number =>
    (list.find((flow) => flow.node === 'a' && flow.isReply === true)?.time ?? Infinity) - (list[0]?.time ?? 0);

  it('on either way: one attempt in five is answered only when repeated, hardly one never', () => {
    for (const leg of ['request', 'reply'] as const) {
      const waits = lists(leg).map(wait);
      const late = waits.filter((ms) => ms > 500);
      assert.ok(late.every((ms) => ms > 990));
      assert.ok(Math.abs(late.length / waits.length - 0.2) < 0.03, `${leg}: ${late.length} of ${waits.length}`);
      assert.ok(waits.filter((ms) => ms === Infinity).length / waits.length < 0.006);
    }
  });

  it('of answers: the server repeats its SYN-ACK after 1 and 3 s, and answers a repeated SYN at once', () => {
    const effects: Effect[] = [{ kind: 'silent', leg: 'reply', where: {}, when: {} }];
    for (const list of lists('reply', { effects, minutes: 3, monitorAggregation: 'none' })) {
      if (began(list) > 2.7) continue;
      const answers = list.filter((flow) => flow.node === 'b' && flow.isReply === true);
      assert.deepEqual(
        answers.map((flow) => Math.round((flow.time - (list[0]?.time ?? 0)) / 1000)),
        [0, 1, 1, 3, 3, 7],
      );
    }
  });
});
