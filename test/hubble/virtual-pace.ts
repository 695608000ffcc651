import type { Pace } from '../../src/hubble/pace.js';

/** Turns of the event loop without anything due after which everybody is taken to be waiting. */
const IDLE_TURNS = 6;

/** A clock that jumps to the next wake-up as soon as nobody does anything. */
export class VirtualPace implements Pace {
  #now: number;
  #sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  #pumping = false;

  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const sleeper = {
        at: this.#now + ms,
        wake: () => {
          this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
          signal?.removeEventListener('abort', sleeper.wake);
          resolve();
        },
      };
      this.#sleepers.push(sleeper);
      if (signal?.aborted) sleeper.wake();
      else signal?.addEventListener('abort', sleeper.wake, { once: true });
      if (!this.#pumping) void this.#pump();
    });
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    while (this.#sleepers.length > 0) {
      for (let turn = 0; turn < IDLE_TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
      const [next] = this.#sleepers.toSorted((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
    this.#pumping = false;
  }
}
