import type { Column, Slots, TrialSeries } from './observed.js';

/** Columns lie behind one another in arrays of so many numbers: there are tens of thousands of them, and each array has its price. */
const CHUNK = 1 << 16;

class Chunks<T extends Uint8Array | Uint16Array> {
  readonly #make: (length: number) => T;
  #chunk: T;
  #free = 0;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#chunk = make(0);
  }

  /** The first `length` values. */
  take(values: readonly number[], length: number): T {
    if (this.#free + length > this.#chunk.length) {
      this.#chunk = this.#make(Math.max(CHUNK, length));
      this.#free = 0;
    }
    const from = this.#free;
    this.#free += length;
    for (let i = 0; i < length; i++) this.#chunk[from + i] = values[i] ?? 0;
    return this.#chunk.subarray(from, this.#free) as T;
  }
}

const bytes = new Chunks((length) => new Uint8Array(length));
const words = new Chunks((length) => new Uint16Array(length));

/** Makes the columns of one series after the other, trial by trial in order of their slots. */
export class TrialColumns {
  /** Kept from series to series, and longer than what they hold. */
  readonly #slots: number[] = [];
  readonly #attempts: number[] = [];
  readonly #failed: number[] = [];
  readonly #reasons: number[] = [];
  #length = 0;

  add(slot: number, attempts: number, failed: number, reason: number): void {
    this.#slots[this.#length] = slot;
    this.#attempts[this.#length] = attempts;
    this.#failed[this.#length] = failed;
    this.#reasons[this.#length] = reason;
    this.#length += 1;
  }

  /**
   * Ends a series and gives its columns.
   * @param like a series that may have the same slots and attempts: their columns are then shared.
   */
  close(
    like?: Pick<TrialSeries, 'slots' | 'attempts'>,
  ): Pick<TrialSeries, 'slots' | 'attempts' | 'failed' | 'reasons'> {
    const columns = {
      slots: same(like?.slots, this.#slots, this.#length) ?? slotsOf(this.#slots, this.#length),
      attempts: same(like?.attempts, this.#attempts, this.#length) ?? columnOf(this.#attempts, this.#length),
      failed: columnOf(this.#failed, this.#length),
      reasons: columnOf(this.#reasons, this.#length),
    };
    this.#length = 0;
    return columns;
  }
}

/** The column if it holds the first `length` values and no others. */
function same<T extends Slots | Column>(
  column: T | undefined,
  values: readonly number[],
  length: number,
): T | undefined {
  if (column?.length !== length) return undefined;
  for (let i = 0; i < length; i++) if (column[i] !== values[i]) return undefined;
  return column;
}

function slotsOf(slots: readonly number[], length: number): Slots {
  const last = length === 0 ? 0 : (slots[length - 1] ?? 0);
  return last > 0xffff ? Int32Array.from(slots.slice(0, length)) : words.take(slots, length);
}

function columnOf(values: readonly number[], length: number): Column {
  let all = 0;
  let areSmall = true;
  for (let i = 0; i < length; i++) {
    const value = values[i] ?? 0;
    if ((value & 0xffff) !== value) areSmall = false;
    all |= value;
  }
  if (!areSmall) return Float64Array.from(values.slice(0, length));
  if (all === 0) return ZEROS;
  return (all > 0xff ? words : bytes).take(values, length);
}

/** Shared by all columns of zeros alone. */
const ZEROS = new Uint8Array(0);
