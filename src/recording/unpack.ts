/** Recordings may be packed: gzip and zstd are unpacked as they are read, told by their first bytes and not by the file's name. */
import { Decompress } from 'fzstd';
import { createGunzip } from 'node:zlib';
import { UsageError } from '../errors.js';
import { printable } from '../printable.js';

export interface Unpacked {
  readonly bytes: AsyncIterable<Buffer>;
  /** Why the archive ended early or got unreadable, once `bytes` is through; undefined = it is whole. */
  readonly cut: () => string | undefined;
}

/** Packed bytes go in by so little at a time because they may unpack to a thousand times as much. */
const SLICE = 16 * 1024;
/** What was unpacked just before a damaged place is lost with it: this much at most. */
const GUNZIP_OUTPUT = 64 * 1024;

/**
 * The unpacked content of `packed`. What comes before a cut or damaged place is given, and the rest of `packed` read all the same.
 * `path` is for error messages.
 *
 * @throws UsageError when nothing at all can be unpacked, or when it is an archive of another kind.
 */
export async function unpack(path: string, packed: AsyncIterable<Buffer>): Promise<Unpacked> {
  const { first, all } = await peek(packed, 4);
  const foreign = foreignArchive(first);
  if (foreign !== undefined) {
    throw new UsageError(`${printable(path)} is ${foreign}: unpack it and give the recordings in it`);
  }
  const unpacker = isGzip(first) ? gunzip : isZstd(first) ? unzstd : undefined;
  if (unpacker === undefined) return { bytes: all, cut: () => undefined };

  let why: string | undefined;
  const bytes = unpacker(all, (reason) => (why = reason));
  return { bytes: atLeastSomething(path, bytes, () => why), cut: () => why };
}

async function* atLeastSomething(
  path: string,
  bytes: AsyncIterable<Buffer>,
  cut: () => string | undefined,
): AsyncGenerator<Buffer> {
  let some = false;
  for await (const chunk of bytes) {
    some ||= chunk.length > 0;
    yield chunk;
  }
  const why = cut();
  if (!some && why !== undefined) {
    throw new UsageError(`${printable(path)} cannot be unpacked (${why}): copy or record it again`);
  }
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** A frame, or a frame to be skipped (RFC 8878, section 3.1). */
function isZstd(bytes: Buffer): boolean {
  if (bytes.length < 4) return false;
  const magic = bytes.readUInt32LE(0);
  return magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50;
}

/** Archives that we do not read; undefined for everything else. */
function foreignArchive(bytes: Buffer): string | undefined {
  const start = bytes.toString('latin1', 0, 4);
  if (start === 'PK\u0003\u0004') return 'a zip archive (a sysdump?)';
  if (start.startsWith('BZh')) return 'a bzip2 archive';
  if (start === '\u00fd7zX') return 'an xz archive';
  return undefined;
}

/** The first bytes of a stream, and the stream as if nobody had looked. */
async function peek(
  stream: AsyncIterable<Buffer>,
  length: number,
): Promise<{ readonly first: Buffer; readonly all: AsyncIterable<Buffer> }> {
  const rest = stream[Symbol.asyncIterator]();
  let first = Buffer.alloc(0);
  while (first.length < length) {
    const next = await rest.next();
    if (next.done === true) break;
    first = Buffer.concat([first, next.value]);
  }
  return { first, all: all() };

  async function* all(): AsyncGenerator<Buffer> {
    try {
      if (first.length > 0) yield first;
      yield* { [Symbol.asyncIterator]: () => rest };
    } finally {
      await rest.return?.();
    }
  }
}

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let from = 0; from < bytes.length; from += SLICE) yield bytes.subarray(from, from + SLICE);
}

/** zlib itself goes on from member to member and leaves out zeros behind the last. */
async function* gunzip(packed: AsyncIterable<Buffer>, cut: (why: string) => void): AsyncGenerator<Buffer> {
  const zlib = createGunzip({ chunkSize: GUNZIP_OUTPUT });
  const ready: Buffer[] = [];
  let failed = false;
  zlib.on('data', (bytes: Buffer) => ready.push(bytes));
  const fail = (error: Error): void => {
    failed = true;
    cut(error.message);
  };
  const done = new Promise<void>((resolve) => {
    zlib.once('end', resolve);
    zlib.once('error', (error) => {
      fail(error);
      resolve();
    });
  });
  try {
    for await (const chunk of packed) {
      for (const slice of slices(chunk)) {
        // Past the damage the bytes are still read, for their hash.
        if (failed) break;
        const written = new Promise<void>((resolve) => zlib.write(slice, () => resolve()));
        // The pool unpacks this slice while our caller works on the one before.
        yield* ready.splice(0);
        await Promise.race([written, done]);
      }
    }
    if (!failed) {
      zlib.end();
      await done;
    }
    yield* ready;
  } finally {
    zlib.destroy();
  }
}

async function* unzstd(packed: AsyncIterable<Buffer>, cut: (why: string) => void): AsyncGenerator<Buffer> {
  const ready: Buffer[] = [];
  const decompress = new Decompress((bytes) => {
    ready.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  });
  let failed = false;
  const push = (bytes: Uint8Array, last: boolean): void => {
    try {
      if (!failed) decompress.push(bytes, last);
    } catch (error) {
      failed = true;
      cut(error instanceof Error ? error.message : String(error));
    }
  };
  for await (const chunk of packed) {
    for (const slice of slices(chunk)) {
      push(slice, false);
      yield* ready.splice(0);
    }
  }
  push(Buffer.alloc(0), true);
  yield* ready;
}
