/** Sums over the drops of a soak that lanes B and C compare: exposures, controls, units, first appearances, weights. */
import { opensUnit } from '../stats/dead-time.js';
import { singletonUnits } from '../stats/good-turing.js';
import { GROWTH_MS, NEW_SOURCE_DEAD_MS, NOMINAL_SIGNALS, NOVEL_PART, NOVEL_SIGNALS, VISIT_MS } from './constants.js';
import { countWithin, cumulative, lowerBound, type Observed, type Signal } from './observed.js';

/** The controls of one signal, as cumulative sums by window: units seen on nodes not yet restarted, and how many were to be expected. */
export interface Controls {
  readonly seen: Float64Array;
  readonly expected: Float64Array;
}

export function controlsOf(observed: Observed, common: number, unitsOf: (node: number) => readonly number[]): Controls {
  const seen = new Array<number>(observed.length).fill(0);
  const expected = new Array<number>(observed.length).fill(0);
  observed.nodes.forEach((node, index) => {
    const until = Math.min(node.segments[0]?.down ?? observed.length, observed.length);
    const units = unitsOf(index);
    for (const window of units) if (window < until) seen[window] = (seen[window] ?? 0) + 1;
    const exposure = difference(node.visibleBefore, 0, common);
    const rate = exposure > 0 ? countWithin(units, 0, common) / exposure : 0;
    if (rate > 0) for (let w = 0; w < until; w++) expected[w] = (expected[w] ?? 0) + rate * (node.visible[w] ?? 0);
  });
  return { seen: cumulative(seen), expected: cumulative(expected) };
}

/** sums[to] - sums[from], with both ends brought into range. */
export function difference(sums: Float64Array | undefined, from: number, to: number): number {
  if (sums === undefined || to <= from) return 0;
  const clip = (w: number) => sums[Math.min(Math.max(Math.ceil(w), 0), sums.length - 1)] ?? 0;
  return clip(to) - clip(from);
}

/**
 * Exposure grows with the traffic, cluster-wide: the mean over the windows of the last minutes of their attempts for each visible node,
 * against the same mean of the common baseline. It never shrinks: falling traffic must not create evidence.
 */
export function scaledExposures(observed: Observed, common: number): Float64Array[] {
  const span = Math.max(1, Math.round(GROWTH_MS / observed.windowMs));
  const perNode = new Array<number>(observed.length).fill(0);
  const inSight = new Array<number>(observed.length).fill(0);
  for (let w = 0; w < observed.length; w++) {
    let visible = 0;
    for (const node of observed.nodes) visible += node.visible[w] ?? 0;
    if (visible === 0) continue;
    perNode[w] = (observed.attempts[w] ?? 0) / visible;
    inSight[w] = 1;
  }
  const attempts = cumulative(perNode);
  const windows = cumulative(inSight);
  const rate = (from: number, to: number) => {
    const seen = difference(windows, from, to);
    return seen > 0 ? difference(attempts, from, to) / seen : 0;
  };
  const before = rate(0, common);
  const growth = new Float64Array(observed.length);
  for (let w = 0; w < observed.length; w++)
    growth[w] = before > 0 ? Math.max(1, rate(Math.max(0, w + 1 - span), w + 1) / before) : 1;
  return observed.nodes.map((node) => cumulative(Array.from(node.visible, (seen, w) => seen * (growth[w] ?? 1))));
}

/** Dead time of a signal's units, in windows: noisy ones rest twice as long. */
export function episodeWindows(signal: Signal | undefined, episodeMs: number, windowMs: number): number {
  return Math.max(1, Math.round(((signal?.noisy === true ? 2 : 1) * episodeMs) / windowMs));
}

/** Those of a source's windows that open a unit. */
export function openings(windows: readonly number[], gap: number): number[] {
  const opens = opensUnit(windows, gap);
  return windows.filter((_, i) => opens[i] === true);
}

/** Units in whole blocks before `end`, which lies before the first window where a restart was over when flows began. */
export function unitsPerBlock(units: readonly number[], end: number, perBlock: number): number[] {
  const blocks = new Array<number>(Math.max(0, Math.floor(end / perBlock))).fill(0);
  for (const window of units) {
    const block = Math.floor(window / perBlock);
    if (block < blocks.length) blocks[block] = (blocks[block] ?? 0) + 1;
  }
  return blocks;
}

export function firstSeenAnywhere(observed: Observed): Map<string, number> {
  const first = new Map<string, number>();
  for (const { signal, source, windows } of observed.drops) {
    const key = `${signal}\t${source}`;
    first.set(key, Math.min(first.get(key) ?? Number.POSITIVE_INFINITY, windows[0] ?? Number.POSITIVE_INFINITY));
  }
  return first;
}

/** By signal: units in the common baseline of sources that came by exactly once, wherever they were seen. */
export function singletons(observed: Observed, common: number): number[] {
  const bySignal = observed.signals.map(() => new Map<string, number[]>());
  for (const { signal, source, windows } of observed.drops) {
    const before = windows.slice(0, lowerBound(windows, common));
    const sources = bySignal[signal];
    if (sources === undefined || before.length === 0) continue;
    const seen = sources.get(source);
    if (seen === undefined) sources.set(source, before);
    else seen.push(...before);
  }
  const windows = (ms: number) => Math.max(1, Math.round(ms / observed.windowMs));
  return bySignal.map((sources) =>
    singletonUnits(
      [...sources.values()].map((seen) => seen.sort((a, b) => a - b)),
      windows(NEW_SOURCE_DEAD_MS),
      windows(VISIT_MS),
    ),
  );
}

/**
 * Each signal's share of a lane. Half of it goes to those that the cluster knew before the first restart, half to those that it did not:
 * few reasons are new, and what the change breaks is often one of them. Shares are fixed at a signal's first appearance: as many equal parts
 * as we reckon with, and what appears beyond them halves the last one again and again, so that the shares never add up to more than 1.
 */
export function signalShares(observed: Observed): number[] {
  const first = observed.signals.map(() => Number.POSITIVE_INFINITY);
  for (const { signal, windows } of observed.drops)
    first[signal] = Math.min(first[signal] ?? Number.POSITIVE_INFINITY, windows[0] ?? Number.POSITIVE_INFINITY);
  const firstDown = Math.min(...observed.nodes.map(({ segments }) => segments[0]?.down ?? observed.length));
  const order = observed.signals.map((_, signal) => signal).sort((a, b) => (first[a] ?? 0) - (first[b] ?? 0) || a - b);
  const isNovel = (signal: number) => (first[signal] ?? 0) >= firstDown;
  const shares = new Array<number>(observed.signals.length).fill(0);
  const share = (signals: readonly number[], part: number, nominal: number) =>
    signals.forEach((signal, rank) => {
      shares[signal] = (part / nominal) * 0.5 ** Math.max(0, rank - nominal + 2);
    });
  share(order.filter(isNovel), NOVEL_PART, NOVEL_SIGNALS);
  share(
    order.filter((signal) => !isNovel(signal)),
    1 - NOVEL_PART,
    NOMINAL_SIGNALS,
  );
  return shares;
}
