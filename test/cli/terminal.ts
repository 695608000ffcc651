/** A terminal that understands what is written to it, as far as the screen of the program uses it; anything else is an error. */
import { Writable } from 'node:stream';
import { columns as widthOf } from '../../src/report/layout.js';

const TOKEN = /\u001b\[\??\d*[A-Za-z]|[^]/gu;
const SEQUENCE = /^\u001b\[(\??)(\d*)([A-Za-z])$/;

interface Row {
  /** A character for each column; '' behind one that takes two. */
  cells: string[];
  /** The terminal broke the line here: it goes on in the next row. */
  goesOn: boolean;
}

export class Terminal extends Writable {
  readonly isTTY = true;
  columns: number;
  rows: number;
  cursorShown = true;
  wraps = true;
  /** What was written, one entry for each write. */
  readonly writes: string[] = [];
  readonly #rewraps: boolean;
  #buffer: Row[] = [emptyRow()];
  /** The first row that is seen. */
  #top = 0;
  #row = 0;
  #column = 0;

  /** @param rewraps does it wrap its lines anew when it becomes narrower? Otherwise it cuts them. */
  constructor(columns: number, rows: number, rewraps = true) {
    super({ decodeStrings: false });
    this.columns = columns;
    this.rows = rows;
    this.#rewraps = rewraps;
  }

  get stream(): NodeJS.WriteStream {
    return this as unknown as NodeJS.WriteStream;
  }

  override _write(chunk: string, _encoding: BufferEncoding, done: () => void): void {
    this.writes.push(chunk);
    for (const [token] of chunk.matchAll(TOKEN)) this.#take(token);
    done();
  }

  resize(columns: number, rows: number): void {
    if (this.#rewraps) this.#rewrap(columns);
    else for (const row of this.#buffer) row.cells.splice(columns);
    [this.columns, this.rows] = [columns, rows];
    this.#top = Math.max(0, this.#buffer.length - rows);
    this.emit('resize');
  }

  /** The rows that are seen. */
  screen(): string[] {
    return this.#buffer.slice(this.#top).map(textOf);
  }

  /** All lines, those that have gone up out of sight too; without the empty one that the cursor stands on. */
  lines(): string[] {
    const lines: string[] = [];
    let line = '';
    for (const row of this.#buffer) {
      line += row.cells.join('');
      if (row.goesOn) continue;
      lines.push(line.trimEnd());
      line = '';
    }
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }

  get #here(): Row {
    const row = this.#buffer[this.#row];
    if (row === undefined) throw new Error('the cursor is nowhere');
    return row;
  }

  #take(token: string): void {
    const [, mark = '', digits = '', letter = ''] = SEQUENCE.exec(token) ?? [];
    if (token === '\n') this.#down();
    else if (token === '\r') this.#column = 0;
    else if (letter === '') this.#put(token);
    else this.#control(mark + letter, Number(digits === '' ? 0 : digits));
  }

  #control(what: string, n: number): void {
    switch (what) {
      case 'A':
        this.#row = Math.max(this.#top, this.#row - n);
        return;
      case 'K':
        this.#eraseToEnd();
        return;
      case 'J':
        this.#eraseToEnd();
        this.#buffer.splice(this.#row + 1);
        return;
      case '?h':
      case '?l':
        if (n === 25) this.cursorShown = what === '?h';
        else if (n === 7) this.wraps = what === '?h';
        else throw new Error(`mode ${n} is not known`);
        return;
      case 'm':
        return;
      default:
        throw new Error(`CSI ${n} ${what} is not known`);
    }
  }

  #put(character: string): void {
    if (/\p{C}/u.test(character)) throw new Error(`a control character: ${JSON.stringify(character)}`);
    const width = widthOf(character);
    if (this.#column + width > this.columns) {
      if (this.wraps) {
        this.#here.goesOn = true;
        this.#down();
      } else this.#column = this.columns - width;
    }
    const { cells } = this.#here;
    while (cells.length < this.#column) cells.push(' ');
    if (width === 0) cells[this.#column - 1] = `${cells[this.#column - 1] ?? ''}${character}`;
    else cells.splice(this.#column, width, character, ...(width === 2 ? [''] : []));
    this.#column += width;
  }

  /** As the tty driver has it, with a return. */
  #down(): void {
    this.#column = 0;
    this.#row += 1;
    if (this.#row === this.#buffer.length) this.#buffer.push(emptyRow());
    this.#top = Math.max(this.#top, this.#row + 1 - this.rows);
  }

  #eraseToEnd(): void {
    this.#here.cells.splice(this.#column);
    this.#here.goesOn = false;
  }

  /** The cursor stands at the begin of a line of its own. */
  #rewrap(columns: number): void {
    if (this.#column !== 0 || this.#buffer[this.#row - 1]?.goesOn) throw new Error('the cursor is not at a line begin');
    let above = 0;
    const rows: Row[] = [];
    let line: string[] = [];
    this.#buffer.forEach((row, i) => {
      if (i === this.#row) above = rows.length;
      line.push(...row.cells);
      if (row.goesOn) return;
      rows.push(...split(line, columns));
      line = [];
    });
    this.#buffer = rows;
    this.#row = above;
  }
}

function split(cells: readonly string[], columns: number): Row[] {
  const rows = [emptyRow()];
  for (const [i, cell] of cells.entries()) {
    let row = rows.at(-1) ?? emptyRow();
    const width = cells[i + 1] === '' ? 2 : 1;
    if (cell !== '' && row.cells.length + width > columns) {
      row.goesOn = true;
      row = emptyRow();
      rows.push(row);
    }
    row.cells.push(cell);
  }
  return rows;
}

function emptyRow(): Row {
  return { cells: [], goesOn: false };
}

function textOf({ cells }: Row): string {
  return cells.join('').trimEnd();
}
