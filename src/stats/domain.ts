/**
 * Checks of what a formula may be asked. An impossible input is a defect of the caller, never a property of the traffic, so it throws.
 */

/** Sums of shares and differences of cumulative sums miss zero by rounding: nearer to zero than this is zero. */
const ROUNDING = 1e-9;

/**
 * A count or an exposure: a finite real number of at least 0. What lies within 1e-9 of 0, on either side, is rounding and becomes 0.
 * @throws RangeError if it is negative, infinite or not a number.
 */
export function amount(name: string, value: number): number {
  if (value >= ROUNDING && value < Infinity) return value;
  if (value > -ROUNDING && value < ROUNDING) return 0;
  throw new RangeError(`${name} must be finite and at least 0, but it is ${value}`);
}

/** @throws RangeError unless `low` <= `value` <= `high`. */
export function within(name: string, value: number, low: number, high: number): number {
  if (value >= low && value <= high) return value;
  throw new RangeError(`${name} must lie in ${low}...${high}, but it is ${value}`);
}

/**
 * A level or a weight: above 0, at most 1.
 * @throws RangeError otherwise.
 */
export function level(name: string, value: number): number {
  if (value > 0 && value <= 1) return value;
  throw new RangeError(`${name} must be above 0 and at most 1, but it is ${value}`);
}

/**
 * A factor that may only weaken evidence (dispersion, mix, trend): finite and at least 1.
 * @throws RangeError otherwise.
 */
export function atLeastOne(name: string, value: number): number {
  if (value >= 1 && value < Infinity) return value;
  throw new RangeError(`${name} must be finite and at least 1, but it is ${value}`);
}
