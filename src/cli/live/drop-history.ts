import type { ClosedWindow } from './closed-windows.js';

/** Windows that are kept. */
const KEPT = 120;
/** A node is silent when the nodes closed this many windows each on average without it. */
const SILENT = 3;

/** Drops a second, window by window; undefined where nothing was seen. */
export type DropRates = readonly (number | undefined)[];

/** What a node told lately. */
interface Lately {
  readonly drops: Map<number, number>;
  newest: number;
  /** How many windows had been closed by then. */
  heardAt: number;
}

/** How many drops the nodes told of lately. Its size follows the nodes. */
export class DropHistory {
  readonly #windowMs: number;
  readonly #nodes = new Map<string, Lately>();
  #closed = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  note(closed: readonly ClosedWindow[]): void {
    for (const one of closed) if (one.flows > 0) this.#note(one);
    const end = this.#end();
    for (const [node, { newest }] of this.#nodes) if (newest <= end - KEPT) this.#nodes.delete(node);
  }

  /** Of all nodes together, over the last `length` windows, the oldest first. */
  all(length: number): DropRates {
    return this.#rates([...this.#nodes.values()], length);
  }

  /** Of one node, over the same time. */
  of(node: string, length: number): DropRates {
    const lately = this.#nodes.get(node);
    return this.#rates(lately === undefined ? [] : [lately], length);
  }

  #note({ node, from, drops }: ClosedWindow): void {
    const window = Math.floor(from / this.#windowMs);
    const lately = this.#nodes.get(node) ?? { drops: new Map<number, number>(), newest: window, heardAt: 0 };
    this.#nodes.set(node, lately);
    lately.drops.set(window, (lately.drops.get(window) ?? 0) + drops);
    lately.newest = Math.max(lately.newest, window);
    lately.heardAt = this.#closed += 1;
    if (lately.drops.size <= KEPT) return;
    for (const one of lately.drops.keys()) if (one <= lately.newest - KEPT) lately.drops.delete(one);
  }

  #rates(nodes: readonly Lately[], length: number): DropRates {
    const first = this.#end() - length + 1;
    return Array.from({ length }, (_, i) => {
      const counts = nodes.flatMap(({ drops }) => drops.get(first + i) ?? []);
      return counts.length === 0 ? undefined : (sumOf(counts) * 1000) / this.#windowMs;
    });
  }

  /**
   * The last window before that which most nodes have come to, which some have yet to close: neither a clock that is wrong nor nodes that
   * are gone may move the others.
   */
  #end(): number {
    const silent = this.#closed - SILENT * this.#nodes.size;
    const newest = [...this.#nodes.values()].flatMap((one) => (one.heardAt >= silent ? [one.newest] : []));
    newest.sort((a, b) => a - b);
    return (newest[Math.floor((newest.length - 1) / 2)] ?? 0) - (newest.length > 1 ? 1 : 0);
  }
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, one) => sum + one, 0);
}
