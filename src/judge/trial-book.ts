import type { EdgePlace } from './edge-places.js';
import { SILENT } from './failed-trials.js';
import { SLOT, type TrialSeries } from './observed.js';

/** What one node told of an edge in each slot, while it is counted. Slots ascend. */
export interface ToldEdge {
  readonly place: EdgePlace;
  readonly observer: number;
  readonly slots: number[];
  readonly good: number[];
  readonly bad: number[];
}

/** Good and bad of some kind by edge, observing node and slot. Rows must come in order of their windows. */
export class TrialBook {
  readonly #told = new Map<EdgePlace, ToldEdge[]>();

  add(place: EdgePlace, observer: number, window: number, good: number, bad: number): ToldEdge {
    const slot = Math.floor(window / SLOT);
    const told = this.#find(place, observer);
    const last = told.slots.length - 1;
    if (told.slots[last] === slot) {
      told.good[last] = (told.good[last] ?? 0) + good;
      told.bad[last] = (told.bad[last] ?? 0) + bad;
    } else {
      told.slots.push(slot);
      told.good.push(good);
      told.bad.push(bad);
    }
    return told;
  }

  all(): ToldEdge[] {
    return [...this.#told.values()].flat();
  }

  #find(place: EdgePlace, observer: number): ToldEdge {
    let own = this.#told.get(place);
    if (own === undefined) this.#told.set(place, (own = []));
    let told = own.find((one) => one.observer === observer);
    if (told === undefined) own.push((told = { place, observer, slots: [], good: [], bad: [] }));
    return told;
  }
}

/**
 * The trials of one node's word on an edge: charged to that node alone.
 * @param destination what fails when the far side is down. @param disturbed do restarts of the other end's node disturb them?
 */
export function trialsToldBy(
  told: ToldEdge,
  destination: string,
  disturbed: boolean,
  of: (good: number, bad: number) => { readonly share: number; readonly attempts: number },
): TrialSeries {
  const { place, observer, slots } = told;
  const trials = slots.map((_, i) => of(told.good[i] ?? 0, told.bad[i] ?? 0));
  const ends = [place.srcNode, place.dstNode];
  const far = disturbed ? ends.find((node) => node >= 0 && node !== observer) : undefined;
  return {
    edge: place.edge,
    workloadEdge: place.workloadEdge,
    destination,
    srcNode: place.srcNode,
    dstNode: place.dstNode,
    nodes: [observer],
    ...(far === undefined ? {} : { far }),
    slots: Int32Array.from(slots),
    share: Float64Array.from(trials, ({ share }) => share),
    attempts: Float64Array.from(trials, ({ attempts }) => attempts),
    failed: Float64Array.from(trials, ({ share, attempts }) => share * attempts),
    reasons: new Float64Array(slots.length).fill(SILENT),
  };
}
