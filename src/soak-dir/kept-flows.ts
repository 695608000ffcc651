/**
 * The flows of a soak in its directory, to be looked at and judged anew: recordings one behind the other, of which the oldest go when they
 * take too much room. Never more important than the soak: what cannot be written is left out, and told.
 */
import { mkdirSync, readdirSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../errors.js';
import { formatTime } from '../hubble/time.js';
import type { FlowMessage } from '../hubble/wire.js';
import { printable } from '../printable.js';
import { reason } from '../recording/file-errors.js';
import { Tape } from '../recording/tape.js';
import { RecordingWriter } from '../recording/write.js';
import { filesOf } from './files.js';

export interface KeptFlowsOptions {
  /** The soak directory. */
  readonly path: string;
  /** All recordings together, bytes. */
  readonly mostBytes: number;
  /** The wall clock, ms. */
  readonly now: () => number;
  readonly onTrouble: (message: string) => void;
}

/** So many recordings share the room: what goes at a time is one of them. */
const PARTS = 8;
/** Lines that wait for a slow disk; what comes then is left out, characters. */
const MOST_WAITING = 64 * 1024 * 1024;
const MOST_HELD = 65_536;
/** After trouble with the disk it is tried again, ms. */
const AGAIN_MS = 60_000;
/** How often the size of the present recording is looked at, messages. */
const LOOK_EVERY = 1024;

export class KeptFlows {
  readonly #options: KeptFlowsOptions;
  readonly #directory: string;
  readonly #tape: Tape;
  /** All that was asked of the disk, one behind the other. Never rejects. */
  #work: Promise<void> = Promise.resolve();
  #writer: RecordingWriter | undefined;
  #isOpening = false;
  #tryAt = Number.NEGATIVE_INFINITY;
  #taken = 0;
  /** Why flows are not kept, as it was told. */
  #trouble: string | undefined;
  /** Lines that wait for the first recording to be open. */
  #held: string[] = [];
  #leftOut = 0;

  constructor(options: KeptFlowsOptions) {
    this.#options = options;
    this.#directory = filesOf(options.path).flows;
    this.#tape = new Tape((line) => this.#write(line));
  }

  take(message: FlowMessage): void {
    this.#tape.take(message);
  }

  /** Writes what waits. */
  async close(): Promise<void> {
    await this.#work;
    await this.#end();
  }

  #write(line: string): void {
    if (this.#writer === undefined) this.#open();
    else if (++this.#taken % LOOK_EVERY === 0 && this.#writer.size >= this.#options.mostBytes / PARTS) this.#open();
    const writer = this.#writer;
    if (writer === undefined && this.#isOpening && this.#held.length < MOST_HELD) this.#held.push(line);
    else if (writer === undefined || writer.waiting > MOST_WAITING) this.#leftOut += 1;
    else this.#append(writer, line);
  }

  #append(writer: RecordingWriter, line: string): void {
    try {
      writer.write(line);
      this.#recovered(writer);
    } catch (error) {
      this.#troubled(error);
      // What failed is told; its file is given back.
      writer.close().catch(() => undefined);
    }
  }

  /** Ends the present recording and begins the next one; lines go to the present one until then. */
  #open(): void {
    const now = this.#options.now();
    if (this.#isOpening || now < this.#tryAt) return;
    this.#isOpening = true;
    this.#work = this.#next(now)
      .catch((error: unknown) => this.#troubled(error))
      .finally(() => (this.#isOpening = false));
  }

  async #next(now: number): Promise<void> {
    mkdirSync(this.#directory, { recursive: true });
    const next = await RecordingWriter.open(join(this.#directory, `${formatTime(now).replaceAll(':', '-')}.jsonl.zst`));
    await this.#end();
    this.#writer = next;
    for (const line of this.#held.splice(0)) this.#append(next, line);
    this.#makeRoom();
  }

  async #end(): Promise<void> {
    const writer = this.#writer;
    this.#writer = undefined;
    try {
      await writer?.close();
      if (writer?.size === 0) unlinkSync(writer.path);
    } catch (error) {
      this.#troubled(error);
    }
  }

  /** Removes what a kill left empty, and the oldest recordings, so that a full one more has room. */
  #makeRoom(): void {
    const { mostBytes } = this.#options;
    const files = readdirSync(this.#directory)
      .filter((name) => name.endsWith('.jsonl.zst'))
      .sort()
      .map((name) => ({ path: join(this.#directory, name), size: sizeOf(join(this.#directory, name)) }));
    let total = files.reduce((sum, { size }) => sum + size, 0) + mostBytes / PARTS;
    for (const { path, size } of files.slice(0, -1)) {
      if (total <= mostBytes && size > 0) continue;
      unlinkSync(path);
      total -= size;
    }
  }

  /** Bytes are on disk again, and little waits: what is missing is told. A file that can be opened proves nothing. */
  #recovered(writer: RecordingWriter): void {
    if (this.#leftOut === 0 || writer.size === 0 || writer.waiting > MOST_WAITING / 2) return;
    this.#options.onTrouble(`${this.#place()}: flows are kept again; ${this.#leftOut} messages are missing`);
    this.#leftOut = 0;
    this.#trouble = undefined;
  }

  #troubled(error: unknown): void {
    this.#writer = undefined;
    this.#leftOut += this.#held.splice(0).length;
    this.#tryAt = this.#options.now() + AGAIN_MS;
    // What a writer throws tells what to do at its own command; why it did is behind it.
    const why = reason(error instanceof UsageError ? (error.cause ?? error) : error);
    if (this.#trouble === why) return;
    this.#trouble = why;
    this.#options.onTrouble(`${this.#place()}: flows are not kept (${why}); it is tried again each minute`);
  }

  #place(): string {
    return printable(this.#directory);
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
