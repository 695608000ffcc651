import { formatTime } from '../hubble/time.js';
import type { NodeWindow } from '../aggregate/journal.js';
import type { EdgeSeries } from './edge-series.js';
import type { Evidence, Layout } from './from-journal.js';
import type { AnswersLane } from './lane-answers.js';
import type { EdgeLane } from './lane-edges.js';
import type { OnewayLane } from './lane-oneway.js';
import type { SourceLanes } from './lane-sources.js';
import type { VerdictsLane } from './lane-verdicts.js';
import type { MethodTimes, ObservedSegment } from './observed.js';

/** Everything a finding may need to explain itself. */
export interface Judged {
  readonly evidence: Evidence;
  readonly edges: EdgeLane;
  readonly sources: SourceLanes;
  readonly windowMs: number;
  readonly episodeMs: number;
  readonly times: MethodTimes;
  readonly alpha: number;
  /** The further lanes, where the soak has what they judge. */
  readonly further?: Further;
  /** What was judged, row by row. */
  readonly rows?: { readonly layout: Layout; readonly windows: readonly NodeWindow[] };
  /** Series of other lanes that show which paths are fine. */
  readonly alongside?: readonly EdgeSeries[];
}

/** Lanes of the tenth of alpha that is kept for them. */
export interface Further {
  /** Lane A once more for what begins late, by the moment that each counts from: made anew whenever they are asked for. */
  readonly late: Iterable<EdgeLane>;
  readonly answers: AnswersLane | undefined;
  readonly vanished: EdgeLane | undefined;
  readonly verdicts: VerdictsLane | undefined;
  readonly repeats: EdgeLane | undefined;
  readonly oneway: OnewayLane | undefined;
}

export function nodeName({ evidence }: Judged, node: number): string {
  return evidence.observed.nodes[node]?.name ?? '';
}

/** RFC 3339 of the beginning of a window; null where it is none. */
export function timeOf({ evidence, windowMs }: Judged, window: number): string | null {
  return Number.isFinite(window) ? formatTime((window + evidence.origin) * windowMs) : null;
}

export function secondsOf({ windowMs }: Judged, windows: number): number {
  return (windows * windowMs) / 1000;
}

/** The restart that a node is compared over: its first one. */
export function firstSegment({ evidence }: Judged, node: number): ObservedSegment | undefined {
  return evidence.observed.nodes[node]?.segments[0];
}

/** The first window in which any agent went down; the number of windows where none did. */
export function firstDown({ observed }: Evidence): number {
  return observed.nodes.reduce((w, node) => Math.min(w, node.segments[0]?.down ?? w), observed.length);
}

/** Windows of [from, to) in which a node was in sight. */
export function windowsInSight({ evidence: { observed } }: Judged, node: number, from: number, to: number): number {
  const before = observed.nodes[node]?.visibleBefore;
  const clip = (w: number) => before?.[Math.max(0, Math.min(w, observed.length))] ?? 0;
  return Math.max(0, clip(to) - clip(from));
}

/** Which windows of a node a side of a comparison takes: before its first restart, or since it settled. */
function boundsOf(
  judged: Judged,
  node: number,
  side: 'before' | 'after',
): { readonly from: number; readonly to: number } {
  const segment = firstSegment(judged, node);
  if (segment === undefined) return { from: 0, to: 0 };
  return side === 'before'
    ? { from: 0, to: segment.down }
    : { from: segment.after, to: judged.evidence.observed.length };
}

/** Seconds for which these nodes were in sight before their restart, or since they settled. */
export function observedSeconds(nodes: readonly number[], judged: Judged, side: 'before' | 'after'): number {
  const windows = nodes.reduce((sum, node) => {
    const { from, to } = boundsOf(judged, node, side);
    return sum + windowsInSight(judged, node, from, to);
  }, 0);
  return secondsOf(judged, windows);
}

/** Attempts that these nodes began before their restart, or since they settled. */
export function attemptsBegun(nodes: readonly number[], judged: Judged, side: 'before' | 'after'): number {
  return nodes.reduce((sum, node) => {
    const { from, to } = boundsOf(judged, node, side);
    return sum + attemptsWithin(judged, node, from, to);
  }, 0);
}

export function attemptsWithin({ evidence }: Judged, node: number, from: number, to: number): number {
  const begun = evidence.attemptsBegun[node];
  let sum = 0;
  for (let w = Math.max(0, from); w < Math.min(to, evidence.observed.length); w++) sum += begun?.[w] ?? 0;
  return sum;
}
