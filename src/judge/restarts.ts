import { SLOT, slotCount, type MethodTimes, type Observed, type ObservedSegment } from './observed.js';

/** A slot of which a restart of the other end takes part. */
export const RESTARTING = 1;
/** A slot in which the other end's transient may outlast its settle. */
export const FADING = 2;

/** For each node the slots that its restarts touch, marked once: every edge of the node asks for every one of its slots. */
export class Restarts {
  readonly #marks: readonly Uint8Array[];
  readonly #nothing: Uint8Array;

  constructor(observed: Observed, times: MethodTimes) {
    this.#nothing = new Uint8Array(slotCount(observed));
    this.#marks = observed.nodes.map(({ segments }) => {
      const marks = new Uint8Array(slotCount(observed));
      // What a node fails until its held part begins is no evidence against the other end.
      for (const segment of segments) mark(marks, segment, times.heldFrom, FADING);
      for (const segment of segments) mark(marks, segment, 0, RESTARTING);
      return marks;
    });
  }

  /** RESTARTING, FADING or 0 for each slot; nothing but 0 for a node that nobody knows. */
  of(node: number): Uint8Array {
    return this.#marks[node] ?? this.#nothing;
  }
}

/** Marks the slots with a window in [down, after + lasts). */
function mark(marks: Uint8Array, { down, after }: ObservedSegment, lasts: number, as: number): void {
  marks.fill(as, Math.max(0, Math.floor(down / SLOT)), Math.max(0, Math.ceil((after + lasts) / SLOT)));
}
