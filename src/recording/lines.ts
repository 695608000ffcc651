/** Who takes the lines of a file. The bytes stay as they are only until the call returns, unless the taker keeps the Buffer. */
export interface LineTaker {
  /** A whole line without its newline. */
  line(bytes: Buffer): void;
  /** A piece of a line too long to be kept whole; `last` = its end. */
  piece(bytes: Buffer, last: boolean): void;
}

/** Longer lines (arrays of a whole recording on one line) are handed on in pieces. */
const WHOLE_LINE = 8 * 1024 * 1024;
const NEWLINE = 10;

/** Cuts chunks of bytes into lines, wherever the chunks begin and end. */
export class LineSplitter {
  readonly #taker: LineTaker;
  readonly #wholeLine: number;
  #rest: Buffer[] = [];
  #restBytes = 0;
  #inPieces = false;

  constructor(taker: LineTaker, wholeLine = WHOLE_LINE) {
    this.#taker = taker;
    this.#wholeLine = wholeLine;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      const line = chunk.subarray(from, to);
      if (this.#restBytes === 0 && !this.#inPieces) this.#taker.line(line);
      else this.#finish(line);
      from = to + 1;
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from));
  }

  /** The end of the file: a line without a newline counts as one. */
  end(): void {
    if (this.#restBytes > 0 || this.#inPieces) this.#finish(Buffer.alloc(0));
  }

  #keep(bytes: Buffer): void {
    this.#rest.push(bytes);
    this.#restBytes += bytes.length;
    if (this.#restBytes <= this.#wholeLine) return;
    this.#taker.piece(this.#takeRest(), false);
    this.#inPieces = true;
  }

  #finish(end: Buffer): void {
    this.#rest.push(end);
    const bytes = this.#takeRest();
    if (this.#inPieces) this.#taker.piece(bytes, true);
    else this.#taker.line(bytes);
    this.#inPieces = false;
  }

  #takeRest(): Buffer {
    const bytes = this.#rest.length === 1 && this.#rest[0] !== undefined ? this.#rest[0] : Buffer.concat(this.#rest);
    this.#rest = [];
    this.#restBytes = 0;
    return bytes;
  }
}
