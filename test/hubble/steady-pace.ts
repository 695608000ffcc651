import type { Pace } from '../../src/hubble/pace.js';

/** Wall time between two steps, ms. */
const STEP_MS = 4;

/**
 * A clock that runs so many times faster than the wall's, but in small steps between which the event loop has its turn: a machine that is
 * busy only makes it slower. Those who share it see the same time.
 */
export class SteadyPace implements Pace {
  readonly #step: number;
  readonly #timer: NodeJS.Timeout;
  #now: number;
  #sleepers: { readonly at: number; readonly wake: () => void }[] = [];

  constructor(begin: number, factor: number) {
    this.#now = begin;
    this.#step = STEP_MS * factor;
    this.#timer = setInterval(() => this.#goOn(), STEP_MS);
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const sleeper = {
        at: this.#now + ms,
        wake: () => {
          this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
          signal.removeEventListener('abort', sleeper.wake);
          resolve();
        },
      };
      this.#sleepers.push(sleeper);
      if (signal.aborted) sleeper.wake();
      else signal.addEventListener('abort', sleeper.wake, { once: true });
    });
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #goOn(): void {
    this.#now += this.#step;
    for (const sleeper of this.#sleepers.filter(({ at }) => at <= this.#now)) sleeper.wake();
  }
}

/** The same clock, set otherwise. */
export class ShiftedPace implements Pace {
  readonly #pace: Pace;
  /** How far it is ahead, ms. */
  ahead: number;

  constructor(pace: Pace, ahead: number) {
    this.#pace = pace;
    this.ahead = ahead;
  }

  now(): number {
    return this.#pace.now() + this.ahead;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return this.#pace.sleep(ms, signal);
  }
}
