import type { SoakEvent } from '../hubble/event.js';
import { printable } from '../printable.js';

/** What was read of one input; begins like `InputSummary` of the verdict document. */
export interface InputReport {
  /** File as given, or `-` for stdin. */
  readonly path: string;
  /** Of the bytes as they lie on disk, in hexadecimal; null when they were not read to their end. */
  readonly sha256: string | null;
  /** Physical lines after unpacking, a last one without a newline included. */
  readonly lines: number;
  /** Usable flows, duplicates included. */
  readonly flows: number;
  /** Usable messages of other kinds. */
  readonly events: number;
  /** What could not be used: lines, objects of no known kind, flows without a plausible time, the cut end of an archive. */
  readonly broken: number;
  /** The first few of them. */
  readonly brokenExamples: readonly BrokenExample[];
  /** What a person should know about how it was read; one sentence each. */
  readonly notes: readonly string[];
}

export interface BrokenExample {
  /** Physical line, from 1. */
  readonly line: number;
  /** Safe to print. */
  readonly why: string;
}

const EXAMPLES = 5;

/** The counts of one input while it is read. */
export class InputCounter {
  readonly path: string;
  sha256: string | null = null;
  lines = 0;
  flows = 0;
  broken = 0;
  readonly #events = new Map<SoakEvent['kind'], number>();
  readonly #examples: BrokenExample[] = [];
  readonly #notes: string[] = [];

  constructor(path: string) {
    this.path = path;
  }

  use(kind: SoakEvent['kind']): void {
    if (kind === 'flow') this.flows++;
    else this.#events.set(kind, (this.#events.get(kind) ?? 0) + 1);
  }

  /** Counts something that cannot be used. `why` may hold text of the input. */
  reject(line: number, why: string): void {
    this.broken++;
    if (this.#examples.length < EXAMPLES) this.#examples.push({ line, why: printable(why) });
  }

  note(sentence: string): void {
    this.#notes.push(sentence);
  }

  count(kind: SoakEvent['kind']): number {
    return kind === 'flow' ? this.flows : (this.#events.get(kind) ?? 0);
  }

  report(): InputReport {
    let events = 0;
    for (const count of this.#events.values()) events += count;
    return {
      path: this.path,
      sha256: this.sha256,
      lines: this.lines,
      flows: this.flows,
      events,
      broken: this.broken,
      brokenExamples: [...this.#examples],
      notes: [...this.#notes],
    };
  }
}
