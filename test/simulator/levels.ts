import type { Levels } from './scenario.js';

const SECOND_US = 1e6;

/** The factor that holds at `at`, microseconds since the start. */
export function levelAt({ stepSeconds, factors }: Levels, at: number): number {
  const step = Math.min(factors.length - 1, Math.floor(at / (stepSeconds * SECOND_US)));
  return factors[step] ?? 1;
}

/**
 * Where a process of these levels arrives that would take `gap` more at level 1, microseconds since the start; Infinity where it never does.
 */
export function arrivalAfter({ stepSeconds, factors }: Levels, from: number, gap: number): number {
  const stepUs = stepSeconds * SECOND_US;
  let at = from;
  let left = gap;
  for (let step = Math.floor(at / stepUs); step < factors.length - 1; step++) {
    const level = factors[step] ?? 1;
    const end = (step + 1) * stepUs;
    if (left <= (end - at) * level) return at + left / level;
    left -= (end - at) * level;
    at = end;
  }
  return at + left / (factors.at(-1) ?? 1);
}
