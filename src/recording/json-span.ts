import { ASCII } from './json-bytes.js';

const { QUOTE, BACKSLASH, OPEN, CLOSE } = ASCII;

/** Bytes that JSON may hold outside of strings: white space, punctuation, numbers, and the letters of true, false and null. */
const OUTSIDE_STRINGS = byteTable(' \t\r\n{}[]:,+-.0123456789eEtrufalsn');
/** A real object does not come near this; V8 could not make one string of 512 MiB. */
const LARGEST = 256 * 1024 * 1024;

/** Where an object stands after some more bytes. */
export type SpanState =
  /** Wants more. */
  | 'open'
  /** Its braces are balanced. */
  | 'closed'
  /** It holds what JSON cannot. */
  | 'invalid';

/**
 * The extent of one JSON object in a stream of bytes: from its opening brace to the one that balances it. Only braces, strings and
 * impossible bytes are looked at; JSON.parse tells the rest.
 */
export class JsonSpan {
  /** Physical line of its opening brace. */
  readonly line: number;
  /** Bytes in front of the opening brace on its line. */
  readonly column: number;
  /** Whether its second line is indented deeper than its first (pretty print); undefined while there is no second line. */
  indented: boolean | undefined;
  #parts: Buffer[] = [];
  #size = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;

  constructor(line: number, column: number) {
    this.line = line;
    this.column = column;
  }

  get inString(): boolean {
    return this.#inString;
  }

  /** Takes bytes from `from` on. `next` is the first byte that does not belong to the object, or that it cannot hold. */
  feed(bytes: Buffer, from: number): { readonly state: SpanState; readonly next: number } {
    let at = from;
    let depth = this.#depth;
    let inString = this.#inString;
    if (this.#escaped && at < bytes.length) {
      this.#escaped = false;
      at++;
    }
    let state: SpanState = 'open';
    for (; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (inString) {
        if (byte === BACKSLASH) at++;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) inString = true;
      else if (byte === OPEN) depth++;
      else if (byte === CLOSE) {
        if (--depth === 0) {
          at++;
          state = 'closed';
          break;
        }
      } else if (OUTSIDE_STRINGS[byte] === 0) {
        state = 'invalid';
        break;
      }
    }
    // A backslash was the last byte: what it escapes is still to come.
    this.#escaped = at > bytes.length;
    const next = Math.min(at, bytes.length);
    this.#depth = depth;
    this.#inString = inString;
    this.#parts.push(bytes.subarray(from, next));
    this.#size += next - from;
    if (state === 'open' && this.#size > LARGEST) state = 'invalid';
    return { state, next };
  }

  /** Everything it was fed with. */
  bytes(): Buffer {
    const [only] = this.#parts;
    if (this.#parts.length !== 1 || only === undefined) this.#parts = [Buffer.concat(this.#parts)];
    return this.#parts[0] ?? Buffer.alloc(0);
  }
}

function byteTable(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}
