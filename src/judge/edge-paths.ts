import type { EdgeSeries } from './edge-series.js';
import { EdgeTally } from './edge-tally.js';

/** What the edges of a path have in common beside their node: the way to or from one other node, what they lead to, or how they speak. */
export type Way =
  | {
      readonly kind: 'pair';
      readonly peer: number;
      /** From the restarted node to the other one. */ readonly isOutbound: boolean;
    }
  | { readonly kind: 'destination'; readonly destination: string }
  | { readonly kind: 'protocol'; readonly protocol: string };

/** Known-good edges of one restart of a node that a change may hurt together, while all others are fine. */
export interface EdgePath {
  readonly node: number;
  readonly segment: number;
  readonly way: Way;
  readonly edges: readonly EdgeSeries[];
}

/** One edge alone tells as much by itself. */
const LEAST_EDGES = 2;

/** The paths that known-good edges of restarted nodes make. */
export function edgePaths(series: readonly EdgeSeries[]): EdgePath[] {
  const paths = new Map<string, EdgePath & { readonly edges: EdgeSeries[] }>();
  for (const one of series) {
    if (!one.knownGood) continue;
    const { node, segment } = one;
    for (const way of waysOf(one)) {
      const key = `${node}\t${segment}\t${Object.values(way).join('\t')}`;
      const path = paths.get(key);
      if (path === undefined) paths.set(key, { node, segment, way, edges: [one] });
      else path.edges.push(one);
    }
  }
  return [...paths.values()].filter(({ edges }) => edges.length >= LEAST_EDGES);
}

function waysOf({ node, trial }: EdgeSeries): Way[] {
  const { srcNode, dstNode, edge } = trial;
  // Over all protocols and ports: health probes have two.
  const ways: Way[] = [{ kind: 'destination', destination: edge.dst }];
  // TCP is nearly all that a node does.
  if (edge.protocol !== 'TCP') ways.push({ kind: 'protocol', protocol: edge.protocol });
  if (srcNode < 0 || dstNode < 0 || srcNode === dstNode) return ways;
  const isOutbound = srcNode === node;
  return [...ways, { kind: 'pair', peer: isOutbound ? dstNode : srcNode, isOutbound }];
}

/** The sums of paths. There are many and few that fail, so that each is summed when it is first asked for. */
export class PathSums {
  readonly all: readonly EdgePath[];
  readonly #counts: Int32Array;
  readonly #tallies = new Map<EdgePath, { readonly whole: EdgeTally; trimmed: EdgeTally | undefined }>();
  readonly #slots: number;
  readonly #pool: number;

  /** @param nodes number of nodes; @param slots number of slots of the soak; @param pool the pooled failing share. */
  constructor(series: readonly EdgeSeries[], nodes: number, slots: number, pool: number) {
    this.all = edgePaths(series);
    this.#counts = new Int32Array(nodes);
    for (const { node, segment } of this.all) if (segment === 0) this.#counts[node] = (this.#counts[node] ?? 0) + 1;
    this.#slots = slots;
    this.#pool = pool;
  }

  /** Paths of a node, which share its weight. */
  count(node: number): number {
    return this.#counts[node] ?? 0;
  }

  tally(path: EdgePath): EdgeTally {
    return this.#of(path).whole;
  }

  /** The same without the worst destination. */
  withoutWorst(path: EdgePath): EdgeTally {
    const of = this.#of(path);
    return (of.trimmed ??= new EdgeTally(path.edges, this.#slots, this.#pool));
  }

  #of(path: EdgePath): { readonly whole: EdgeTally; trimmed: EdgeTally | undefined } {
    let of = this.#tallies.get(path);
    if (of === undefined) {
      of = { whole: new EdgeTally(path.edges, this.#slots, this.#pool, false), trimmed: undefined };
      this.#tallies.set(path, of);
    }
    return of;
  }
}
