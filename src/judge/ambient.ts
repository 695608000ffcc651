import { AMBIENT_SHARE, MAX_BAD, MIN_GOOD } from './constants.js';
import {
  lowerBound,
  SLOT,
  slotCount,
  shareOf,
  type Observed,
  type ObservedSegment,
  type TrialSeries,
} from './observed.js';

/** Slots in which a destination fails by itself, with the control trials that were seen in them. */
export type AmbientSlots = ReadonlyMap<number, { readonly failed: number; readonly trials: number }>;

const NOTHING: AmbientSlots = new Map();

/**
 * The slots of each destination in which it fails for callers that this restart does not touch: it is down, or its network is. Such a
 * control is an edge without an end on the node, whose ends have not restarted yet, or have restarted earlier and worked since: what
 * it did before this restart says so, so that the e-processes stay valid. A control ends where an end of it restarts later.
 */
export class Ambient {
  readonly #observed: Observed;
  /** First windows of all restarts, ascending. */
  readonly #downs: readonly number[];
  readonly #callers = new Map<string, TrialSeries[]>();
  readonly #found = new Map<string, ReadonlyMap<number, AmbientSlots>>();
  readonly #controls = new Map<string, Map<number, Int32Array>>();

  constructor(observed: Observed) {
    this.#observed = observed;
    const downs = observed.nodes.flatMap(({ segments }) => segments.map(({ down }) => down));
    this.#downs = [...new Set(downs)].sort((a, b) => a - b);
    if (downs.length === 0) return;
    for (const trial of observed.trials) {
      const callers = this.#callers.get(trial.destination);
      if (callers === undefined) this.#callers.set(trial.destination, [trial]);
      else callers.push(trial);
    }
  }

  /** The slots in which a destination is down by itself, as a restart in the window `down` sees it. */
  slots(destination: string, down: number): AmbientSlots {
    let found = this.#found.get(destination);
    if (found === undefined) this.#found.set(destination, (found = this.#find(this.#callers.get(destination) ?? [])));
    return found.get(down) ?? NOTHING;
  }

  /** How many control trials each slot has, as a restart in the window `down` sees it. */
  controls(destination: string, down: number): Int32Array {
    let known = this.#controls.get(destination);
    if (known === undefined) this.#controls.set(destination, (known = new Map<number, Int32Array>()));
    let controls = known.get(down);
    if (controls === undefined) known.set(down, (controls = this.#countControls(destination, down)));
    return controls;
  }

  #countControls(destination: string, last: number): Int32Array {
    const slots = slotCount(this.#observed);
    const [first = slots * SLOT] = this.#downs;
    const controls = new Int32Array(slots);
    for (const trial of this.#callers.get(destination) ?? []) {
      const caller = new Caller(trial, this.#observed, first);
      for (const down of this.#downs) if (down <= last) caller.moveTo(down, Math.floor(down / SLOT), controls);
    }
    return controls;
  }

  /**
   * All restarts in order of time, so that the controls of each differ in few edges from those of the one before: a trial becomes a control,
   * or stops being one, as often as its own ends restart.
   */
  #find(trials: readonly TrialSeries[]): Map<number, AmbientSlots> {
    const found = new Map<number, AmbientSlots>();
    const slots = slotCount(this.#observed);
    const [first = slots * SLOT] = this.#downs;
    const all = new DestinationSlots(trials, slots, Math.floor(first / SLOT));
    if (!all.mayBeDown) return found;
    const callers = trials.map((trial) => new Caller(trial, this.#observed, first));
    const controls = new Int32Array(slots);
    for (const down of this.#downs) {
      const from = Math.floor(down / SLOT);
      for (const caller of callers) caller.moveTo(down, from, controls);
      const bad = all.down(from, callers, controls);
      if (bad.size > 0) found.set(down, bad);
    }
    return found;
  }
}

/** An edge to some destination, as a control of one restart after the other. */
class Caller {
  readonly #trial: TrialSeries;
  /** Restarts of its ends, in order of time, and how many of them lie before the restart that is looked at. */
  readonly #restarts: readonly ObservedSegment[];
  #passed = 0;
  /** Did it work before the first restart of all? */
  readonly #good: boolean;
  /** It is a control in the slots before this one, from the restart that is looked at on. */
  until = 0;
  /** When the latest restart of its ends had settled, and what was attempted since, up to the trial `#at`. */
  #settled = Number.NEGATIVE_INFINITY;
  #at = 0;
  #attempts = 0;
  #failed = 0;

  /** @param first the first restart of all. */
  constructor(trial: TrialSeries, observed: Observed, first: number) {
    this.#trial = trial;
    const ends = trial.far === undefined ? trial.nodes : [...trial.nodes, trial.far];
    this.#restarts = ends.flatMap((end) => observed.nodes[end]?.segments ?? []).sort((a, b) => a.down - b.down);
    const baseline = lowerBound(trial.slots, Math.floor(first / SLOT));
    let failed = 0;
    for (let i = 0; i < baseline; i++) failed += shareOf(trial, i);
    this.#good = baseline - failed >= MIN_GOOD && failed <= MAX_BAD * baseline;
  }

  /** Looks at the restart in window `down`, which begins with the slot `from`; counts its own trials in `controls` by slot. */
  moveTo(down: number, from: number, controls: Int32Array): void {
    const until = this.#isControl(down) ? Math.min(this.#nextRestart(), controls.length) : 0;
    if (until === this.until) return;
    this.#count(controls, Math.max(from, this.until), until, 1);
    this.#count(controls, Math.max(from, until), this.until, -1);
    this.until = until;
  }

  /** Did it work at first, and between the latest restart of its ends and this one? */
  #isControl(down: number): boolean {
    if (!this.#good) return false;
    const passed = this.#passed;
    for (
      let next = this.#restarts[passed];
      next !== undefined && next.down < down;
      next = this.#restarts[this.#passed]
    ) {
      this.#settled = Math.max(this.#settled, next.after);
      this.#passed += 1;
    }
    if (this.#passed === 0) return true;
    const { slots, attempts, failed } = this.#trial;
    if (this.#passed > passed) {
      this.#at = lowerBound(slots, Math.ceil(this.#settled / SLOT));
      this.#attempts = 0;
      this.#failed = 0;
    }
    for (; ((slots[this.#at] ?? Number.POSITIVE_INFINITY) + 1) * SLOT <= down; this.#at++) {
      this.#attempts += attempts[this.#at] ?? 0;
      this.#failed += failed[this.#at] ?? 0;
    }
    return this.#attempts - this.#failed >= MIN_GOOD && this.#failed <= MAX_BAD * this.#attempts;
  }

  /** The first slot that the next restart of an end touches: this very restart's, where the edge ends on its node. */
  #nextRestart(): number {
    return Math.floor((this.#restarts[this.#passed]?.down ?? Number.POSITIVE_INFINITY) / SLOT);
  }

  #count(controls: Int32Array, from: number, to: number, by: number): void {
    if (from >= to) return;
    const { slots } = this.#trial;
    for (let i = lowerBound(slots, from); i < slots.length; i++) {
      const slot = slots[i] ?? 0;
      if (slot >= to) break;
      controls[slot] = (controls[slot] ?? 0) + by;
    }
  }
}

/** All trials to one destination, by slot; those that failed one by one. */
class DestinationSlots {
  readonly #all: Int32Array;
  readonly #failed: Float64Array;
  /** Failed trials in order of their slots: those of a slot are the ones from `#starts[slot]` up to `#starts[slot + 1]`. */
  readonly #starts: Int32Array;
  readonly #caller: Int32Array;
  readonly #share: Float64Array;
  /** Is there any slot in which the controls, whichever they are, could have failed? */
  readonly mayBeDown: boolean;

  /** @param from the first slot that matters. */
  constructor(trials: readonly TrialSeries[], slots: number, from: number) {
    this.#all = new Int32Array(slots);
    this.#failed = new Float64Array(slots);
    this.#starts = new Int32Array(slots + 1);
    for (const trial of trials) {
      const { slots: own } = trial;
      for (let i = lowerBound(own, from); i < own.length; i++) {
        const slot = own[i] ?? 0;
        const failed = shareOf(trial, i);
        this.#all[slot] = (this.#all[slot] ?? 0) + 1;
        if (failed === 0) continue;
        this.#failed[slot] = (this.#failed[slot] ?? 0) + failed;
        this.#starts[slot + 1] = (this.#starts[slot + 1] ?? 0) + 1;
      }
    }
    this.mayBeDown = this.#failed.some((_, slot) => this.#mayBeDown(slot));
    for (let slot = 0; slot < slots; slot++)
      this.#starts[slot + 1] = (this.#starts[slot + 1] ?? 0) + (this.#starts[slot] ?? 0);
    this.#caller = new Int32Array(this.#starts[slots] ?? 0);
    this.#share = new Float64Array(this.#starts[slots] ?? 0);
    if (this.mayBeDown) this.#sortFailed(trials, from);
  }

  /** Even one control with all failures of the slot would not be bad below this; sums in another order differ by rounding. */
  #mayBeDown(slot: number): boolean {
    return (this.#failed[slot] ?? 0) > AMBIENT_SHARE * 2 - 1e-9;
  }

  #sortFailed(trials: readonly TrialSeries[], from: number): void {
    const next = this.#starts.slice();
    trials.forEach((trial, caller) => {
      const { slots } = trial;
      for (let i = lowerBound(slots, from); i < slots.length; i++) {
        const failed = shareOf(trial, i);
        if (failed === 0) continue;
        const slot = slots[i] ?? 0;
        const at = next[slot] ?? 0;
        next[slot] = at + 1;
        this.#caller[at] = caller;
        this.#share[at] = failed;
      }
    });
  }

  /** The slots from `from` on in which too many controls fail; it stays so until controls, or all callers, say otherwise. */
  down(from: number, callers: readonly Caller[], controls: Int32Array): AmbientSlots {
    const bad = new Map<number, { failed: number; trials: number }>();
    let word = false;
    for (let slot = from; slot < this.#all.length; slot++) {
      const all = this.#all[slot] ?? 0;
      if (all === 0 || (!word && !this.#mayBeDown(slot))) continue;
      const trials = controls[slot] ?? 0;
      const failed = trials > 0 ? this.#failedControls(slot, callers) : 0;
      if (trials > 0) word = failed > AMBIENT_SHARE * (trials + 1);
      else if ((this.#failed[slot] ?? 0) <= AMBIENT_SHARE * all) word = false;
      if (word) bad.set(slot, { trials, failed });
    }
    return bad;
  }

  #failedControls(slot: number, callers: readonly Caller[]): number {
    let failed = 0;
    const end = this.#starts[slot + 1] ?? 0;
    for (let i = this.#starts[slot] ?? end; i < end; i++)
      if (slot < (callers[this.#caller[i] ?? 0]?.until ?? 0)) failed += this.#share[i] ?? 0;
    return failed;
  }
}
