import { smoothedShare } from '../stats/dispersion.js';
import { stillOnAt } from '../stats/still-on.js';
import type { EdgeSeries, Trials } from './edge-series.js';
import { Table, type EdgeSums } from './edge-table.js';
import { lowerBound } from './observed.js';

/**
 * The known-good edges of one restart of one node, summed slot by slot: everything that a look at the node needs, so that looking after
 * every window costs no more than the trials that the window brought.
 */
export class EdgeTally {
  readonly edges: readonly EdgeSeries[];
  readonly from: number;
  readonly held: number;
  /** Destinations by number, the number of each edge's, and the failing share that its baseline lets one expect. */
  readonly destinations: readonly string[];
  readonly destinationOf: Int32Array;
  readonly expected: Float64Array;
  /** Trials in order of their slots (`start` says where those of a slot are): the number of each one's edge, and its failing share. */
  readonly edge: Int32Array;
  readonly share: Float64Array;
  readonly #slots: number;
  /** The trials of slot `from + i` are the ones from `#starts[i]` up to `#starts[i + 1]`. */
  readonly #starts: Int32Array;
  /** Failing and all trials before slot `from + i`. */
  readonly #failed: Float64Array;
  readonly #trials: Float64Array;
  readonly #looks: { readonly sums: EdgeSums; readonly worst: number }[] = [];
  readonly #byDestination: readonly EdgeSeries[][];

  readonly #trimmed: boolean;

  /** @param slots number of slots of the soak; @param pool the pooled failing share; @param trimmed leave the worst destination out? */
  constructor(edges: readonly EdgeSeries[], slots: number, pool: number, trimmed = true) {
    this.edges = edges;
    this.#trimmed = trimmed;
    this.from = edges.reduce((least, one) => Math.min(least, one.from), slots);
    this.held = edges[0]?.held ?? slots;
    this.#slots = slots;
    this.destinations = [...new Set(edges.map((one) => one.trial.destination))];
    const number = new Map(this.destinations.map((destination, i) => [destination, i]));
    this.destinationOf = Int32Array.from(edges, (one) => number.get(one.trial.destination) ?? 0);
    this.expected = Float64Array.from(edges, (one) => smoothedShare(one.before.failed, one.before.trials, pool));
    this.#byDestination = this.destinations.map((_, d) => edges.filter((__, i) => this.destinationOf[i] === d));
    const length = slots - this.from + 1;
    this.#starts = new Int32Array(length);
    this.#failed = new Float64Array(length);
    this.#trials = new Float64Array(length);
    const trials = edges.reduce((sum, one) => sum + one.slots.length, 0);
    this.edge = new Int32Array(trials);
    this.share = new Float64Array(trials);
    this.#order();
    this.#sweep();
  }

  /** Sums, without those to the worst destination where that is left out, when slots before `horizon` are complete. */
  kept(horizon: number): EdgeSums | undefined {
    return this.#looks[Math.min(horizon, this.#slots) - this.from]?.sums;
  }

  /** Sums of all edges over the slots of [from, to). */
  trials(from: number, to: number): Trials {
    const at = (slot: number) => Math.max(0, Math.min(slot, this.#slots) - this.from);
    return {
      failed: (this.#failed[at(to)] ?? 0) - (this.#failed[at(from)] ?? 0),
      trials: (this.#trials[at(to)] ?? 0) - (this.#trials[at(from)] ?? 0),
    };
  }

  /** The place of the first trial of a slot, which is where those of the slot before end. */
  start(slot: number): number {
    return this.#starts[slot - this.from] ?? this.edge.length;
  }

  /** Does the latest part keep most of the average failing share? Over all edges, or without the worst destination. */
  isOn(horizon: number, minSlots: number, which: 'all' | 'kept'): boolean {
    const at = Math.min(horizon, this.#slots) - this.from - 1;
    if (at < 0) return true;
    const out = which === 'kept' ? (this.#byDestination[this.#looks[at + 1]?.worst ?? -1] ?? []) : [];
    const sums = {
      events: (i: number) =>
        Math.max(
          0,
          out.reduce((sum, one) => sum - failedUntil(one, this.from + i + 1), this.#failed[i + 1] ?? 0),
        ),
      exposure: (i: number) =>
        out.reduce((sum, one) => sum - lowerBound(one.slots, this.from + i + 1), this.#trials[i + 1] ?? 0),
    };
    return stillOnAt(sums, at, { share: 0.6, minWindows: minSlots, minExpected: 3 });
  }

  /** Puts the trials of all edges in order of their slots, by counting. */
  #order(): void {
    const counts = new Int32Array(this.#starts.length);
    for (const one of this.edges)
      for (const slot of one.slots) counts[slot - this.from] = (counts[slot - this.from] ?? 0) + 1;
    for (let i = 1; i < this.#starts.length; i++) this.#starts[i] = (this.#starts[i - 1] ?? 0) + (counts[i - 1] ?? 0);
    const next = this.#starts.slice();
    this.edges.forEach(({ slots, cumulativeFailed }, edge) => {
      for (let k = 0; k < slots.length; k++) {
        const slot = (slots[k] ?? 0) - this.from;
        const at = next[slot] ?? 0;
        next[slot] = at + 1;
        this.edge[at] = edge;
        this.share[at] = (cumulativeFailed[k + 1] ?? 0) - (cumulativeFailed[k] ?? 0);
      }
    });
  }

  #sweep(): void {
    const table = new Table(this.destinations.length);
    this.edges.forEach((one, i) => table.baseline(this.destinationOf[i] ?? 0, one, this.expected[i] ?? 0));
    for (let i = 0; i < this.#failed.length; i++) {
      const slot = this.from + i - 1;
      for (let k = i > 0 ? this.start(slot) : 0, end = i > 0 ? this.start(slot + 1) : 0; k < end; k++) {
        const edge = this.edge[k] ?? 0;
        table.trial(this.destinationOf[edge] ?? 0, this.share[k] ?? 0, this.expected[edge] ?? 0, slot >= this.held);
      }
      this.#failed[i] = table.failedAfter;
      this.#trials[i] = table.trialsAfter;
      const worst = this.#trimmed ? table.worst() : -1;
      this.#looks.push({ sums: this.#trimmed ? table.without(worst) : table.all(), worst });
    }
  }
}

function failedUntil(one: EdgeSeries, slot: number): number {
  return one.cumulativeFailed[lowerBound(one.slots, slot)] ?? 0;
}
