/** Sets lie behind one another in arrays of so many words: there are tens of thousands of them, and each array has its price. */
const CHUNK = 1 << 14;

let chunk = new Uint32Array(0);
let free = 0;

/** So many words of zeros. */
function takeWords(length: number): Uint32Array {
  if (free + length > chunk.length) {
    chunk = new Uint32Array(Math.max(CHUNK, length));
    free = 0;
  }
  free += length;
  return chunk.subarray(free - length, free);
}

/** Some of the slots of a soak, a bit each: what is asked of them is counted, not kept. */
export class SlotSet {
  readonly #bits: Uint32Array;
  #size = 0;

  /** @param slots that the soak has. */
  constructor(slots: number) {
    this.#bits = takeWords(Math.ceil(slots / 32));
  }

  get size(): number {
    return this.#size;
  }

  /** Slots beyond the soak are none. */
  add(slot: number): void {
    const bits = this.#bits[slot >>> 5];
    const bit = bitOf(slot);
    if (bits === undefined || (bits & bit) !== 0) return;
    this.#bits[slot >>> 5] = bits | bit;
    this.#size += 1;
  }

  has(slot: number): boolean {
    return ((this.#bits[slot >>> 5] ?? 0) & bitOf(slot)) !== 0;
  }

  /** Is any slot of [from, to) among them? */
  hasAny(from: number, to: number): boolean {
    for (let slot = from; slot < to; slot++) if (this.has(slot)) return true;
    return false;
  }

  /** How many lie before a slot. */
  before(slot: number): number {
    if (slot <= 0) return 0;
    const whole = Math.min(this.#bits.length, slot >>> 5);
    let count = 0;
    for (let at = 0; at < whole; at++) count += ones(this.#bits[at] ?? 0);
    return count + ones((this.#bits[whole] ?? 0) & (bitOf(slot) - 1));
  }

  /** The first from this slot on; undefined where there is none. */
  next(slot: number): number | undefined {
    for (let at = Math.max(0, slot), end = this.#bits.length * 32; at < end; at++) if (this.has(at)) return at;
    return undefined;
  }

  /** The last of them; -1 where there is none. */
  last(): number {
    const at = this.#bits.findLastIndex((bits) => bits !== 0);
    return at < 0 ? -1 : at * 32 + 31 - Math.clz32(this.#bits[at] ?? 0);
  }
}

function bitOf(slot: number): number {
  return 1 << (slot & 31);
}

/** Number of bits that are set in 32. */
function ones(bits: number): number {
  const pairs = bits - ((bits >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
