/** What the laws of the statistics are tried on. */
import fc from 'fast-check';

/** The same cases on every run: a law that fails is then a change of the code, never luck. */
export const LAW = { seed: 195, numRuns: 300 };

/** A number of units or trials: mostly whole and small, sometimes fractional, sometimes large. */
export const amounts = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.double({ min: 1e-3, max: 2000, noNaN: true }),
  fc.integer({ min: 0, max: 1_000_000 }),
);

/** An exposure that is not 0. */
export const exposures = fc.double({ min: 0.5, max: 50_000, noNaN: true });

/** A seeded generator of uniform numbers in 0...1 (mulberry32). */
export function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x = (x + Math.imul(x ^ (x >>> 7), x | 61)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** P(X = k) of Binomial(n, p) for all k. */
export function binomial(n: number, p: number): number[] {
  let row = [1];
  for (let i = 0; i < n; i++) {
    row = [...row, 0].map((chance, k) => chance * (1 - p) + (row[k - 1] ?? 0) * p);
  }
  return row;
}
