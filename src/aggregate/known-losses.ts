import { LOST_SOURCE, type LostEvents } from '../hubble/event.js';
import { RecentUuids } from './recent.js';

/** Losses remembered; each interval of an agent brings one, each record of the kernel's another. */
const CAPACITY = 4_096;

/** Losses that an agent keeps in its ring come again with the flows that are asked for again; their time and count tell them apart. */
export class KnownLosses {
  readonly #recent = new RecentUuids(CAPACITY);

  /** Remembers it; false when it was known. What a slow reader of a ring lost, or has no time, is always new. */
  isNew({ node, source, time, count }: LostEvents): boolean {
    if (source === LOST_SOURCE.HUBBLE_RING_BUFFER || Number.isNaN(time)) return true;
    return this.#recent.add(`${node} ${source} ${time} ${count}`, time, Number.POSITIVE_INFINITY) === 'new';
  }
}
