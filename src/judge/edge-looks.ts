/** What a look at one edge asks beyond its sums: when can it fail at all, and does it still? */
import { stillOnAt } from '../stats/still-on.js';
import { MIN_FAILED } from './constants.js';
import { addedShare, sumUntil, type EdgeSeries } from './edge-series.js';
import { lowerBound } from './observed.js';

/** The first horizon from this one on at which an edge can fail at all: its minimum effect is reached. Infinity: at none. */
export function mayFailFrom({ slots, failed, before, knownGood }: EdgeSeries, from: number, minAdded: number): number {
  if (!knownGood) return Number.POSITIVE_INFINITY;
  let horizon = from;
  // Failed trials never become fewer, so that before there are enough of them nothing is to be asked.
  let trials = Math.max(lowerBound(slots, horizon), failed.reach(MIN_FAILED));
  for (; trials <= slots.length; trials++) {
    if (trials > 0) horizon = Math.max(horizon, (slots[trials - 1] ?? 0) + 1);
    if (addedShare(before, { failed: failed.of(trials), trials }) >= minAdded) return horizon;
  }
  return Number.POSITIVE_INFINITY;
}

/** Does the latest part keep most of the average failing share? By slot. */
export function isOn(one: EdgeSeries, horizon: number, minSlots: number): boolean {
  const at = horizon - one.from - 1;
  if (at < 0) return true;
  const until = (i: number) => sumUntil(one, one.from + i + 1);
  const sums = { events: (i: number) => until(i).failed, exposure: (i: number) => until(i).trials };
  return stillOnAt(sums, at, { share: 0.6, minWindows: minSlots, minExpected: 3 });
}
