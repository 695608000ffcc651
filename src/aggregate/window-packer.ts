import { ByteWriter } from './bytes.js';
import type { NodeWindow } from './journal-lines.js';
import { Names } from './names.js';
import { writeHashes } from './packed-lists.js';
import { EXAMPLES, PLACES, SILENCES } from './packed-parts.js';
import { ANSWERS, ATTEMPTS, DROPS, TALK, VERDICTS, type PackContext, type RowCodec } from './packed-rows.js';
import { PackedWindow } from './packed-window.js';

/** Bytes that are asked for at a time. */
const BLOCK = 1 << 20;

/** Packs windows, one behind the other, and keeps what their bytes refer to. */
export class WindowPacker {
  readonly #names = new Names();
  readonly #packed = new ByteWriter();
  readonly #list = new ByteWriter();
  /** Shared, so that another thread can judge what this one counts. */
  #block = new Uint8Array(new SharedArrayBuffer(0));
  /** First free byte of the block. */
  #free = 0;

  /** The same window, packed; one that is packed already stays as it is. */
  pack(line: NodeWindow): PackedWindow {
    if (line instanceof PackedWindow) return line;
    const node = this.#names.of(line.node);
    this.#write(line, { names: this.#names, edges: node, window: line.window });
    const bytes = this.#packed.written();
    if (this.#free + bytes.length > this.#block.length) {
      this.#block = new Uint8Array(new SharedArrayBuffer(Math.max(BLOCK, bytes.length)));
      this.#free = 0;
    }
    const at = this.#free;
    this.#block.set(bytes, at);
    this.#free += bytes.length;
    return new PackedWindow(node, line.window, this.#block, at);
  }

  /** Numbers and lists in the order in which PackedWindow reads them. */
  #write(line: NodeWindow, context: PackContext): void {
    this.#packed.clear();
    for (const value of [line.flows, line.late, line.lost, line.attemptsBegun, line.overflow, line.evicted])
      this.#packed.number(value);
    for (const time of [line.firstFlow, line.lastFlow]) {
      this.#packed.byte(time === null ? 0 : 1);
      if (time !== null) this.#packed.number(time);
    }
    this.#rows(line.silences, SILENCES, context);
    this.#rows(line.places, PLACES, context);
    this.#rows(line.examples, EXAMPLES, context);
    this.#rows(line.drops, DROPS, context);
    this.#rows(line.verdicts, VERDICTS, context);
    this.#rows(line.answers, ANSWERS, context);
    this.#rows(line.attempts, ATTEMPTS, context);
    this.#rows(line.talk, TALK, context);
    writeHashes(line.answered, this.#packed);
  }

  /** The number of rows, the number of their bytes, so that they can be passed over, and the bytes. */
  #rows<T>(rows: readonly T[], { write }: RowCodec<T>, context: PackContext): void {
    this.#packed.whole(rows.length);
    if (rows.length === 0) return;
    this.#list.clear();
    for (const row of rows) write(row, this.#list, context);
    const bytes = this.#list.written();
    this.#packed.whole(bytes.length);
    this.#packed.append(bytes);
  }
}
