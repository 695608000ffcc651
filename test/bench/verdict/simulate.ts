import type { DropSeries, Observed, Signal } from '../../../src/judge/observed.js';
import { Random } from '../../simulator/random.js';
import { simulateAttempts } from './attempts.js';
import { simulateDrops } from './drops.js';
import { makeRoll } from './roll.js';
import { NOISY, SIGNALS, WINDOW_MS, type Soak } from './soak.js';

/** One simulated soak: what the judge sees, and what was really done to it. */
export interface Simulated {
  readonly observed: Observed;
  /** Failed attempts by the node that began them and window: the simple judges have no edges. */
  readonly failedBySource: readonly Float64Array[];
  /** Windows in which the harm began, by node; Infinity where there is none. */
  readonly onset: readonly number[];
}

/** Windows until a slot's attempts have all ended, as in from-journal.ts. */
const GRACE_WINDOWS = 4;
/** Reasons without rules of their own: the noisy ones are policy denials in both directions. */
const FIRST_REASON = 150;

export function reasonOf(signal: number): number {
  if (NOISY.includes(signal)) return 133;
  const reason = FIRST_REASON + signal;
  return reason >= 167 ? reason + 1 : reason;
}

/** The same parameters and seed give the same soak. */
export function simulate(soak: Soak, seed: number): Simulated {
  const roll = makeRoll(soak, new Random(seed, 'roll'));
  const made = simulateAttempts(soak, roll, seed, reasonOf);
  const signals = Array.from({ length: SIGNALS }, (_, signal): Signal => ({
    reason: reasonOf(signal),
    direction: signal === 1 ? 2 : 1,
    noisy: NOISY.includes(signal),
  }));
  const observed: Observed = {
    windowMs: WINDOW_MS,
    length: roll.length,
    nodes: roll.nodes,
    signals,
    trials: made.trials,
    drops: onlySeen([...simulateDrops(soak, roll, seed), ...made.drops]),
    attempts: made.attempts,
    graceWindows: GRACE_WINDOWS,
  };
  return { observed, failedBySource: made.failedBySource, onset: roll.onset };
}

function onlySeen(drops: readonly DropSeries[]): DropSeries[] {
  return drops.filter(({ windows }) => windows.length > 0);
}
