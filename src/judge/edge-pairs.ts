import type { EdgeSeries } from './edge-series.js';
import { EdgeTally } from './edge-tally.js';

/** What goes one way between a restarted node and one other: its known-good edges, of one restart. */
export interface EdgePair {
  readonly node: number;
  readonly segment: number;
  readonly peer: number;
  /** From the restarted node to the other one; false: the other way. */
  readonly isOutbound: boolean;
  readonly edges: readonly EdgeSeries[];
}

/** One edge alone tells as much by itself. */
const LEAST_EDGES = 2;

/** Directed pairs of nodes, as the known-good edges of restarted ones make them. */
export function edgePairs(series: readonly EdgeSeries[]): EdgePair[] {
  const pairs = new Map<string, EdgePair & { readonly edges: EdgeSeries[] }>();
  for (const one of series) {
    const { srcNode, dstNode } = one.trial;
    if (!one.knownGood || srcNode < 0 || dstNode < 0 || srcNode === dstNode) continue;
    const { node, segment } = one;
    const isOutbound = srcNode === node;
    const peer = isOutbound ? dstNode : srcNode;
    const key = `${node}\t${segment}\t${peer}\t${isOutbound}`;
    const pair = pairs.get(key);
    if (pair === undefined) pairs.set(key, { node, segment, peer, isOutbound, edges: [one] });
    else pair.edges.push(one);
  }
  return [...pairs.values()].filter(({ edges }) => edges.length >= LEAST_EDGES);
}

/** The sums of directed pairs. There are many pairs and few that fail, so that each is summed when it is first asked for. */
export class PairSums {
  readonly all: readonly EdgePair[];
  readonly #counts: Int32Array;
  readonly #tallies = new Map<EdgePair, { readonly whole: EdgeTally; trimmed: EdgeTally | undefined }>();
  readonly #slots: number;
  readonly #pool: number;

  /** @param nodes number of nodes; @param slots number of slots of the soak; @param pool the pooled failing share. */
  constructor(series: readonly EdgeSeries[], nodes: number, slots: number, pool: number) {
    this.all = edgePairs(series);
    this.#counts = new Int32Array(nodes);
    for (const { node, segment } of this.all) if (segment === 0) this.#counts[node] = (this.#counts[node] ?? 0) + 1;
    this.#slots = slots;
    this.#pool = pool;
  }

  /** Pairs of a node, which share its weight. */
  count(node: number): number {
    return this.#counts[node] ?? 0;
  }

  tally(pair: EdgePair): EdgeTally {
    return this.#of(pair).whole;
  }

  /** The same without the worst destination: what fails at one destination alone is no matter of the pair. */
  withoutWorst(pair: EdgePair): EdgeTally {
    const of = this.#of(pair);
    return (of.trimmed ??= new EdgeTally(pair.edges, this.#slots, this.#pool));
  }

  #of(pair: EdgePair): { readonly whole: EdgeTally; trimmed: EdgeTally | undefined } {
    let of = this.#tallies.get(pair);
    if (of === undefined) {
      of = { whole: new EdgeTally(pair.edges, this.#slots, this.#pool, false), trimmed: undefined };
      this.#tallies.set(pair, of);
    }
    return of;
  }
}
