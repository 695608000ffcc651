import type { Journal } from '../aggregate/journal.js';
import { habitOf, isBeyondHabit } from './habit.js';
import { phases, type PhaseSpan } from './phases.js';
import { findRestarts, type Restart, type Unseen } from './restarts.js';
import { flowRate, fullName, overlapping, sights, type NodeSight, type Span } from './sight.js';

/** One restart as the judge counts it: in windows since the epoch. */
export interface Segment {
  /** The window in which the agent went down: what lies before is not touched by this restart. */
  readonly down: number;
  /** The first window in which its flows are back. */
  readonly back: number;
  /** The first window of the after phase. */
  readonly after: number;
  /** The window in which the next restart begins; Infinity for the last one. */
  readonly end: number;
  /** When flows were back, ms. */
  readonly backAt: number;
}

export interface NodeTimeline {
  readonly name: string;
  readonly sight: NodeSight;
  /** Every restart that was seen or given. */
  readonly restarts: readonly Restart[];
  /** Restarts less than two settle times apart are one. */
  readonly segments: readonly Segment[];
  readonly phases: readonly PhaseSpan[];
  /** Spans in which the node could not be seen, restarts included, in order of time and apart from each other. */
  readonly blind: readonly Span[];
  readonly unseen: readonly Unseen[];
  /** Since when the node is lost while others went on, ms; undefined while it is there, or when it left. */
  readonly goneSince: number | undefined;
  /** Since when relay lists the node no longer, ms: it left the cluster, which is no failure. */
  readonly leftSince: number | undefined;
  /** Does a PASS wait for a restart of this node? */
  readonly expected: boolean;
}

export interface Rollout {
  readonly nodes: readonly NodeTimeline[];
  /** First and last event time of flows, ms; NaN without flows. */
  readonly from: number;
  readonly to: number;
}

export interface RolloutSettings {
  readonly windowMs: number;
  readonly settleMs: number;
  readonly isExpected: ((node: string) => boolean) | undefined;
  readonly isIgnored: (node: string) => boolean;
  readonly given: readonly { readonly node: string; readonly time: number }[];
}

const MINUTE = 60_000;
/** Restarts of one node closer than this many settle times (two minutes by default) are one to the judge. */
const ONE_RESTART_SETTLES = 2;
/** A node counts as expected when it was there this long before the first restart, or from the beginning. */
const EXPECTED_MS = 5 * MINUTE;
const FROM_THE_BEGINNING_MS = 30_000;
/** How much longer than the others a node must be silent at the end to be gone. */
const GONE_MS = 30_000;
/** So many flows missing at the end are beyond a node's rhythm. */
const MISSING_FLOWS = 20;

/** Timelines of all nodes of a journal, in order of their names. */
export function rollout(journal: Journal, settings: RolloutSettings): Rollout {
  const seen = sights(journal);
  for (const name of [...seen.keys()]) if (settings.isIgnored(name)) seen.delete(name);
  const all = [...seen.values()];
  const from = all.reduce((time, node) => Math.min(time, node.firstFlow), Number.POSITIVE_INFINITY);
  const to = all.reduce((time, node) => Math.max(time, node.lastFlow), Number.NEGATIVE_INFINITY);
  const given = settings.given.map((one) => ({ ...one, node: fullName(one.node, seen.keys()) }));

  const restarts = new Map(
    all.map((node) => [
      node.name,
      findRestarts(
        node,
        all.filter((other) => other !== node),
        given.filter((one) => one.node === node.name).map((one) => one.time),
      ),
    ]),
  );
  let first = Number.POSITIVE_INFINITY;
  for (const { restarts: own } of restarts.values())
    for (const restart of own) first = Math.min(first, restart.lastFlow);

  const sampledUntil = all.reduce(
    (time, node) => Math.max(time, node.samples.at(-1)?.time ?? time),
    Number.NEGATIVE_INFINITY,
  );
  const nodes = all.map((node): NodeTimeline => {
    const { restarts: own, unseen: between } = restarts.get(node.name) ?? { restarts: [], unseen: [] };
    const joined = Math.min(
      node.firstFlow,
      node.samples.find((sample) => sample.startedAt !== null)?.time ?? node.firstFlow,
    );
    const end = ending(node, own, to, sampledUntil);
    const since = Number.isFinite(node.lastFlow) ? node.lastFlow : from;
    const goneSince = end === 'gone' ? since : undefined;
    const leftSince = end === 'left' ? since : undefined;
    const unseen = end === 'silent' ? [...between, { from: since, to, why: 'silent' as const }] : between;
    const awaySince = goneSince ?? leftSince;
    const away = awaySince === undefined ? [] : [{ from: awaySince, to }];
    const blind = union([...outages(node, own), ...unseen, ...away]);
    const wasThere = joined <= Math.max(from + FROM_THE_BEGINNING_MS, Math.min(first, to) - EXPECTED_MS);
    return {
      name: node.name,
      sight: node,
      restarts: own,
      segments: segments(own, settings),
      phases: phases(node.firstFlow, own, blind, settings.settleMs, to),
      blind,
      unseen,
      goneSince,
      leftSince,
      expected: settings.isExpected?.(node.name) ?? (wasThere && leftSince === undefined),
    };
  });
  return { nodes, from: Number.isFinite(from) ? from : Number.NaN, to: Number.isFinite(to) ? to : Number.NaN };
}

/**
 * How a node ends: it is `there`; it is `gone`, when it was lost or never spoke again after a restart; it has `left`, when relay lists it no
 * longer; or it is `silent` beyond its rhythm although its agent runs.
 */
function ending(
  node: NodeSight,
  restarts: readonly Restart[],
  to: number,
  sampledUntil: number,
): 'there' | 'gone' | 'left' | 'silent' {
  const quietMs = to - node.lastFlow;
  if (quietMs <= GONE_MS) return 'there';
  const last = node.samples.at(-1);
  if (last !== undefined && sampledUntil - last.time > MINUTE && to - last.time > MINUTE) return 'left';
  const isRecent = last !== undefined && to - last.time < MINUTE;
  if (isRecent && last.startedAt === null) return 'gone';
  if (flowRate(node) * quietMs <= MISSING_FLOWS) return 'there';
  return isRecent && !restarts.some((restart) => restart.at > node.lastFlow) ? 'silent' : 'gone';
}

/** When the node could not be seen for its restarts: the method looks back a few minutes only, but a long outage was one all along. */
function outages(node: NodeSight, restarts: readonly Restart[]): Span[] {
  const habit = habitOf(node);
  return restarts.flatMap(({ lastFlow, firstFlow }) => [
    { from: lastFlow, to: firstFlow },
    ...overlapping(node.silences, lastFlow, firstFlow).filter(({ from, to }) => isBeyondHabit(habit, to - from)),
  ]);
}

/** The same time, as spans apart from each other in order. */
function union(spans: readonly Span[]): Span[] {
  const joined: { from: number; to: number }[] = [];
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    if (to <= from) continue;
    const last = joined.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else joined.push({ from, to });
  }
  return joined;
}

/** Restarts close to each other count as one: down with the first, back with the last. */
function groups(restarts: readonly Restart[], apartMs: number): { readonly first: Restart; readonly last: Restart }[] {
  const found: { first: Restart; last: Restart }[] = [];
  for (const restart of restarts) {
    const group = found.at(-1);
    if (group !== undefined && restart.at - group.last.at < apartMs) group.last = restart;
    else found.push({ first: restart, last: restart });
  }
  return found;
}

function segments(restarts: readonly Restart[], settings: RolloutSettings): Segment[] {
  const { windowMs, settleMs } = settings;
  const settleWindows = Math.ceil(settleMs / windowMs);
  const bounds: Omit<Segment, 'end'>[] = [];
  for (const { first, last } of groups(restarts, ONE_RESTART_SETTLES * settleMs)) {
    const lost = Math.floor(first.lastFlow / windowMs) + (first.lastFlow < first.firstFlow ? 1 : 0);
    const down = Math.max(lost, bounds.at(-1)?.back ?? lost);
    const back = Math.max(Math.floor(last.firstFlow / windowMs), down);
    bounds.push({ down, back, after: back + settleWindows, backAt: last.firstFlow });
  }
  return bounds.map((bound, i) => ({ ...bound, end: bounds[i + 1]?.down ?? Number.POSITIVE_INFINITY }));
}
