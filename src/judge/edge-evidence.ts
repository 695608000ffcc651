/** A look at edges, be it one, those of a node, of a path, or of the soak: what it compares, and what that says. */
import { logEFail } from '../stats/attempts.js';
import { logThreshold } from '../stats/thresholds.js';
import { HELD_LOG_E, MIX, STRONG_SHARE } from './constants.js';
import { addedShare, type Trials } from './edge-series.js';
import type { EdgeSums } from './edge-table.js';

/** A comparison of edges at one look: what was before, what is after, and how much it says. */
export interface EdgeEvidence {
  readonly before: Trials;
  readonly after: Trials;
  /** Added failing share. */
  readonly added: number;
  readonly logE: number;
  readonly limit: number;
  /** ln(1 / weight): from here on it is worth watching. */
  readonly watch: number;
  readonly fails: boolean;
  readonly watched: boolean;
  readonly phi: number;
  readonly mix: number;
}

/** What is compared at one look. */
export interface Compared {
  readonly before: Trials;
  readonly after: Trials;
  readonly mix: number;
  /** The part of alpha that it may spend. */
  readonly weight: number;
  /** Least failed trials and least added share: with less there is no evidence. */
  readonly least: { readonly failed: number; readonly added: number };
  /** The held part, after so many slots of it. */
  readonly held: { readonly trials: () => Trials; readonly slots: number };
  /** Trials of the last minute, where such may stand for the held part. */
  readonly lastMinute: (() => Trials) | undefined;
  /** Does everything else hold that a failure needs? */
  readonly holds: () => boolean;
}

/** The lane's own: the dispersion of its trials, and for how many slots the held part must have lasted. */
export interface Limits {
  readonly alpha: number;
  readonly phi: number;
  readonly heldSlots: number;
}

/** @returns undefined where too little has failed to say anything. */
export function edgeEvidence(compared: Compared, { alpha, phi, heldSlots }: Limits): EdgeEvidence | undefined {
  const { before, after, mix, weight, least } = compared;
  const added = addedShare(before, after);
  if (after.failed < least.failed || added < least.added) return undefined;
  const logE = logEOf(before, after, mix, phi);
  const limit = logThreshold(alpha, weight);
  const watch = -Math.log(weight);
  // Asked only where the evidence suffices, as it takes more time than all the rest.
  const lasts = () => isStrong(compared) || isHeld(compared, phi, heldSlots);
  return {
    before,
    after,
    added,
    logE,
    limit,
    watch,
    fails: logE >= limit && lasts() && compared.holds(),
    watched: logE >= watch,
    phi,
    mix,
  };
}

/** So large a share of the last minute's trials fails that nobody can miss it. */
function isStrong({ lastMinute }: Compared): boolean {
  if (lastMinute === undefined) return false;
  const last = lastMinute();
  return last.trials > 0 && last.failed >= STRONG_SHARE * last.trials;
}

/** Does the held part alone say so? */
function isHeld({ before, mix, held: { trials, slots } }: Compared, phi: number, least: number): boolean {
  if (slots < least) return false;
  const held = trials();
  return held.failed > 0 && logEOf(before, held, mix, phi) >= HELD_LOG_E;
}

export function logEOf(before: Trials, after: Trials, mix: number, phi: number): number {
  return logEFail(before.failed, before.trials - before.failed, after.failed, after.trials - after.failed, mix, phi);
}

/** How much of a rise the changed mix of edges explains by itself. */
export function mixOf({ before, after, expectedBefore, expectedAfter }: EdgeSums): number {
  if (expectedBefore <= 0 || before.trials <= 0 || after.trials <= 0) return MIX;
  return MIX * Math.max(1, expectedAfter / after.trials / (expectedBefore / before.trials));
}
