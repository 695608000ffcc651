import type { EdgeSeries } from './edge-series.js';
import { shareOf } from './observed.js';

/** Reason of attempts that nothing dropped and nobody answered. */
export const SILENT = 0;

/** Slots of a series' after phase with their index in its trials. */
export function* afterSlots(one: EdgeSeries): Generator<{ slot: number; index: number }> {
  let next = 0;
  for (let index = 0; index < one.trial.slots.length; index++) {
    const slot = one.trial.slots[index] ?? 0;
    if (slot !== one.slots[next]) continue;
    next += 1;
    yield { slot, index };
  }
}

/** Failing trials of a series that ended with this reason. */
export function failedWith(one: EdgeSeries, reason: number): number {
  let failed = 0;
  for (const { index } of afterSlots(one))
    if ((one.trial.reasons[index] ?? SILENT) === reason) failed += shareOf(one.trial, index);
  return failed;
}
