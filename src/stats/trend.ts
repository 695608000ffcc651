import { amount } from './domain.js';

/** Units that are added on both sides, so that a handful of units on the controls moves nothing. */
const PRIOR_UNITS = 3;

/**
 * Trend factor g = max(1, (seen + 3) / (expected + 3)): how much more often than before a drop occurs on the nodes that have not
 * restarted yet, at the same time. Never below 1, as a falling trend must not create evidence.
 *
 * @param seen units on the controls since the after phase began.
 * @param expected units that the controls' own rates before the first restart would give in that time.
 * @throws RangeError for negative or infinite input.
 */
export function trendFactor(seen: number, expected: number): number {
  return Math.max(1, (amount('units seen', seen) + PRIOR_UNITS) / (amount('units expected', expected) + PRIOR_UNITS));
}
