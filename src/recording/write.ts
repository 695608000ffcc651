/** Writing recordings: lines of JSON, packed or not, of which a killed process leaves behind all but the last second. */
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { UsageError } from '../errors.js';
import { formatTime } from '../hubble/time.js';
import { printable } from '../printable.js';
import { errorCode, reason } from './file-errors.js';
import type { Packer } from './packer.js';
import { packerFor } from './packer.js';

export interface WriteOptions {
  /** Longest time that a line waits to be written, in milliseconds. */
  readonly flushMs?: number;
  /** Waiting bytes that are written without waiting any longer. */
  readonly flushBytes?: number;
  /** Where `-` writes to. */
  readonly stdout?: Writable;
  /** Calls back once after some milliseconds, unless the function it returns is called before. Replaced in tests. */
  readonly schedule?: (callback: () => void, ms: number) => () => void;
}

const FLUSH_MS = 1000;
const FLUSH_BYTES = 1024 * 1024;

/** Where blocks of bytes go. */
interface Sink {
  append(block: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/**
 * Writes lines to a file, whose extension says how it is packed (`.gz`, `.zst`), or to stdout (`-`). Every flush appends one block that is
 * complete by itself, a gzip member or zstd frame of whole lines: whatever kills this process, the file can be read up to the last flush.
 */
export class RecordingWriter {
  readonly path: string;
  readonly #sink: Sink;
  readonly #pack: Packer;
  readonly #options: Required<Omit<WriteOptions, 'stdout'>>;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #unwrittenBytes = 0;
  #writtenBytes = 0;
  #cancelTimer: (() => void) | undefined;
  /** All flushes so far, one after the other. Never rejects: see #failure. */
  #flushed: Promise<void> = Promise.resolve();
  #failure: UsageError | undefined;

  private constructor(path: string, sink: Sink, pack: Packer, options: WriteOptions) {
    this.path = path;
    this.#sink = sink;
    this.#pack = pack;
    this.#options = {
      flushMs: options.flushMs ?? FLUSH_MS,
      flushBytes: options.flushBytes ?? FLUSH_BYTES,
      schedule: options.schedule ?? after,
    };
  }

  /** Creates the file, or empties it when it is there. @throws UsageError when it cannot be written. */
  static async open(path: string, options: WriteOptions = {}): Promise<RecordingWriter> {
    const pack = await packerFor(path);
    if (path !== '-') return new RecordingWriter(path, await FileSink.create(path), pack, options);
    if (options.stdout === undefined) throw new UsageError('- (stdout) is not possible here: name a file');
    return new RecordingWriter(path, new StreamSink(options.stdout), pack, options);
  }

  /**
   * Takes one line, without its newline, which is written within `flushMs`.
   *
   * @throws UsageError when an earlier line could not be written: that one and this are lost.
   */
  write(line: string): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    if (this.#waitingBytes >= this.#options.flushBytes) this.#flushSoon();
    else this.#cancelTimer ??= this.#options.schedule(() => this.#flushSoon(), this.#options.flushMs);
  }

  /** Bytes of the file, as far as they are written. */
  get size(): number {
    return this.#writtenBytes;
  }

  /** Characters of lines that wait to be written. */
  get waiting(): number {
    return this.#waitingBytes + this.#unwrittenBytes;
  }

  /** Resolves when all lines so far are in the file. @throws UsageError when any of them could not be written. */
  async flush(): Promise<void> {
    this.#flushSoon();
    await this.#flushed;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Flushes and closes. @throws UsageError when any line could not be written. */
  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await this.#sink.close();
    }
  }

  #flushSoon(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#waiting.length === 0) return;
    const block = Buffer.from(`${this.#waiting.join('\n')}\n`);
    const length = this.#waitingBytes;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#unwrittenBytes += length;
    this.#flushed = this.#flushed.then(async () => {
      await this.#append(block);
      this.#unwrittenBytes -= length;
    });
  }

  async #append(block: Buffer): Promise<void> {
    if (this.#failure !== undefined) return;
    try {
      const packed = await this.#pack(block);
      await this.#sink.append(packed);
      this.#writtenBytes += packed.length;
    } catch (error) {
      this.#failure = new UsageError(
        `writing ${printable(this.path)} failed (${reason(error)}): the recording ends there; give another place with -o`,
        error,
      );
    }
  }
}

/** The line that `record` writes for a GetNodes answer: its `nodes` in protobuf JSON, and the time in milliseconds since the epoch. */
export function sampleLine(nodes: readonly object[], timeMs: number): string {
  return JSON.stringify({ nodes, time: formatTime(timeMs) });
}

function after(callback: () => void, ms: number): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}

class FileSink implements Sink {
  readonly #handle: FileHandle;
  #size = 0;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  static async create(path: string): Promise<FileSink> {
    try {
      return new FileSink(await open(path, 'w'));
    } catch (error) {
      const hint = errorCode(error) === 'ENOENT' ? 'create its folder first' : 'give another place with -o';
      throw new UsageError(`${printable(path)} cannot be written (${reason(error)}): ${hint}`, error);
    }
  }

  async append(block: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < block.length;) {
        done += (await this.#handle.write(block, done, block.length - done)).bytesWritten;
      }
      this.#size += block.length;
    } catch (error) {
      // A part of a block is worth nothing; where it cannot be taken back, the file reads as one that was cut.
      await this.#handle.truncate(this.#size).catch(() => undefined);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

class StreamSink implements Sink {
  readonly #stream: Writable;
  /** A failed write tells its callback; without a listener the same error would end the process as well. */
  readonly #ignore = (): void => undefined;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', this.#ignore);
  }

  append(block: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(block, (error) => (error ? reject(error) : resolve()));
    });
  }

  close(): Promise<void> {
    // stdout stays open for others, and its listener with it: errors may still come.
    return Promise.resolve();
  }
}
