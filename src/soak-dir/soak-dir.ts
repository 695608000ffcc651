/**
 * A directory that keeps a soak: what was counted, where counting stands, and the verdict so far. A process that is killed at any moment
 * goes on from it, and asks the relay only for what was not closed by then. A disk that is full or read-only costs the directory, never
 * the soak.
 */
import { mkdirSync } from 'node:fs';
import type { JournalLine } from '../aggregate/journal.js';
import { encodeLine } from '../aggregate/journal-text.js';
import type { NodeCheckpoint } from '../aggregate/node-aggregator.js';
import { UsageError } from '../errors.js';
import type { VerdictDocument } from '../judge/document.js';
import { printable } from '../printable.js';
import { reason } from '../recording/file-errors.js';
import { filesOf, GrowingFile, replaceFile } from './files.js';
import { Lock } from './lock.js';
import { checkpointText, readToGoOn, type StoredSoak } from './stored-soak.js';

export interface SoakDirOptions {
  readonly path: string;
  /** What the journal's windows must be, ms. */
  readonly windowMs: number;
  readonly knob: string | null;
  /** RFC 3339: who opens it, since when. */
  readonly since: string;
  /** Hears once of each trouble with the disk, and when it is over. */
  readonly onTrouble: (message: string) => void;
}

/** While the disk takes nothing, so much is kept to be written later, characters. */
const MOST_PENDING = 64 * 1024 * 1024;

export class SoakDir {
  readonly path: string;
  /** What an earlier process left; undefined in a new directory. */
  readonly stored: StoredSoak | undefined;
  readonly #files: ReturnType<typeof filesOf>;
  readonly #lock: Lock;
  readonly #journal: GrowingFile;
  readonly #onTrouble: (message: string) => void;
  #pending: string[] = [];
  #pendingLength = 0;
  #trouble: string | undefined;
  #isGivenUp = false;

  /**
   * Opens or makes the directory and takes its lock.
   * @throws UsageError when it cannot be written, another process writes it, or it holds another soak.
   */
  constructor({ path, windowMs, knob, since, onTrouble }: SoakDirOptions) {
    this.path = path;
    this.#files = filesOf(path);
    this.#onTrouble = onTrouble;
    makeDirectory(path);
    this.#lock = Lock.take(this.#files.lock, since);
    try {
      this.stored = readToGoOn(path);
      if (this.stored !== undefined && this.stored.journal.windowMs !== windowMs)
        throw new UsageError(
          `--soak-dir ${printable(path)} counts in windows of ${this.stored.journal.windowMs / 1000}s; give --window ${this.stored.journal.windowMs / 1000}s, or another directory`,
        );
      this.#journal = this.#open(windowMs, knob);
    } catch (error) {
      this.#lock.release();
      throw error;
    }
  }

  /** Keeps a line of the journal until it is saved. */
  note(line: Exclude<JournalLine, { readonly kind: 'journal' }>): void {
    if (this.#isGivenUp) return;
    const text = `${encodeLine(line)}\n`;
    this.#pending.push(text);
    this.#pendingLength += text.length;
  }

  /** Writes what was noted, where counting stands now, and the verdict so far if there is a new one. */
  save(checkpoint: readonly NodeCheckpoint[], document: VerdictDocument | undefined): void {
    this.#write(() => {
      this.#append();
      replaceFile(this.#files.checkpoint, checkpointText(this.#journal.length, checkpoint.map(encodeLine)));
      if (document !== undefined) this.#saveVerdict(document);
    });
  }

  /** Writes what the end of this process closed, and its verdict. A process that goes on begins at the last checkpoint all the same. */
  saveLast(document: VerdictDocument): void {
    this.#write(() => {
      this.#append();
      this.#saveVerdict(document);
    });
  }

  close(): void {
    this.#journal.close();
    this.#lock.release();
  }

  #append(): void {
    this.#journal.append(this.#pending.join(''));
    this.#pending = [];
    this.#pendingLength = 0;
    this.#journal.toDisk();
  }

  #saveVerdict(document: VerdictDocument): void {
    replaceFile(this.#files.verdict, `${JSON.stringify(document, null, 2)}\n`);
  }

  #write(work: () => void): void {
    if (this.#isGivenUp) return;
    if (!this.#lock.isHeld()) {
      this.#giveUp('its lock was taken away, and another process may be writing it');
      return;
    }
    try {
      work();
      this.#settled();
    } catch (error) {
      this.#troubled(reason(error));
    }
  }

  #open(windowMs: number, knob: string | null): GrowingFile {
    try {
      replaceFile(this.#files.soak, `${JSON.stringify({ schema: 'hubble-soak/soak/v1', knob, windowMs }, null, 2)}\n`);
      const journal = new GrowingFile(this.#files.journal, this.stored?.length ?? 0);
      if (this.stored === undefined)
        journal.append(`${encodeLine({ kind: 'journal', schema: 'hubble-soak/journal/v1', windowMs })}\n`);
      return journal;
    } catch (error) {
      throw new UsageError(`--soak-dir ${printable(this.path)}: cannot be written (${reason(error)})`, error);
    }
  }

  #troubled(why: string): void {
    if (this.#pendingLength > MOST_PENDING) {
      this.#giveUp(`${why}, and too much waits to be written`);
      return;
    }
    if (this.#trouble === why) return;
    this.#trouble = why;
    this.#onTrouble(
      `--soak-dir ${printable(this.path)}: not written (${why}); judging goes on in memory, and what is missing is written when that is mended`,
    );
  }

  #settled(): void {
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    this.#onTrouble(`--soak-dir ${printable(this.path)}: is written again, nothing is missing`);
  }

  #giveUp(why: string): void {
    this.#isGivenUp = true;
    this.#pending = [];
    this.#onTrouble(`--soak-dir ${printable(this.path)}: given up (${why}); judging goes on in memory alone`);
  }
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new UsageError(`--soak-dir ${printable(path)}: cannot be made (${reason(error)})`, error);
  }
}
