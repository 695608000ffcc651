/** What nodes told of each edge's packets, slot by slot, and when its connections were opened: established traffic is what is left between. */
import type { NodeWindow, Vantage } from '../aggregate/journal.js';
import { EdgePlaces, type EdgePlace } from './edge-places.js';
import type { Layout } from './from-journal.js';
import { SLOT } from './observed.js';

/** Packets of one edge as one node saw them. Slots ascend. */
export interface Packets {
  readonly slots: number[];
  /** Client to server, and back. */
  readonly forward: number[];
  readonly reply: number[];
}

export interface EstablishedEdge {
  readonly place: EdgePlace;
  /** At the source's node, and at the destination's where that is another one. */
  readonly atSource: Packets;
  readonly atDestination: Packets | undefined;
}

/** Slots after the begin of an attempt in which its packets may still come: the handshake, or the repeats of what nobody answers. */
const OPENING = 1;
const REPEATING = 3;

export class Established {
  readonly #atSource = new Map<EdgePlace, Packets>();
  readonly #atDestination = new Map<EdgePlace, Packets>();
  /** 1 for each slot that belongs to attempts, by edge. */
  readonly #opening = new Map<EdgePlace, Uint8Array>();
  /** For each node the slots in which replies to its own hosts, and to its own pods, were seen at all. */
  readonly #replies: readonly { readonly host: Set<number>; readonly pod: Set<number> }[];

  constructor(layout: Layout, windows: readonly NodeWindow[]) {
    const { start, index, nodes } = layout;
    const places = new EdgePlaces(layout.places);
    this.#replies = nodes.map(() => ({ host: new Set<number>(), pod: new Set<number>() }));
    for (const line of windows) {
      const observer = index.get(line.node) ?? 0;
      const slot = Math.floor((line.window - start) / SLOT);
      for (const row of line.talk) {
        const end = endOf(row.vantage);
        if (end === undefined || row.forward + row.reply === 0) continue;
        const place = places.find(row.edge, row.vantage, observer, line.window);
        const told = end === 'source' ? this.#atSource : this.#atDestination;
        count(told, place, slot, row.forward, row.reply);
        if (end === 'source' && row.reply > 0) this.#repliesTo(place, observer).add(slot);
      }
    }
    if (this.#hasUnanswered()) this.#markOpening(layout, windows, places);
  }

  /** Is there any slot with packets and no reply? If not, nothing is to be told. */
  #hasUnanswered(): boolean {
    return [...this.#atSource.values()].some(({ forward, reply }) =>
      forward.some((packets, i) => packets > 0 && reply[i] === 0),
    );
  }

  #markOpening({ start, index, length }: Layout, windows: readonly NodeWindow[], places: EdgePlaces): void {
    const slots = Math.ceil(length / SLOT);
    for (const line of windows) {
      const observer = index.get(line.node) ?? 0;
      for (const row of line.attempts) {
        const place = places.find(row.edge, row.vantage, observer, row.window);
        if (!this.#atSource.has(place)) continue;
        let opening = this.#opening.get(place);
        if (opening === undefined) this.#opening.set(place, (opening = new Uint8Array(slots)));
        const begun = Math.max(0, Math.floor((row.window - start) / SLOT));
        const lasts = row.unanswered.length + row.dropped.length > 0 ? REPEATING : OPENING;
        opening.fill(1, begun, begun + lasts + 1);
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
    return this.#opening.get(place)?.[slot] === 1;
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

function count(all: Map<EdgePlace, Packets>, place: EdgePlace, slot: number, forward: number, reply: number): void {
  let packets = all.get(place);
  if (packets === undefined) all.set(place, (packets = { slots: [], forward: [], reply: [] }));
  const last = packets.slots.length - 1;
  if (packets.slots[last] === slot) {
    packets.forward[last] = (packets.forward[last] ?? 0) + forward;
    packets.reply[last] = (packets.reply[last] ?? 0) + reply;
    return;
  }
  packets.slots.push(slot);
  packets.forward.push(forward);
  packets.reply.push(reply);
}
