import type { ByteReader, ByteWriter } from './bytes.js';

/** Shared by all lists without anything in them. */
export const NONE: readonly never[] = [];

export function listRead<T>(length: number, read: () => T): readonly T[] {
  if (length === 0) return NONE;
  const list: T[] = [];
  for (let i = 0; i < length; i++) list.push(read());
  return list;
}

/** Hashes of tuples are words of 32 bits; any other numbers are kept as well. */
export function writeHashes(hashes: readonly number[], to: ByteWriter): void {
  const areWords = hashes.every((hash) => hash >>> 0 === hash);
  to.whole(2 * hashes.length + (areWords ? 1 : 0));
  for (const hash of hashes)
    if (areWords) to.word(hash);
    else to.number(hash);
}

export function readHashes(from: ByteReader): readonly number[] {
  const told = from.whole();
  const areWords = (told & 1) === 1;
  return listRead(told >>> 1, () => (areWords ? from.word() : from.number()));
}
