/** Do the ends of an edge that is gone still live? Their pods are told of, and they are seen in other traffic. */
import type { EdgePlace } from './edge-places.js';
import type { Layout } from './from-journal.js';
import { SLOT } from './observed.js';
import type { Presence } from './presence.js';

/** A pod that is in use is told again after this many windows at the latest, and some more. */
const TOLD_AGAIN_WINDOWS = 32;

/** What the edges of one workload on one node show of it. */
interface EndTraffic {
  /** Edges that it opens, and all. */
  readonly opened: Presence[];
  readonly any: Presence[];
}

/** Until when an end is known to live, as a slot; `unknown`: it never had any other traffic that could tell. */
export type Life = number | 'unknown';

export class Lives {
  readonly #traffic = new Map<string, EndTraffic>();
  /** First and last window in which each pod was told, by workload and node. */
  readonly #pods = new Map<string, Map<string, { first: number; last: number }>>();
  /** The same windows by workload alone. */
  readonly #everywhere = new Map<string, { readonly node: number; readonly first: number }[]>();

  constructor(layout: Layout, presences: readonly Presence[]) {
    for (const one of presences) {
      const { edge, srcNode, dstNode } = one.place;
      const source = this.#of(endKey(edge.src, srcNode));
      source.opened.push(one);
      source.any.push(one);
      if (edge.src !== edge.dst || srcNode !== dstNode) this.#of(endKey(edge.dst, dstNode)).any.push(one);
    }
    for (const line of layout.windows) {
      const node = layout.index.get(line.node) ?? -1;
      for (const { what } of line.places) {
        if (what.startsWith('@')) continue;
        const name = layout.places.name(`p:${what}`);
        const key = endKey(name, node);
        const window = line.window - layout.start;
        let pods = this.#pods.get(key);
        if (pods === undefined) this.#pods.set(key, (pods = new Map<string, { first: number; last: number }>()));
        const pod = pods.get(what);
        if (pod === undefined) {
          pods.set(what, { first: window, last: window });
          const all = this.#everywhere.get(name);
          if (all === undefined) this.#everywhere.set(name, [{ node, first: window }]);
          else all.push({ node, first: window });
        } else pod.last = Math.max(pod.last, window);
      }
    }
  }

  /**
   * Until when both ends of an edge are known to live, given that it was there before the window `down`. A client lives while it opens
   * other connections, a server while anything else talks to it.
   */
  of(place: EdgePlace, down: number): { readonly source: Life; readonly destination: Life } {
    const { edge, srcNode, dstNode } = place;
    return {
      source: this.#until(edge.src, srcNode, 'opened', place, down),
      destination: this.#until(edge.dst, dstNode, 'any', place, down),
    };
  }

  /**
   * Until when a server that nothing else talked to shows by anything at all that its pod is there: it is probed, or it has flows with ends
   * that nobody knows. `unknown`: by nothing since `down`.
   */
  lastSign(place: EdgePlace, down: number): Life {
    const [name, node] = [place.edge.dst, place.dstNode];
    const since = Math.ceil((down + TOLD_AGAIN_WINDOWS) / SLOT);
    const any = (this.#traffic.get(endKey(name, node))?.any ?? []).filter((one) => one.place !== place);
    const pods = this.#podsAt(name, node, down);
    if (pods.length === 0 || this.#isReplaced(name, down)) return 'unknown';
    // A pod of several that has gone may have been the one that talked.
    const told = Math.min(...pods.map(({ last }) => Math.floor(last / SLOT)));
    const seen = Math.max(...any.map(({ slots }) => slots.last()));
    const until = pods.length === 1 ? Math.max(told, seen) : told;
    return until >= since ? until : 'unknown';
  }

  #podsAt(name: string, node: number, down: number): { readonly first: number; readonly last: number }[] {
    return [...(this.#pods.get(endKey(name, node))?.values() ?? [])].filter(
      ({ first, last }) => first < down && last >= down - TOLD_AGAIN_WINDOWS,
    );
  }

  #until(name: string, node: number, role: keyof EndTraffic, but: EdgePlace, down: number): Life {
    // The host of a node that is in sight lives.
    if (name === 'host') return Number.POSITIVE_INFINITY;
    const others = (this.#traffic.get(endKey(name, node))?.[role] ?? []).filter(({ place }) => place !== but);
    const before = others.filter(({ slots }) => slots.before(Math.floor(down / SLOT)) > 0);
    const pods = this.#podsAt(name, node, down);
    if (pods.length === 0) return Number.NEGATIVE_INFINITY;
    if (before.length === 0) return this.#isReplaced(name, down) ? Number.NEGATIVE_INFINITY : 'unknown';
    // A pod of several that has gone may have been the one that talked.
    const told = Math.min(...pods.map(({ last }) => Math.floor((last + TOLD_AGAIN_WINDOWS) / SLOT)));
    return Math.min(told, Math.max(...others.map(({ slots }) => slots.last())));
  }

  /** Has another pod of the workload come up since (or the same on another node)? Then this one may have made room for it. */
  #isReplaced(name: string, down: number): boolean {
    return (this.#everywhere.get(name) ?? []).some(({ first }) => first >= down - TOLD_AGAIN_WINDOWS);
  }

  #of(key: string): EndTraffic {
    let traffic = this.#traffic.get(key);
    if (traffic === undefined) this.#traffic.set(key, (traffic = { opened: [], any: [] }));
    return traffic;
  }
}

function endKey(name: string, node: number): string {
  return `${name}\t${node}`;
}
