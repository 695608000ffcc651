import type { EdgePath } from './edge-paths.js';
import type { LanePlan } from './lane-plan.js';
import type { Observed } from './observed.js';

/** What part of alpha each series of a lane of edges may spend. */
export class EdgeWeights {
  readonly #plan: LanePlan;
  /** What each node gets of what all nodes share, and each of its known-good edges and paths of that. */
  readonly #nodeWeight: Float64Array;
  readonly #edgeWeight: Float64Array;
  readonly #paths: (node: number) => number;
  /** Number of each node's restarts, which share its weight. */
  readonly #restarts: readonly number[];

  /**
   * @param reserve part of each node share that is kept for nodes that nobody expected.
   * @param count numbers of a node's known-good edges and of its paths.
   */
  constructor(
    { nodes }: Observed,
    plan: LanePlan,
    reserve: number,
    count: { readonly edges: (node: number) => number; readonly paths: (node: number) => number },
  ) {
    this.#plan = plan;
    const expected = nodes.filter((node) => node.expected).length;
    const unexpected = Math.max(1, nodes.length - expected);
    this.#nodeWeight = Float64Array.from(nodes, (node) =>
      node.expected ? (1 - reserve) / Math.max(1, expected) : reserve / unexpected,
    );
    this.#edgeWeight = this.#nodeWeight.map((weight, node) => weight / Math.max(1, count.edges(node)));
    this.#paths = count.paths;
    this.#restarts = nodes.map(({ segments }) => segments.length);
  }

  edge(node: number): number {
    const { weight, parts } = this.#plan;
    return weight * parts.edge * this.#restartShare(node) * (this.#edgeWeight[node] ?? 0);
  }

  node(node: number): number {
    return this.#plan.weight * (this.#plan.parts.node * this.#share(node));
  }

  path({ node }: EdgePath): number {
    const { weight, parts } = this.#plan;
    return weight * (((parts.path ?? 0) * this.#share(node)) / Math.max(1, this.#paths(node)));
  }

  soak(): number {
    return this.#plan.weight * this.#plan.parts.soak;
  }

  /** What one restart of a node gets of what all nodes share. */
  #share(node: number): number {
    return this.#restartShare(node) * (this.#nodeWeight[node] ?? 0);
  }

  /** The share of a node's weight that one of its restarts gets. */
  #restartShare(node: number): number {
    return 1 / Math.max(1, this.#restarts[node] ?? 1);
  }
}
