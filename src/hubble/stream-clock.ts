/**
 * Where in time the flows of a stream are, and with that what time it is for them, and from when on they must be asked for again. The
 * clocks of nodes may be minutes apart, and apart from ours: each node is known by itself. Pure but for the wall clock it is given.
 */

/** Flows that are no older (or newer) than this come from a live source. */
const LIVE_MS = 60_000;

/** Clocks that differ by less are taken for one: flows come late, and nodes are quiet. */
const SAME_CLOCK_MS = 60_000;

/** A flow so far ahead of all others has a broken clock, and does not move this one. */
const ABSURD_MS = 31 * 86_400_000;

/** A reopened stream asks for what came shortly before as well: order is only approximate. Repeats are known by their uuid. */
const OVERLAP_MS = 10_000;

/** The same for each node by itself: its own flows come nearly in order. */
const NODE_OVERLAP_MS = 5_000;

/** Flows that are never younger than this come from clocks that differ from ours: no relay holds all of them back for so long. */
const SKEWED_MS = 10_000;

/** A backlog looks like that too, but its flows become younger: those that did not for so long are no backlog. */
const SETTLED_MS = 15_000;

/** The youngest flow of this time tells how far our clock is from theirs; a newer time is begun when it is half over. */
const YOUNGEST_OF_MS = 600_000;

/** Flows are not asked for again for the sake of a clock that is farther behind. */
const FARTHEST_CLOCK_MS = 900_000;

/** So long without any flow is an outage, or the sleep of our machine: not the silence of a single node. */
const LISTENING_MS = 30_000;

interface NodeClock {
  /** Time of its newest flow. */
  newest: number;
  /** When that came, in time listened. */
  heardAt: number;
  /** Its clock less the common one; 0 where they differ little. */
  ahead: number;
}

export class StreamClock {
  readonly #wall: () => number;
  readonly #nodes = new Map<string, NodeClock>();
  /** How far the nodes went on together, by the clock of the first of them. */
  #common = NaN;
  #movedAt = NaN;
  /** What most clocks are ahead of the common one. */
  #usual = 0;
  #live = false;
  /** Age of the youngest flow by our clock, of this half of the time and of the one before; below 0 for flows from the future. */
  #youngest = Number.POSITIVE_INFINITY;
  #youngestBefore = Number.POSITIVE_INFINITY;
  #halfSince = NaN;
  /** Wall time when a younger flow came than any before. */
  #youngerAt = NaN;
  /** Wall time while flows came, and when the last one did. */
  #listened = 0;
  #heardAt = NaN;

  constructor(wall: () => number) {
    this.#wall = wall;
  }

  /** The newest flow time by the clock of most nodes; NaN before any. */
  get newest(): number {
    return this.#common + this.#usual;
  }

  /** Some flow has been about as old as the wall clock: not a replay, whatever backlog may come later. */
  get live(): boolean {
    return this.#live;
  }

  /** The flows that come now are those of the present, or of clocks that are ahead: nothing recorded, and no backlog. */
  get isPresent(): boolean {
    return this.newest >= this.#wall() - LIVE_MS;
  }

  /** A flow of this node and time has come. */
  note(node: string, time: number): void {
    if (Number.isNaN(time) || time > this.newest + ABSURD_MS) return;
    const wall = this.#wall();
    if (wall > this.#heardAt) this.#listened += Math.min(wall - this.#heardAt, LISTENING_MS);
    this.#heardAt = wall;
    if (Number.isNaN(this.#common)) this.#common = time;
    const clock = this.#clockOf(node, time, wall);
    if (time > clock.newest) {
      clock.newest = time;
      clock.heardAt = this.#listened;
    }
    const common = time - clock.ahead;
    if (common < this.#common) return;
    this.#common = common;
    this.#movedAt = wall;
    if (Math.abs(wall - this.newest) <= LIVE_MS) this.#live = true;
    this.#noteAge(wall - this.newest, wall);
  }

  /**
   * The time of an answer that has just come, by the clock of most nodes: the wall clock's for a live source, less what that is ahead of
   * theirs; else of the recording that is being replayed.
   */
  stamp(): number {
    const wall = this.#wall();
    if (Number.isNaN(this.#common)) return wall;
    return this.#live ? wall - this.#skew() : this.newest + (wall - this.#movedAt);
  }

  /** How far our clock is ahead of theirs. What relay holds back looks the same, so that a little is taken for none. */
  #skew(): number {
    const age = Math.min(this.#youngest, this.#youngestBefore);
    if (!Number.isFinite(age)) return 0;
    return age < 0 || (age > SKEWED_MS && this.#wall() - this.#youngerAt >= SETTLED_MS) ? age : 0;
  }

  #noteAge(age: number, wall: number): void {
    if (!(wall - this.#halfSince < YOUNGEST_OF_MS / 2)) {
      this.#youngestBefore = this.#youngest;
      this.#youngest = Number.POSITIVE_INFINITY;
      this.#halfSince = wall;
    }
    if (age < Math.min(this.#youngest, this.#youngestBefore) - 1000) this.#youngerAt = wall;
    this.#youngest = Math.min(this.#youngest, age);
  }

  /** Have flows of this node come? */
  knows(node: string): boolean {
    return this.#nodes.has(node);
  }

  /**
   * From when on flows must be asked for, so that none is missed that any node had when the stream broke. A node that was silent for
   * longer than `patience` while others were not is taken for quiet. NaN before any flow.
   */
  resumeAt(patience: number): number {
    let since = this.newest - OVERLAP_MS;
    for (const { newest, heardAt, ahead } of this.#nodes.values()) {
      const seen = newest + Math.max(0, this.#listened - heardAt - patience);
      const isFarBehind = ahead < this.#usual - FARTHEST_CLOCK_MS;
      const least = isFarBehind ? this.newest - FARTHEST_CLOCK_MS : Number.NEGATIVE_INFINITY;
      since = Math.min(since, Math.max(seen, least) - NODE_OVERLAP_MS);
    }
    return since;
  }

  #clockOf(node: string, time: number, wall: number): NodeClock {
    let clock = this.#nodes.get(node);
    if (clock === undefined) {
      clock = { newest: Number.NEGATIVE_INFINITY, heardAt: this.#listened, ahead: 0 };
      this.#nodes.set(node, clock);
    }
    // What is older than the node's newest flow says nothing of its clock: it is a repeat, or comes late.
    if (time > clock.newest) this.#setAhead(clock, this.#aheadOf(clock, time, wall));
    return clock;
  }

  #aheadOf(clock: NodeClock, time: number, wall: number): number {
    if (this.#isNear(time, wall)) return 0;
    return this.#isNear(time - clock.ahead, wall) ? clock.ahead : time - this.#common;
  }

  #setAhead(clock: NodeClock, ahead: number): void {
    if (ahead === clock.ahead) return;
    clock.ahead = ahead;
    this.#usual = median([...this.#nodes.values()].map((one) => one.ahead));
    // What was measured by another clock says nothing.
    this.#youngest = this.#youngestBefore = Number.POSITIVE_INFINITY;
  }

  /** Is that about where the others are, or where they may be by now? */
  #isNear(common: number, wall: number): boolean {
    const quiet = Number.isNaN(this.#movedAt) ? 0 : Math.max(0, wall - this.#movedAt);
    return common >= this.#common - SAME_CLOCK_MS && common <= this.#common + quiet + SAME_CLOCK_MS;
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? 0;
}
