import { cursorTo, moveCursor, clearScreenDown } from 'node:readline';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

/** stderr: lines that stay, and on a terminal below them a block that is drawn again and again. Texts must be safe to print. */
export class Screen {
  readonly #stream: NodeJS.WriteStream;
  readonly isTerminal: boolean;
  #block: readonly string[] = [];
  #drawn = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.isTerminal = stream.isTTY === true;
  }

  get columns(): number {
    return this.#stream.columns || 80;
  }

  get rows(): number {
    return this.#stream.rows || 24;
  }

  print(line: string): void {
    this.#erase();
    this.#stream.write(`${line}\n`);
    this.#paint();
  }

  /** Replaces the block. Lines must not be wider than the terminal. No-op where there is no terminal. */
  draw(block: readonly string[]): void {
    if (!this.isTerminal) return;
    if (this.#block.length === 0 && block.length > 0) this.#stream.write(HIDE_CURSOR);
    this.#erase();
    this.#block = block;
    this.#paint();
  }

  /** Takes the block away and gives the cursor back. */
  close(): void {
    if (this.#block.length === 0) return;
    this.draw([]);
    this.#stream.write(SHOW_CURSOR);
  }

  #erase(): void {
    if (this.#drawn === 0) return;
    moveCursor(this.#stream, 0, -this.#drawn);
    cursorTo(this.#stream, 0);
    clearScreenDown(this.#stream);
    this.#drawn = 0;
  }

  #paint(): void {
    if (this.#block.length === 0) return;
    this.#stream.write(this.#block.map((line) => `${line}\n`).join(''));
    this.#drawn = this.#block.length;
  }
}
