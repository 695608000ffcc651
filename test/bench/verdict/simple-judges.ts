import type { Observed } from '../../../src/judge/observed.js';
import { PER_MINUTE } from './soak.js';

/** Two judges as they are in use, on the same soaks: do they cry wolf, and do they find what breaks? */
export interface SimpleVerdicts {
  readonly mannWhitney: boolean;
  readonly twice: boolean;
}

/** Both look this often, minutes, and need this many minutes after the restart. */
const EVERY = 5;
/** Mann-Whitney: 98 % confidence, and a shift of a quarter of the baseline's mean, as canary systems have it by default. */
const Z_98 = 2.3263;
const TOLERANCE = 0.25;
const TWICE = 2;
const AT_LEAST = 5;

/**
 * Counts of drops by node and signal, and of failed attempts by node, in whole minutes before the restart and after settle; `from`
 * is the onset of the harm: what was high before is a false alarm, which here speaks for the simple judge.
 */
export function simpleVerdicts(observed: Observed, failedBySource: readonly Float64Array[]): SimpleVerdicts {
  const verdicts = { mannWhitney: false, twice: false };
  for (const [node, counts] of seriesOf(observed, failedBySource)) {
    const segment = observed.nodes[node]?.segments[0];
    if (segment === undefined) continue;
    const before = minutes(counts, 0, segment.down);
    const after = minutes(counts, segment.after, observed.length);
    for (let look = EVERY; look <= after.length; look += EVERY) {
      const seen = after.subarray(0, look);
      verdicts.mannWhitney ||= isHigh(before, seen);
      verdicts.twice ||= isTwice(before, seen);
    }
    if (verdicts.mannWhitney && verdicts.twice) break;
  }
  return verdicts;
}

function seriesOf(observed: Observed, failedBySource: readonly Float64Array[]): [number, Float64Array][] {
  const bySignal = new Map<string, [number, Float64Array]>();
  for (const { node, signal, windows, events } of observed.drops) {
    const key = `${node}\t${signal}`;
    let series = bySignal.get(key);
    if (series === undefined) bySignal.set(key, (series = [node, new Float64Array(observed.length)]));
    const [, counts] = series;
    windows.forEach((w, i) => {
      counts[w] = (counts[w] ?? 0) + (events[i] ?? 0);
    });
  }
  const failed = failedBySource.map((counts, node): [number, Float64Array] => [node, counts]);
  return [...bySignal.values(), ...failed];
}

function minutes(counts: Float64Array, from: number, to: number): Float64Array {
  const length = Math.max(0, Math.floor((to - from) / PER_MINUTE));
  const sums = new Float64Array(length);
  for (let i = 0; i < length * PER_MINUTE; i++) {
    const at = Math.floor(i / PER_MINUTE);
    sums[at] = (sums[at] ?? 0) + (counts[from + i] ?? 0);
  }
  return sums;
}

const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);

function isTwice(before: Float64Array, after: Float64Array): boolean {
  const events = total(after);
  return events >= AT_LEAST && before.length > 0 && events / after.length > (TWICE * total(before)) / before.length;
}

/** Is the lower end of the Hodges-Lehmann interval of the shift above the tolerance? */
function isHigh(before: Float64Array, after: Float64Array): boolean {
  const [m, n] = [before.length, after.length];
  if (m === 0 || total(after) === 0 || total(after) / n <= total(before) / m) return false;
  const rank = Math.floor((m * n) / 2 - Z_98 * Math.sqrt((m * n * (m + n + 1)) / 12));
  if (rank < 0) return false;
  const shifts = new Float64Array(m * n);
  let i = 0;
  for (const a of after) for (const b of before) shifts[i++] = a - b;
  shifts.sort();
  return (shifts[rank] ?? 0) > (TOLERANCE * total(before)) / m;
}
