import type { EventBatches, RecordedEvent } from './recorded-event.js';

const BATCH = 512;

/** One of the merged streams and where it stands. */
class Cursor {
  readonly #batches: AsyncIterator<readonly RecordedEvent[]>;
  #batch: readonly RecordedEvent[] = [];
  #index = 0;

  constructor(batches: EventBatches) {
    this.#batches = batches[Symbol.asyncIterator]();
  }

  /** The next event; undefined when the batch at hand is used up. */
  get head(): RecordedEvent | undefined {
    return this.#batch[this.#index];
  }

  advance(): void {
    this.#index++;
  }

  /** Gets another batch; false at the end of the stream. */
  async refill(): Promise<boolean> {
    while (this.#index >= this.#batch.length) {
      const next = await this.#batches.next();
      if (next.done === true) return false;
      this.#batch = next.value;
      this.#index = 0;
    }
    return true;
  }

  async close(): Promise<void> {
    await this.#batches.return?.();
  }
}

/**
 * Merges streams by time; among equal times, those of the stream named first come first. Streams in order give a stream in order; where
 * each is out of order by at most some time, so is the result.
 */
export async function* mergeByTime(streams: readonly EventBatches[]): AsyncGenerator<readonly RecordedEvent[]> {
  const cursors = streams.map((stream) => new Cursor(stream));
  try {
    let open: Cursor[] = [];
    for (const cursor of cursors) if (await cursor.refill()) open.push(cursor);
    let batch: RecordedEvent[] = [];
    while (open.length > 0) {
      const drained = drain(open, batch);
      if (drained !== undefined && !(await drained.refill())) open = open.filter((cursor) => cursor !== drained);
      if (batch.length >= BATCH) {
        yield batch;
        batch = [];
      }
    }
    if (batch.length > 0) yield batch;
  } finally {
    await Promise.all(cursors.map((cursor) => cursor.close()));
  }
}

/** Moves events into `into` in order of time until that is long enough, or a cursor has used up its batch: that one is returned. */
function drain(cursors: readonly Cursor[], into: RecordedEvent[]): Cursor | undefined {
  while (into.length < BATCH) {
    let first: Cursor | undefined;
    let firstEvent: RecordedEvent | undefined;
    for (const cursor of cursors) {
      const head = cursor.head;
      if (head !== undefined && (firstEvent === undefined || head.at < firstEvent.at)) {
        first = cursor;
        firstEvent = head;
      }
    }
    if (first === undefined || firstEvent === undefined) return undefined;
    into.push(firstEvent);
    first.advance();
    if (first.head === undefined) return first;
  }
  return undefined;
}
