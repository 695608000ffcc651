import { lbeta } from '../stats/gamma.js';
import { logMarginal } from '../stats/attempts.js';
import { smoothedShare } from '../stats/dispersion.js';
import { addedShare, type EdgeSeries, type Trials } from './edge-series.js';
import { SILENT } from './failed-trials.js';
import type { EdgeLane } from './lane-edges.js';
import { lowerBound, SLOT, shareOf, type Observed, type TrialSeries } from './observed.js';

/**
 * How well one restart explains what fails on one edge with a reason: log likelihood of the trials with a change at that restart, less that
 * without any change, tempered by the dispersion. Both ends of an edge are weighed against each other with it.
 */
export interface Suspicion {
  readonly series: EdgeSeries;
  /** Added failing share of the edge after the restart. */
  readonly added: number;
  /** The edge's failing share after the restart may be anything, each with the same weight. */
  readonly alone: number;
  /** The share that `ADDED[i]` makes fail of what used to work: the same on all edges of the node. */
  readonly shared: Float64Array;
}

/** Added failing shares that a whole node may suffer. */
export const ADDED = [0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 0.98] as const;

/** Smallest pooled failing share that a baseline is taken to have: one that never failed is no proof that it never does. */
const LEAST_POOL = 0.002;

/** What each restart has to do with each edge: the suspicions of an edge stand together, one for each of its restarts. */
export function suspicionsOf(observed: Observed, edges: EdgeLane, reason: number): Suspicion[][] {
  const byTrial = new Map<TrialSeries, EdgeSeries[]>();
  for (const one of edges.series) {
    if (!one.knownGood) continue;
    const group = byTrial.get(one.trial);
    if (group === undefined) byTrial.set(one.trial, [one]);
    else group.push(one);
  }
  const sides = [...byTrial.values()].map((group) => sidesOf(observed, group, reason, edges.plan.since !== undefined));
  let failed = 0;
  let trials = 0;
  for (const [first] of sides) {
    failed += first?.before.failed ?? 0;
    trials += first?.before.trials ?? 0;
  }
  const pool = Math.max(LEAST_POOL, trials > 0 ? failed / trials : 0);
  return sides.map((edge) => edge.map((side) => suspicion(side, pool, edges.phi)));
}

const NEVER = { down: Number.POSITIVE_INFINITY, back: Number.POSITIVE_INFINITY };

interface Sides {
  readonly series: EdgeSeries;
  readonly before: Trials;
  /** From the moment the node is back until it has settled; and while other ends settled later. */
  readonly settle: Trials;
  readonly laterSettle: Trials;
  readonly after: Trials;
}

/** Failing shares of a passing transient: Beta with these two parameters, three in ten on average. */
const TRANSIENT = { failed: 0.5, good: 1.2 } as const;

/**
 * An edge's trials around each of its restarts, without what is ambient or falls into the other end's restart. `late`: what began long after
 * both may be due to either, so that both are asked about the same trials.
 */
function sidesOf(observed: Observed, group: readonly EdgeSeries[], reason: number, late: boolean): Sides[] {
  const segmentOf = (one: EdgeSeries) => observed.nodes[one.node]?.segments[one.segment] ?? NEVER;
  const ordered = [...group].sort((a, b) => segmentOf(a).down - segmentOf(b).down);
  const [first] = ordered;
  if (first === undefined) return [];
  const { trial } = first;
  const downOf = (one: EdgeSeries) => lowerBound(trial.slots, Math.floor(segmentOf(one).down / SLOT));
  const backOf = (one: EdgeSeries) =>
    late ? settledOf(one) : lowerBound(trial.slots, Math.ceil(segmentOf(one).back / SLOT));
  const latest = Math.max(...ordered.map((one) => one.from));
  const settledOf = (one: EdgeSeries) => lowerBound(trial.slots, late ? latest : one.from);
  const counted = new Uint8Array(trial.slots.length).fill(1, 0, downOf(first));
  for (const one of ordered) {
    let at = 0;
    for (const slot of one.passSlots) {
      while ((trial.slots[at] ?? Number.POSITIVE_INFINITY) < slot) at += 1;
      counted[at] = 1;
    }
  }
  const settling = new Uint8Array(trial.slots.length);
  for (const one of ordered) for (let i = backOf(one); i < settledOf(one); i++) settling[i] = (settling[i] ?? 0) + 1;
  const sums = (from: number, to: number, of: Uint8Array): Trials => {
    let failed = 0;
    let trials = 0;
    for (let i = from; i < to; i++) {
      if (of[i] !== 1) continue;
      trials += 1;
      if ((trial.reasons[i] ?? SILENT) === reason) failed += shareOf(trial, i);
    }
    return { failed, trials };
  };
  return ordered.map((series) => ({
    series,
    before: sums(0, downOf(series), counted),
    settle: sums(backOf(series), settledOf(series), settling),
    laterSettle: sums(settledOf(series), trial.slots.length, settling),
    after: sums(settledOf(series), trial.slots.length, counted),
  }));
}

/** Without a change the trials after are as those before, and while a node settles they fail as they do at any restart. */
function suspicion({ series, before, settle, laterSettle, after }: Sides, pool: number, phi: number): Suspicion {
  const [fb, gb] = [before.failed, before.trials - before.failed];
  const [fa, ga] = [after.failed, after.trials - after.failed];
  const unchanged = logMarginal(fb + fa, gb + ga) - logMarginal(fb, gb);
  // Harm is there from the first moment, and while another end settles it is at least no worse an explanation than that.
  const settling = (share: number) => beyondTransient(settle, share) + Math.max(0, beyondTransient(laterSettle, share));
  const share = smoothedShare(before.failed, before.trials, pool);
  return {
    series,
    added: addedShare(before, after),
    alone: (logBeta(fa, ga, 1, 1) - unchanged + settling((fa + 1) / (after.trials + 2))) / phi,
    shared: Float64Array.from(ADDED, (added) => {
      const failing = share + (1 - share) * added;
      return (logShare(after, failing) - unchanged + settling(failing)) / phi;
    }),
  };
}

/** How much better a failing share explains the trials of a settling node than a passing transient does. */
function beyondTransient(settle: Trials, share: number): number {
  const good = settle.trials - settle.failed;
  return logShare(settle, share) - logBeta(settle.failed, good, TRANSIENT.failed, TRANSIENT.good);
}

/** Log likelihood of trials that fail with this share. */
function logShare({ failed, trials }: Trials, share: number): number {
  return failed * Math.log(share) + (trials - failed) * Math.log1p(-share);
}

/** Log marginal likelihood of f failed and g good trials whose failing share is Beta(a, b). */
function logBeta(f: number, g: number, a: number, b: number): number {
  return lbeta(f + a, g + b) - lbeta(a, b);
}
