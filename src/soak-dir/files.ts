/** What lies in a soak directory, and how each file of it is written so that a kill at any moment leaves it whole. */
import { closeSync, fdatasyncSync, fsyncSync, ftruncateSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Names of the files of a soak directory. */
export function filesOf(directory: string) {
  return {
    /** Closed windows, appended to: a journal as text. */
    journal: join(directory, 'journal.jsonl'),
    /** Where counting stands, and how much of the journal it covers. */
    checkpoint: join(directory, 'checkpoint.json'),
    /** The verdict so far. */
    verdict: join(directory, 'verdict.json'),
    /** What the soak is judged by, in the form of hubble-soak.yaml. */
    settings: join(directory, 'settings.yaml'),
    /** The flows themselves, where they are kept. */
    flows: join(directory, 'flows'),
    lock: join(directory, 'lock'),
  };
}

/** Puts the text in the place of the file's at once: a reader has the old one or the new one. */
export function replaceFile(file: string, text: string): void {
  const next = `${file}.next`;
  const made = openSync(next, 'w');
  try {
    writeSync(made, text);
    fsyncSync(made);
  } finally {
    closeSync(made);
  }
  renameSync(next, file);
}

/** A file that only grows, from a length on that is known to be good. */
export class GrowingFile {
  readonly #descriptor: number;
  #length: number;

  /** @param length bytes that are good; what lies behind them is cut off. */
  constructor(file: string, length: number) {
    this.#descriptor = openSync(file, length === 0 ? 'w' : 'r+');
    ftruncateSync(this.#descriptor, length);
    this.#length = length;
  }

  get length(): number {
    return this.#length;
  }

  /** All of it or, after an error, nothing that counts: the next append begins at the same place. */
  append(text: string): void {
    const bytes = Buffer.from(text, 'utf8');
    for (let at = 0; at < bytes.length;)
      at += writeSync(this.#descriptor, bytes, at, bytes.length - at, this.#length + at);
    this.#length += bytes.length;
  }

  toDisk(): void {
    fdatasyncSync(this.#descriptor);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
