/** Ascending slots, and the sum of their values before each of them: sums[i] = of the first i slots; one longer than `slots`. */
export interface Summed {
  readonly slots: Int32Array;
  readonly sums: Float64Array;
}

/** Lists lie behind one another in arrays of this length: a soak has tens of thousands of lists, and each array has its price. */
const CHUNK = 1 << 16;

/** Slots with a value each, summed up as they come, list after list. */
export class SlotSums {
  #slots = new Int32Array(0);
  #sums = new Float64Array(0);
  /** Where the list that is being written begins, and its length. */
  #from = 0;
  #length = 0;

  /** Begins a list of at most so many slots; one that was begun and not taken is forgotten. */
  begin(most: number): void {
    this.#length = 0;
    if (this.#from + most + 1 <= this.#sums.length) {
      this.#sums[this.#from] = 0;
      return;
    }
    this.#from = 0;
    this.#slots = new Int32Array(Math.max(CHUNK, most + 1));
    this.#sums = new Float64Array(Math.max(CHUNK, most + 1));
  }

  add(slot: number, value: number): void {
    const at = this.#from + this.#length;
    this.#slots[at] = slot;
    this.#sums[at + 1] = (this.#sums[at] ?? 0) + value;
    this.#length += 1;
  }

  /** Ends the list and gives it. */
  take(): Summed {
    const from = this.#from;
    const to = from + this.#length;
    this.#from = to + 1;
    return { slots: this.#slots.subarray(from, to), sums: this.#sums.subarray(from, to + 1) };
  }

  /** The list without room of its own, where it is the beginning of `whole`, of which all its slots are some; else undefined. */
  startOf({ slots, sums }: Summed): Summed | undefined {
    const length = this.#length;
    // Some of ascending numbers are the first ones if the last of them stands where it stood.
    if (length > 0 && slots[length - 1] !== this.#slots[this.#from + length - 1]) return undefined;
    return { slots: slots.subarray(0, length), sums: sums.subarray(0, length + 1) };
  }
}
