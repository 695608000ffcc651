import type { AttemptRow, NodeWindow } from '../aggregate/journal.js';
import { plainWindow } from '../aggregate/packed-window.js';
import { WindowPacker } from '../aggregate/window-packer.js';
import type { Layout } from './from-journal.js';
import { SAME_ATTEMPT_MS } from './trial-series.js';

/** What is taken out of the windows of a node, by number. Edges are those of a journal, by their key. */
export interface IsOut {
  readonly drop: (node: number, reason: number, direction: number, edgeKey: string) => boolean;
  /** Attempts on an edge that ended in a drop of this reason. */
  readonly attempt: (node: number, reason: number, edgeKey: string) => boolean;
}

/** The windows of a layout without some drops, and without the attempts that ended in them, whichever node tells of these. */
export function windowsWithout(layout: Layout, isOut: IsOut): NodeWindow[] {
  const out = new TakeOut(layout, isOut);
  return layout.windows.map((line) => out.without(line));
}

class TakeOut {
  readonly #layout: Layout;
  readonly #isOut: IsOut;
  readonly #near: number;
  /** Attempts that are taken out, with the windows in which they began: the other end's node saw them unanswered. */
  readonly #hashes = new Map<number, number[]>();
  readonly #packer = new WindowPacker();

  constructor(layout: Layout, isOut: IsOut) {
    this.#layout = layout;
    this.#isOut = isOut;
    this.#near = Math.ceil(SAME_ATTEMPT_MS / layout.windowMs);
    for (const line of layout.windows) {
      const node = layout.index.get(line.node) ?? -1;
      for (const row of line.attempts)
        for (const { reason, hashes } of row.dropped)
          if (this.#isOut.attempt(node, reason, row.edge.key)) for (const hash of hashes) this.#note(hash, row.window);
    }
  }

  without(line: NodeWindow): NodeWindow {
    const node = this.#layout.index.get(line.node) ?? -1;
    const plain = plainWindow(line);
    const { drops, attempts, examples } = plain;
    const left = {
      drops: drops.filter((row) => !this.#isOut.drop(node, row.reason, row.direction, row.edge.key)),
      attempts: attempts.map((row) => this.#withoutAttempts(row, node)),
      examples: examples.filter(({ reason, direction, edge }) => !this.#isOut.drop(node, reason, direction, edge)),
    };
    const isSame =
      left.drops.length === drops.length &&
      left.examples.length === examples.length &&
      left.attempts.every((row, i) => row === attempts[i]);
    return isSame ? line : this.#packer.pack({ ...plain, ...left });
  }

  #withoutAttempts(row: AttemptRow, node: number): AttemptRow {
    if (row.dropped.length === 0 && row.unanswered.length === 0) return row;
    const dropped = row.dropped.filter(({ reason }) => !this.#isOut.attempt(node, reason, row.edge.key));
    const unanswered = row.unanswered.filter((hash) => !this.#isNoted(hash, row.window));
    const isSame = dropped.length === row.dropped.length && unanswered.length === row.unanswered.length;
    return isSame ? row : { ...row, dropped, unanswered };
  }

  #note(hash: number, window: number): void {
    const windows = this.#hashes.get(hash);
    if (windows === undefined) this.#hashes.set(hash, [window]);
    else windows.push(window);
  }

  #isNoted(hash: number, window: number): boolean {
    return this.#hashes.get(hash)?.some((other) => Math.abs(other - window) <= this.#near) === true;
  }
}
