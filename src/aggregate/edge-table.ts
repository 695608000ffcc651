import type { Protocol } from '../hubble/event.js';
import { makeEdge, type Edge } from './edge.js';

/**
 * The edges of one line of a journal's text: each is told once, in a list, and meant by its place there. A fifth value, 6, tells the family
 * of an edge over IPv6.
 */
type EdgeTuple = readonly [src: string, dst: string, protocol: Protocol, port: number, family?: 6];

/** An object of which nothing is known but that it is one. */
export type Loose = Readonly<Record<string, unknown>>;

/** Writes the table of a line. */
export class EdgeTable {
  readonly edges: EdgeTuple[] = [];
  readonly #places = new Map<string, number>();

  place(edge: Edge): number {
    let place = this.#places.get(edge.key);
    if (place === undefined) {
      const { src, dst, protocol, port } = edge;
      const isTold = edge.family === 4 || protocol === 'ICMPv6';
      place = this.edges.push(isTold ? [src, dst, protocol, port] : [src, dst, protocol, port, 6]) - 1;
      this.#places.set(edge.key, place);
    }
    return place;
  }

  /** An example names its edge by its key. */
  placeOf(key: string): number | string {
    return this.#places.get(key) ?? key;
  }
}

/** Reads the tables of all lines of a journal: the same edge is one object in all of them. */
export class EdgeReader {
  readonly #known = new Map<string, Edge>();

  of(table: unknown): LineEdges {
    return new LineEdges(
      listOf(table).map((tuple) => {
        const [src, dst, protocol, port, family] = listOf(tuple);
        const edge = makeEdge(text(src), text(dst), text(protocol) as Protocol, Number(port), family === 6 ? 6 : 4);
        const known = this.#known.get(edge.key);
        if (known === undefined) this.#known.set(edge.key, edge);
        return known ?? edge;
      }),
    );
  }
}

export class LineEdges {
  readonly #edges: readonly Edge[];

  constructor(edges: readonly Edge[]) {
    this.#edges = edges;
  }

  at(place: unknown): Edge | undefined {
    return this.#edges[Number(place)];
  }

  /** Rows of a list whose edges are places in the table; undefined when one of them is no place. */
  rows<T extends { readonly edge: Edge }>(rows: unknown, defaults: Omit<Partial<T>, 'edge'>): T[] | undefined {
    const restored: T[] = [];
    for (const row of objectsOf(rows)) {
      const edge = this.at(row['edge']);
      if (edge === undefined) return undefined;
      restored.push({ ...defaults, ...row, edge } as T);
    }
    return restored;
  }
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function objectsOf(value: unknown): readonly Loose[] {
  return listOf(value).filter((row): row is Loose => typeof row === 'object' && row !== null);
}

/** Leaves out zeros and empty lists, but not the edge or window 0. */
export function withoutEmpty(row: Loose): Loose {
  return Object.fromEntries(
    Object.entries(row).filter(
      ([name, value]) =>
        name === 'edge' || name === 'window' || !(value === 0 || (Array.isArray(value) && value.length === 0)),
    ),
  );
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
