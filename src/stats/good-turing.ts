import { opensNewUnit } from './dead-time.js';

/**
 * Good-Turing estimate of how often drops come from sources that were never seen before: as often as they came, until now, from
 * sources that paid exactly one visit. (Good, Biometrika 1953: what was seen once tells the rate of the unseen.)
 *
 * @param sources for each source of one signal its drops in the common baseline on all nodes together, as ascending window indices.
 * @param deadTime windows within which further drops belong to the unit that is open (new sources: 3 minutes).
 * @param visitGap windows without a drop after which the next one is another visit (5 minutes).
 * @returns units of the sources with exactly one visit.
 */
export function singletonUnits(sources: Iterable<readonly number[]>, deadTime: number, visitGap: number): number {
  let total = 0;
  for (const windows of sources) total += unitsOfOneVisit(windows, deadTime, visitGap);
  return total;
}

/** Units of a source that came once; 0 for one that never came or came back. */
function unitsOfOneVisit(windows: readonly number[], deadTime: number, visitGap: number): number {
  let units = 0;
  let openedAt = -Infinity;
  let previous: number | undefined;
  for (const window of windows) {
    if (previous !== undefined && window < previous) {
      throw new RangeError(`windows must ascend, but ${window} follows ${previous}`);
    }
    if (previous !== undefined && window - previous >= visitGap) return 0;
    previous = window;
    if (!opensNewUnit(openedAt, window, deadTime)) continue;
    openedAt = window;
    units++;
  }
  return units;
}
