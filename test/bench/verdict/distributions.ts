import type { Random } from '../../simulator/random.js';

/** Standard normal (Box and Muller). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** Poisson: by multiplication for small means, in pieces for large ones. */
export function poisson(random: Random, mean: number): number {
  let total = 0;
  let rest = mean;
  for (; rest > 20; rest -= 20) total += poisson(random, 20);
  const limit = Math.exp(-rest);
  for (let product = random.next(); product > limit; product *= random.next()) total += 1;
  return total;
}

/** Gamma with the given shape and mean 1 (Marsaglia and Tsang 2000; below shape 1 by their boost). */
export function gammaOfMeanOne(random: Random, shape: number): number {
  const boosted = shape < 1 ? shape + 1 : shape;
  const d = boosted - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    if (Math.log(1 - random.next()) >= 0.5 * x * x + d - d * v + d * Math.log(v)) continue;
    const value = shape < 1 ? d * v * (1 - random.next()) ** (1 / shape) : d * v;
    return value / shape;
  }
}

/** A random subset of `size` of the numbers 0...of-1. */
export function subset(random: Random, size: number, of: number): number[] {
  const all = Array.from({ length: of }, (_, i) => i);
  for (let i = 0; i < Math.min(size, of); i++) {
    const j = random.integer(i, of - 1);
    [all[i], all[j]] = [all[j] ?? 0, all[i] ?? 0];
  }
  return all.slice(0, size);
}

/** Of each window the level of a log-normal swing with mean 1: an autoregression that forgets within `windows`. */
export function swing(random: Random, length: number, logSd: number, windows: number): Float64Array {
  const levels = new Float64Array(length).fill(1);
  if (logSd <= 0) return levels;
  const keep = Math.exp(-1 / windows);
  let x = normal(random);
  for (let w = 0; w < length; w++) {
    levels[w] = Math.exp(logSd * x - (logSd * logSd) / 2);
    x = keep * x + Math.sqrt(1 - keep * keep) * normal(random);
  }
  return levels;
}
