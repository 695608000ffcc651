import { hashUuid } from './tuple.js';

/**
 * The newest uuids of one node, in bounded memory: relay repeats flows after `since`, and captures overlap.
 *
 * Two generations: when the young one is full it becomes the old one, so that between `capacity` and twice as many are known.
 */
export class RecentUuids {
  readonly #capacity: number;
  #young = new Set<number>();
  #old = new Set<number>();

  constructor(capacity = 32_768) {
    this.#capacity = capacity;
  }

  isEmpty(): boolean {
    return this.#young.size === 0;
  }

  /** Remembers a uuid; false when it was known already. Events without uuid are all new. */
  add(uuid: string): boolean {
    if (uuid === '') return true;
    const hash = hashUuid(uuid);
    if (this.#young.has(hash) || this.#old.has(hash)) return false;
    if (this.#young.size >= this.#capacity) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(hash);
    return true;
  }
}
