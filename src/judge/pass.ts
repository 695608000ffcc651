import { logEPass, smallestDetectable, trialsNeeded } from '../stats/attempts.js';
import { logThreshold } from '../stats/thresholds.js';
import { ATTEMPT_PARTS, LANE_WEIGHT, MIX, PASS_COVERED, PASS_LOG_E } from './constants.js';
import type { Needs } from './document.js';
import type { EdgeSeries, Trials } from './edge-series.js';
import type { EdgeLane } from './lane-edges.js';
import { lowerBound, SLOT, type MethodTimes, type Observed } from './observed.js';
import type { Settings } from './settings.js';
import { isoDuration } from './text.js';

/** How near a node, or the soak, is to a PASS. */
export interface Proof {
  readonly before: Trials;
  readonly after: Trials;
  /** Is added harm above the tolerance excluded? */
  readonly proven: boolean;
  readonly needs: Needs | null;
  /** `needs.about` in ms; null where no amount of such traffic suffices. */
  readonly needsMs: number | null;
  /** Smallest added share of failures that would have failed by now; null = none. */
  readonly smallestDetectable: number | null;
}

/** How near the late phase of a node is to what a PASS wants of it. */
export interface LateProof extends Proof {
  /** Windows of it in sight that are still wanted. */
  readonly windowsMissing: number;
}

export interface PassReport {
  readonly soak: Proof;
  readonly nodes: readonly Proof[];
  /** The late phase of each node alone. */
  readonly late: readonly LateProof[];
  /** Share of the baseline's good trials whose workload edge was seen to succeed again, 0...1. */
  readonly covered: number;
  /** Workload edges not seen again, most trials first. */
  readonly unseen: readonly string[];
  /** Windows of after phase that the node restarted last still lacks. */
  readonly windowsMissing: number;
}

/**
 * The earned PASS: added harm above a tolerance is excluded, on each node and for the soak, over nearly all that used to work.
 * @param isCompared leaves out edges that were changed on purpose.
 */
export function provePass(
  observed: Observed,
  lane: EdgeLane,
  times: MethodTimes,
  settings: Settings,
  isCompared: (series: EdgeSeries) => boolean = () => true,
): PassReport {
  const look = observed.length - 1;
  const weight = (LANE_WEIGHT.edges * ATTEMPT_PARTS.node) / Math.max(1, observed.nodes.length);
  const nodeLimit = logThreshold(settings.alpha, weight);
  const seriesOf = (node: number) =>
    (lane.byNode[node] ?? []).filter(
      (one) => one.knownGood && one.segment === lastSegment(observed, node) && isCompared(one),
    );
  const nodes = observed.nodes.map((_, node) =>
    proof(observed, lane, seriesOf(node), settings.nodeTolerance, nodeLimit, look),
  );
  const late = observed.nodes.map(({ segments, visibleBefore }, node): LateProof => {
    const from = Math.min(observed.length, (segments.at(-1)?.back ?? Number.POSITIVE_INFINITY) + times.late);
    const seen = (visibleBefore[observed.length] ?? 0) - (visibleBefore[from] ?? 0);
    return {
      ...proof(observed, lane, seriesOf(node), settings.nodeTolerance, nodeLimit, look, Math.ceil(from / SLOT)),
      windowsMissing: Math.max(0, Math.ceil(settings.lateMs / observed.windowMs) - seen),
    };
  });
  const once = lane.once().filter(isCompared);
  const soakLimit = logThreshold(settings.alpha, LANE_WEIGHT.edges * ATTEMPT_PARTS.soak);
  const soak = proof(observed, lane, once, settings.tolerance, soakLimit, look);
  return { soak, nodes, late, ...coverage(once), windowsMissing: windowsMissing(observed, times) };
}

function lastSegment(observed: Observed, node: number): number {
  return (observed.nodes[node]?.segments.length ?? 1) - 1;
}

function proof(
  observed: Observed,
  lane: EdgeLane,
  series: readonly EdgeSeries[],
  tolerance: number,
  limit: number,
  look: number,
  from = 0,
): Proof {
  const { before, after } = lane.passSums(series, look, from);
  const [fb, gb] = [before.failed, before.trials - before.failed];
  const [fa, ga] = [after.failed, after.trials - after.failed];
  const enough = before.trials > 0 && after.trials > 0;
  const proven = enough && logEPass(fb, gb, fa, ga, tolerance, lane.phi) >= PASS_LOG_E;
  const smallest = enough ? smallestDetectable(fb, gb, after.trials, limit, MIX, lane.phi) : null;
  const needs = proven ? null : needsOf(observed, lane.phi, series, { fb, gb, fa, ga }, tolerance, look);
  return {
    before,
    after,
    proven,
    needs: needs?.needs ?? null,
    needsMs: needs?.ms ?? null,
    smallestDetectable: smallest,
  };
}

function needsOf(
  observed: Observed,
  phi: number,
  series: readonly EdgeSeries[],
  { fb, gb, fa, ga }: { fb: number; gb: number; fa: number; ga: number },
  tolerance: number,
  look: number,
): { readonly needs: Needs; readonly ms: number | null } | null {
  if (fb + gb <= 0) return null;
  const share = (fa + fb + 0.5) / (fa + fb + ga + gb + 1);
  const trials = trialsNeeded(fb, gb, fa, ga, tolerance, share, PASS_LOG_E, phi);
  const span = Math.max(SLOT, Math.round(600_000 / observed.windowMs));
  const recent = rateOver(series, Math.floor((look + 1 - span) / SLOT), Math.floor((look + 1) / SLOT));
  if (trials === null || !Number.isFinite(trials)) return { needs: { trials: 0, attempts: 0, about: null }, ms: null };
  const needed = Math.ceil(trials);
  const perMs = recent.trials / (span * observed.windowMs);
  const ms = perMs > 0 ? needed / perMs : null;
  const attempts = Math.ceil(needed * (recent.trials > 0 ? recent.attempts / recent.trials : 1));
  return { needs: { trials: needed, attempts, about: ms === null ? null : isoDuration(ms) }, ms };
}

function rateOver(series: readonly EdgeSeries[], from: number, to: number): { trials: number; attempts: number } {
  let trials = 0;
  let attempts = 0;
  for (const { trial } of series) {
    const end = lowerBound(trial.slots, to);
    for (let i = lowerBound(trial.slots, from); i < end; i++) {
      trials += 1;
      attempts += trial.attempts[i] ?? 0;
    }
  }
  return { trials, attempts };
}

function coverage(series: readonly EdgeSeries[]): { covered: number; unseen: string[] } {
  const edges = new Map<string, { name: string; good: number; again: boolean }>();
  for (const one of series) {
    const { src, dst, protocol, port } = one.trial.edge;
    let sums = edges.get(one.trial.workloadEdge);
    if (sums === undefined)
      edges.set(
        one.trial.workloadEdge,
        (sums = { name: `${src} -> ${dst} ${protocol}/${port}`, good: 0, again: false }),
      );
    sums.good += one.before.trials - one.before.failed;
    const failed = one.passFailed.of(one.passSlots.length);
    if (one.passSlots.length - failed > 0.5) sums.again = true;
  }
  let all = 0;
  let seen = 0;
  for (const { good, again } of edges.values()) {
    all += good;
    if (again) seen += good;
  }
  const unseen = [...edges.values()].filter(({ again }) => !again).sort((a, b) => b.good - a.good);
  return { covered: all > 0 ? seen / all : 0, unseen: unseen.map(({ name }) => name) };
}

export function isCovered(report: PassReport): boolean {
  return report.covered >= PASS_COVERED;
}

/** Five times settle of after phase are wanted on the node that came back last. */
function windowsMissing(observed: Observed, times: MethodTimes): number {
  const last = observed.nodes.reduce(
    (most, node) => Math.max(most, node.segments.at(-1)?.after ?? most),
    Number.NEGATIVE_INFINITY,
  );
  if (!Number.isFinite(last)) return 0;
  return Math.max(0, last + times.passFrom - observed.length);
}
