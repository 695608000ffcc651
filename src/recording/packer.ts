import { compress, init } from '@bokuweb/zstd-wasm';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** Packs one block so that it can be unpacked without any other: packed blocks one behind the other are one archive. */
export type Packer = (block: Buffer) => Promise<Uint8Array>;

const gzipBlock = promisify<Buffer, Buffer>(gzip);
const ZSTD_LEVEL = 3;
/** Initializing the library anew would take the memory away under what is being packed. */
let zstdReady: Promise<void> | undefined;

/** What the extension of a file's name asks for: gzip members, zstd frames, or the bytes as they are. */
export async function packerFor(path: string): Promise<Packer> {
  if (path.endsWith('.gz')) return (block) => gzipBlock(block);
  if (!path.endsWith('.zst')) return (block) => Promise.resolve(block);
  await (zstdReady ??= init());
  return (block) => Promise.resolve(compress(block, ZSTD_LEVEL));
}
