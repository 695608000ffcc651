/** How far a replay has got. Pure but for the wall clock it is given. */

/** Times faster than recorded, or as fast as the followers read. */
export type ReplaySpeed = number | 'max';

/**
 * Runs from the first follow request on. Before it, the recording stands at its start. Past the end it goes on with the wall clock, as
 * the nodes of a real relay get older while nothing happens. All times in milliseconds.
 */
export class ReplayClock {
  readonly #start: number;
  readonly #length: number;
  readonly #speed: ReplaySpeed;
  readonly #wall: () => number;
  #begunAt: number | undefined;
  /** At speed `max`: how much of the recording has been sent, and when (wall) that was. */
  #sent = 0;
  #sentAt = 0;

  constructor(start: number, end: number, speed: ReplaySpeed, wall: () => number) {
    this.#start = start;
    this.#length = end - start;
    this.#speed = speed;
    this.#wall = wall;
  }

  /** false: it goes on only as the sender moves it. */
  get isPaced(): boolean {
    return this.#speed !== 'max';
  }

  begin(): void {
    if (this.#begunAt !== undefined) return;
    this.#begunAt = this.#wall();
    this.#sentAt = this.#begunAt;
  }

  /** How much of the recording (laps of a loop counted on) has been played. */
  played(): number {
    if (this.#begunAt === undefined) return 0;
    return this.#speed === 'max' ? this.#sent : (this.#wall() - this.#begunAt) * this.#speed;
  }

  /** Wall time until `played()` is this much; 0 when it already is, or need not be waited for. */
  waitFor(played: number): number {
    return this.#speed === 'max' ? 0 : Math.max(0, (played - this.played()) / this.#speed);
  }

  /** At speed `max` the sender moves the clock. */
  sent(played: number): void {
    if (played <= this.#sent) return;
    this.#sent = played;
    this.#sentAt = this.#wall();
  }

  /** The recorded time that the replay stands at. */
  time(loopLength: number | undefined): number {
    const played = this.played();
    if (loopLength !== undefined) return this.#start + (played % loopLength);
    if (played < this.#length || this.#begunAt === undefined) return this.#start + played;
    const endReachedAt = this.#speed === 'max' ? this.#sentAt : this.#begunAt + this.#length / this.#speed;
    return this.#start + this.#length + (this.#wall() - endReachedAt);
  }
}
