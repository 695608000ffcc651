/** What a log hears of flows that are shed: once when it begins, and once when it is over. Pure. */

export interface OverloadStatus {
  readonly kind: 'overloaded' | 'overload-over';
  /** One sentence for a log. */
  readonly message: string;
}

/** It is over when nothing has been shed for this long. */
const OVER_MS = 60_000;

export class Overload {
  readonly #address: string;
  #shed = 0;
  #shedAt = 0;
  /** Since when, and what had been shed before; undefined while all is taken. */
  #since: { readonly at: number; readonly shed: number } | undefined;

  constructor(address: string) {
    this.#address = address;
  }

  /** So many flows have been shed in all by wall time `now`, ms. */
  noted(shed: number, now: number): OverloadStatus | undefined {
    if (shed === this.#shed) {
      return this.#since !== undefined && now - this.#shedAt >= OVER_MS ? this.ended(this.#shedAt) : undefined;
    }
    const begins = this.#since === undefined;
    this.#since ??= { at: now, shed: this.#shed };
    this.#shed = shed;
    this.#shedAt = now;
    if (!begins) return undefined;
    const message = `flows of ${this.#address} come faster than they can be taken: some are left out and count as lost on their nodes`;
    return { kind: 'overloaded', message };
  }

  ended(now: number): OverloadStatus | undefined {
    if (this.#since === undefined) return undefined;
    const { at, shed } = this.#since;
    this.#since = undefined;
    const flows = (this.#shed - shed).toLocaleString('en-US');
    const seconds = Math.max(1, Math.round((now - at) / 1000));
    const message = `${flows} flows of ${this.#address} were left out within ${seconds} s and count as lost; give this process more CPU`;
    return { kind: 'overload-over', message };
  }
}
