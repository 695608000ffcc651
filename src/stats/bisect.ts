/** Far more halvings than a double has digits; the bound only matters for a root at 0. */
const MOST_HALVINGS = 200;
const RELATIVE_WIDTH = 1e-13;

/**
 * Where a condition that is false at `low` and true at `high` (and changes once between them) begins to hold:
 * the upper end of an interval of relative width 1e-13 around that place, so that the condition holds for the result.
 */
export function bisect(low: number, high: number, holds: (x: number) => boolean): number {
  for (let i = 0; i < MOST_HALVINGS && high - low > RELATIVE_WIDTH * Math.abs(high); i++) {
    const middle = low + (high - low) / 2;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}
