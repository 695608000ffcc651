import { rowsTaken } from './fit.js';

const ESC = '\u001b[';
const HIDE_CURSOR = `${ESC}?25l`;
const SHOW_CURSOR = `${ESC}?25h`;
/** A line that is wider than was thought is then cut by the terminal, and takes one row all the same. */
const WRAP_OFF = `${ESC}?7l`;
const WRAP_ON = `${ESC}?7h`;
const ERASE_TO_END = `${ESC}K`;
const ERASE_BELOW = `${ESC}J`;

type Env = Readonly<Record<string, string | undefined>>;

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The lines of a block on a terminal of this size, safe to print, and none of them wider than it. */
export type Layout = (size: Size) => readonly string[];

/**
 * stderr: lines that stay, and on a terminal below them a block that is drawn again and again. A change of either, or of the terminal's
 * size, is one write, so that nothing flickers. Texts must be safe to print.
 */
export class Screen {
  readonly #stream: NodeJS.WriteStream;
  readonly #wrapsAnew: boolean;
  /** Can a block be drawn? */
  readonly isTerminal: boolean;
  #layout: Layout | undefined;
  /** What stands above the cursor, and how wide the terminal was then. */
  #drawn: readonly string[] = [];
  #drawnAt = 0;
  readonly #resized = (): void => this.#show();

  constructor(stream: NodeJS.WriteStream, env: Env = {}) {
    this.#stream = stream;
    this.isTerminal = stream.isTTY === true && env['TERM'] !== 'dumb';
    this.#wrapsAnew = wrapsAnew(env);
  }

  print(line: string): void {
    if (this.#layout === undefined) this.#stream.write(`${line}\n`);
    else this.#write(this.#laidOut(this.#layout), `${ERASE_BELOW}${line}\n`);
  }

  /** Replaces the block. No-op where there is no terminal. */
  draw(layout: Layout): void {
    if (!this.isTerminal) return;
    if (this.#layout === undefined) {
      this.#stream.write(HIDE_CURSOR);
      this.#stream.on('resize', this.#resized);
    }
    this.#layout = layout;
    this.#show();
  }

  /** Does what writes to the terminal by another way, while the block is not there. */
  aside(action: () => void): void {
    this.#write([], '');
    action();
    this.#show();
  }

  /** Takes the block away and gives the cursor back; a later `draw` begins anew. */
  close(): void {
    if (this.#layout === undefined) return;
    this.#stream.off('resize', this.#resized);
    this.#layout = undefined;
    this.#write([], '', SHOW_CURSOR);
  }

  #show(): void {
    if (this.#layout === undefined) return;
    const block = this.#laidOut(this.#layout);
    const isSame = block.length === this.#drawn.length && block.every((line, i) => line === this.#drawn[i]);
    // Rows that the terminal wrapped know that they belong together until they are erased.
    if (this.#drawnAt !== this.#columns) this.#write(block, this.#drawn.length === 0 ? '' : ERASE_BELOW);
    else if (!isSame) this.#write(block, '');
  }

  /** One line less than there is room for: the cursor stands below the block. */
  #laidOut(layout: Layout): readonly string[] {
    const size = { columns: this.#columns, rows: this.#stream.rows || 24 };
    return layout(size).slice(0, Math.max(size.rows - 1, 0));
  }

  /** Puts a block where the one before it was, in one write. */
  #write(block: readonly string[], before: string, after = ''): void {
    const lines = block.map((line) => `${line}${ERASE_TO_END}\n`).join('');
    const frame = block.length === 0 ? ERASE_BELOW : `${WRAP_OFF}${lines}${ERASE_BELOW}${WRAP_ON}`;
    const isNothing = block.length === 0 && this.#drawn.length === 0;
    const text = `${this.#toTop()}${before}${isNothing ? '' : frame}${after}`;
    if (text !== '') this.#stream.write(text);
    this.#drawn = block;
    this.#drawnAt = this.#columns;
  }

  /** To the first row of what was drawn, which takes more rows now where the terminal has become narrower. */
  #toTop(): string {
    const isNarrower = this.#wrapsAnew && this.#columns < this.#drawnAt;
    const rows = this.#drawn.reduce((sum, line) => sum + (isNarrower ? rowsTaken(line, this.#columns) : 1), 0);
    return rows === 0 ? '' : `\r${ESC}${rows}A`;
  }

  get #columns(): number {
    return this.#stream.columns || 80;
  }
}

/** Nearly all terminals wrap their lines anew when they become narrower; these cut them, or leave them as they are. */
function wrapsAnew(env: Env): boolean {
  if (env['TMUX']) return true;
  return !env['XTERM_VERSION'] && !env['STY'] && env['TERM'] !== 'linux';
}
