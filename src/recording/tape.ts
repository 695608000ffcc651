import type { FlowMessage } from '../hubble/wire.js';

/** Samples come every second; those that come sooner than this after a written one are left out, ms. */
const SAMPLE_EVERY_MS = 1_900;

/** Messages of a relay as lines of a recording. */
export class Tape {
  readonly #write: (line: string) => void;
  readonly #now: () => number;
  #sampledAt = -Infinity;
  flows = 0;
  samples = 0;

  /** @param now a clock in ms that never goes back. */
  constructor(write: (line: string) => void, now: () => number = () => performance.now()) {
    this.#write = write;
    this.#now = now;
  }

  take(message: FlowMessage): void {
    const { event } = message;
    if (event.kind === 'flow') this.flows++;
    if (event.kind === 'node-samples') {
      const now = this.#now();
      if (now - this.#sampledAt < SAMPLE_EVERY_MS) return;
      this.#sampledAt = now;
      this.samples++;
    }
    this.#write(JSON.stringify(message.raw()));
  }
}
