/** Relay's sort buffer: what comes waits until so many newer ones came, or nothing for a second; the oldest leaves first. Pure. */

/** A buffer that nothing enters for so long lets all go, ms. */
export const DRAINED_MS = 1_000;

interface Waiting {
  readonly time: number;
  readonly bytes: Buffer;
}

export class SortBuffer {
  readonly #size: number;
  /** In order of time, the newest first. */
  readonly #waiting: Waiting[] = [];
  #enteredAt = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** When all goes that waits; Infinity: nothing does. */
  get drainsAt(): number {
    return this.#waiting.length === 0 ? Number.POSITIVE_INFINITY : this.#enteredAt + DRAINED_MS;
  }

  /** Takes a message of this time, and gives what leaves for it. */
  enter(time: number, bytes: Buffer, now: number): Buffer | undefined {
    this.#enteredAt = now;
    let index = this.#waiting.length;
    for (; index > 0 && (this.#waiting[index - 1]?.time ?? Infinity) <= time; index--);
    this.#waiting.splice(index, 0, { time, bytes });
    return this.#waiting.length > this.#size ? this.#waiting.pop()?.bytes : undefined;
  }

  drain(): Buffer[] {
    return this.#waiting
      .splice(0)
      .reverse()
      .map(({ bytes }) => bytes);
  }
}
