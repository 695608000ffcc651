/** Numbers as characters. Pure. */

const HEIGHTS = '\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588';
const FULL = '\u2588';
const EMPTY = '\u2591';

/**
 * One character for each number: the lowest for nothing, the highest for `most`, and never the lowest for anything; a blank for what is not
 * known.
 */
export function spark(values: readonly (number | undefined)[], most: number): string {
  return values.map((value) => (value === undefined ? ' ' : (HEIGHTS[height(value, most)] ?? ' '))).join('');
}

function height(value: number, most: number): number {
  const top = HEIGHTS.length - 1;
  if (!(value > 0)) return 0;
  return most > 0 ? Math.min(Math.max(Math.ceil((value / most) * top), 1), top) : top;
}

/** A share in 0...1 as a bar: full only at 1, and empty only at 0. */
export function bar(share: number, width: number): string {
  const full = share >= 1 ? width : share <= 0 ? 0 : Math.min(Math.max(Math.round(share * width), 1), width - 1);
  return FULL.repeat(full) + EMPTY.repeat(width - full);
}

/** A share in 0...1 as whole percent in four columns: 100 % only at 1. */
export function wholePercent(share: number): string {
  return `${Math.floor(Math.min(Math.max(share, 0), 1) * 100)}%`.padStart(4);
}
