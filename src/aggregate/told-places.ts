import type { Endpoint } from '../hubble/event.js';
import type { Place } from './journal.js';

/** A place is told again when it is still in use after this many windows: pods move. */
const AGAIN_WINDOWS = 30;

/** Which endpoints of one node were told to live there, and when last. */
export class ToldPlaces {
  /** Last window in which a place was told. */
  readonly #told = new Map<string, number>();
  /** The same by pod name or address, for the last end of that name: a look at it costs no new text. */
  readonly #last = new Map<string, { readonly end: Endpoint; readonly window: number }>();

  /** The place of an endpoint of the node, when it is to be told in this window. */
  locate(end: Endpoint, ip: string, window: number): Place | undefined {
    const name = end.pod === '' ? ip : end.pod;
    if (name === '') return undefined;
    const last = this.#last.get(name);
    if (last !== undefined && window - last.window < AGAIN_WINDOWS && isSame(last.end, end)) return undefined;
    const what = end.pod === '' ? `@${ip}` : `${end.namespace}/${end.pod}`;
    // A later flow may name the workload that the first one after a restart did not.
    const known = end.workload === '' ? what : `${what}\t${end.workload}`;
    const told = this.#told.get(known);
    if (told !== undefined && window - told < AGAIN_WINDOWS) {
      this.#last.set(name, { end, window: told });
      return undefined;
    }
    this.#told.set(known, window);
    this.#last.set(name, { end, window });
    return { what, workload: end.workload };
  }

  /** Places that would be told again anyway need no memory: pods come and go for days. */
  forget(window: number): void {
    if (window % AGAIN_WINDOWS !== 0) return;
    for (const [what, told] of this.#told) if (window - told >= AGAIN_WINDOWS) this.#told.delete(what);
    this.#last.clear();
  }

  /** For a checkpoint. */
  entries(): [string, number][] {
    return [...this.#told];
  }

  restore(entries: Iterable<readonly [string, number]>): void {
    for (const [what, window] of entries) this.#told.set(what, window);
  }
}

/** Are two ends of one pod name, or of one address, the same place by the same workload? */
function isSame(a: Endpoint, b: Endpoint): boolean {
  return a.pod === b.pod && a.namespace === b.namespace && a.workload === b.workload;
}
