import type { TrialBlock } from '../stats/dispersion.js';
import type { Ambient, AmbientSlots } from './ambient.js';
import { BLOCK_MS, MAX_BAD, MIN_GOOD } from './constants.js';
import {
  lowerBound,
  shareOf,
  SLOT,
  type MethodTimes,
  type Observed,
  type Slots,
  type TrialSeries,
} from './observed.js';
import { FADING, RESTARTING, type Restarts } from './restarts.js';
import { SlotSums, type FailedSums } from './slot-sums.js';

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
  /** Slots of the after phase, and what failed in them, without ambient trials and without the other end's own restart and what fades after it. */
  readonly slots: Slots;
  readonly failed: FailedSums;
  /** What a PASS reads: beyond `until` too, and all but the other end's own settle. */
  readonly passSlots: Slots;
  readonly passFailed: FailedSums;
  /** Trials taken out as ambient. */
  readonly ambient: number;
}

/** What keeps trials of an edge out of its series: restarts of the far end, and destinations that are down by themselves. */
export interface Disturbances {
  readonly restarts: Restarts;
  readonly ambient: Ambient;
}

/** The series of one edge: one for each restart of each of its nodes. */
export function seriesOf(
  observed: Observed,
  times: MethodTimes,
  trial: TrialSeries,
  { restarts, ambient }: Disturbances,
): EdgeSeries[] {
  const found: EdgeSeries[] = [];
  for (const node of trial.nodes) {
    const segments = observed.nodes[node]?.segments ?? [];
    const [firstSegment] = segments;
    if (firstSegment === undefined) continue;
    const other = trial.nodes.find((one) => one !== node) ?? -1;
    const atOther = restarts.of(trial.far ?? other);
    const ends = endsOf(trial, firstSegment, observed.nodes[other]?.segments[0]);
    const { before, beforeAttempts } = baselineOf(trial, firstSegment.down, atOther);
    const good = before.trials - before.failed;
    const knownGood = good >= MIN_GOOD && before.failed <= MAX_BAD * before.trials && !ends.brokenBefore;

    for (const [index, segment] of segments.entries()) {
      const from = Math.ceil(segment.after / SLOT);
      const last = Math.min(segment.end, observed.length) / SLOT;
      const until = Math.min(last, index === 0 ? ends.until : last);
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
        ...afterOf(trial, { from, until, last }, atOther, ambient.slots(trial.destination, segment.down)),
      });
    }
  }
  return found;
}

/** Trials and attempts before a window, without the other end's own restart. */
function baselineOf(
  trial: TrialSeries,
  down: number,
  atOther: Uint8Array,
): Pick<EdgeSeries, 'before' | 'beforeAttempts'> {
  const { slots } = trial;
  const end = lowerBound(slots, Math.floor(down / SLOT));
  let trials = 0;
  let failing = 0;
  let attempts = 0;
  let failed = 0;
  for (let i = 0; i < end; i++) {
    if (atOther[slots[i] ?? 0] === RESTARTING) continue;
    trials += 1;
    failing += shareOf(trial, i);
    attempts += trial.attempts[i] ?? 0;
    failed += trial.failed[i] ?? 0;
  }
  return { before: { failed: failing, trials }, beforeAttempts: { attempts, failed } };
}

const passing = new SlotSums();
const counting = new SlotSums();

/** The after phase of one restart, in slots of [from, until) and, for a PASS, of [from, last). */
function afterOf(
  trial: TrialSeries,
  { from, until, last }: { readonly from: number; readonly until: number; readonly last: number },
  atOther: Uint8Array,
  ambient: AmbientSlots,
): Pick<EdgeSeries, 'slots' | 'failed' | 'passSlots' | 'passFailed' | 'ambient'> {
  const { slots } = trial;
  passing.begin(slots);
  counting.begin(slots);
  let out = 0;
  const isEverDown = ambient.size > 0;
  for (let i = lowerBound(slots, from); i < slots.length; i++) {
    const slot = slots[i] ?? 0;
    if (slot + 1 > last) break;
    if (isEverDown && ambient.has(slot)) {
      out += 1;
      continue;
    }
    const disturbed = atOther[slot] ?? 0;
    if (disturbed === RESTARTING) continue;
    const share = shareOf(trial, i);
    passing.add(i, share);
    if (slot + 1 <= until && disturbed !== FADING) counting.add(i, share);
  }
  const pass = passing.take();
  const count = counting.startOf(pass) ?? counting.take();
  return {
    slots: count.slots,
    failed: count.failed,
    passSlots: pass.slots,
    passFailed: pass.failed,
    ambient: out,
  };
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

/** The baseline of a series in blocks of some minutes; blocks without trials are left out. */
export function blocksOf(observed: Observed, one: EdgeSeries): TrialBlock[] {
  const perBlock = Math.max(1, Math.round(BLOCK_MS / observed.windowMs / SLOT));
  const down = observed.nodes[one.node]?.segments[0]?.down ?? 0;
  const { slots } = one.trial;
  const end = lowerBound(slots, Math.floor(down / SLOT));
  const blocks: TrialBlock[] = [];
  for (let i = 0; i < end;) {
    const next = (Math.floor((slots[i] ?? 0) / perBlock) + 1) * perBlock;
    let trials = 0;
    let failed = 0;
    for (; i < end && (slots[i] ?? 0) < next; i++) {
      trials += 1;
      failed += shareOf(one.trial, i);
    }
    blocks.push({ trials, failed });
  }
  return blocks;
}

/** The same of each series, made as they are asked for: all of them would take more room than the series themselves. */
export function baselinesOf(observed: Observed, series: readonly EdgeSeries[]): Iterable<TrialBlock[]> {
  return {
    *[Symbol.iterator]() {
      for (const one of series) yield blocksOf(observed, one);
    },
  };
}

/** 1 - (share that still works after) / (share that worked before). */
export function addedShare(before: Trials, after: Trials): number {
  if (before.trials === 0 || after.trials === 0 || before.failed >= before.trials) return 0;
  return 1 - (1 - after.failed / after.trials) / (1 - before.failed / before.trials);
}

/** Sums of a series before a slot. */
export function sumUntil(one: EdgeSeries, horizon: number): Trials {
  const end = lowerBound(one.slots, horizon);
  return { trials: end, failed: one.failed.of(end) };
}

/** Sums of a series in the slots of [from, to). */
export function sumBetween(one: EdgeSeries, from: number, to: number): Trials {
  const start = lowerBound(one.slots, from);
  const end = Math.max(start, lowerBound(one.slots, to));
  return { trials: end - start, failed: one.failed.of(end) - one.failed.of(start) };
}

/** In how many slots before `horizon` any of some series failed. */
export function failingSlots(series: readonly EdgeSeries[], horizon: number): number {
  const failing = new Set<number>();
  for (const { slots, failed } of series)
    for (const { at } of failed.each(lowerBound(slots, horizon))) failing.add(slots[at] ?? 0);
  return failing.size;
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
