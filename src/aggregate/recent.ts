import { HashSet } from './hash-set.js';
import { hashUuid } from './tuple.js';

/**
 * `forgotten`: so old that it may have been known. Relay repeats everything since a request, so that this is far more likely than that it
 * comes for the first time.
 */
export type Acquaintance = 'new' | 'known' | 'forgotten';

/**
 * The newest uuids of one node, in bounded memory: relay repeats flows after `since`, and captures overlap.
 *
 * Two generations: when the young one is full it becomes the old one, so that between `capacity` and twice as many are known; more only
 * while their windows are open, as these would be counted again.
 */
export class RecentUuids {
  readonly #capacity: number;
  #young = new HashSet();
  #old = new HashSet();
  /** The last window that a generation knows of. */
  #youngEnd = Number.NEGATIVE_INFINITY;
  #oldEnd = Number.NEGATIVE_INFINITY;
  /** Uuids of windows up to this one may have been forgotten. */
  #forgottenEnd: number | undefined;

  constructor(capacity = 32_768) {
    this.#capacity = capacity;
  }

  /** Forgets all of them. */
  forget(): void {
    if (this.#young.size === 0) return;
    this.#forgetUntil(Math.max(this.#youngEnd, this.#oldEnd));
    this.#young = new HashSet();
    this.#old = new HashSet();
    this.#youngEnd = this.#oldEnd = Number.NEGATIVE_INFINITY;
  }

  /** Remembers a uuid of this window, while windows from `open` on are not closed. Events without uuid are all new. */
  add(uuid: string, window: number, open: number): Acquaintance {
    if (uuid === '') return 'new';
    const hash = hashUuid(uuid);
    if (this.#young.has(hash) || this.#old.has(hash)) return 'known';
    if (this.#forgottenEnd !== undefined && window <= this.#forgottenEnd) return 'forgotten';
    if (this.#young.size >= this.#capacity && this.#oldEnd < open) {
      if (this.#old.size > 0) this.#forgetUntil(this.#oldEnd);
      this.#old = this.#young;
      this.#oldEnd = this.#youngEnd;
      this.#young = new HashSet();
      this.#youngEnd = Number.NEGATIVE_INFINITY;
    }
    this.#young.add(hash);
    if (window > this.#youngEnd) this.#youngEnd = window;
    return 'new';
  }

  #forgetUntil(window: number): void {
    this.#forgottenEnd = Math.max(this.#forgottenEnd ?? Number.NEGATIVE_INFINITY, window);
  }
}
