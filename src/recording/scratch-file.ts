import { randomUUID } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../errors.js';
import { reason } from './file-errors.js';

/** A private file for what does not fit into memory. It has no name any more once it is open, so that nothing can leave it behind. */
export class ScratchFile {
  readonly #dir: string;
  readonly #handle: FileHandle;
  #size = 0;

  private constructor(dir: string, handle: FileHandle) {
    this.#dir = dir;
    this.#handle = handle;
  }

  static async create(dir: string): Promise<ScratchFile> {
    const path = join(dir, `hubble-soak-${randomUUID()}`);
    try {
      const handle = await open(path, 'wx+', 0o600);
      await unlink(path);
      return new ScratchFile(dir, handle);
    } catch (error) {
      throw noRoom(dir, error);
    }
  }

  get size(): number {
    return this.#size;
  }

  async append(bytes: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, this.#size);
        done += bytesWritten;
        this.#size += bytesWritten;
      }
    } catch (error) {
      throw noRoom(this.#dir, error);
    }
  }

  /** Up to `length` bytes from `position`; fewer only at the end of the file. */
  async read(position: number, length: number): Promise<Buffer> {
    const wanted = Math.max(0, Math.min(length, this.#size - position));
    const bytes = Buffer.allocUnsafe(wanted);
    for (let done = 0; done < wanted;) {
      const { bytesRead } = await this.#handle.read(bytes, done, wanted - done, position + done);
      if (bytesRead === 0) return bytes.subarray(0, done);
      done += bytesRead;
    }
    return bytes;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

function noRoom(dir: string, error: unknown): UsageError {
  return new UsageError(
    `cannot keep temporary data in ${dir} (${reason(error)}): point TMPDIR to a folder with enough room`,
    error,
  );
}
