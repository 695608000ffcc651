/** Where in time the flows of a stream are, and with that what time it is for them. Pure but for the wall clock it is given. */

/** Flows that are no older (or newer) than this come from a live source. */
const LIVE_MS = 60_000;

/** A flow so far ahead of all others has a broken clock, and does not move this one. */
const ABSURD_MS = 31 * 86_400_000;

export class StreamClock {
  readonly #wall: () => number;
  #newest = NaN;
  #movedAt = NaN;
  #live = false;

  constructor(wall: () => number) {
    this.#wall = wall;
  }

  /** The newest flow time, NaN before any. */
  get newest(): number {
    return this.#newest;
  }

  /** Some flow has been about as old as the wall clock: not a replay, whatever backlog may come later. */
  get live(): boolean {
    return this.#live;
  }

  /** The flows that come now are those of the present, or of a clock that is ahead: nothing recorded, and no backlog. */
  get isPresent(): boolean {
    return this.#newest >= this.#wall() - LIVE_MS;
  }

  /** A flow of this time has come. */
  note(time: number): void {
    if (!(time > this.#newest) && !Number.isNaN(this.#newest)) return;
    if (Number.isNaN(time) || time > this.#newest + ABSURD_MS) return;
    this.#newest = time;
    this.#movedAt = this.#wall();
    if (Math.abs(this.#movedAt - time) <= LIVE_MS) this.#live = true;
  }

  /** The time of an answer that has just come: of the wall clock for a live source, else of the recording that is being replayed. */
  stamp(): number {
    const wall = this.#wall();
    return this.#live || Number.isNaN(this.#newest) ? wall : this.#newest + (wall - this.#movedAt);
  }
}
