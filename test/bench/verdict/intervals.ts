import { bisect } from '../../../src/stats/bisect.js';
import { incompleteBeta } from '../../../src/stats/incomplete-beta.js';

/** Exact 95 % interval of a share of which `hits` of `n` were seen (Clopper and Pearson 1934). */
export function clopperPearson(hits: number, n: number, level = 0.95): { readonly low: number; readonly high: number } {
  const tail = (1 - level) / 2;
  const low = hits === 0 ? 0 : bisect(0, 1, (p) => incompleteBeta(p, hits, n - hits + 1) >= tail);
  const high = hits === n ? 1 : bisect(0, 1, (p) => incompleteBeta(p, hits + 1, n - hits) >= 1 - tail);
  return { low, high };
}

/** Median, and the lower end of its 95 % interval by order statistics (-Infinity when there are too few values for one). */
export function medianWithLow(values: readonly number[]): { readonly median: number; readonly low: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  if (n === 0) return { median: Number.NaN, low: Number.NEGATIVE_INFINITY };
  const median = ((sorted[Math.floor((n - 1) / 2)] ?? 0) + (sorted[Math.ceil((n - 1) / 2)] ?? 0)) / 2;
  // The k-th smallest lies below the median unless fewer than k of n coins fall tails: P(X <= k - 1) <= 2.5 %.
  let k = 0;
  while (k < n && incompleteBeta(0.5, n - k, k + 1) <= 0.025) k += 1;
  return { median, low: k === 0 ? Number.NEGATIVE_INFINITY : (sorted[k - 1] ?? Number.NEGATIVE_INFINITY) };
}
