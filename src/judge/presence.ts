/** Which edges were seen when, whatever they did: traffic, attempts, drops. */
import type { NodeWindow } from '../aggregate/journal.js';
import { EdgePlaces, type EdgePlace } from './edge-places.js';
import type { Layout } from './from-journal.js';
import { SLOT } from './observed.js';
import { SlotSet } from './slot-set.js';

/** An edge, and the slots in which either of its nodes told of it. */
export interface Presence {
  readonly place: EdgePlace;
  readonly slots: SlotSet;
}

/** Attempts that began on some edges, by slot. */
export type Opens = ReadonlyMap<EdgePlace, Float64Array>;

const shared = new WeakMap<readonly NodeWindow[], Presences>();

/** Of these windows, which are always those of one layout: looked at once for all lanes. */
export function presencesOf(layout: Layout, windows: readonly NodeWindow[]): Presences {
  let found = shared.get(windows);
  if (found === undefined) shared.set(windows, (found = new Presences(layout, windows)));
  return found;
}

/** Every edge whose ends are both on nodes that are known. */
class Presences {
  readonly all: readonly Presence[];
  readonly #layout: Layout;
  readonly #windows: readonly NodeWindow[];
  readonly #places: EdgePlaces;

  constructor(layout: Layout, windows: readonly NodeWindow[]) {
    this.#layout = layout;
    this.#windows = windows;
    this.#places = new EdgePlaces(layout.places, 'together');
    const seen: Presence[] = [];
    const slots = Math.ceil(layout.length / SLOT);
    const note = (place: EdgePlace, window: number) => {
      if (place.srcNode < 0 || place.dstNode < 0) return;
      const slot = Math.floor((window - layout.start) / SLOT);
      if (slot < 0) return;
      (seen[place.id] ??= { place, slots: new SlotSet(slots) }).slots.add(slot);
    };
    for (const line of windows) {
      const observer = layout.index.get(line.node) ?? 0;
      for (const row of line.talk) note(this.#places.find(row.edge, row.vantage, observer, line.window), line.window);
      for (const row of line.attempts) note(this.#places.find(row.edge, row.vantage, observer, row.window), row.window);
      for (const row of line.drops)
        note(this.#places.findBy(row.edge, row.direction, observer, line.window), line.window);
    }
    // Edges with an end outside leave holes, which filter() passes over.
    this.all = seen.filter(() => true);
  }

  /** Attempts that began on some of the edges, by slot, as the source's node told them. */
  opens(of: ReadonlySet<EdgePlace>): Opens {
    const { start, length, index } = this.#layout;
    const opens = new Map<EdgePlace, Float64Array>();
    for (const place of of) opens.set(place, new Float64Array(Math.ceil(length / SLOT)));
    for (const line of this.#windows) {
      const observer = index.get(line.node) ?? 0;
      for (const row of line.attempts) {
        if (row.vantage === 'destination') continue;
        const counts = opens.get(this.#places.find(row.edge, row.vantage, observer, row.window));
        const slot = Math.floor((row.window - start) / SLOT);
        if (counts === undefined || slot < 0 || slot >= counts.length) continue;
        const dropped = row.dropped.reduce((sum, { hashes }) => sum + hashes.length, 0);
        counts[slot] = (counts[slot] ?? 0) + row.answered + row.unanswered.length + dropped;
      }
    }
    return opens;
  }
}
