/** Edges that were there all the time before a restart, told by whether they were seen, and those among them that are gone after it. */
import { phiOfTrials, type TrialBlock } from '../stats/dispersion.js';
import { BLOCK_MS, MAX_BAD, MIN_STEADY } from './constants.js';
import { SLOT, slotCount, type MethodTimes, type Observed, type ObservedSegment } from './observed.js';
import type { Presence } from './presence.js';
import type { Sight } from './trial-series.js';

/** Slots that are taken together so that an edge is in most of them: the fewest that do. */
const STEPS = [1, 2, 3, 6];

/** An edge that was seen in most of its steps before any restart of its ends. */
export interface SteadyEdge {
  readonly presence: Presence;
  /** Its nodes, once each. */
  readonly nodes: readonly number[];
  /** Slots of a step. */
  readonly step: number;
  /** First window in which one of its nodes went down; the number of windows where none did. */
  readonly down: number;
  /** Is it missing from most of what follows a restart of one of its nodes? */
  readonly isGone: boolean;
}

export class SteadyEdges {
  readonly all: readonly SteadyEdge[];
  readonly #observed: Observed;
  readonly #times: MethodTimes;
  /** 1 for each slot in which an absence on a node tells something: in sight, and nothing lost. */
  readonly #tells: readonly Uint8Array[];
  /** For two nodes the slots in which both tell, before the first restart of either. */
  readonly #toldBefore = new Map<number, number>();

  constructor(observed: Observed, times: MethodTimes, presences: readonly Presence[], sight: Sight) {
    this.#observed = observed;
    this.#times = times;
    const whole = Math.floor(observed.length / SLOT);
    this.#tells = observed.nodes.map((_, node) => {
      const tells = new Uint8Array(slotCount(observed));
      for (let slot = 0; slot < whole; slot++) {
        let all = 1;
        for (let w = slot * SLOT; w < (slot + 1) * SLOT; w++)
          if (!sight.isVisible(node, w) || sight.isLossy(node, w)) all = 0;
        tells[slot] = all;
      }
      return tells;
    });
    this.all = presences.flatMap((presence) => this.#steady(presence) ?? []);
  }

  /** Steps of an edge whose slots all tell, in [from, to) slots: the last slot of each, and whether the edge was in it. */
  *steps(
    { presence, nodes, step }: Pick<SteadyEdge, 'presence' | 'nodes' | 'step'>,
    from: number,
    to: number,
  ): Generator<{ readonly slot: number; readonly isThere: boolean }> {
    for (let first = Math.ceil(from / step) * step; first + step <= to; first += step) {
      let tells = true;
      for (let slot = first; tells && slot < first + step; slot++)
        for (const node of nodes) if (this.#tells[node]?.[slot] !== 1) tells = false;
      if (!tells) continue;
      yield { slot: first + step - 1, isThere: presence.slots.hasAny(first, first + step) };
    }
  }

  /** Dispersion of absences before the restarts. */
  phi(): number {
    const perBlock = Math.max(1, Math.round(BLOCK_MS / this.#observed.windowMs / SLOT));
    const blocksOf = (edge: SteadyEdge) => this.#blocksOf(edge, perBlock);
    const { all } = this;
    // Made as they are asked for: all of them take more room than the edges.
    return phiOfTrials({
      *[Symbol.iterator]() {
        for (const edge of all) yield blocksOf(edge);
      },
    }).phi;
  }

  #blocksOf(edge: SteadyEdge, perBlock: number): TrialBlock[] {
    const blocks: { trials: number; failed: number }[] = [];
    for (const { slot, isThere } of this.steps(edge, 0, Math.floor(edge.down / SLOT))) {
      const block = (blocks[Math.floor(slot / perBlock)] ??= { trials: 0, failed: 0 });
      block.trials += 1;
      if (!isThere) block.failed += 1;
    }
    return blocks.filter((block): block is TrialBlock => block !== undefined);
  }

  #steady(presence: Presence): SteadyEdge | undefined {
    const { srcNode, dstNode, edge } = presence.place;
    // The health endpoint of a node comes back with another address at each restart of its agent.
    if (edge.src === 'health' || edge.dst === 'health' || presence.slots.size < MIN_STEADY) return undefined;
    const { nodes: all, length } = this.#observed;
    const nodes = srcNode === dstNode ? [srcNode] : [srcNode, dstNode];
    const segments = nodes.flatMap((node) => all[node]?.segments ?? []);
    const down = segments.reduce((least, segment) => Math.min(least, segment.down), length);
    const end = Math.floor(down / SLOT);
    const seen = presence.slots.before(end);
    if (seen < MIN_STEADY) return undefined;
    const told = this.#told(srcNode, dstNode, end);
    for (const step of STEPS) {
      // Even if no two of its slots shared a step.
      if (seen * step < (1 - MAX_BAD) * told) continue;
      const isGone = segments.some((segment) => this.#isGone({ presence, nodes, step }, segment));
      if (step === 1 && !isGone) {
        if (this.#seenAndTold(presence, nodes, end) >= (1 - MAX_BAD) * told)
          return { presence, nodes, step, down, isGone };
        continue;
      }
      let trials = 0;
      let there = 0;
      let recent: boolean[] = [];
      for (const { isThere } of this.steps({ presence, nodes, step }, 0, end)) {
        trials += 1;
        if (isThere) there += 1;
        recent.push(isThere);
        if (recent.length > RECENT) recent = recent.slice(1);
      }
      if (there * step < MIN_STEADY || trials - there > MAX_BAD * trials) continue;
      const wasThere = recent.filter((isThere) => !isThere).length <= RECENT / 2;
      return { presence, nodes, step, down, isGone: isGone && wasThere };
    }
    return undefined;
  }

  /** Slots in which both nodes tell, before the slot in which the first of them goes down. */
  #told(a: number, b: number, end: number): number {
    const key = a * this.#observed.nodes.length + b;
    let told = this.#toldBefore.get(key);
    if (told !== undefined) return told;
    const [one, other] = [this.#tells[a], this.#tells[b]];
    told = 0;
    for (let slot = 0; slot < end; slot++) told += (one?.[slot] ?? 0) & (other?.[slot] ?? 0);
    this.#toldBefore.set(key, told);
    return told;
  }

  #seenAndTold({ slots }: Presence, nodes: readonly number[], end: number): number {
    let count = 0;
    for (let slot = 0; slot < end; slot++)
      if (slots.has(slot) && nodes.every((node) => this.#tells[node]?.[slot] === 1)) count += 1;
    return count;
  }

  /** Is it missing from most of the first minutes after settle? */
  #isGone(edge: Pick<SteadyEdge, 'presence' | 'nodes' | 'step'>, { after }: ObservedSegment): boolean {
    let trials = 0;
    let gone = 0;
    const from = Math.ceil(after / SLOT);
    for (const { isThere } of this.steps(edge, from, from + Math.ceil(this.#times.heldFrom / SLOT) + edge.step)) {
      trials += 1;
      if (!isThere) gone += 1;
    }
    return gone > 0 && gone >= GONE * trials;
  }
}

/** Steps before a restart of which it must have been in most, and the part of those after settle in which it must be missing. */
const RECENT = 5;
const GONE = 0.6;
