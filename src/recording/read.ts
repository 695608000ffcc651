/**
 * Reading recordings: files of any form, packed or not, or stdin, as one stream of events in order of time.
 *
 * A file that is in order (but for the few seconds that a relay mixes up) streams through without ever being in memory as a whole. That
 * it is not in order may show late, when events have been given away already. `consumeRecordings` then begins again and has the file
 * sorted; with `readRecordings` the caller does that (see DisorderFound), or asks for sorted files from the start.
 */
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { UsageError } from '../errors.js';
import { printable } from '../printable.js';
import { DisorderFound, inOrder } from './disorder.js';
import { toUtf8 } from './encoding.js';
import type { InputReport } from './input-report.js';
import { InputCounter } from './input-report.js';
import { mergeByTime } from './merge.js';
import { MessageReader } from './message-reader.js';
import type { EventBatches, RecordedEvent } from './recorded-event.js';
import { sortByTime } from './sort.js';
import type { Source } from './source.js';
import { emptyInput, openSources } from './source.js';
import { Timeline } from './timeline.js';
import { unpack } from './unpack.js';

export type { InputReport } from './input-report.js';
export type { EventBatches, RecordedEvent } from './recorded-event.js';
export { DisorderFound } from './disorder.js';

export interface ReadOptions {
  /** What `-` stands for; by default this process's stdin. */
  readonly stdin?: AsyncIterable<Buffer | string>;
  /** Where what does not fit into memory is kept meanwhile; by default the system's folder for temporary files. */
  readonly tempDir?: string;
  /** Whether events bring the JSON objects that they were made from. */
  readonly keepRaw?: boolean;
  /** Files to sort by time, or `all` of them: then events come in strict order of time. */
  readonly sort?: 'all' | ReadonlySet<string>;
  /** Most events that sorting holds in memory, all files together. */
  readonly inMemory?: number;
}

export interface Reading {
  /**
   * All events, merged by time. To be iterated once.
   *
   * @throws UsageError when an input cannot be read or has no flow in it.
   * @throws DisorderFound when a file that is not to be sorted is out of order by more than 30 s.
   */
  readonly events: EventBatches;
  /** What was read of each input; final when the iteration is. */
  inputs(): readonly InputReport[];
}

/** Some hundred megabytes. */
const IN_MEMORY = 100_000;

/** Recordings as one stream of events, read once. See `Reading.events` for its errors. */
export function readRecordings(paths: readonly string[], options: ReadOptions = {}): Reading {
  const opening = async (): Promise<Source[]> => open(paths, options, false);
  return readSources(paths, opening, options);
}

/**
 * Lets `consume` go through the events of recordings and returns what it makes of them. When a recording turns out to be out of order,
 * the iteration throws DisorderFound, which `consume` lets pass, and `consume` is called once more: it begins with nothing each time.
 *
 * @throws UsageError when an input cannot be read or has no flow in it.
 */
export async function consumeRecordings<T>(
  paths: readonly string[],
  options: Omit<ReadOptions, 'sort'>,
  consume: (events: EventBatches) => Promise<T>,
): Promise<{ readonly result: T; readonly inputs: readonly InputReport[] }> {
  const sources = await open(paths, options, true);
  try {
    const sort = new Set<string>();
    for (;;) {
      const reading = readSources(paths, () => Promise.resolve(sources), { ...options, sort });
      try {
        return { result: await consume(reading.events), inputs: reading.inputs() };
      } catch (error) {
        if (!(error instanceof DisorderFound) || sort.has(error.path)) throw error;
        sort.add(error.path);
      }
    }
  } finally {
    for (const source of sources) await source.close();
  }
}

function open(paths: readonly string[], options: ReadOptions, again: boolean): Promise<Source[]> {
  return openSources(paths, {
    stdin: options.stdin ?? process.stdin,
    tempDir: options.tempDir ?? tmpdir(),
    again,
  });
}

function readSources(paths: readonly string[], sources: () => Promise<Source[]>, options: ReadOptions): Reading {
  const counters = paths.map((path) => new InputCounter(path));
  return { events: events(), inputs: () => counters.map((counter) => counter.report()) };

  async function* events(): AsyncGenerator<readonly RecordedEvent[]> {
    const { sort, inMemory = IN_MEMORY } = options;
    const sorted = sort === 'all' ? paths.length : (sort?.size ?? 0);
    const share = Math.max(1, Math.floor(inMemory / Math.max(1, sorted)));
    const streams = (await sources()).map((source, index) => {
      const counter = counters[index] ?? new InputCounter(source.path);
      return ordered(source, counter, options, share);
    });
    const [only] = streams;
    yield* streams.length === 1 && only !== undefined ? only : mergeByTime(streams);
  }
}

function ordered(source: Source, counter: InputCounter, options: ReadOptions, inMemory: number): EventBatches {
  const inFileOrder = readSource(source, counter, options.keepRaw === true);
  const { sort, tempDir = tmpdir() } = options;
  if (sort !== 'all' && sort?.has(source.path) !== true) return inOrder(source.path, inFileOrder);
  if (sort !== 'all') counter.note('it is out of order by more than 30 s and was sorted by time');
  return sortByTime(inFileOrder, { tempDir, inMemory });
}

/** The events of one input in the order of its lines. */
async function* readSource(
  source: Source,
  counter: InputCounter,
  keepRaw: boolean,
): AsyncGenerator<readonly RecordedEvent[]> {
  const hash = createHash('sha256');
  let bytes = 0;
  async function* hashed(): AsyncGenerator<Buffer> {
    for await (const chunk of source.read()) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
    counter.sha256 = hash.digest('hex');
  }

  const timeline = new Timeline(counter);
  const reader = new MessageReader({
    message: (event, raw, line) => timeline.add(event, keepRaw ? raw : undefined, line),
    broken: (line, why) => counter.reject(line, why),
  });
  const unpacked = await unpack(source.path, hashed());
  for await (const chunk of toUtf8(unpacked.bytes)) {
    reader.push(chunk);
    const batch = timeline.take();
    if (batch.length > 0) yield batch;
  }
  const brokenBefore = counter.broken;
  reader.end();
  counter.lines = reader.lines;
  const cut = unpacked.cut();
  if (cut !== undefined) {
    // The line that the cut left unfinished is the same damage.
    if (counter.broken === brokenBefore) counter.reject(reader.lines, `the archive ends early: ${cut}`);
    counter.note(`it cannot be unpacked to its end (${cut}): what comes before is judged`);
  }
  timeline.end();
  const last = timeline.take();
  if (last.length > 0) yield last;
  if (bytes === 0) throw emptyInput(source.path);
  if (counter.flows === 0) throw noFlow(source.path, counter);
}

function noFlow(path: string, counter: InputCounter): UsageError {
  const samples = counter.count('node-samples');
  const others = counter.report().events - samples;
  const holds = [
    samples > 0 ? counted(samples, 'node sample') : '',
    others > 0 ? counted(others, 'other message') : '',
    counter.broken > 0 ? `${counted(counter.broken, 'line or object', 'lines or objects')} that cannot be used` : '',
  ].filter((part) => part !== '');
  const [example] = counter.report().brokenExamples;
  const first = example === undefined ? '' : ` (line ${example.line}: ${example.why})`;
  return new UsageError(
    `${path === '-' ? 'stdin (-)' : printable(path)} has no flow in it, only ${holds.join(', ') || 'blank lines'}${first}: ` +
      'give what "hubble observe -o jsonpb" or "hubble-soak record" wrote',
  );
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
