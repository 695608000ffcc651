/** Batches from several producers to one consumer. A producer waits until its batch is taken, so at most one of each is kept. */
export class Inbox<T> {
  readonly #waiting: { readonly batch: readonly T[]; readonly taken: () => void }[] = [];
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  /** Resolves when the batch has been taken, or nobody will take it any more. */
  put(batch: readonly T[]): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((taken) => {
      this.#waiting.push({ batch, taken });
      this.#wake?.();
    });
  }

  /** The consumer has not taken what is there. */
  get isBehind(): boolean {
    return this.#waiting.length > 0;
  }

  /** No more batches come; `error` is thrown to the consumer after those that have. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    if (error !== undefined)
      this.#error = error instanceof Error ? error : new Error('the source failed', { cause: error });
    this.#wake?.();
  }

  /** The consumer is gone: lets all producers go on. */
  drop(): void {
    this.end();
    for (const { taken } of this.#waiting.splice(0)) taken();
  }

  /** The next batch; undefined at the end. */
  async take(): Promise<readonly T[] | undefined> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) {
        next.taken();
        return next.batch;
      }
      if (this.#ended) {
        if (this.#error !== undefined) throw this.#error;
        return undefined;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = undefined;
    }
  }
}
