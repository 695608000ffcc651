/** 128 + SIGINT, as a shell tells it. */
const INTERRUPTED = 130;

/** Ctrl-C and SIGTERM: the first asks for an end, the second one ends at once. Ctrl-Z stops the process as it does any other. */
export class Interrupts {
  readonly #asked = new AbortController();
  readonly #giveBack: () => void;
  readonly #listener = (): void => this.#interrupt();
  readonly #suspend = (): void => {
    this.#giveBack();
    process.kill(process.pid, 'SIGSTOP');
  };

  /** @param giveBack gives the terminal back, before the process is ended by a second signal or stopped by Ctrl-Z. */
  constructor(giveBack: () => void = () => undefined) {
    this.#giveBack = giveBack;
    process.on('SIGTSTP', this.#suspend);
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, this.#listener);
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#asked.signal;
  }

  dispose(): void {
    process.off('SIGTSTP', this.#suspend);
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, this.#listener);
  }

  #interrupt(): void {
    if (!this.#asked.signal.aborted) {
      this.#asked.abort();
      return;
    }
    this.#giveBack();
    process.exit(INTERRUPTED);
  }
}
