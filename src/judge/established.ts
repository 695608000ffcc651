/** What nodes told of each edge's packets, slot by slot, and when its connections were opened: established traffic is what is left between. */
import type { NodeWindow, Vantage } from '../aggregate/journal.js';
import { edgePlacesOf, type EdgePlace, type EdgePlaces } from './edge-places.js';
import type { Layout } from './from-journal.js';
import { SLOT } from './observed.js';
import { CountPages, PagedSlots } from './slot-counts.js';
import { SlotSet } from './slot-set.js';

/** Packets of one edge as its source's node saw them, by slot: how many the client sent, and whether any came back. */
export interface Sent {
  readonly forward: PagedSlots;
  readonly replied: SlotSet;
}

/** Slots in which the destination's node saw any packets of an edge: of the client, and of the server. */
export interface Arrived {
  readonly forward: SlotSet;
  readonly replied: SlotSet;
}

export interface EstablishedEdge {
  readonly place: EdgePlace;
  /** At the source's node, and at the destination's where that is another one. */
  readonly atSource: Sent;
  readonly atDestination: Arrived | undefined;
}

/** Slots after the begin of an attempt in which its packets may still come: the handshake, or the repeats of what nobody answers. */
const OPENING = 1;
const REPEATING = 3;

export class Established {
  readonly #atSource = new Map<EdgePlace, Sent>();
  readonly #atDestination = new Map<EdgePlace, Arrived>();
  /** Slots that belong to attempts, by edge. */
  readonly #opening = new Map<EdgePlace, SlotSet>();
  /** For each node the slots in which replies to its own hosts, and to its own pods, were seen at all. */
  readonly #replies: readonly { readonly host: Set<number>; readonly pod: Set<number> }[];

  constructor(layout: Layout, windows: readonly NodeWindow[]) {
    const { start, index, nodes } = layout;
    const places = edgePlacesOf(layout.places);
    const counts = new CountPages();
    const slots = Math.ceil(layout.length / SLOT);
    this.#replies = nodes.map(() => ({ host: new Set<number>(), pod: new Set<number>() }));
    for (const line of windows) {
      const observer = index.get(line.node) ?? 0;
      const slot = Math.floor((line.window - start) / SLOT);
      for (const row of line.talk) {
        const end = endOf(row.vantage);
        if (end === undefined || row.forward + row.reply === 0) continue;
        const place = places.find(row.edge, row.vantage, observer, line.window);
        if (end === 'source') {
          const sent = found(this.#atSource, place, () => ({
            forward: new PagedSlots(counts),
            replied: new SlotSet(slots),
          }));
          sent.forward.put(slot, sent.forward.at(slot) + row.forward);
          if (row.reply === 0) continue;
          sent.replied.add(slot);
          this.#repliesTo(place, observer).add(slot);
        } else {
          const arrived = found(this.#atDestination, place, () => ({
            forward: new SlotSet(slots),
            replied: new SlotSet(slots),
          }));
          if (row.forward > 0) arrived.forward.add(slot);
          if (row.reply > 0) arrived.replied.add(slot);
        }
      }
    }
    if (this.#hasUnanswered()) this.#markOpening(layout, windows, places);
  }

  /** Is there any slot with packets and no reply? If not, nothing is to be told. */
  #hasUnanswered(): boolean {
    for (const { forward, replied } of this.#atSource.values())
      for (let slot = 0; slot < forward.end; slot++) if (forward.at(slot) > 0 && !replied.has(slot)) return true;
    return false;
  }

  #markOpening({ start, index, length }: Layout, windows: readonly NodeWindow[], places: EdgePlaces): void {
    const slots = Math.ceil(length / SLOT);
    for (const line of windows) {
      const observer = index.get(line.node) ?? 0;
      for (const row of line.attempts) {
        const place = places.find(row.edge, row.vantage, observer, row.window);
        if (!this.#atSource.has(place)) continue;
        const opening = found(this.#opening, place, () => new SlotSet(slots));
        const begun = Math.max(0, Math.floor((row.window - start) / SLOT));
        const lasts = row.unanswered.length + row.dropped.length > 0 ? REPEATING : OPENING;
        for (let slot = begun; slot <= begun + lasts; slot++) opening.add(slot);
      }
    }
  }

  /** Every edge whose source's node tells of it. */
  edges(): EstablishedEdge[] {
    return [...this.#atSource].map(([place, atSource]) => ({
      place,
      atSource,
      atDestination: place.srcNode === place.dstNode ? undefined : this.#atDestination.get(place),
    }));
  }

  isOpening(place: EdgePlace, slot: number): boolean {
    return this.#opening.get(place)?.has(slot) === true;
  }

  /** Were any replies to such a source seen on its node? Some datapaths show none, and then their absence tells nothing. */
  showsReplies(place: EdgePlace, slot: number): boolean {
    return this.#repliesTo(place, place.srcNode).has(slot);
  }

  #repliesTo({ edge }: EdgePlace, node: number): Set<number> {
    const replies = this.#replies[node];
    return (edge.src === 'host' ? replies?.host : replies?.pod) ?? new Set<number>();
  }
}

function endOf(vantage: Vantage): 'source' | 'destination' | undefined {
  switch (vantage) {
    case 'source':
    case 'both':
      return 'source';
    case 'destination':
      return 'destination';
    case 'none':
      return undefined;
  }
}

/** What stands under a key, or is put there now. */
function found<T>(all: Map<EdgePlace, T>, place: EdgePlace, make: () => T): T {
  let one = all.get(place);
  if (one === undefined) all.set(place, (one = make()));
  return one;
}
