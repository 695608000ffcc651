/** 128 + SIGINT, as a shell tells it. */
const INTERRUPTED = 130;

/** Ctrl-C and SIGTERM: the first asks for an end, the second one ends at once. */
export class Interrupts {
  readonly #asked = new AbortController();
  readonly #beforeExit: () => void;
  readonly #listener = (): void => this.#interrupt();

  /** `beforeExit` runs before the process is ended by a second signal: it gives the terminal back. */
  constructor(beforeExit: () => void = () => undefined) {
    this.#beforeExit = beforeExit;
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, this.#listener);
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#asked.signal;
  }

  dispose(): void {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, this.#listener);
  }

  #interrupt(): void {
    if (!this.#asked.signal.aborted) {
      this.#asked.abort();
      return;
    }
    this.#beforeExit();
    process.exit(INTERRUPTED);
  }
}
