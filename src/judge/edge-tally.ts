import { smoothedShare } from '../stats/dispersion.js';
import { stillOnAt } from '../stats/still-on.js';
import type { EdgeSeries, Trials } from './edge-series.js';
import { Looks, Table, type EdgeSums } from './edge-table.js';
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
  readonly #slots: number;
  /**
   * Trials in order of their slots: the number of each one's edge, or its complement (`~edge`) where the trial failed. Those of slot
   * `from + i` are the ones from `#starts[i]` up to `#starts[i + 1]`.
   */
  readonly #edge: Int32Array | Int16Array;
  readonly #starts: Int32Array;
  /** The failing shares of the trials that failed, in the same order and with starts of their own. */
  readonly #shares: Float64Array;
  readonly #failingStarts: Int32Array;
  /** Failing and all trials before slot `from + i`. */
  readonly #failed: Float64Array;
  readonly #trials: Float64Array;
  /** By slot, from `from` on: the sums without the worst destination, and its number. */
  readonly #looks: Looks;
  readonly #worst: Int32Array;
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
    this.#failingStarts = new Int32Array(length);
    this.#looks = new Looks(length);
    this.#worst = new Int32Array(length);
    this.#count();
    this.#edge = new (edges.length > 0x7fff ? Int32Array : Int16Array)(this.#starts.at(-1) ?? 0);
    this.#shares = new Float64Array(this.#failingStarts.at(-1) ?? 0);
    this.#order();
    this.#sweep();
  }

  /** Sums, without those to the worst destination where that is left out, when slots before `horizon` are complete. */
  kept(horizon: number): EdgeSums | undefined {
    return this.#looks.at(Math.min(horizon, this.#slots) - this.from);
  }

  /** Sums of all edges over the slots of [from, to). */
  trials(from: number, to: number): Trials {
    const at = (slot: number) => Math.max(0, Math.min(slot, this.#slots) - this.from);
    return {
      failed: (this.#failed[at(to)] ?? 0) - (this.#failed[at(from)] ?? 0),
      trials: (this.#trials[at(to)] ?? 0) - (this.#trials[at(from)] ?? 0),
    };
  }

  /** Tells the trials of a slot: the number of each one's edge, and its failing share. */
  each(slot: number, tell: (edge: number, share: number) => void): void {
    const at = slot - this.from;
    let failing = this.#failingStarts[at] ?? 0;
    for (let k = this.#starts[at] ?? 0, end = this.#starts[at + 1] ?? k; k < end; k++) {
      const edge = this.#edge[k] ?? 0;
      if (edge >= 0) tell(edge, 0);
      else tell(~edge, this.#shares[failing++] ?? 0);
    }
  }

  /** Does the latest part keep most of the average failing share? Over all edges, or without the worst destination. */
  isOn(horizon: number, minSlots: number, which: 'all' | 'kept'): boolean {
    const at = Math.min(horizon, this.#slots) - this.from - 1;
    if (at < 0) return true;
    const out = which === 'kept' ? (this.#byDestination[this.#worst[at + 1] ?? -1] ?? []) : [];
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

  /** Where the trials of each slot will stand. */
  #count(): void {
    for (const { slots, failed } of this.edges) {
      for (const slot of slots) bump(this.#starts, slot - this.from + 1);
      for (const { at } of failed.each(slots.length)) bump(this.#failingStarts, (slots[at] ?? 0) - this.from + 1);
    }
    for (const starts of [this.#starts, this.#failingStarts])
      for (let i = 1; i < starts.length; i++) starts[i] = (starts[i] ?? 0) + (starts[i - 1] ?? 0);
  }

  /** Puts the trials of all edges in order of their slots. */
  #order(): void {
    const next = this.#starts.slice();
    const nextFailing = this.#failingStarts.slice();
    this.edges.forEach(({ slots, failed }, edge) => {
      const failing = failed.each(slots.length);
      let fails = failing.next();
      for (let k = 0; k < slots.length; k++) {
        const slot = (slots[k] ?? 0) - this.from;
        const at = next[slot] ?? 0;
        next[slot] = at + 1;
        this.#edge[at] = edge;
        if (fails.done === true || fails.value.at !== k) continue;
        this.#edge[at] = ~edge;
        const place = nextFailing[slot] ?? 0;
        nextFailing[slot] = place + 1;
        this.#shares[place] = fails.value.failed;
        fails = failing.next();
      }
    });
  }

  #sweep(): void {
    const table = new Table(this.destinations.length);
    this.edges.forEach((one, i) => table.baseline(this.destinationOf[i] ?? 0, one, this.expected[i] ?? 0));
    for (let i = 0; i < this.#failed.length; i++) {
      const slot = this.from + i - 1;
      if (i > 0)
        this.each(slot, (edge, share) =>
          table.trial(this.destinationOf[edge] ?? 0, share, this.expected[edge] ?? 0, slot >= this.held),
        );
      this.#failed[i] = table.failedAfter;
      this.#trials[i] = table.trialsAfter;
      const worst = this.#trimmed ? table.worst() : -1;
      this.#worst[i] = worst;
      this.#looks.take((which) => (this.#trimmed ? table.without(worst, which) : table.all(which)));
    }
  }
}

function bump(counts: Int32Array, at: number): void {
  counts[at] = (counts[at] ?? 0) + 1;
}

function failedUntil(one: EdgeSeries, slot: number): number {
  return one.failed.of(lowerBound(one.slots, slot));
}
