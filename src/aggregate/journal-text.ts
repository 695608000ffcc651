import { UsageError } from '../errors.js';
import type { Attempt } from './attempts.js';
import { EdgeReader, EdgeTable, listOf, type Loose } from './edge-table.js';
import { Journal, JOURNAL_SCHEMA, type JournalHeader, type JournalLine } from './journal.js';
import type { NodeCheckpoint } from './node-aggregator.js';
import { compactWindow, restoreWindow } from './window-text.js';

/**
 * A journal as text: one JSON object a line, to be appended to. Edges are told once a line and meant by their place after that; what is
 * zero or empty is left out. A file is the header, then lines of any kind in any order; checkpoints stand behind the windows they close.
 */
export type JournalTextLine = JournalLine | NodeCheckpoint;

/** This is no journal, or one of another version. The message names what was found; the caller knows the file. */
export class JournalVersionError extends UsageError {
  /** What stands in the place of the schema. */
  readonly found: string;

  constructor(found: string, message: string) {
    super(message);
    this.found = found;
  }
}

export interface DecodedJournal {
  readonly journal: Journal;
  /** The last checkpoint of each node. */
  readonly checkpoints: readonly NodeCheckpoint[];
  /** Lines that could not be used: unreadable ones and unknown kinds. A cut last line is not among them. */
  readonly broken: number;
  /** The last line was cut, as a crash in the middle of writing leaves it. */
  readonly isCut: boolean;
}

/** The lines of a journal, without line ends. */
export function* encodeJournal(journal: Journal, checkpoints: readonly NodeCheckpoint[] = []): Generator<string> {
  for (const line of journal.lines()) yield encodeLine(line);
  for (const checkpoint of checkpoints) yield encodeLine(checkpoint);
}

/** One line of a journal, without its line end. */
export function encodeLine(line: JournalTextLine): string {
  switch (line.kind) {
    case 'window':
      return JSON.stringify(compactWindow(line));
    case 'checkpoint':
      return JSON.stringify(compactCheckpoint(line));
    case 'journal':
    case 'sample':
    case 'status':
    case 'agent-start':
      return JSON.stringify(line);
  }
}

/**
 * Reads a journal back. Journals written one behind the other in one text are one journal.
 * @throws JournalVersionError when there is no header, its schema is not ours, or a second header has other windows.
 */
export function decodeJournal(lines: Iterable<string>): DecodedJournal {
  const reader = new JournalReader();
  for (const text of lines) reader.add(text);
  return reader.read();
}

/** Checkpoints by themselves, as `encodeLine` wrote them. */
export function decodeCheckpoints(lines: Iterable<string>): NodeCheckpoint[] {
  const edges = new EdgeReader();
  return [...lines].flatMap((text) => {
    const line = parse(text);
    const known = line === undefined ? undefined : restore(line, edges);
    return known?.kind === 'checkpoint' ? [known] : [];
  });
}

/** Reads a journal line by line, as the lines come. */
export class JournalReader {
  readonly #checkpoints = new Map<string, NodeCheckpoint>();
  readonly #edges = new EdgeReader();
  #journal: Journal | undefined;
  #broken = 0;
  #isCut = false;

  /** @throws JournalVersionError as `decodeJournal` does. */
  add(text: string): void {
    if (text.trim() === '') return;
    // An unreadable line is the cut last one until another follows.
    if (this.#isCut) this.#broken += 1;
    const line = parse(text);
    this.#isCut = line === undefined && this.#journal !== undefined;
    if (line?.['kind'] === 'journal') this.#header(line);
    else if (this.#journal === undefined) throw noHeader(text);
    else if (line !== undefined) this.#line(line, this.#journal);
  }

  /** What the lines so far make. @throws JournalVersionError when there was no header. */
  read(): DecodedJournal {
    if (this.#journal === undefined) throw noHeader('');
    return {
      journal: this.#journal,
      checkpoints: [...this.#checkpoints.values()],
      broken: this.#broken,
      isCut: this.#isCut,
    };
  }

  #header(line: Loose): void {
    const windowMs = windowLength(line);
    this.#journal ??= new Journal(windowMs);
    if (this.#journal.windowMs !== windowMs)
      throw new JournalVersionError(
        JOURNAL_SCHEMA,
        `The journal changes its window from ${this.#journal.windowMs} ms to ${windowMs} ms; judge its parts one by one.`,
      );
  }

  #line(line: Loose, journal: Journal): void {
    const known = restore(line, this.#edges);
    if (known === undefined) this.#broken += 1;
    else if (known.kind === 'checkpoint') this.#checkpoints.set(known.node, known);
    else journal.add(known);
  }
}

function parse(text: string): Loose | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : undefined;
  } catch {
    return undefined;
  }
}

function noHeader(text: string): JournalVersionError {
  const found = text.slice(0, 40);
  return new JournalVersionError(
    found,
    `The journal begins with ${JSON.stringify(found)} instead of a header line; give the file that watch wrote.`,
  );
}

function windowLength(header: Loose): number {
  const { schema, windowMs } = header;
  if (schema !== JOURNAL_SCHEMA) {
    const found = typeof schema === 'string' ? schema.slice(0, 80) : 'no schema';
    throw new JournalVersionError(
      found,
      `The journal has the version ${JSON.stringify(found)}, this program reads ${JOURNAL_SCHEMA}; use the hubble-soak that wrote it.`,
    );
  }
  if (typeof windowMs !== 'number' || !Number.isFinite(windowMs) || windowMs <= 0)
    throw new JournalVersionError(
      JOURNAL_SCHEMA,
      'The header of the journal does not say how long its windows are; write it anew.',
    );
  return windowMs;
}

function compactCheckpoint(line: NodeCheckpoint): object {
  const table = new EdgeTable();
  const attempts = line.attempts.map((attempt) => ({ ...attempt, edge: table.place(attempt.edge) }));
  return { ...line, edges: table.edges, attempts };
}

/** The line that an object stands for; undefined when it is none of ours. */
function restore(line: Loose, edges: EdgeReader): Exclude<JournalTextLine, JournalHeader> | undefined {
  if (typeof line['node'] !== 'string') return undefined;
  switch (line['kind']) {
    case 'window':
      return restoreWindow(line, edges);
    case 'checkpoint':
      return restoreCheckpoint(line, edges);
    case 'sample':
    case 'status':
    case 'agent-start':
      return typeof line['time'] === 'number'
        ? (line as unknown as Exclude<JournalTextLine, JournalHeader>)
        : undefined;
    default:
      return undefined;
  }
}

function restoreCheckpoint(line: Loose, edges: EdgeReader): NodeCheckpoint | undefined {
  const { node, nextWindow, lastFlow } = line;
  const attempts = edges
    .of(line['edges'])
    .rows<Omit<Attempt, 'flow'>>(line['attempts'], { dropReason: undefined, example: undefined });
  if (typeof node !== 'string' || typeof nextWindow !== 'number' || attempts === undefined) return undefined;
  return {
    kind: 'checkpoint',
    node,
    nextWindow,
    lastFlow: typeof lastFlow === 'number' ? lastFlow : null,
    attempts,
    places: listOf(line['places']) as NodeCheckpoint['places'],
    lost: listOf(line['lost']) as NodeCheckpoint['lost'],
    late: listOf(line['late']) as NodeCheckpoint['late'],
  };
}
