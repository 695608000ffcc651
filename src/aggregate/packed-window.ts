/**
 * Closed windows as bytes. A soak of 5,000 edges has 25 million rows: as objects they take gigabytes. A packed window is read like any other,
 * but its lists are made anew each time that they are asked for, and `{ ...line }` copies none of them: see `plainWindow`.
 */
import { ByteReader } from './bytes.js';
import type { AnswerRow } from './answer-rows.js';
import type { AttemptRow, DropRow, Example, NodeWindow, Place } from './journal-lines.js';
import type { Names, NodeNames } from './names.js';
import { NONE, readHashes } from './packed-lists.js';
import { EXAMPLES, PLACES, SILENCES } from './packed-parts.js';
import { ANSWERS, ATTEMPTS, DROPS, TALK, VERDICTS, type PackContext, type RowCodec } from './packed-rows.js';
import type { TalkRow } from './talk-rows.js';
import type { VerdictRow } from './verdict-rows.js';

/** The same window as an object of its own, whose lists are there once and for all. */
export function plainWindow(line: NodeWindow): NodeWindow {
  return {
    kind: 'window',
    node: line.node,
    window: line.window,
    flows: line.flows,
    late: line.late,
    lost: line.lost,
    firstFlow: line.firstFlow,
    lastFlow: line.lastFlow,
    silences: line.silences,
    attemptsBegun: line.attemptsBegun,
    drops: line.drops,
    attempts: line.attempts,
    answered: line.answered,
    verdicts: line.verdicts,
    answers: line.answers,
    talk: line.talk,
    places: line.places,
    examples: line.examples,
    overflow: line.overflow,
    evicted: line.evicted,
  };
}

/** Where the numbers and the lists of a window stand. */
const FLOWS = 0;
const LATE = 1;
const LOST = 2;
const BEGUN = 3;
const OVERFLOW = 4;
const EVICTED = 5;
const COUNTS = 6;
const LISTS = [SILENCES, PLACES, EXAMPLES, DROPS, VERDICTS, ANSWERS, ATTEMPTS, TALK] as const;

/** One for all: a list is read to its end before anything else is. */
const reader = new ByteReader();

export class PackedWindow implements NodeWindow, PackContext {
  readonly window: number;
  readonly edges: NodeNames;
  /** Where it stands: in these bytes, from this place on. */
  readonly bytes: Uint8Array;
  readonly at: number;

  constructor(of: NodeNames, window: number, bytes: Uint8Array, at: number) {
    this.edges = of;
    this.window = window;
    this.bytes = bytes;
    this.at = at;
  }

  get node(): string {
    return this.edges.node;
  }

  get names(): Names {
    return this.edges.names;
  }

  get kind(): 'window' {
    return 'window';
  }

  get flows(): number {
    return this.#count(FLOWS);
  }

  get late(): number {
    return this.#count(LATE);
  }

  get lost(): number {
    return this.#count(LOST);
  }

  get attemptsBegun(): number {
    return this.#count(BEGUN);
  }

  get overflow(): number {
    return this.#count(OVERFLOW);
  }

  get evicted(): number {
    return this.#count(EVICTED);
  }

  get firstFlow(): number | null {
    this.#count(COUNTS - 1);
    return timeOrNull();
  }

  get lastFlow(): number | null {
    this.#count(COUNTS - 1);
    timeOrNull();
    return timeOrNull();
  }

  get silences(): readonly (readonly [number, number])[] {
    return this.#rows(SILENCES);
  }

  get places(): readonly Place[] {
    return this.#rows(PLACES);
  }

  get examples(): readonly Example[] {
    return this.#rows(EXAMPLES);
  }

  get drops(): readonly DropRow[] {
    return this.#rows(DROPS);
  }

  get verdicts(): readonly VerdictRow[] {
    return this.#rows(VERDICTS);
  }

  get answers(): readonly AnswerRow[] {
    return this.#rows(ANSWERS);
  }

  get attempts(): readonly AttemptRow[] {
    return this.#rows(ATTEMPTS);
  }

  get talk(): readonly TalkRow[] {
    return this.#rows(TALK);
  }

  get answered(): readonly number[] {
    this.#find(LISTS.length);
    return readHashes(reader);
  }

  /** For JSON.stringify. */
  toJSON(): NodeWindow {
    return plainWindow(this);
  }

  /** The count at this place; the reader then stands behind it. */
  #count(which: number): number {
    reader.open(this.bytes, this.at);
    for (let i = 0; i < which; i++) reader.number();
    return reader.number();
  }

  #rows<T>(codec: RowCodec<T> & (typeof LISTS)[number]): readonly T[] {
    const length = this.#find(LISTS.indexOf(codec));
    if (length === 0) return NONE;
    reader.whole();
    const rows: T[] = [];
    for (let i = 0; i < length; i++) rows.push(codec.read(reader, this));
    return rows;
  }

  /** The number of rows of a list; the reader then stands before the number of their bytes. */
  #find(list: number): number {
    this.#count(COUNTS - 1);
    timeOrNull();
    timeOrNull();
    for (let before = 0; before < list; before++) if (reader.whole() > 0) reader.skip(reader.whole());
    return list < LISTS.length ? reader.whole() : 0;
  }
}

function timeOrNull(): number | null {
  return reader.byte() === 0 ? null : reader.number();
}
