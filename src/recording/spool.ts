import { ScratchFile } from './scratch-file.js';

const IN_MEMORY = 32 * 1024 * 1024;
const READ_SIZE = 256 * 1024;

/** A stream that can be read again from its beginning: what has come so far is kept in memory while it is small, then on disk. */
export class Spool {
  readonly #incoming: AsyncIterator<Buffer>;
  readonly #tempDir: string;
  readonly #inMemory: number;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #file: ScratchFile | undefined;

  constructor(stream: AsyncIterable<Buffer>, tempDir: string, inMemory = IN_MEMORY) {
    this.#incoming = stream[Symbol.asyncIterator]();
    this.#tempDir = tempDir;
    this.#inMemory = inMemory;
  }

  /** What was read before, then what is still to come. */
  async *read(): AsyncGenerator<Buffer> {
    yield* this.#replay();
    // Not `for await`: that would close the stream when a reader stops early, and another one could not go on with it.
    for (let next = await this.#incoming.next(); next.done !== true; next = await this.#incoming.next()) {
      await this.#keep(next.value);
      yield next.value;
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    await this.#incoming.return?.();
  }

  async *#replay(): AsyncGenerator<Buffer> {
    const file = this.#file;
    if (file === undefined) yield* this.#kept;
    else for (let at = 0; at < file.size; at += READ_SIZE) yield await file.read(at, READ_SIZE);
  }

  async #keep(chunk: Buffer): Promise<void> {
    if (this.#file === undefined && this.#keptBytes + chunk.length <= this.#inMemory) {
      this.#kept.push(chunk);
      this.#keptBytes += chunk.length;
      return;
    }
    this.#file ??= await ScratchFile.create(this.#tempDir);
    for (const kept of this.#kept) await this.#file.append(kept);
    this.#kept = [];
    await this.#file.append(chunk);
  }
}
