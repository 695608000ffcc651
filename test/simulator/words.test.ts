/** What a scenario may say beside edges and drops: rates over time, moves, nodes that leave, clocks, late and repeated flows. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FlowRecord } from '../../src/hubble/event.js';
import { TCP_FLAG } from '../../src/hubble/event.js';
import type { Scenario } from './scenario.js';
import { drops, events, flows, minuteOf, small } from './small.js';

const CALM = { restarts: [], minutes: 20 } as const;

/** First packets of connections, as the node of the answering end shows them. */
function syns(list: readonly FlowRecord[]): FlowRecord[] {
  return list.filter((flow) => flow.node === 'b' && flow.tcpFlags === TCP_FLAG.SYN && flow.dropReason === 0);
}

const within = (list: readonly FlowRecord[], from: number, to: number): FlowRecord[] =>
  list.filter((flow) => minuteOf(flow) >= from && minuteOf(flow) < to);

const dropped = (effect: object): Scenario['effects'] => [
  { kind: 'drop', reason: 'FIB_LOOKUP_FAILED', at: 'destination', where: {}, when: {}, ...effect },
];

describe('a scenario', () => {
  it('has rates that change over time, none at level 0', () => {
    const list = syns(flows(small(CALM, { levels: { stepSeconds: 300, factors: [1, 0, 3, 1] } })));
    const counts = [0, 5, 10, 15].map((from) => within(list, from, from + 5).length);
    assert.equal(counts[1], 0);
    assert.ok(Math.abs((counts[0] ?? 0) - 500) < 100, counts.join());
    assert.ok(Math.abs((counts[2] ?? 0) - 1500) < 170, counts.join());
    assert.ok(Math.abs((counts[3] ?? 0) - 500) < 100, counts.join());
  });

  it('has effects whose share follows levels, or fades since a restart of a named node', () => {
    const first = { firstPacketOnly: true } as const;
    const levels = { stepSeconds: 600, factors: [0, 0.5] };
    const byLevel = drops(flows(small({ ...CALM, effects: dropped({ ...first, levels }) })));
    assert.equal(within(byLevel, 0, 10).length, 0);
    assert.ok(Math.abs(within(byLevel, 10, 20).length - 500) < 100);
    const when = { sinceRestartOf: 'b' };
    const fading = drops(flows(small({ minutes: 12, effects: dropped({ ...first, when, fadeSeconds: 60 }) })));
    const [soon, later, late] = [2.2, 3.2, 7.2].map((from) => within(fading, from, from + 1).length);
    assert.ok((soon ?? 0) > 1.8 * (later ?? 0) && (later ?? 0) > 10 * (late ?? 0), `${soon} ${later} ${late}`);
    assert.equal(within(fading, 0, 2).length, 0);
  });

  it('moves a pod: another name, another address, another node, and nobody calls it meanwhile', () => {
    const workloads = [
      { name: 'shop/web', kind: 'Deployment', replicas: 1, nodes: ['a'] },
      {
        name: 'shop/api',
        kind: 'Deployment',
        replicas: 1,
        nodes: ['b'],
        moves: [{ pod: 0, at: 5, to: 'a', goneSeconds: 60 }],
      },
    ] as const;
    const list = flows(small({ ...CALM, workloads }));
    const served = (from: number, to: number) =>
      new Set(
        within(list, from, to)
          .filter((flow) => flow.destinationPort === 8080)
          .map(({ destinationIp, destination }) => `${destinationIp} ${destination.pod}`),
      );
    const [before, after] = [served(0, 5), served(6, 20)];
    assert.deepEqual([before.size, served(5.01, 6).size, after.size], [1, 0, 1]);
    assert.notDeepEqual(before, after);
    assert.ok(within(list, 6, 20).every(({ node }) => node === 'a'));
  });

  it('lets a pod go for good, and its connections with it', () => {
    const edge = { lasting: { connections: 2, everySeconds: 5 } };
    const web = { name: 'shop/web', kind: 'Deployment', replicas: 2 } as const;
    const workloads = [
      { ...web, moves: [{ pod: 0, at: 5 }] },
      { name: 'shop/api', kind: 'Deployment', replicas: 1, nodes: ['b'] },
    ] as const;
    const list = flows(small({ ...CALM, workloads }, edge));
    const fromA = (from: number, to: number): number =>
      within(list, from, to).filter(({ node }) => node === 'a').length;
    assert.ok(fromA(0, 5) > 100);
    assert.equal(fromA(5.02, 20), 0);
    assert.ok(within(list, 6, 20).length > 500, 'the other pod goes on');
  });

  it('lets nobody see an edge that is gone before any point', () => {
    const when = { from: 5, until: 10 };
    const list = flows(small({ ...CALM, effects: [{ kind: 'unseen', where: { sourceNodes: ['a'] }, when }] }));
    const fromA = (from: number, to: number): number =>
      syns(within(list, from, to)).filter((flow) => flow.sourceIp.startsWith('10.244.0.')).length;
    assert.ok(fromA(0, 5) > 50 && fromA(10.2, 20) > 100);
    assert.equal(fromA(5.001, 10), 0);
    assert.ok(syns(within(list, 5, 10)).length > 50, 'others are seen');
    assert.equal(drops(list).length, 0);
  });

  it('lets a node leave: no flows, no sample, nobody calls its pods', () => {
    const nodes = [
      { name: 'a', role: 'worker' },
      { name: 'b', role: 'worker', leavesAt: 8 },
    ] as const;
    const list = events(small({ ...CALM, nodes }));
    const late = list.filter((event) => minuteOf(event) >= 8);
    assert.ok(late.every((event) => event.kind !== 'flow'));
    assert.ok(late.every((event) => event.kind !== 'node-samples' || event.nodes.every(({ name }) => name === 'a')));
  });

  it('has clocks that differ, and flows that come late and twice', () => {
    const nodes = [
      { name: 'a', role: 'worker' },
      { name: 'b', role: 'worker', clockAheadSeconds: 30 },
    ] as const;
    const first = flows(small({ ...CALM, nodes })).find(({ node }) => node === 'b');
    assert.ok(first !== undefined && minuteOf(first) >= 0.5);

    const plain = flows(small(CALM));
    const shaken = flows(small({ ...CALM, delivery: { lateSeconds: 10, repeatedShare: 0.1 } }));
    assert.ok(Math.abs(shaken.length / plain.length - 1.1) < 0.02);
    assert.deepEqual(new Set(shaken.map(({ uuid }) => uuid)), new Set(plain.map(({ uuid }) => uuid)));
    assert.ok(shaken.some(({ time }, i) => time < (shaken[i - 1]?.time ?? 0) - 5000));
  });
});
