import { decodeResponse } from '../hubble/decode.js';
import type { SoakEvent } from '../hubble/event.js';
import type { LineTaker } from './lines.js';
import { LineSplitter } from './lines.js';
import type { ObjectTaker } from './object-scanner.js';
import { ObjectScanner, takeEmbedded, unknownKind } from './object-scanner.js';

/** Who takes the messages of a file, in its order. */
export interface MessageTaker {
  message(event: SoakEvent, raw: object, line: number): void;
  broken(line: number, why: string): void;
}

/** Keys under which log collectors keep a line of a program's output. */
const LOG_KEYS = ['log', 'msg', 'message', 'MESSAGE'] as const;
const OPEN = 123;

/** Bytes of a recording in any of its forms to messages. A line that is one object is parsed once and looked at no further. */
export class MessageReader implements LineTaker, ObjectTaker {
  readonly #taker: MessageTaker;
  readonly #splitter: LineSplitter;
  readonly #scanner = new ObjectScanner(this);
  #lines = 0;
  #inPieces = false;

  /** @param wholeLine Longest line, in bytes, that is kept whole. */
  constructor(taker: MessageTaker, wholeLine?: number) {
    this.#taker = taker;
    this.#splitter = new LineSplitter(this, wholeLine);
  }

  /** Physical lines so far. */
  get lines(): number {
    return this.#lines;
  }

  push(chunk: Buffer): void {
    this.#splitter.push(chunk);
  }

  end(): void {
    this.#splitter.end();
    this.#scanner.end();
  }

  line(bytes: Buffer): void {
    const number = ++this.#lines;
    if (bytes[0] === OPEN && !this.#scanner.waiting) {
      const value = parse(bytes);
      if (value !== undefined) {
        if (!this.object(value, number)) this.#taker.broken(number, unknownKind(value));
        return;
      }
    }
    this.#scanner.take(bytes, number);
  }

  piece(bytes: Buffer, last: boolean): void {
    if (!this.#inPieces) this.#lines++;
    this.#inPieces = !last;
    this.#scanner.take(bytes, this.#lines, last);
  }

  object(value: object, line: number): boolean {
    const event = decodeResponse(value);
    if (event === undefined) return this.#logged(value as Readonly<Record<string, unknown>>, line);
    this.#taker.message(event, value, line);
    return true;
  }

  broken(line: number, why: string): void {
    this.#taker.broken(line, why);
  }

  /** Messages in the text of a log record. */
  #logged(record: Readonly<Record<string, unknown>>, line: number): boolean {
    for (const key of LOG_KEYS) {
      const text = record[key];
      if (typeof text === 'string' && takeEmbedded(text, line, this) > 0) return true;
    }
    return false;
  }
}

function parse(bytes: Buffer): object | undefined {
  try {
    return JSON.parse(bytes.toString()) as object;
  } catch {
    return undefined;
  }
}
