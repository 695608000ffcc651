/**
 * A directory that keeps a soak: what was counted, where counting stands, its settings, the verdict so far, and the flows where somebody
 * wants them. A process that is killed at any moment goes on from it, and asks the relay only for what was not closed by then. A disk that
 * is full or read-only costs the directory, never the soak.
 */
import { mkdirSync } from 'node:fs';
import { headerLine } from '../aggregate/journal.js';
import { encodeLine } from '../aggregate/journal-text.js';
import type { NodeCheckpoint } from '../aggregate/node-aggregator.js';
import { UsageError } from '../errors.js';
import type { FlowMessage } from '../hubble/wire.js';
import type { VerdictDocument } from '../judge/document.js';
import { printable } from '../printable.js';
import { reason } from '../recording/file-errors.js';
import { filesOf, GrowingFile, replaceFile } from './files.js';
import type { KeptFlows } from './kept-flows.js';
import { Lock } from './lock.js';
import { checkpointText, readToGoOn, type StoredSoak } from './stored-soak.js';

export interface SoakDirOptions {
  readonly path: string;
  /** What the journal's windows must be, ms. */
  readonly windowMs: number;
  /** What the soak is judged by, as text of settings.yaml. */
  readonly settings: string;
  /** RFC 3339: who opens it, since when. */
  readonly since: string;
  /** Hears once of each trouble with the disk, and when it is over. */
  readonly onTrouble: (message: string) => void;
  /** Keeps the flows as well. */
  readonly flows?: KeptFlows | undefined;
}

/** While the disk takes nothing, so much is kept to be written later, characters. */
const MOST_PENDING = 64 * 1024 * 1024;

export class SoakDir {
  readonly path: string;
  readonly #files: ReturnType<typeof filesOf>;
  readonly #lock: Lock;
  readonly #journal: GrowingFile;
  readonly #flows: KeptFlows | undefined;
  readonly #onTrouble: (message: string) => void;
  #stored: StoredSoak | undefined;
  #pending: string[] = [];
  #pendingLength = 0;
  #trouble: string | undefined;
  #isGivenUp = false;

  /**
   * Opens or makes the directory and takes its lock.
   * @throws UsageError when it cannot be written, another process writes it, or it holds another soak.
   */
  constructor({ path, windowMs, settings, since, onTrouble, flows }: SoakDirOptions) {
    this.path = path;
    this.#files = filesOf(path);
    this.#onTrouble = onTrouble;
    this.#flows = flows;
    makeDirectory(path);
    this.#lock = Lock.take(this.#files.lock, since);
    try {
      this.#stored = readToGoOn(path);
      if (this.#stored !== undefined && this.#stored.journal.windowMs !== windowMs)
        throw new UsageError(
          `--soak-dir ${printable(path)} counts in windows of ${this.#stored.journal.windowMs / 1000}s; give --window ${this.#stored.journal.windowMs / 1000}s, or another directory`,
        );
      this.#journal = this.#open(windowMs, settings);
    } catch (error) {
      this.#lock.release();
      throw error;
    }
  }

  /** Windows that an earlier process left, and lines of its journal that could not be used; undefined in a new directory. */
  get found(): { readonly windows: number; readonly broken: number } | undefined {
    return this.#stored && { windows: this.#stored.journal.windows.length, broken: this.#stored.broken };
  }

  /** What an earlier process left, once: it is large. */
  takeStored(): StoredSoak | undefined {
    const stored = this.#stored;
    this.#stored = undefined;
    return stored;
  }

  /** Are whole flows wanted? */
  get keepsFlows(): boolean {
    return this.#flows !== undefined;
  }

  /** Keeps a message as it came, where flows are kept. */
  keep(message: FlowMessage): void {
    this.#flows?.take(message);
  }

  /** Keeps a line of the journal, as text, until it is saved. */
  note(line: string): void {
    if (this.#isGivenUp) return;
    this.#pending.push(`${line}\n`);
    this.#pendingLength += line.length + 1;
  }

  /** Writes what was noted, and where counting stands now. */
  save(checkpoint: readonly NodeCheckpoint[]): void {
    this.#write(() => {
      this.#append();
      replaceFile(this.#files.checkpoint, checkpointText(this.#journal.length, checkpoint.map(encodeLine)));
      this.#settled();
    });
  }

  /** The verdict so far. */
  saveVerdict(document: VerdictDocument): void {
    this.#write(() => replaceFile(this.#files.verdict, `${JSON.stringify(document, null, 2)}\n`));
  }

  /** Writes what the end of this process closed, and its verdict. A process that goes on begins at the last checkpoint all the same. */
  saveLast(document: VerdictDocument): void {
    this.#write(() => this.#append());
    this.saveVerdict(document);
  }

  async close(): Promise<void> {
    await this.#flows?.close();
    this.#journal.close();
    this.#lock.release();
  }

  #append(): void {
    this.#journal.append(this.#pending.join(''));
    this.#pending = [];
    this.#pendingLength = 0;
    this.#journal.toDisk();
  }

  #write(work: () => void): void {
    if (this.#isGivenUp) return;
    if (!this.#lock.isHeld()) {
      this.#giveUp('its lock was taken away, and another process may be writing it');
      return;
    }
    try {
      work();
    } catch (error) {
      this.#troubled(reason(error));
    }
  }

  #open(windowMs: number, settings: string): GrowingFile {
    try {
      replaceFile(this.#files.settings, settings);
      const journal = new GrowingFile(this.#files.journal, this.#stored?.length ?? 0);
      if (this.#stored === undefined) journal.append(`${encodeLine(headerLine(windowMs))}\n`);
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
