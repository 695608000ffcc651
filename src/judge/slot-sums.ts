import type { Slots } from './observed.js';

/** What failed of some trials, by how many of them are counted. Nearly all trials are good: only those that failed take room. */
export class FailedSums {
  /** How many trials there are up to each that failed, itself included; and the sum up to it. */
  readonly #trials: readonly number[];
  readonly #sums: readonly number[];

  constructor(trials: readonly number[], sums: readonly number[]) {
    this.#trials = trials;
    this.#sums = sums;
  }

  /** The sum over the first `trials` trials. */
  of(trials: number): number {
    if (this.#trials.length === 0) return 0;
    return this.#sums[upperBound(this.#trials, trials) - 1] ?? 0;
  }

  /** The fewest trials whose sum is at least `bound`, which is above 0; Infinity where all of them are too few. */
  reach(bound: number): number {
    return this.#trials[this.#sums.findIndex((sum) => sum >= bound)] ?? Number.POSITIVE_INFINITY;
  }

  /** Without the first `trials` trials. */
  since(trials: number): FailedSums {
    const first = upperBound(this.#trials, trials);
    const before = this.#sums[first - 1] ?? 0;
    if (trials === 0 || first === this.#trials.length) return first === 0 ? this : NOTHING;
    return new FailedSums(
      this.#trials.slice(first).map((count) => count - trials),
      this.#sums.slice(first).map((sum) => sum - before),
    );
  }

  /** The trials that failed among the first ones, by their places, and what of each did. */
  *each(trials: number): Generator<{ readonly at: number; readonly failed: number }> {
    let before = 0;
    for (const [i, count] of this.#trials.entries()) {
      if (count > trials) return;
      const sum = this.#sums[i] ?? 0;
      yield { at: count - 1, failed: sum - before };
      before = sum;
    }
  }
}

/** Ascending slots, and what failed in the first ones of them. */
export interface Summed {
  readonly slots: Slots;
  readonly failed: FailedSums;
}

/** Lists that are copies lie behind one another in arrays of this length: each array has its price. */
const CHUNK = 1 << 16;

const NOTHING = new FailedSums([], []);

/** Trials picked out of series, one after the other: a list that leaves none out is a view of the series. */
export class SlotSums {
  #source: Slots = new Uint16Array(0);
  /** Place in the series of the first trial; the list is a view of it until a trial is left out. */
  #first = 0;
  #length = 0;
  #isView = true;
  /** Where copies are written. */
  #chunk: Slots = new Uint16Array(0);
  #from = 0;
  #trials: number[] = [];
  #sums: number[] = [];

  /** Begins a list of some of these slots; one that was begun and not taken is forgotten. */
  begin(slots: Slots): void {
    this.#source = slots;
    this.#length = 0;
    this.#isView = true;
    if (this.#trials.length > 0) {
      this.#trials = [];
      this.#sums = [];
    }
  }

  /** Adds the trial at this place of the series; places ascend. */
  add(at: number, share: number): void {
    if (this.#length === 0) this.#first = at;
    else if (this.#isView && at !== this.#first + this.#length) this.#copy();
    if (!this.#isView) this.#chunk[this.#from + this.#length] = this.#source[at] ?? 0;
    this.#length += 1;
    if (share === 0) return;
    this.#sums.push((this.#sums.at(-1) ?? 0) + share);
    this.#trials.push(this.#length);
  }

  /** Ends the list and gives it. */
  take(): Summed {
    const failed = this.#trials.length === 0 ? NOTHING : new FailedSums(this.#trials, this.#sums);
    if (this.#isView) return { slots: this.#source.subarray(this.#first, this.#first + this.#length), failed };
    const from = this.#from;
    this.#from += this.#length;
    return { slots: this.#chunk.subarray(from, this.#from), failed };
  }

  /** The list as the beginning of `whole`, of which all its slots are some; undefined where it leaves one out before its last. */
  startOf({ slots, failed }: Summed): Summed | undefined {
    const last = this.#isView
      ? this.#source[this.#first + this.#length - 1]
      : this.#chunk[this.#from + this.#length - 1];
    // Some of ascending numbers are the first ones if the last of them stands where it stood.
    if (this.#length > 0 && slots[this.#length - 1] !== last) return undefined;
    return this.#length === slots.length ? { slots, failed } : { slots: slots.subarray(0, this.#length), failed };
  }

  #copy(): void {
    this.#isView = false;
    const most = this.#source.length - this.#first;
    const kind = this.#source instanceof Uint16Array ? Uint16Array : Int32Array;
    if (this.#from + most > this.#chunk.length || !(this.#chunk instanceof kind)) {
      this.#from = 0;
      this.#chunk = new kind(Math.max(CHUNK, most));
    }
    this.#chunk.set(this.#source.subarray(this.#first, this.#first + this.#length), this.#from);
  }
}

/** The number of ascending values that are at most `bound`. */
function upperBound(values: readonly number[], bound: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) <= bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
