/**
 * The lanes over one small simulated soak: every counter and e-value of the last window, and the window in which each lane first fails.
 *
 * The reference looks at a slot in its first window already (with both windows' attempts), a watch can do so only in the second: lane A is
 * compared by slots. It also shares lane B over the signals that it saw; we hold a part for each of 24 signals from the beginning, as
 * weights must not depend on what comes later: that costs up to 0.8 of log e, here two windows. Its soak series of new sources fails in
 * window 134 with the exposure of the two nodes that have a held part by then; we count every node past settle, as the method says, and
 * leave that failure to the node's own series.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { EdgeSeries } from '../../src/judge/edge-series.js';
import { EdgeLane } from '../../src/judge/lane-edges.js';
import { SourceLanes } from '../../src/judge/lane-sources.js';
import {
  methodTimes,
  type DropSeries,
  type Observed,
  type ObservedNode,
  type TrialSeries,
} from '../../src/judge/observed.js';
import { packageRoot } from '../../src/package-root.js';
import { logEFail, logEPass } from '../../src/stats/attempts.js';

type Five = readonly [number, number, number, number, number];
interface Share {
  readonly fb: number;
  readonly nb: number;
  readonly fa: number;
  readonly na: number;
}
interface Scenario {
  readonly nodes: number;
  readonly windows: number;
  readonly restart: readonly number[];
  readonly visibleAgain: readonly number[];
  readonly afterStart: readonly number[];
  readonly destination: readonly (readonly number[])[];
  /** node, signal, source, window, count */
  readonly events: readonly Five[];
  /** node, edge, window, attempts, failed */
  readonly attempts: readonly Five[];
  readonly knownSources: readonly Readonly<
    Record<'node' | 'signal' | 'Nb' | 'donor' | 'Eb' | 'Na' | 'Ea' | 'trend' | 'phi' | 'logM', number>
  >[];
  readonly newSources: readonly Readonly<
    Record<'node' | 'signal' | 'singletonUnits' | 'baselineExposure' | 'Na' | 'Ea' | 'logM', number>
  >[];
  readonly edges: readonly (Share & {
    readonly node: number;
    readonly edge: number;
    readonly knownGood: boolean;
    readonly logE: number | null;
  })[];
  readonly nodeShares: readonly (Share & { readonly node: number; readonly logPass5pct: number })[];
  readonly soakShare: Share & { readonly logPass1pct: number };
  readonly engine: { readonly byLane: Readonly<Record<'E' | 'N' | 'L' | 'B' | 'Bc' | 'C' | 'Cc', number | null>> };
}

const scenario = JSON.parse(
  readFileSync(join(packageRoot(), 'test', 'vectors', 'stats-scenario.json'), 'utf8'),
) as Scenario;

const SIGNALS = Math.max(...scenario.events.map(([, signal]) => signal)) + 1;
const NOISY_SIGNALS = 2;

function observedNode(node: number): ObservedNode {
  const down = scenario.restart[node] ?? 0;
  const back = scenario.visibleAgain[node] ?? 0;
  const visible = Uint8Array.from({ length: scenario.windows }, (_, w) => (w >= down && w < back ? 0 : 1));
  const visibleBefore = new Float64Array(scenario.windows + 1);
  visible.forEach((seen, w) => (visibleBefore[w + 1] = (visibleBefore[w] ?? 0) + seen));
  const segments = [{ down, back, after: scenario.afterStart[node] ?? 0, end: Number.POSITIVE_INFINITY }];
  return { name: `n${node}`, expected: true, segments, visible, visibleBefore };
}

function grouped(rows: readonly Five[], key: (row: Five) => string): Map<string, Five[]> {
  const groups = new Map<string, Five[]>();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return groups;
}

function dropSeries(): DropSeries[] {
  return [...grouped(scenario.events, ([node, signal, source]) => `${node} ${signal} ${source}`).values()].map(
    (rows) => {
      const sorted = rows.sort((a, b) => a[3] - b[3]);
      const [[node, signal, source] = [0, 0, 0]] = sorted;
      const windows = sorted.map((row) => row[3]);
      return { node, signal, source: `${source}`, windows, events: sorted.map((row) => row[4]), harmful: windows };
    },
  );
}

function trialSeries(): TrialSeries[] {
  return [...grouped(scenario.attempts, ([node, edge]) => `${node} ${edge}`).values()].map((rows) => {
    const [[node, edge] = [0, 0]] = rows;
    const slots = new Map<number, { attempts: number; failed: number }>();
    for (const [, , window, attempts, failed] of rows) {
      const slot = slots.get(Math.floor(window / 2)) ?? { attempts: 0, failed: 0 };
      slots.set(Math.floor(window / 2), { attempts: slot.attempts + attempts, failed: slot.failed + failed });
    }
    const sorted = [...slots].sort((a, b) => a[0] - b[0]);
    const destination = `d${scenario.destination[node]?.[edge] ?? -1}`;
    return {
      edge: { src: `s${node}`, dst: destination, protocol: 'TCP', port: edge },
      workloadEdge: `${node} ${edge}`,
      destination,
      srcNode: node,
      dstNode: -1,
      nodes: [node],
      slots: Int32Array.from(sorted, ([slot]) => slot),
      attempts: Float64Array.from(sorted, ([, { attempts }]) => attempts),
      failed: Float64Array.from(sorted, ([, { failed }]) => failed),
      reasons: new Float64Array(sorted.length),
    };
  });
}

const attempts = new Float64Array(scenario.windows);
for (const [, , window, count] of scenario.attempts) attempts[window] = (attempts[window] ?? 0) + count;
const observed: Observed = {
  windowMs: 10_000,
  length: scenario.windows,
  nodes: Array.from({ length: scenario.nodes }, (_, node) => observedNode(node)),
  signals: Array.from({ length: SIGNALS }, (_, signal) => ({
    reason: 130 + signal,
    direction: 0,
    noisy: signal < NOISY_SIGNALS,
  })),
  trials: trialSeries(),
  drops: dropSeries(),
  attempts,
  graceWindows: 0,
};
const times = methodTimes(60_000, 10_000);
const edgeLane = new EdgeLane(observed, times, 0.01, 0);
const sourceLanes = new SourceLanes(observed, times, 0.01, 0, 30_000);
const last = scenario.windows - 1;

function near(actual: number | undefined, expected: number, what: string, tolerance = 1e-9): void {
  const error = Math.abs((actual ?? Number.NaN) - expected) / Math.max(1, Math.abs(expected));
  assert.ok(error <= tolerance, `${what}: ${actual} instead of ${expected}`);
}

function seriesOf(node: number, edge: number): EdgeSeries {
  const found = edgeLane.series.find((one) => one.trial.workloadEdge === `${node} ${edge}`);
  assert.ok(found !== undefined, `edge ${node} ${edge}`);
  return found;
}

/** The first look at which some of these fail. */
function firstFail(ask: (look: number) => readonly ({ readonly fails: boolean } | undefined)[]): number | null {
  for (let look = 0; look <= last; look++) if (ask(look).some((answer) => answer?.fails === true)) return look;
  return null;
}

const nodes = observed.nodes.map((_, node) => node);
const signals = observed.signals.map((_, signal) => signal);

describe('the lanes over the scenario', () => {
  it('counts the trials of every edge', () => {
    for (const edge of scenario.edges) {
      const what = `edge ${edge.node} ${edge.edge}`;
      const one = seriesOf(edge.node, edge.edge);
      assert.equal(one.knownGood, edge.knownGood, what);
      near(one.before.failed, edge.fb, `${what} fb`);
      near(one.before.trials, edge.nb, `${what} nb`);
      if (!edge.knownGood) continue;
      const after = edgeLane.sums(one, last);
      near(after.failed, edge.fa, `${what} fa`);
      near(after.trials, edge.na, `${what} na`);
      const good = one.before.trials - one.before.failed;
      const logE = logEFail(one.before.failed, good, after.failed, after.trials - after.failed, 1.1, edgeLane.phi);
      near(logE, edge.logE ?? Number.NaN, `${what} logE`);
    }
  });

  it('sums them over nodes and soak for a pass', () => {
    const check = (what: string, series: readonly EdgeSeries[], share: Share, tolerance: number, logPass: number) => {
      const { before, after } = edgeLane.passSums(series, last);
      near(before.failed, share.fb, `${what} fb`);
      near(before.trials, share.nb, `${what} nb`);
      near(after.failed, share.fa, `${what} fa`);
      near(after.trials, share.na, `${what} na`);
      const [gb, ga] = [before.trials - before.failed, after.trials - after.failed];
      near(logEPass(before.failed, gb, after.failed, ga, tolerance, edgeLane.phi), logPass, `${what} log e of a pass`);
    };
    for (const share of scenario.nodeShares) {
      const series = (edgeLane.byNode[share.node] ?? []).filter((one) => one.knownGood);
      check(`node ${share.node}`, series, share, 0.05, share.logPass5pct);
    }
    check('soak', edgeLane.once(), scenario.soakShare, 0.01, scenario.soakShare.logPass1pct);
  });

  it('counts the units, exposures, donors, trend and dispersion of known sources', () => {
    for (const series of scenario.knownSources) {
      const found = sourceLanes.known(series.node, 0, series.signal, last);
      const what = `signal ${series.signal} on node ${series.node}`;
      near(found === undefined ? undefined : found.nb - found.donor, series.Nb, `${what} Nb`);
      near(found?.donor, series.donor, `${what} donor`);
      near(found?.eb, series.Eb, `${what} Eb`);
      near(found?.na, series.Na, `${what} Na`);
      near(found?.ea, series.Ea, `${what} Ea`);
      near(found?.trend, series.trend, `${what} trend`);
      near(found?.phi, series.phi, `${what} phi`);
      near(found?.logE, series.logM, `${what} logM`);
    }
  });

  it('counts the units of new sources and how often such appear anyway', () => {
    for (const series of scenario.newSources) {
      const found = sourceLanes.fresh(series.node, 0, series.signal, last);
      const what = `signal ${series.signal} on node ${series.node}`;
      near(found.nb, series.singletonUnits, `${what} Nb`);
      near(found.eb, series.baselineExposure, `${what} Eb`);
      near(found.na, series.Na, `${what} Na`);
      near(found.ea, series.Ea, `${what} Ea`);
      near(found.logE, series.logM, `${what} logM`);
    }
  });

  it('fails in lane A in the same slots', () => {
    const slot = (window: number | null) => (window === null ? null : Math.floor(window / 2));
    const { E, N, L } = scenario.engine.byLane;
    assert.equal(slot(firstFail((look) => edgeLane.series.map((one) => edgeLane.edge(one, look)))), slot(E));
    assert.equal(slot(firstFail((look) => nodes.map((node) => edgeLane.node(node, 0, look)))), slot(N));
    assert.equal(slot(firstFail((look) => [edgeLane.soak(look)])), slot(L));
  });

  it('fails in lane B within two windows, and never in lane C', () => {
    const series = nodes.flatMap((node) => signals.map((signal) => ({ node, signal })));
    const b = firstFail((look) => series.map(({ node, signal }) => sourceLanes.newSources(node, 0, signal, look)));
    assert.ok(b !== null && Math.abs(b - (scenario.engine.byLane.B ?? 0)) <= 2, `lane B in window ${b}`);
    const c = firstFail((look) => series.map(({ node, signal }) => sourceLanes.knownSources(node, 0, signal, look)));
    assert.equal(c, scenario.engine.byLane.C);
    const soak = firstFail((look) => signals.map((signal) => sourceLanes.knownSourcesInSoak(signal, look)));
    assert.equal(soak, scenario.engine.byLane.Cc);
  });
});
