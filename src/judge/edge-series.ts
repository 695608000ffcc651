import type { TrialBlock } from '../stats/dispersion.js';
import { AMBIENT_SHARE, BLOCK_MS, MAX_BAD, MIN_GOOD } from './constants.js';
import { cumulative, lowerBound, SLOT, type MethodTimes, type Observed, type TrialSeries } from './observed.js';

/** Failing and all trials. */
export interface Trials {
  readonly failed: number;
  readonly trials: number;
}

/** One edge as a series of one restart of one node. */
export interface EdgeSeries {
  readonly trial: TrialSeries;
  readonly node: number;
  readonly segment: number;
  readonly knownGood: boolean;
  /** Trials before the node's first restart, without the other end's own restart; and the attempts in them. */
  readonly before: Trials;
  readonly beforeAttempts: { readonly attempts: number; readonly failed: number };
  /** First slot of the after phase, and the slot at which the series ends. */
  readonly from: number;
  readonly until: number;
  /** The series ends because the other end restarts then, and it had survived its own: what comes later is the other end's affair. */
  readonly handedOver: boolean;
  readonly held: number;
  readonly strong: number;
  /** Slots and values of the after phase, without ambient trials and without the other end's own restart and what fades after it. */
  readonly slots: readonly number[];
  readonly cumulativeFailed: Float64Array;
  /** What a PASS reads: beyond `until` too, and all but the other end's own settle. */
  readonly passSlots: readonly number[];
  readonly passCumulativeFailed: Float64Array;
  /** Trials taken out as ambient. */
  readonly ambient: number;
}

/** The series of one edge: one for each restart of each of its nodes. */
export function seriesOf(observed: Observed, times: MethodTimes, trial: TrialSeries, ambient: Ambient): EdgeSeries[] {
  const found: EdgeSeries[] = [];
  for (const node of trial.nodes) {
    const segments = observed.nodes[node]?.segments ?? [];
    const [firstSegment] = segments;
    if (firstSegment === undefined) continue;
    const other = trial.nodes.find((one) => one !== node) ?? -1;
    const otherSegments = observed.nodes[other]?.segments ?? [];
    const duringOther = (slot: number, lasts = 0) =>
      otherSegments.some(({ down, after }) => (slot + 1) * SLOT > down && slot * SLOT < after + lasts);
    // The other end's transient may outlast its settle: what it fails until its held part begins is no evidence against this end.
    const fadingOther = (slot: number) => duringOther(slot, times.heldFrom);
    const ends = endsOf(trial, firstSegment, otherSegments[0]);

    const baselineEnd = lowerBound(trial.slots, Math.floor(firstSegment.down / SLOT));
    let n = 0;
    let f = 0;
    const beforeAttempts = { attempts: 0, failed: 0 };
    for (let i = 0; i < baselineEnd; i++)
      if (!duringOther(trial.slots[i] ?? 0)) {
        n += 1;
        f += trial.share[i] ?? 0;
        beforeAttempts.attempts += trial.attempts[i] ?? 0;
        beforeAttempts.failed += trial.failed[i] ?? 0;
      }
    const before = { failed: f, trials: n };
    const knownGood = n - f >= MIN_GOOD && f <= MAX_BAD * n && !ends.brokenBefore;

    for (const [index, segment] of segments.entries()) {
      const from = Math.ceil(segment.after / SLOT);
      const last = Math.min(segment.end, observed.length) / SLOT;
      const until = Math.min(last, index === 0 ? ends.until : last);
      const passSlots: number[] = [];
      const passShare: number[] = [];
      const slots: number[] = [];
      const share: number[] = [];
      let out = 0;
      const bad = ambient.slots(trial.destination, node, segment.down);
      for (let i = lowerBound(trial.slots, from); i < trial.slots.length; i++) {
        const slot = trial.slots[i] ?? 0;
        if (slot + 1 > last) break;
        if (bad.has(slot)) out += 1;
        else if (!duringOther(slot)) {
          passSlots.push(slot);
          passShare.push(trial.share[i] ?? 0);
          if (slot + 1 > until || fadingOther(slot)) continue;
          slots.push(slot);
          share.push(trial.share[i] ?? 0);
        }
      }
      found.push({
        trial,
        node,
        segment: index,
        knownGood,
        before,
        beforeAttempts,
        from,
        until,
        handedOver: index === 0 && Number.isFinite(ends.until),
        held: Math.ceil((segment.after + times.heldFrom) / SLOT),
        strong: Math.ceil((segment.after + times.strongFrom) / SLOT),
        slots,
        cumulativeFailed: cumulative(share),
        passSlots,
        passCumulativeFailed: cumulative(passShare),
        ambient: out,
      });
    }
  }
  return found;
}

/**
 * Which of two restarted ends an edge is charged to: it breaks once. What it did between the first restart and the second says so, and
 * nothing that comes after the second is looked at, so that the e-processes stay valid. Where that is too little it stays with both.
 *
 * Good attempts count from the moment the first node is back; failing ones from settle on, and in more than one slot: one storm of retries
 * breaks nothing.
 */
function endsOf(
  trial: TrialSeries,
  own: { readonly down: number; readonly back: number; readonly after: number },
  other: { readonly down: number; readonly back: number; readonly after: number } | undefined,
): { readonly until: number; readonly brokenBefore: boolean } {
  const both = { until: Number.POSITIVE_INFINITY, brokenBefore: false };
  if (other === undefined || other.down === own.down) return both;
  const [first, second] = own.down < other.down ? [own, other] : [other, own];
  const settled = attemptsWithin(trial, first.after, second.down);
  const between = settled.attempts < 3 ? attemptsWithin(trial, first.back, second.down) : settled;
  if (between.attempts - between.failed >= 3 && between.failed <= MAX_BAD * between.attempts)
    return own === first ? { ...both, until: Math.floor(second.down / SLOT) } : both;
  if (settled.attempts >= 3 && settled.failed > MAX_BAD * settled.attempts && settled.failingSlots > 1)
    return own === first ? both : { ...both, brokenBefore: true };
  return both;
}

interface Attempts {
  readonly attempts: number;
  readonly failed: number;
  /** Slots with a failed attempt. */
  readonly failingSlots: number;
}

/** Attempts of the slots that lie in [from, to), windows. */
function attemptsWithin(trial: TrialSeries, from: number, to: number): Attempts {
  let attempts = 0;
  let failed = 0;
  let failingSlots = 0;
  for (let i = lowerBound(trial.slots, Math.ceil(from / SLOT)); i < trial.slots.length; i++) {
    if (((trial.slots[i] ?? 0) + 1) * SLOT > to) break;
    attempts += trial.attempts[i] ?? 0;
    failed += trial.failed[i] ?? 0;
    if ((trial.failed[i] ?? 0) > 0) failingSlots += 1;
  }
  return { attempts, failed, failingSlots };
}

/** Slots in which a destination fails by itself, with the control trials that were seen in them. */
export type AmbientSlots = ReadonlyMap<number, Trials>;

/** An edge to some destination. */
interface Caller {
  readonly trial: TrialSeries;
  /** Did it work before the first restart of all? */
  readonly good: boolean;
}

/**
 * The slots of each destination in which it fails for callers that this restart does not touch: it is down, or its network is. Such a
 * control is an edge without an end on the node, whose ends have not restarted yet, or have restarted earlier and worked since: what
 * it did before this restart says so, so that the e-processes stay valid. A control ends where an end of it restarts later.
 */
export class Ambient {
  readonly #observed: Observed;
  readonly #callers = new Map<string, Caller[]>();
  readonly #found = new Map<string, ReadonlySet<number>>();

  constructor(observed: Observed) {
    this.#observed = observed;
    const downs = observed.nodes.map((node) => node.segments[0]?.down ?? Number.POSITIVE_INFINITY);
    const firstDown = Math.min(Number.POSITIVE_INFINITY, ...downs);
    if (!Number.isFinite(firstDown)) return;
    const groups = new Map<string, TrialSeries[]>();
    for (const trial of observed.trials) {
      const group = groups.get(trial.destination);
      if (group === undefined) groups.set(trial.destination, [trial]);
      else group.push(trial);
    }
    for (const [destination, group] of groups)
      this.#callers.set(
        destination,
        group.map((trial) => {
          const baseline = lowerBound(trial.slots, Math.floor(firstDown / SLOT));
          let f = 0;
          for (let i = 0; i < baseline; i++) f += trial.share[i] ?? 0;
          return { trial, good: baseline - f >= MIN_GOOD && f <= MAX_BAD * baseline };
        }),
      );
  }

  slots(destination: string, node: number, down: number): ReadonlySet<number> {
    const callers = this.#callers.get(destination);
    if (callers === undefined) return NOTHING;
    const key = `${destination}\t${node}\t${down}`;
    let bad = this.#found.get(key);
    if (bad === undefined) this.#found.set(key, (bad = this.#find(callers, node, down)));
    return bad;
  }

  #find(callers: readonly Caller[], node: number, down: number): ReadonlySet<number> {
    const from = Math.floor(down / SLOT);
    const slots = new Map<number, { control: number; controlFailed: number; all: number; allFailed: number }>();
    for (const { trial, good } of callers) {
      const until =
        good && !trial.nodes.includes(node) && this.#survived(trial, down) ? this.#nextRestart(trial, down) : 0;
      for (let i = lowerBound(trial.slots, from); i < trial.slots.length; i++) {
        const slot = trial.slots[i] ?? 0;
        const share = trial.share[i] ?? 0;
        let sums = slots.get(slot);
        if (sums === undefined) slots.set(slot, (sums = { control: 0, controlFailed: 0, all: 0, allFailed: 0 }));
        sums.all += 1;
        sums.allFailed += share;
        if ((slot + 1) * SLOT <= until) {
          sums.control += 1;
          sums.controlFailed += share;
        }
      }
    }
    const bad = new Set<number>();
    let word = false;
    for (const [slot, sums] of [...slots].sort((a, b) => a[0] - b[0])) {
      if (sums.control > 0) word = sums.controlFailed > AMBIENT_SHARE * (sums.control + 1);
      else if (sums.allFailed <= AMBIENT_SHARE * sums.all) word = false;
      if (word) bad.add(slot);
    }
    return bad;
  }

  /** Did it work between the latest restart of its ends and this one? */
  #survived(trial: TrialSeries, down: number): boolean {
    const earlier = trial.nodes
      .flatMap((end) => this.#observed.nodes[end]?.segments ?? [])
      .filter((one) => one.down < down);
    if (earlier.length === 0) return true;
    const since = attemptsWithin(trial, Math.max(...earlier.map((one) => one.after)), down);
    return since.attempts - since.failed >= MIN_GOOD && since.failed <= MAX_BAD * since.attempts;
  }

  #nextRestart(trial: TrialSeries, down: number): number {
    const later = trial.nodes
      .flatMap((end) => this.#observed.nodes[end]?.segments ?? [])
      .filter((one) => one.down >= down);
    return Math.min(Number.POSITIVE_INFINITY, ...later.map((one) => one.down));
  }
}

const NOTHING: ReadonlySet<number> = new Set();

export function blocksOf(observed: Observed, one: EdgeSeries): TrialBlock[] {
  const perBlock = Math.max(1, Math.round(BLOCK_MS / observed.windowMs / SLOT));
  const down = observed.nodes[one.node]?.segments[0]?.down ?? 0;
  const blocks: { trials: number; failed: number }[] = [];
  const end = lowerBound(one.trial.slots, Math.floor(down / SLOT));
  for (let i = 0; i < end; i++) {
    const block = Math.floor((one.trial.slots[i] ?? 0) / perBlock);
    const sums = (blocks[block] ??= { trials: 0, failed: 0 });
    sums.trials += 1;
    sums.failed += one.trial.share[i] ?? 0;
  }
  return Array.from({ length: blocks.length }, (_, i) => blocks[i] ?? { trials: 0, failed: 0 });
}

/** 1 - (share that still works after) / (share that worked before). */
export function addedShare(before: Trials, after: Trials): number {
  if (before.trials === 0 || after.trials === 0 || before.failed >= before.trials) return 0;
  return 1 - (1 - after.failed / after.trials) / (1 - before.failed / before.trials);
}

/** Sums of a series before a slot. */
export function sumUntil(one: EdgeSeries, horizon: number): Trials {
  const end = lowerBound(one.slots, horizon);
  return { trials: end, failed: one.cumulativeFailed[end] ?? 0 };
}

/** Sums of a series in the slots of [from, to). */
export function sumBetween(one: EdgeSeries, from: number, to: number): Trials {
  const start = lowerBound(one.slots, from);
  const end = Math.max(start, lowerBound(one.slots, to));
  return { trials: end - start, failed: (one.cumulativeFailed[end] ?? 0) - (one.cumulativeFailed[start] ?? 0) };
}

/** Sums over some series, each with what `afterOf` says of its after phase. */
export function addUp(
  series: readonly EdgeSeries[],
  afterOf: (one: EdgeSeries) => Trials,
): { readonly before: Trials; readonly after: Trials } {
  let fb = 0;
  let nb = 0;
  let fa = 0;
  let na = 0;
  for (const one of series) {
    const after = afterOf(one);
    fb += one.before.failed;
    nb += one.before.trials;
    fa += after.failed;
    na += after.trials;
  }
  return { before: { failed: fb, trials: nb }, after: { failed: fa, trials: na } };
}

/** Each edge once, under the end that restarted first. */
export function onceEach(series: readonly EdgeSeries[], observed: Observed): EdgeSeries[] {
  const down = (one: EdgeSeries) => observed.nodes[one.node]?.segments[one.segment]?.down ?? 0;
  const first = new Map<string, EdgeSeries>();
  for (const one of series) {
    const key = `${one.trial.workloadEdge}\t${one.trial.srcNode}\t${one.trial.dstNode}\t${one.segment}`;
    const known = first.get(key);
    if (known === undefined || down(one) < down(known)) first.set(key, one);
  }
  return [...first.values()];
}
