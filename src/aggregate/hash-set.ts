/** Load above which the table is doubled. */
const MOST_FULL = 0.6;
const FIRST_SIZE = 256;

/**
 * A set of hashes (whole numbers below 2^52), in 13 to 27 bytes each and outside of the heap: a Set keeps every one of them as an object of
 * its own, which the collector walks again and again.
 */
export class HashSet {
  /** A hash plus one, or 0 where there is none; its length is a power of two. */
  #table = new Float64Array(FIRST_SIZE);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(hash: number): boolean {
    return this.#table[this.#placeOf(hash)] !== 0;
  }

  add(hash: number): void {
    const place = this.#placeOf(hash);
    if (this.#table[place] !== 0) return;
    this.#table[place] = hash + 1;
    this.#size += 1;
    if (this.#size > this.#table.length * MOST_FULL) this.#grow();
  }

  /** Where the hash stands, or would stand. */
  #placeOf(hash: number): number {
    const table = this.#table;
    const mask = table.length - 1;
    // Its upper bits, which are the better mixed ones.
    let place = Math.floor(hash / 0x100000) & mask;
    while (table[place] !== 0 && table[place] !== hash + 1) place = (place + 1) & mask;
    return place;
  }

  #grow(): void {
    const before = this.#table;
    this.#table = new Float64Array(before.length * 2);
    for (const kept of before) if (kept !== 0) this.#table[this.#placeOf(kept - 1)] = kept;
  }
}
