/** What a change may hurt together: judged together where single edges say too little, and named by it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Way } from '../../src/judge/edge-paths.js';
import { SILENT } from '../../src/judge/failed-trials.js';
import { EdgeLane } from '../../src/judge/lane-edges.js';
import { lookAtEdges } from '../../src/judge/looks.js';
import { methodTimes, type Observed, type ObservedNode, type TrialSeries } from '../../src/judge/observed.js';
import { pathsOf } from '../../src/judge/paths.js';

const SLOTS = 300;
/** Slot in which the first node goes down; the others never do. */
const DOWN = 120;
const NODES = 4;

function node(index: number): ObservedNode {
  const visible = new Uint8Array(2 * SLOTS).fill(1);
  const visibleBefore = Float64Array.from({ length: 2 * SLOTS + 1 }, (_, w) => w);
  const segment = { down: 2 * DOWN, back: 2 * DOWN + 2, after: 2 * DOWN + 8, end: Number.POSITIVE_INFINITY };
  return { name: `n${index + 1}`, expected: true, segments: index === 0 ? [segment] : [], visible, visibleBefore };
}

/** An edge with a trial in every second slot; one in so many of them fails since the restart (0: none). */
function edge(from: number, to: number, service: string, failing: number): TrialSeries {
  const slots = Int32Array.from({ length: SLOTS / 2 }, (_, i) => 2 * i);
  const share = Float64Array.from(slots, (slot, i) => (slot > DOWN && failing > 0 && i % failing === 0 ? 1 : 0));
  return {
    edge: { src: 'shop/web', dst: `shop/${service}`, protocol: 'TCP', port: 80 },
    workloadEdge: `web ${service}`,
    destination: service,
    srcNode: from,
    dstNode: to,
    nodes: [...new Set([from, to])].filter((end) => end >= 0),
    slots,
    attempts: new Float64Array(slots.length).fill(1),
    failed: share,
    reasons: new Float64Array(slots.length).fill(SILENT),
  };
}

function laneOf(trials: readonly TrialSeries[]): { observed: Observed; lane: EdgeLane } {
  const observed: Observed = {
    windowMs: 10_000,
    length: 2 * SLOTS,
    nodes: Array.from({ length: NODES }, (_, i) => node(i)),
    signals: [],
    trials,
    drops: [],
    attempts: new Float64Array(2 * SLOTS),
    graceWindows: 0,
  };
  return { observed, lane: new EdgeLane(observed, methodTimes(20_000, 10_000), 0.01, 0.1) };
}

/** Many edges between the first node and the two others, both ways, that are fine. */
const FINE = [2, 3].flatMap((peer) =>
  Array.from({ length: 12 }, (_, k) => (k % 2 === 0 ? edge(0, peer, `s${k}`, 0) : edge(peer, 0, `s${k}`, 0))),
);

function failing(trials: readonly TrialSeries[]): string[] {
  const { observed, lane } = laneOf([...FINE, ...trials]);
  return lookAtEdges(observed, lane).failures.map((failure) =>
    failure.lane === 'path' ? told(failure.path.way) : failure.lane,
  );
}

function told(way: Way): string {
  switch (way.kind) {
    case 'pair':
      return `pair ${way.isOutbound ? 'to' : 'from'} ${way.peer}`;
    case 'destination':
      return `to ${way.destination}`;
    case 'protocol':
      return way.protocol;
  }
}

describe('what goes one way between two nodes', () => {
  it('fails where it is hurt together, before all of the node does, and where no single edge says enough', () => {
    const services = ['a', 'b', 'c'];
    const [first, ...others] = failing(services.map((service) => edge(0, 1, service, 5)));
    assert.equal(first, 'pair to 1');
    assert.ok(!others.includes('edge'));
    assert.equal(failing(services.map((service) => edge(1, 0, service, 5)))[0], 'pair from 1');
  });

  it('is no matter of the pair where one destination alone fails', () => {
    const one = [edge(0, 1, 'a', 2), edge(0, 1, 'b', 0), edge(0, 1, 'c', 0)];
    assert.deepEqual(failing(one), ['edge']);
  });

  it('counts both ways by themselves, and no single edge', () => {
    const { lane } = laneOf([edge(0, 1, 'a', 0), edge(0, 1, 'b', 0), edge(1, 0, 'c', 0), edge(0, 2, 'd', 0)]);
    assert.deepEqual(
      lane.paths.all.map(({ node: own, way, edges }) => [own, told(way), edges.length]),
      [[0, 'pair to 1', 2]],
    );
    assert.equal(lane.paths.count(0), 1);
  });
});

describe('what a node sends to one destination', () => {
  const hurt = [1, 2, 3].map((peer) => edge(0, peer, 'z', 5));

  it('fails where others reach it', () => {
    assert.deepEqual(failing([...hurt, edge(2, 1, 'z', 0)]), ['to shop/z']);
  });

  it('is no matter of the node where it fails for others too, or nobody else calls it', () => {
    assert.deepEqual(failing([...hurt, edge(2, 1, 'z', 4)]), []);
    assert.deepEqual(failing(hurt), []);
  });
});

describe('what a node does over one protocol', () => {
  it('fails where more than one destination tells of it', () => {
    const udp = (trial: TrialSeries): TrialSeries => ({ ...trial, edge: { ...trial.edge, protocol: 'UDP' } });
    assert.equal(failing([udp(edge(0, 1, 'x', 5)), udp(edge(0, 2, 'y', 5)), udp(edge(0, 3, 'z', 5))])[0], 'UDP');
    const alone = [udp(edge(0, 1, 'x', 3)), udp(edge(0, 2, 'y', 0)), udp(edge(0, 3, 'z', 0))];
    assert.deepEqual(failing(alone), ['edge']);
  });
});

describe('the paths of a node', () => {
  it('are its pairs, what crosses, and what goes each way', () => {
    const { lane } = laneOf([
      edge(0, 1, 'a', 0),
      edge(0, 1, 'b', 0),
      edge(2, 0, 'c', 0),
      edge(0, -1, 'world', 0),
      edge(0, 0, 'own', 0),
    ]);
    const services = pathsOf(lane.byNode[0] ?? [], (one) => one)
      .map((path) => path.map(({ trial }) => trial.destination).join(' '))
      .sort();
    assert.deepEqual(services, ['a b', 'a b c', 'a b world']);
  });
});
