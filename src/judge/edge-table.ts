import type { EdgeSeries, Trials } from './edge-series.js';

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
export class Table {
  readonly #rows: Float64Array;
  readonly #total = new Float64Array(WIDTH);

  constructor(destinations: number) {
    this.#rows = new Float64Array(destinations * WIDTH);
  }

  /** Failing and all trials of the after phase, over all rows. */
  get failedAfter(): number {
    return this.#total[FA] ?? 0;
  }

  get trialsAfter(): number {
    return this.#total[NA] ?? 0;
  }

  #add(destination: number, which: number, value: number): void {
    const at = destination * WIDTH + which;
    this.#rows[at] = (this.#rows[at] ?? 0) + value;
    this.#total[which] = (this.#total[which] ?? 0) + value;
  }

  baseline(destination: number, one: EdgeSeries, expected: number): void {
    this.#add(destination, FB, one.before.failed);
    this.#add(destination, NB, one.before.trials);
    this.#add(destination, EB, expected * one.before.trials);
  }

  trial(destination: number, share: number, expected: number, isHeld: boolean): void {
    this.#add(destination, NA, 1);
    this.#add(destination, EA, expected);
    if (isHeld) this.#add(destination, NH, 1);
    // Nearly all trials are good.
    if (share === 0) return;
    this.#add(destination, FA, share);
    if (isHeld) this.#add(destination, FH, share);
  }

  /** Adds another table whose row i is the row `rowOf[i]` of this one. */
  addAll(other: Table, rowOf: Int32Array): void {
    rowOf.forEach((row, i) => {
      for (let k = 0; k < WIDTH; k++) this.#add(row, k, other.#rows[i * WIDTH + k] ?? 0);
    });
  }

  /** The row with the most failures beyond expectation; -1 where fewer than two have any sums. */
  worst(): number {
    let worst = -1;
    let most = Number.NEGATIVE_INFINITY;
    let used = 0;
    for (let at = 0; at < this.#rows.length; at += WIDTH) {
      if ((this.#rows[at + NB] ?? 0) === 0 && (this.#rows[at + NA] ?? 0) === 0) continue;
      used += 1;
      const excess = (this.#rows[at + FA] ?? 0) - (this.#rows[at + EA] ?? 0);
      if (excess > most) {
        most = excess;
        worst = at / WIDTH;
      }
    }
    return used < 2 ? -1 : worst;
  }

  /** The sum over all rows but `worst`; over none for -1. */
  without(worst: number, which: number): number {
    return worst < 0 ? 0 : (this.#total[which] ?? 0) - (this.#rows[worst * WIDTH + which] ?? 0);
  }

  all(which: number): number {
    return this.#total[which] ?? 0;
  }
}

/** Sums at look after look: numbers alone, as there are as many of them as a soak has slots and restarts. */
export class Looks {
  readonly #sums: Float64Array;
  /** Looks that were taken. */
  length = 0;

  /** @param most number of looks. */
  constructor(most: number) {
    this.#sums = new Float64Array(most * WIDTH);
  }

  /** Takes the next look: `sum` gives each of its sums. */
  take(sum: (which: number) => number): void {
    for (let which = 0; which < WIDTH; which++) this.#sums[this.length * WIDTH + which] = sum(which);
    this.length += 1;
  }

  at(look: number): EdgeSums | undefined {
    if (!(look >= 0 && look < this.length)) return undefined;
    const sum = (which: number) => this.#sums[look * WIDTH + which] ?? 0;
    return {
      before: { failed: sum(FB), trials: sum(NB) },
      after: { failed: sum(FA), trials: sum(NA) },
      held: { failed: sum(FH), trials: sum(NH) },
      expectedBefore: sum(EB),
      expectedAfter: sum(EA),
    };
  }
}
