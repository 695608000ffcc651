import { PRIOR_PHI } from '../stats/dispersion.js';
import { logM } from '../stats/counts.js';
import type { ObservedNode } from './observed.js';
import { difference } from './source-counts.js';

/** Episodes of known drops on one node since it settled, against the rate that they may have. */
export interface RateLook {
  readonly units: number;
  /** Time in sight since the node settled. */
  readonly seconds: number;
  /** The strongest evidence of any moment that the rate is above what is allowed, as a log e-value, and what it must reach. */
  readonly logE: number;
  readonly limit: number;
  /** What had been seen at that moment; 0 in 0 s where nothing ever spoke for it. */
  readonly then: { readonly units: number; readonly seconds: number };
  readonly isAbove: boolean;
}

export interface AllowedRate {
  readonly perMinute: number;
  readonly deadWindows: number;
  readonly windowMs: number;
  readonly limit: number;
}

/**
 * Do known drops come more often than they may? One episode more than the rate allows proves nothing, so the question is put as everywhere
 * else: by an e-value that is looked at whenever an episode opens, and once it has passed its limit the answer stays.
 *
 * @param opened windows after settle in which an episode opened, one entry for each, ascending.
 */
export function lookAtRate(opened: readonly number[], node: ObservedNode, allowed: AllowedRate): RateLook {
  const { deadWindows, windowMs, limit } = allowed;
  const minutes = (windows: number) => (windows * windowMs) / 60_000;
  let logE = 0;
  let then = { units: 0, seconds: 0 };
  opened.forEach((window, i) => {
    // Many sources may open an episode in one window.
    if (opened[i + 1] === window) return;
    // An episode stands for its whole dead time: sources that retry all the time open theirs together, once in that time.
    const seen = minutes(windowsSettled(node, window + 1) + deadWindows - 1);
    const now = logAbove(i + 1, seen, allowed.perMinute);
    if (now <= logE) return;
    logE = now;
    then = { units: i + 1, seconds: seen * 60 };
  });
  const seconds = (windowsSettled(node, Number.POSITIVE_INFINITY) * windowMs) / 1000;
  return { units: opened.length, seconds, logE, limit, then, isAbove: logE >= limit };
}

/** A baseline so long that its rate is as good as known. */
const KNOWN = 1e9;

/**
 * Log e-value against "episodes come at most `perMinute`": the counts kernel with a baseline of that very rate, seen for ever. For a baseline
 * that grows without bound logM tends to (1/phi) ln mean over theta of theta^n exp(-(theta - 1) mu), mu = perMinute x minutes: the mixture of
 * Poisson likelihood ratios, a martingale with mean 1 under H0, so P(ever logE >= ln(1/x)) <= x (Ville). phi is the prior dispersion of
 * ordinary reasons for all: what is allowed is a ceiling and no mean, so that swings below it need no allowance of their own.
 */
export function logAbove(units: number, minutes: number, perMinute: number): number {
  return logM(perMinute * minutes * KNOWN, minutes * KNOWN, units, minutes, 1, PRIOR_PHI);
}

/** Windows before `end` in which a node was in sight after it had settled from a restart. */
function windowsSettled(node: ObservedNode, end: number): number {
  return node.segments.reduce(
    (sum, segment) => sum + difference(node.visibleBefore, segment.after, Math.min(segment.end, end)),
    0,
  );
}

/** Does a window lie behind the settle phase of a restart, and before the next one? */
export function isSettled(node: ObservedNode, window: number): boolean {
  return node.segments.some((segment) => window >= segment.after && window < segment.end);
}
