/**
 * ln(sum of e^x), without overflow or underflow; -Infinity for no values at all.
 * The largest value is taken out first: ln sum e^x = m + ln sum e^(x - m).
 */
export function logSumExp(values: Iterable<number>): number {
  let largest = -Infinity;
  for (const value of values) if (value > largest) largest = value;
  if (largest === -Infinity || largest === Infinity) return largest;
  let sum = 0;
  for (const value of values) sum += Math.exp(value - largest);
  return largest + Math.log(sum);
}

/** ln((e^a + e^b) / 2): the average of two e-values, which is an e-value again, on the scale of logs. */
export function logMeanExp(a: number, b: number): number {
  if (a === b) return a;
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b))) - Math.LN2;
}
