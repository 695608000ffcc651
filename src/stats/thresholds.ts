import { level } from './domain.js';

/**
 * The log e-value at which a series fails: ln(1 / (alpha weight)). With weights that add up to 1 over all series, the chance that any
 * of them ever fails without a cause is at most alpha (Ville's inequality and a union bound).
 *
 * @param alpha chance of a false FAIL of the whole soak, above 0 and at most 1.
 * @param weight share of alpha that this series may spend, above 0 and at most 1.
 * @throws RangeError otherwise.
 */
export function logThreshold(alpha: number, weight: number): number {
  return Math.log(1 / (level('alpha', alpha) * level('weight', weight)));
}
