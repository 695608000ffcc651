/** What part of alpha each series of lanes B and C may spend. */
import { LANE_WEIGHT, NODE_PART, SEEN_BEFORE_PART } from './constants.js';
import type { Observed } from './observed.js';
import { signalShares } from './source-counts.js';

/** Weights by node and signal; those of a node are shared by its restarts. */
export class SourceWeights {
  readonly #observed: Observed;
  readonly #reserve: number;
  readonly #signalShare: readonly number[];
  readonly #expected: number;
  /** Pairs of a node and a signal that had units before the restart, and signals that had any. */
  readonly #withUnits: number;
  readonly #soakWithUnits: number;

  /**
   * @param reserve part of each node share that is kept for nodes that nobody expected.
   * @param unitsBefore units of a signal on a node before its first restart.
   */
  constructor(observed: Observed, reserve: number, unitsBefore: (node: number, signal: number) => number) {
    this.#observed = observed;
    this.#reserve = reserve;
    this.#signalShare = signalShares(observed);
    this.#expected = Math.max(1, observed.nodes.filter((node) => node.expected).length);
    const nodesWithUnits = observed.signals.map(
      (_, signal) => observed.nodes.filter((__, node) => unitsBefore(node, signal) > 0).length,
    );
    this.#withUnits = nodesWithUnits.reduce((sum, nodes) => sum + nodes, 0);
    this.#soakWithUnits = nodesWithUnits.filter((nodes) => nodes > 0).length;
  }

  fresh(node: number, signal: number): number {
    return LANE_WEIGHT.newSources * NODE_PART * this.#nodeShare(node) * (this.#signalShare[signal] ?? 0);
  }

  freshInSoak(signal: number): number {
    return LANE_WEIGHT.newSources * (1 - NODE_PART) * (this.#signalShare[signal] ?? 0);
  }

  /** @param before units of the signal on the node before its restart. */
  known(node: number, signal: number, before: number): number {
    const part = LANE_WEIGHT.knownSources * NODE_PART;
    const weight =
      before > 0
        ? (part * SEEN_BEFORE_PART * (1 - this.#reserve)) / Math.max(1, this.#withUnits)
        : part * (1 - SEEN_BEFORE_PART) * this.#nodeShare(node) * (this.#signalShare[signal] ?? 0);
    return weight / (this.#observed.nodes[node]?.segments.length ?? 1);
  }

  knownInSoak(signal: number, before: number): number {
    const part = LANE_WEIGHT.knownSources * (1 - NODE_PART);
    return before > 0
      ? (part * SEEN_BEFORE_PART) / Math.max(1, this.#soakWithUnits)
      : part * (1 - SEEN_BEFORE_PART) * (this.#signalShare[signal] ?? 0);
  }

  #nodeShare(node: number): number {
    const known = this.#observed.nodes[node];
    if (known === undefined) return 0;
    const others = Math.max(1, this.#observed.nodes.length - this.#expected);
    const share = known.expected ? (1 - this.#reserve) / this.#expected : this.#reserve / others;
    return share / Math.max(1, known.segments.length);
  }
}
