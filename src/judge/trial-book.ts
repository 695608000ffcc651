import type { EdgePlace } from './edge-places.js';
import { SILENT } from './failed-trials.js';
import { SLOT, type TrialSeries } from './observed.js';
import { CountPages, PagedSlots } from './slot-counts.js';
import { TrialColumns } from './trial-columns.js';

/** What one node told of an edge in each slot. */
export class ToldEdge {
  readonly place: EdgePlace;
  readonly observer: number;
  /** Good and bad together. */
  readonly #all: PagedSlots;
  /** By slot; most slots have none. */
  readonly #bad = new Map<number, number>();

  constructor(place: EdgePlace, observer: number, counts: CountPages) {
    this.place = place;
    this.observer = observer;
    this.#all = new PagedSlots(counts);
  }

  add(slot: number, good: number, bad: number): void {
    this.#all.put(slot, this.#all.at(slot) + good + bad);
    if (bad > 0) this.#bad.set(slot, (this.#bad.get(slot) ?? 0) + bad);
  }

  /** Slots with anything, ascending. */
  each(tell: (slot: number, good: number, bad: number) => void): void {
    for (let slot = 0; slot < this.#all.end; slot++) {
      const all = this.#all.at(slot);
      if (all === 0) continue;
      const bad = this.#bad.get(slot) ?? 0;
      tell(slot, all - bad, bad);
    }
  }
}

/** Good and bad of some kind by edge, observing node and slot. */
export class TrialBook {
  readonly #told = new Map<EdgePlace, ToldEdge[]>();
  readonly #counts = new CountPages();

  add(place: EdgePlace, observer: number, window: number, good: number, bad: number): ToldEdge {
    const told = this.#find(place, observer);
    told.add(Math.floor(window / SLOT), good, bad);
    return told;
  }

  all(): ToldEdge[] {
    return [...this.#told.values()].flat();
  }

  #find(place: EdgePlace, observer: number): ToldEdge {
    let own = this.#told.get(place);
    if (own === undefined) this.#told.set(place, (own = []));
    let told = own.find((one) => one.observer === observer);
    if (told === undefined) own.push((told = new ToldEdge(place, observer, this.#counts)));
    return told;
  }
}

const columns = new TrialColumns();

/**
 * The trials of one node's word on an edge: charged to that node alone.
 * @param destination what fails when the far side is down. @param disturbed do restarts of the other end's node disturb them?
 * @param like a series with which they may share columns.
 */
export function trialsToldBy(
  told: ToldEdge,
  destination: string,
  disturbed: boolean,
  of: (good: number, bad: number) => { readonly failed: number; readonly attempts: number },
  like?: TrialSeries,
): TrialSeries {
  const { place, observer } = told;
  told.each((slot, good, bad) => {
    const { failed, attempts } = of(good, bad);
    columns.add(slot, attempts, failed, SILENT);
  });
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
    ...columns.close(like),
  };
}
