import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Ambient } from '../../src/judge/ambient.js';
import { addUp, seriesOf, sumBetween, sumUntil, type EdgeSeries, type Trials } from '../../src/judge/edge-series.js';
import type { EdgeSums } from '../../src/judge/edge-table.js';
import { EdgeTally } from '../../src/judge/edge-tally.js';
import { methodTimes, type Observed, type ObservedNode, type TrialSeries } from '../../src/judge/observed.js';
import { Restarts } from '../../src/judge/restarts.js';
import { soakSums } from '../../src/judge/soak-sums.js';
import { smoothedShare } from '../../src/stats/dispersion.js';

const SLOTS = 60;
const POOL = 0.01;
const times = methodTimes(20_000, 10_000);

function nodeDown(index: number, down: number): ObservedNode {
  const visible = new Uint8Array(2 * SLOTS).fill(1);
  const visibleBefore = Float64Array.from({ length: 2 * SLOTS + 1 }, (_, w) => w);
  const segments = [{ down, back: down + 2, after: down + 4, end: Number.POSITIVE_INFINITY }];
  return { name: `n${index}`, expected: true, segments, visible, visibleBefore };
}

/** Edges among three nodes and one place outside, each with a share of failures in its baseline and after some slot. */
const soaks = fc
  .record({
    downs: fc.tuple(
      fc.integer({ min: 20, max: 40 }),
      fc.integer({ min: 20, max: 60 }),
      fc.integer({ min: 20, max: 90 }),
    ),
    edges: fc.array(
      fc.record({
        src: fc.integer({ min: 0, max: 2 }),
        dst: fc.integer({ min: -1, max: 2 }),
        port: fc.integer({ min: 1, max: 3 }),
        slots: fc.uniqueArray(fc.integer({ min: 0, max: SLOTS - 1 }), { minLength: 8, maxLength: SLOTS }),
        breaks: fc.integer({ min: 0, max: 2 * SLOTS }),
        share: fc.constantFrom(0.25, 0.5, 1),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  })
  .map(({ downs, edges }): Observed => {
    const trials = edges.map(({ src, dst, port, slots, breaks, share }, i): TrialSeries => {
      const sorted = Int32Array.from(slots).sort();
      const shares = Float64Array.from(sorted, (slot) => (slot >= breaks ? share : 0));
      return {
        edge: { src: `s${i}`, dst: `d${dst}`, protocol: 'TCP', port },
        workloadEdge: `${i}`,
        destination: `d${dst} ${port}`,
        srcNode: src,
        dstNode: dst,
        nodes: [...new Set([src, dst])].filter((node) => node >= 0),
        slots: sorted,
        attempts: new Float64Array(sorted.length).fill(4),
        failed: shares.map((x) => 4 * x),
        reasons: new Float64Array(sorted.length),
      };
    });
    return {
      windowMs: 10_000,
      length: 2 * SLOTS,
      nodes: downs.map((down, i) => nodeDown(i, down)),
      signals: [],
      trials,
      drops: [],
      attempts: new Float64Array(2 * SLOTS),
      graceWindows: 0,
    };
  });

function goodSeries(observed: Observed): EdgeSeries[] {
  const disturbances = { ambient: new Ambient({ ...observed, trials: [] }), restarts: new Restarts(observed, times) };
  return observed.trials
    .flatMap((trial) => seriesOf(observed, times, trial, disturbances))
    .filter((one) => one.knownGood);
}

/** What the method says, told as plainly as can be. */
function plainly(edges: readonly EdgeSeries[], horizon: number): EdgeSums {
  const expected = (one: EdgeSeries) => smoothedShare(one.before.failed, one.before.trials, POOL);
  const excess = new Map<string, number>();
  for (const one of edges) {
    const { failed, trials } = sumUntil(one, horizon);
    const known = excess.get(one.trial.destination) ?? 0;
    excess.set(one.trial.destination, known + failed - expected(one) * trials);
  }
  const [worst] = [...excess].sort((a, b) => b[1] - a[1])[0] ?? [''];
  const kept = excess.size < 2 ? [] : edges.filter((one) => one.trial.destination !== worst);
  const { before, after } = addUp(kept, (one) => sumUntil(one, horizon));
  return {
    before,
    after,
    held: addUp(kept, (one) => sumBetween(one, one.held, horizon)).after,
    expectedBefore: kept.reduce((sum, one) => sum + expected(one) * one.before.trials, 0),
    expectedAfter: kept.reduce((sum, one) => sum + expected(one) * sumUntil(one, horizon).trials, 0),
  };
}

/** Two destinations may be as bad as each other: which of them is left out is free then. */
function isTied(edges: readonly EdgeSeries[], horizon: number): boolean {
  const excess = new Map<string, number>();
  for (const one of edges) {
    const { failed, trials } = sumUntil(one, horizon);
    const expected = smoothedShare(one.before.failed, one.before.trials, POOL) * trials;
    excess.set(one.trial.destination, (excess.get(one.trial.destination) ?? 0) + failed - expected);
  }
  const [first, second] = [...excess.values()].sort((a, b) => b - a);
  return first !== undefined && second !== undefined && first - second < 1e-9;
}

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} instead of ${expected}`);
}

function same(actual: EdgeSums | undefined, expected: EdgeSums): void {
  assert.ok(actual !== undefined);
  const pairs: [Trials, Trials][] = [
    [actual.before, expected.before],
    [actual.after, expected.after],
    [actual.held, expected.held],
  ];
  for (const [a, b] of pairs) {
    near(a.failed, b.failed);
    near(a.trials, b.trials);
  }
  near(actual.expectedBefore, expected.expectedBefore);
  near(actual.expectedAfter, expected.expectedAfter);
}

describe('EdgeTally', () => {
  it('is the sums of a node without its worst destination, slot by slot', () => {
    fc.assert(
      fc.property(soaks, (observed) => {
        const good = goodSeries(observed);
        observed.nodes.forEach((_, node) => {
          const edges = good.filter((one) => one.node === node);
          const tally = new EdgeTally(edges, SLOTS, POOL);
          for (let horizon = tally.from; horizon <= SLOTS; horizon++) {
            if (!isTied(edges, horizon)) same(tally.kept(horizon), plainly(edges, horizon));
            const all = addUp(edges, (one) => sumBetween(one, tally.from, horizon)).after;
            near(tally.trials(0, horizon).failed, all.failed);
            near(tally.trials(0, horizon).trials, all.trials);
          }
        });
      }),
      { numRuns: 50 },
    );
  });
});

describe('soakSums', () => {
  it('counts no trial twice', () => {
    fc.assert(
      fc.property(soaks, (observed) => {
        const good = goodSeries(observed);
        const tallies = observed.nodes
          .map(
            (_, node) =>
              new EdgeTally(
                good.filter((one) => one.node === node),
                SLOTS,
                POOL,
              ),
          )
          .filter((tally) => tally.edges.length > 0);
        const looks = soakSums(tallies, SLOTS, () => 3);
        const last = looks.at(SLOTS);
        if (tallies.length === 0) return;
        assert.ok(last !== undefined);
        const all = observed.trials.reduce((sum, trial) => sum + trial.slots.length, 0);
        assert.ok(last.before.trials + last.after.trials <= all + 1e-9, 'no trial is counted twice');
        assert.ok(last.after.failed <= last.after.trials + 1e-9);
        assert.ok(last.held.trials <= last.after.trials && last.held.failed <= last.after.failed + 1e-9);
      }),
      { numRuns: 50 },
    );
  });

  it('goes on with the second end of an edge where the first one ends', () => {
    const edge = (i: number, dst: number, breaks: number): TrialSeries => {
      const slots = Int32Array.from({ length: SLOTS }, (_, slot) => slot);
      const share = Float64Array.from(slots, (slot) => (slot < breaks ? 0 : 1));
      return {
        edge: { src: `s${i}`, dst: `d${i}`, protocol: 'TCP', port: 80 },
        workloadEdge: `${i}`,
        destination: `d${i}`,
        srcNode: 0,
        dstNode: dst,
        nodes: dst < 0 ? [0] : [0, dst],
        slots,
        attempts: new Float64Array(SLOTS).fill(4),
        failed: share.map((x) => 4 * x),
        reasons: new Float64Array(SLOTS),
      };
    };
    const nodes = [nodeDown(0, 20), nodeDown(1, 60)];
    const observed: Observed = {
      windowMs: 10_000,
      length: 2 * SLOTS,
      nodes,
      signals: [],
      trials: [edge(0, 1, SLOTS), edge(1, -1, 12)],
      drops: [],
      attempts: new Float64Array(2 * SLOTS),
      graceWindows: 0,
    };
    const good = goodSeries(observed);
    const tallies = [0, 1].map(
      (node) =>
        new EdgeTally(
          good.filter((one) => one.node === node),
          SLOTS,
          POOL,
        ),
    );
    const last = soakSums(tallies, SLOTS, () => 3).at(SLOTS);
    // d1 is the worst destination: what is kept is the edge between the two nodes, with its baseline once.
    assert.equal(last?.before.trials, 10);
    assert.equal(last.after.trials, 18 + 28);
    const [first, second] = good.filter((one) => one.trial.workloadEdge === '0');
    assert.equal(first?.slots.length, 18);
    assert.equal(second?.slots.length, 28);
  });
});
