import { smoothedShare } from '../stats/dispersion.js';
import { stillOnAt } from '../stats/still-on.js';
import type { EdgeSeries, Trials } from './edge-series.js';
import { lowerBound } from './observed.js';

/** Sums of some edges at a look: their baselines, their after phases, and what the baseline's shares alone let one expect to fail. */
export interface EdgeSums {
  readonly before: Trials;
  readonly after: Trials;
  readonly expectedBefore: number;
  readonly expectedAfter: number;
  /** Of the held part. */
  readonly held: Trials;
}

/** Where each sum lies in a row of `Table`: failed and all trials before, after, in the held part; failures expected before and after. */
const FB = 0;
const NB = 1;
const FA = 2;
const NA = 3;
const FH = 4;
const NH = 5;
const EB = 6;
const EA = 7;
const WIDTH = 8;

/** Running sums by destination, one row each, and of all of them. Lists of numbers: a soak has a million trials. */
class Table {
  readonly rows: Float64Array;
  readonly total = new Float64Array(WIDTH);

  constructor(destinations: number) {
    this.rows = new Float64Array(destinations * WIDTH);
  }

  add(destination: number, which: number, value: number): void {
    const at = destination * WIDTH + which;
    this.rows[at] = (this.rows[at] ?? 0) + value;
    this.total[which] = (this.total[which] ?? 0) + value;
  }

  baseline(destination: number, one: EdgeSeries, expected: number): void {
    this.add(destination, FB, one.before.failed);
    this.add(destination, NB, one.before.trials);
    this.add(destination, EB, expected * one.before.trials);
  }

  trial(destination: number, share: number, expected: number, isHeld: boolean): void {
    this.add(destination, FA, share);
    this.add(destination, NA, 1);
    this.add(destination, EA, expected);
    if (!isHeld) return;
    this.add(destination, FH, share);
    this.add(destination, NH, 1);
  }

  /** Adds another table whose row i is the row `rowOf[i]` of this one. */
  addAll(other: Table, rowOf: Int32Array): void {
    rowOf.forEach((row, i) => {
      for (let k = 0; k < WIDTH; k++) this.add(row, k, other.rows[i * WIDTH + k] ?? 0);
    });
  }

  /** The row with the most failures beyond expectation; -1 where fewer than two have any sums. */
  worst(): number {
    let worst = -1;
    let most = Number.NEGATIVE_INFINITY;
    let used = 0;
    for (let at = 0; at < this.rows.length; at += WIDTH) {
      if ((this.rows[at + NB] ?? 0) === 0 && (this.rows[at + NA] ?? 0) === 0) continue;
      used += 1;
      const excess = (this.rows[at + FA] ?? 0) - (this.rows[at + EA] ?? 0);
      if (excess > most) {
        most = excess;
        worst = at / WIDTH;
      }
    }
    return used < 2 ? -1 : worst;
  }

  /** All but the row `worst`; nothing for -1. */
  without(worst: number): EdgeSums {
    const sum = (which: number) => (worst < 0 ? 0 : (this.total[which] ?? 0) - (this.rows[worst * WIDTH + which] ?? 0));
    return {
      before: { failed: sum(FB), trials: sum(NB) },
      after: { failed: sum(FA), trials: sum(NA) },
      held: { failed: sum(FH), trials: sum(NH) },
      expectedBefore: sum(EB),
      expectedAfter: sum(EA),
    };
  }
}

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
  /** Trials in order of their slots: those of slot `from + i` are the ones from `#starts[i]` up to `#starts[i + 1]`. */
  readonly #starts: Int32Array;
  readonly #edge: Int32Array;
  readonly #share: Float64Array;
  /** Failing and all trials before slot `from + i`. */
  readonly #failed: Float64Array;
  readonly #trials: Float64Array;
  readonly #looks: { readonly sums: EdgeSums; readonly worst: number }[] = [];
  readonly #byDestination: readonly EdgeSeries[][];

  /** @param slots number of slots of the soak; @param pool the pooled failing share. */
  constructor(edges: readonly EdgeSeries[], slots: number, pool: number) {
    this.edges = edges;
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
    this.#edge = new Int32Array(trials);
    this.#share = new Float64Array(trials);
    this.#order();
    this.#sweep();
  }

  /** Sums without those to the worst destination when slots before `horizon` are complete. */
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

  /** Each trial of a slot: the number of its edge, and its failing share. */
  each(slot: number, take: (edge: number, share: number) => void): void {
    const end = this.#starts[slot - this.from + 1] ?? 0;
    for (let i = this.#starts[slot - this.from] ?? end; i < end; i++) take(this.#edge[i] ?? 0, this.#share[i] ?? 0);
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
    this.edges.forEach((one, edge) => {
      one.slots.forEach((slot, k) => {
        const at = next[slot - this.from] ?? 0;
        next[slot - this.from] = at + 1;
        this.#edge[at] = edge;
        this.#share[at] = (one.cumulativeFailed[k + 1] ?? 0) - (one.cumulativeFailed[k] ?? 0);
      });
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
      this.#failed[i] = table.total[FA] ?? 0;
      this.#trials[i] = table.total[NA] ?? 0;
      const worst = table.worst();
      this.#looks.push({ sums: table.without(worst), worst });
    }
  }
}

function failedUntil(one: EdgeSeries, slot: number): number {
  return one.cumulativeFailed[lowerBound(one.slots, slot)] ?? 0;
}

/** One restart of one node in the sums of the soak. */
interface Part {
  readonly tally: EdgeTally;
  /** By the tally's destinations, and the number of each among all. */
  readonly table: Table;
  readonly rowOf: Int32Array;
  /** 1 for each edge that is counted here, and not under its other end. */
  readonly counted: Uint8Array;
  /** Baselines that are counted under the end that restarted first, as long as that one is on. */
  readonly lent: { readonly owner: Part; readonly table: Table }[];
}

/**
 * The sums over all restarted nodes that are still on, without the worst destination, by slot. An edge with two restarted ends is counted
 * until the second restart under the first, then under the second; its baseline once.
 */
export function soakSums(
  tallies: readonly EdgeTally[],
  slots: number,
  minSlots: (tally: EdgeTally) => number,
): readonly EdgeSums[] {
  const names = [...new Set(tallies.flatMap((tally) => tally.destinations))];
  const parts = partsOf(tallies, new Map(names.map((name, i) => [name, i])));
  const first = Math.min(slots, ...tallies.map((tally) => tally.from));
  const looks = Array.from({ length: first + 1 }, () => new Table(0).without(-1));
  let on: Part[] = [];
  let all = new Table(names.length);
  for (let horizon = first + 1; horizon <= slots; horizon++) {
    const slot = horizon - 1;
    const onNow = parts.filter(({ tally }) => tally.from < horizon && tally.isOn(horizon, minSlots(tally), 'all'));
    const same = onNow.length === on.length && onNow.every((part, i) => part === on[i]);
    for (const part of parts) {
      const { tally, table, counted, rowOf } = part;
      if (tally.from > slot) continue;
      const isAdded = same && onNow.includes(part);
      tally.each(slot, (edge, share) => {
        if (counted[edge] !== 1) return;
        const destination = tally.destinationOf[edge] ?? 0;
        const expected = tally.expected[edge] ?? 0;
        table.trial(destination, share, expected, slot >= tally.held);
        if (isAdded) all.trial(rowOf[destination] ?? 0, share, expected, slot >= tally.held);
      });
    }
    if (!same) all = sumOf(onNow, names.length);
    on = onNow;
    looks.push(all.without(all.worst()));
  }
  return looks;
}

function sumOf(on: readonly Part[], destinations: number): Table {
  const all = new Table(destinations);
  for (const part of on) {
    all.addAll(part.table, part.rowOf);
    for (const { owner, table } of part.lent) if (!on.includes(owner)) all.addAll(table, part.rowOf);
  }
  return all;
}

function partsOf(tallies: readonly EdgeTally[], rows: ReadonlyMap<string, number>): Part[] {
  const parts = tallies.map((tally): Part => ({
    tally,
    table: new Table(tally.destinations.length),
    rowOf: Int32Array.from(tally.destinations, (name) => rows.get(name) ?? 0),
    counted: new Uint8Array(tally.edges.length),
    lent: [],
  }));
  const ofTrial = new Map<EdgeSeries['trial'], { part: Part; edge: number; one: EdgeSeries }[]>();
  for (const part of parts)
    part.tally.edges.forEach((one, edge) => {
      const group = ofTrial.get(one.trial);
      if (group === undefined) ofTrial.set(one.trial, [{ part, edge, one }]);
      else group.push({ part, edge, one });
    });
  for (const group of ofTrial.values()) {
    const [first, ...others] = group.sort((a, b) => a.one.from - b.one.from);
    if (first === undefined) continue;
    count(first.part, first.edge, first.part.table);
    for (const other of others) {
      // The other end counts only where the first one's series ends: else the same trials would be counted twice.
      if (other.one.node !== first.one.node && !first.one.handedOver) continue;
      let lent = other.part.lent.find((one) => one.owner === first.part);
      if (lent === undefined) {
        lent = { owner: first.part, table: new Table(other.part.tally.destinations.length) };
        other.part.lent.push(lent);
      }
      count(other.part, other.edge, lent.table);
    }
  }
  return parts;
}

/** Counts an edge under this part, its baseline in this table. */
function count(part: Part, edge: number, table: Table): void {
  const one = part.tally.edges[edge];
  if (one === undefined) return;
  part.counted[edge] = 1;
  table.baseline(part.tally.destinationOf[edge] ?? 0, one, part.tally.expected[edge] ?? 0);
}
