import { deserialize, serialize } from 'node:v8';
import { mergeByTime } from './merge.js';
import type { EventBatches, RecordedEvent } from './recorded-event.js';
import { ScratchFile } from './scratch-file.js';

export interface SortOptions {
  /** Where sorted runs are kept when there is more than fits into memory. */
  readonly tempDir: string;
  /** Most events that are held in memory. */
  readonly inMemory: number;
  /** Most runs that are merged at once. */
  readonly fanIn?: number;
}

const FAN_IN = 32;
const BLOCK = 256;
const LENGTH_BYTES = 4;

/**
 * Events by time, equal times in the order they came. Up to `inMemory` events are sorted in memory; more are sorted in runs of that many,
 * which go to disk and are merged.
 */
export async function* sortByTime(
  batches: EventBatches,
  options: SortOptions,
): AsyncGenerator<readonly RecordedEvent[]> {
  const runs = new Runs(options.tempDir, options.fanIn ?? FAN_IN);
  try {
    let events: RecordedEvent[] = [];
    for await (const batch of batches) {
      for (const event of batch) {
        if (events.length >= options.inMemory) {
          await runs.add(pieces(sorted(events)));
          events = [];
        }
        events.push(event);
      }
    }
    yield* mergeByTime([...runs.all(), pieces(sorted(events))]);
  } finally {
    await runs.close();
  }
}

/** Array.sort is stable: equal times stay in order. */
function sorted(events: RecordedEvent[]): RecordedEvent[] {
  return events.sort((a, b) => a.at - b.at);
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream that is at hand already
async function* pieces(events: readonly RecordedEvent[]): AsyncGenerator<readonly RecordedEvent[]> {
  for (let from = 0; from < events.length; from += BLOCK) yield events.slice(from, from + BLOCK);
}

/**
 * Sorted runs on disk, the oldest first. As soon as there are `fanIn` of one level they are merged into one of the next, so that the
 * number of open files grows with the logarithm of the events only.
 */
class Runs {
  readonly #tempDir: string;
  readonly #fanIn: number;
  /** By level, the highest (made of the oldest events) last. */
  readonly #levels: Run[][] = [];

  constructor(tempDir: string, fanIn: number) {
    this.#tempDir = tempDir;
    this.#fanIn = fanIn;
  }

  async add(events: EventBatches, level = 0): Promise<void> {
    const run = await Run.write(this.#tempDir, events);
    const same = (this.#levels[level] ??= []);
    same.push(run);
    if (same.length < this.#fanIn) return;
    await this.add(mergeByTime(same.map((one) => one.read())), level + 1);
    for (const one of same.splice(0)) await one.close();
  }

  all(): EventBatches[] {
    return this.#levels.toReversed().flatMap((level) => level.map((run) => run.read()));
  }

  async close(): Promise<void> {
    for (const run of this.#levels.flat()) await run.close();
  }
}

/** Events in a scratch file: blocks of some of them, each with its length in front. */
class Run {
  readonly #file: ScratchFile;

  private constructor(file: ScratchFile) {
    this.#file = file;
  }

  static async write(tempDir: string, batches: EventBatches): Promise<Run> {
    const file = await ScratchFile.create(tempDir);
    try {
      for await (const batch of batches) {
        const block = serialize(batch);
        const length = Buffer.alloc(LENGTH_BYTES);
        length.writeUInt32LE(block.length);
        await file.append(Buffer.concat([length, block]));
      }
      return new Run(file);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async *read(): AsyncGenerator<readonly RecordedEvent[]> {
    for (let at = 0; at < this.#file.size;) {
      const length = (await this.#file.read(at, LENGTH_BYTES)).readUInt32LE(0);
      yield deserialize(await this.#file.read(at + LENGTH_BYTES, length)) as RecordedEvent[];
      at += LENGTH_BYTES + length;
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
