import type { Edge } from '../aggregate/edge.js';
import { LATE_MS } from '../rollout/phases.js';

/**
 * What the statistics read: counts by window, nothing else. It is made from a journal (`from-journal.ts`) or, in tests and in the bench, by
 * a simulator of counts. Windows are numbered from 0; a slot is two windows, aligned to window 0.
 */
export interface Observed {
  readonly windowMs: number;
  /** Number of windows. */
  readonly length: number;
  readonly nodes: readonly ObservedNode[];
  readonly signals: readonly Signal[];
  readonly trials: readonly TrialSeries[];
  readonly drops: readonly DropSeries[];
  /** Attempts of the whole cluster that began in each window. */
  readonly attempts: Float64Array;
  /** A slot's trials are complete this many windows after its end: attempts need time to fail. */
  readonly graceWindows: number;
}

export interface ObservedNode {
  readonly name: string;
  readonly expected: boolean;
  readonly segments: readonly ObservedSegment[];
  /** 1 for each window in which the node was in sight. */
  readonly visible: Uint8Array;
  /** visible windows before each window: visibleBefore[w] = sum of visible[0..w-1]; one longer than `visible`. */
  readonly visibleBefore: Float64Array;
}

/** A restart in windows: `down` R, `back` v, `after` a, `end` the next restart's R (Infinity: none). */
export interface ObservedSegment {
  readonly down: number;
  readonly back: number;
  readonly after: number;
  readonly end: number;
}

/** A drop reason in one direction. */
export interface Signal {
  readonly reason: number;
  readonly direction: number;
  /** Policy and authentication denials come in bursts by nature. */
  readonly noisy: boolean;
}

/** An edge with the nodes of its ends, for people. */
export interface EdgeInfo {
  readonly src: string;
  readonly dst: string;
  readonly protocol: string;
  readonly port: number;
  /** Only where its packets are IPv6. */
  readonly family?: 6;
}

export function edgeInfo(of: Pick<Edge, 'protocol' | 'port' | 'family'>, src: string, dst: string): EdgeInfo {
  const { protocol, port, family } = of;
  return family === 6 ? { src, dst, protocol, port, family } : { src, dst, protocol, port };
}

/** `source -> destination PROTOCOL/port`, and ` (IPv6)` where only the family tells it. */
export function edgeText({ src, dst, protocol, port, family }: EdgeInfo): string {
  const marked = family === 6 && protocol !== 'ICMPv6' ? ' (IPv6)' : '';
  return `${src} -> ${dst} ${protocol}${port === 0 ? '' : `/${port}`}${marked}`;
}

/** Slots of trials: two bytes each in soaks of up to two weeks. */
export type Slots = Uint16Array | Int32Array;

/** A column of numbers: a byte or two each while all of them are whole and small enough. */
export type Column = Uint8Array | Uint16Array | Float64Array;

/**
 * The trials of one edge: at most one for each slot. A soak has millions of them, so they are columns of numbers; one of zeros alone is
 * empty, so that what is missing in a column is 0. A trial's failing share is `shareOf`.
 */
export interface TrialSeries {
  readonly edge: EdgeInfo;
  /** The workload edge: the same without its nodes. */
  readonly workloadEdge: string;
  /** What fails when the far side is down: workload, protocol and port of the answering end. */
  readonly destination: string;
  /** Indices of the nodes of its ends, -1 where unknown or outside. */
  readonly srcNode: number;
  readonly dstNode: number;
  /** The nodes that the trials are charged to (at most two). */
  readonly nodes: readonly number[];
  /** Node of an end that they are not charged to: its restarts disturb them all the same. */
  readonly far?: number;
  /** Ascending. */
  readonly slots: Slots;
  /** Attempts of each slot, and those that failed. */
  readonly attempts: Column;
  readonly failed: Column;
  /** Drop reason of most of the failed attempts of each slot; 0 = nothing was dropped, they were unanswered. */
  readonly reasons: Column;
}

/** Failing share of the attempts of a trial, by its place in the series. */
export function shareOf({ attempts, failed }: Pick<TrialSeries, 'attempts' | 'failed'>, i: number): number {
  const bad = failed[i] ?? 0;
  return bad === 0 ? 0 : bad / (attempts[i] ?? bad);
}

/** Where one source's drops of one signal were seen on one node. */
export interface DropSeries {
  readonly node: number;
  readonly signal: number;
  readonly source: string;
  /** Windows with a drop, ascending, and the events in each. */
  readonly windows: readonly number[];
  readonly events: readonly number[];
  /** Those of the windows in which something was dropped that used to work. */
  readonly harmful: readonly number[];
}

/** Windows that a slot has. */
export const SLOT = 2;

/** Slots that a soak has, a last one that is cut short included. */
export function slotCount(observed: Observed): number {
  return Math.ceil(observed.length / SLOT);
}

/** A cumulative sum one longer than its values: sum[i] = values[0] + ... + values[i - 1]. */
export function cumulative(values: readonly number[]): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) sums[i + 1] = (sums[i] ?? 0) + (values[i] ?? 0);
  return sums;
}

/** The first index whose value is at least `bound`, in ascending values. */
export function lowerBound(values: ArrayLike<number>, bound: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many of some ascending windows lie in [from, to). */
export function countWithin(windows: ArrayLike<number>, from: number, to: number): number {
  return Math.max(0, lowerBound(windows, to) - lowerBound(windows, from));
}

/** The times of the method that follow `--settle`, in windows. */
export interface MethodTimes {
  /** Settle itself. */
  readonly settle: number;
  /** The held part begins this long after settle, and needs this much exposure. */
  readonly heldFrom: number;
  readonly heldExposure: number;
  /** Trials tell sooner than drops: of them the held part needs this much. */
  readonly heldTrials: number;
  /** A share of failing trials that cannot be missed counts from here on. */
  readonly strongFrom: number;
  /** The late phase begins this long after the flows came back. */
  readonly late: number;
  /** No PASS before this long after settle of the last node. */
  readonly passFrom: number;
  /** One minute: the least latest part. */
  readonly minute: number;
}

export function methodTimes(settleMs: number, windowMs: number): MethodTimes {
  const windows = (ms: number) => Math.max(1, Math.ceil(ms / windowMs));
  return {
    settle: windows(settleMs),
    heldFrom: windows(4 * settleMs),
    heldExposure: windows(2 * settleMs),
    heldTrials: windows((4 / 3) * settleMs),
    strongFrom: windows(3 * settleMs),
    late: windows(Math.max(LATE_MS, settleMs)),
    passFrom: windows(5 * settleMs),
    minute: windows(Math.min(settleMs, 60_000)),
  };
}
