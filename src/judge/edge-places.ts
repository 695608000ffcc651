import type { Edge, Vantage } from '../aggregate/edge.js';
import { DIRECTION } from '../hubble/event.js';
import { edgeInfo, type EdgeInfo } from './observed.js';
import type { Places } from './places.js';

/** An edge with the nodes of its ends (-1: unknown or outside). */
export interface EdgePlace {
  readonly edge: EdgeInfo;
  /** Without its nodes. */
  readonly workloadEdge: string;
  readonly destination: string;
  readonly srcNode: number;
  readonly dstNode: number;
  /** All of it, and a number of its own from 0 on. */
  readonly key: string;
  readonly id: number;
}

/** Ends that are on no node. */
const OUTSIDE = ['r:world', 'r:unknown'];

const VANTAGES: Record<Vantage, number> = { source: 0, destination: 1, both: 2, none: 3 };

const shared = new WeakMap<Places, EdgePlaces>();

/** Edges with their families apart: one for all that look at the rows of a layout, as a soak has ten thousand edges to find. */
export function edgePlacesOf(places: Places): EdgePlaces {
  let found = shared.get(places);
  if (found === undefined) shared.set(places, (found = new EdgePlaces(places)));
  return found;
}

/** Finds the place of each row's edge. An edge whose ends never move is looked up by its key alone. */
export class EdgePlaces {
  readonly #places: Places;
  readonly #families: 'apart' | 'together';
  readonly #known = new Map<string, EdgePlace>();
  /** By vantage and observing node. */
  readonly #settled: Map<string, EdgePlace>[] = [];

  /** @param families are IPv4 and IPv6 of one workload edge two edges? A caller that may use either is only gone when both are. */
  constructor(places: Places, families: 'apart' | 'together' = 'apart') {
    this.#places = places;
    this.#families = families;
  }

  /** Of a row that has a direction and no vantage: egress is told by the source's node, ingress by the destination's. */
  findBy(edge: Edge, direction: number, observer: number, window: number): EdgePlace {
    const isHere = (end: string, by: number) =>
      !OUTSIDE.includes(end) &&
      (direction === by || end.startsWith('w:') || this.#places.node(end, window) === observer);
    const srcHere = isHere(edge.src, DIRECTION.EGRESS);
    const dstHere = isHere(edge.dst, DIRECTION.INGRESS);
    const vantage = srcHere ? (dstHere ? 'both' : 'source') : dstHere ? 'destination' : 'none';
    return this.find(edge, vantage, observer, window);
  }

  find(edge: Edge, vantage: Vantage, observer: number, window: number): EdgePlace {
    const known = (this.#settled[observer * 4 + VANTAGES[vantage]] ??= new Map<string, EdgePlace>());
    const settled = known.get(edge.key);
    if (settled !== undefined) return settled;
    const place = this.#placeOf(edge, vantage, observer, window);
    if (!this.#places.moves(edge.src) && !this.#places.moves(edge.dst)) known.set(edge.key, place);
    return place;
  }

  #placeOf(edge: Edge, vantage: Vantage, observer: number, window: number): EdgePlace {
    const srcHere = vantage === 'source' || vantage === 'both';
    const dstHere = vantage === 'destination' || vantage === 'both';
    const srcNode = srcHere ? observer : this.#places.node(edge.src, window);
    const dstNode = dstHere ? observer : this.#places.node(edge.dst, window);
    const src = this.#places.name(edge.src);
    const dst = this.#places.name(edge.dst);
    const info = edgeInfo(edge, src, dst);
    const family = info.family === 6 && this.#families === 'apart' ? '\t6' : '';
    const destination = `${dst}\t${edge.protocol}\t${edge.port}${family}`;
    const workloadEdge = `${src}\t${destination}`;
    const key = `${workloadEdge}\t${srcNode}\t${dstNode}`;
    let place = this.#known.get(key);
    if (place === undefined) {
      place = {
        edge: this.#families === 'apart' ? info : { src, dst, protocol: edge.protocol, port: edge.port },
        workloadEdge,
        destination,
        srcNode,
        dstNode,
        key,
        id: this.#known.size,
      };
      this.#known.set(key, place);
    }
    return place;
  }
}
