/** Reads a soak directory back. */
import { readFileSync, statSync } from 'node:fs';
import type { Journal } from '../aggregate/journal.js';
import { decodeCheckpoints, JournalReader, JournalVersionError } from '../aggregate/journal-text.js';
import type { NodeCheckpoint } from '../aggregate/node-aggregator.js';
import { UsageError } from '../errors.js';
import { printable } from '../printable.js';
import { errorCode, reason } from '../recording/file-errors.js';
import { filesOf } from './files.js';

/** What a soak directory holds of an earlier process. */
export interface StoredSoak {
  readonly journal: Journal;
  readonly checkpoints: readonly NodeCheckpoint[];
  /** Bytes of the journal file that these are made from. */
  readonly length: number;
  /** Lines of the journal that could not be used. */
  readonly broken: number;
}

/** How far the last checkpoint went. */
interface Checkpoint {
  /** Bytes of the journal file that it covers. */
  readonly journalBytes: number;
  readonly nodes: readonly string[];
}

const CHECKPOINT = 'hubble-soak/checkpoint/v1';

export function checkpointText(journalBytes: number, nodes: readonly string[]): string {
  return `${JSON.stringify({ schema: CHECKPOINT, journalBytes, nodes })}\n`;
}

export function isSoakDir(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** All that was counted, to be judged. @throws UsageError when there is no journal, or none that can be read. */
export function readSoak(directory: string): StoredSoak {
  const stored = read(directory, Number.POSITIVE_INFINITY);
  if (stored === undefined)
    throw new UsageError(
      `${printable(directory)} is a directory without a soak's journal; give the recordings in it, for instance ${printable(directory)}/*.jsonl.gz, or the --soak-dir of a watch`,
    );
  return stored;
}

/** What a process goes on from: the last checkpoint, and the journal as it was then. undefined: there is nothing yet. */
export function readToGoOn(directory: string): StoredSoak | undefined {
  const checkpoint = readCheckpoint(directory);
  if (checkpoint === undefined) return read(directory, Number.POSITIVE_INFINITY);
  const stored = read(directory, checkpoint.journalBytes);
  return stored && { ...stored, checkpoints: decodeCheckpoints(checkpoint.nodes) };
}

function read(directory: string, bytes: number): StoredSoak | undefined {
  const { journal: file } = filesOf(directory);
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new UsageError(`${printable(file)}: cannot be read (${reason(error)})`, error);
  }
  // Without a checkpoint the last line may be cut: what is good ends with its last newline.
  const whole = content.subarray(0, Math.min(bytes, content.lastIndexOf('\n') + 1));
  if (whole.length === 0) return undefined;
  try {
    const reader = new JournalReader();
    for (const line of linesOf(whole)) reader.add(line);
    const { journal, checkpoints, broken } = reader.read();
    return { journal, checkpoints, broken, length: whole.length };
  } catch (error) {
    if (error instanceof JournalVersionError) throw new UsageError(`${printable(file)}: ${error.message}`, error);
    throw error;
  }
}

/** Line by line: a journal of days is longer than the longest string. */
function* linesOf(content: Buffer): Generator<string> {
  for (let from = 0; from < content.length;) {
    const end = content.indexOf(10, from);
    const to = end < 0 ? content.length : end;
    yield content.toString('utf8', from, to);
    from = to + 1;
  }
}

function readCheckpoint(directory: string): Checkpoint | undefined {
  const { checkpoint: file } = filesOf(directory);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new UsageError(`${printable(file)}: cannot be read (${reason(error)})`, error);
  }
  try {
    const value = JSON.parse(text) as Partial<Checkpoint & { schema: string }> | null;
    if (value?.schema === CHECKPOINT && typeof value.journalBytes === 'number' && Array.isArray(value.nodes))
      return { journalBytes: value.journalBytes, nodes: value.nodes };
  } catch {
    // It is told as one of another version.
  }
  throw new UsageError(
    `${printable(file)}: is no checkpoint that this version reads; remove it to go on behind the journal's last lines`,
  );
}
