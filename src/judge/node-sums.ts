import type { EdgeSeries } from './edge-series.js';
import type { EdgeSums, Looks } from './edge-table.js';
import { EdgeTally } from './edge-tally.js';
import { SLOT, type Observed } from './observed.js';
import { soakSums } from './soak-sums.js';

/** The sums of each restart of a node, and of all of them: made once they are asked for. */
export class NodeSums {
  readonly #observed: Observed;
  readonly #byNode: readonly (readonly EdgeSeries[])[];
  readonly #of: ConstructorParameters<typeof NodeSums>[2];
  /** By node and restart. */
  readonly #tallies: (EdgeTally | undefined)[][];
  #soak: { readonly looks: Looks; readonly held: number } | undefined;

  /**
   * @param byNode series of each node, of all its restarts.
   * @param of pool: the pooled failing share; trimmed: is the worst destination of a node left out; minSlots: how many slots tell whether a
   * node's failures go on.
   */
  constructor(
    observed: Observed,
    byNode: readonly (readonly EdgeSeries[])[],
    of: {
      readonly pool: number;
      readonly trimmed: boolean;
      readonly minSlots: (tally: EdgeTally) => number;
    },
  ) {
    this.#observed = observed;
    this.#byNode = byNode;
    this.#of = of;
    this.#tallies = observed.nodes.map(() => []);
  }

  /** Of the known-good edges of one restart. */
  tally(node: number, segment: number): EdgeTally {
    const known = (this.#tallies[node] ??= []);
    const own = () => (this.#byNode[node] ?? []).filter((one) => one.knownGood && one.segment === segment);
    return (known[segment] ??= new EdgeTally(own(), this.#slots(), this.#of.pool, this.#of.trimmed));
  }

  /** Of all restarted nodes that are still on, without the worst destination, when slots before `horizon` are complete. */
  soak(horizon: number): EdgeSums | undefined {
    return this.#ofSoak().looks.at(horizon);
  }

  /** The first slot of any held part. */
  get heldInSoak(): number {
    return this.#ofSoak().held;
  }

  #ofSoak(): { readonly looks: Looks; readonly held: number } {
    if (this.#soak !== undefined) return this.#soak;
    const all = this.#observed.nodes.flatMap(({ segments }, node) =>
      segments.map((_, segment) => this.tally(node, segment)),
    );
    const some = all.filter(({ edges }) => edges.length > 0);
    this.#soak = {
      looks: soakSums(some, this.#slots(), this.#of.minSlots),
      held: all.reduce((least, { held }) => Math.min(least, held), Number.POSITIVE_INFINITY),
    };
    return this.#soak;
  }

  #slots(): number {
    return Math.floor(this.#observed.length / SLOT);
  }
}
