/** What the windows that were closed since the last look counted, as plain numbers. */
import type { NodeWindow } from '../../aggregate/journal.js';

export interface ClosedWindow {
  readonly node: string;
  /** Its begin, ms of the node's clock. */
  readonly from: number;
  readonly flows: number;
  readonly drops: number;
}

export class ClosedWindows {
  readonly #windowMs: number;
  #closed: ClosedWindow[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  note({ node, window, flows, drops }: NodeWindow): void {
    const events = drops.reduce((sum, row) => sum + row.events, 0);
    this.#closed.push({ node, from: window * this.#windowMs, flows, drops: events });
  }

  /** Those that were noted since the last call. */
  take(): readonly ClosedWindow[] {
    const closed = this.#closed;
    this.#closed = [];
    return closed;
  }
}
