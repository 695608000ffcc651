/** Steady edges that are gone since a restart, while both of their ends live. */
import type { NodeWindow } from '../aggregate/journal.js';
import { FURTHER_PARTS, LANE_WEIGHT, MIN_ADDED_VANISHED, MIN_MISSING } from './constants.js';
import type { EdgePlace } from './edge-places.js';
import { sumUntil, type EdgeSeries } from './edge-series.js';
import { SILENT } from './failed-trials.js';
import type { Layout } from './from-journal.js';
import { EdgeLane } from './lane-edges.js';
import type { LaneContext, LanePlan } from './lane-plan.js';
import { Lives, type Life } from './lives.js';
import { edgeText, SLOT, slotCount, type Observed, type TrialSeries } from './observed.js';
import { presencesOf, type Opens, type Presence } from './presence.js';
import { SteadyEdges, type SteadyEdge } from './steady-edges.js';
import { TrialColumns } from './trial-columns.js';
import type { Sight } from './trial-series.js';

/** Log of the chance at which a caller that may choose among several nodes is not believed to have passed one over. */
const NO_CHANCE = Math.log(1e6);
/** Added share from which on an edge is named: it may have come back since. */
const NAMED_VANISHED = 0.5;
/** Slots of new traffic elsewhere that show that an edge goes on there. */
const GOES_ON = 3;

/** What is known of an edge beside its trials. */
interface Doubts {
  readonly place: EdgePlace;
  /** The end of which nothing else tells whether it lives. */
  readonly unknown: string | undefined;
  /** Other nodes on which the same caller reaches the same workload. */
  readonly siblings: readonly EdgePlace[];
  /** Connections, or else slots with traffic, that one trial had on average before. */
  readonly usual: number;
}

/** @returns undefined where no steady edge is gone. */
export function vanishedLane(
  layout: Layout,
  windows: readonly NodeWindow[],
  of: LaneContext & { readonly sight: Sight },
): EdgeLane | undefined {
  const { observed, times, alpha, reserve } = of;
  if (observed.nodes.every(({ segments }) => segments.length === 0)) return undefined;
  const presences = presencesOf(layout, windows);
  const steady = new SteadyEdges(observed, times, presences.all, of.sight);
  const gone = steady.all.filter((edge) => edge.isGone);
  if (gone.length === 0) return undefined;

  const lives = new Lives(layout, presences.all);
  const byWorkloadEdge = grouped(presences.all);
  const siblingsOf = ({ presence: { place } }: SteadyEdge): EdgePlace[] =>
    (byWorkloadEdge.get(place.workloadEdge) ?? []).flatMap((other) =>
      other.place !== place && other.place.srcNode === place.srcNode ? [other.place] : [],
    );
  const opens = presences.opens(new Set(gone.flatMap((edge) => [edge.presence.place, ...siblingsOf(edge)])));
  const doubts = new Map<TrialSeries, Doubts>();
  const destinations = new Set(gone.map(({ presence }) => presence.place.destination));
  const trials = steady.all
    .filter(({ presence }) => destinations.has(presence.place.destination))
    .flatMap((edge): TrialSeries[] => {
      const { place } = edge.presence;
      const siblings = siblingsOf(edge);
      if (edge.isGone && chosen(place, siblings, opens, edge.down, observed.length) < NO_CHANCE) return [];
      const { source, destination } = livesOf(edge, lives);
      const until = Math.min(slotOf(source), slotOf(destination), goesOnElsewhere(edge, byWorkloadEdge));
      const one = trialsOf(edge, steady, until, observed);
      const unknown = source === 'unknown' ? place.edge.src : destination === 'unknown' ? place.edge.dst : undefined;
      doubts.set(one, { place, unknown, siblings, usual: usualOf(edge, steady, opens) });
      return [one];
    });
  const plan: LanePlan = {
    topic: 'vanished',
    weight: LANE_WEIGHT.further * FURTHER_PARTS.vanished,
    parts: { edge: 1, node: 0, soak: 0 },
    trimmed: false,
    minAdded: MIN_ADDED_VANISHED,
    minNamed: NAMED_VANISHED,
    strong: false,
    baseline: {
      phi: steady.phi(),
      edges: observed.nodes.map((_, node) => steady.all.filter(({ nodes }) => nodes.includes(node)).length),
    },
  };
  const lane = new EdgeLane({ ...observed, trials }, times, alpha, reserve, plan);
  lane.objection = (series, horizon) => objectionTo(series, horizon, doubts, opens, observed);
  return lane;
}

function grouped(presences: readonly Presence[]): Map<string, Presence[]> {
  const groups = new Map<string, Presence[]>();
  for (const one of presences) {
    const group = groups.get(one.place.workloadEdge);
    if (group === undefined) groups.set(one.place.workloadEdge, [one]);
    else group.push(one);
  }
  return groups;
}

/**
 * Until when both ends live. A client that does nothing else may have finished, or another of its kind may do its work now (a leader that was
 * elected anew), however long its pod is there.
 */
function livesOf(
  { presence: { place }, down }: SteadyEdge,
  lives: Lives,
): { readonly source: Life; readonly destination: Life } {
  const known = lives.of(place, down);
  const destination = known.destination === 'unknown' ? lives.lastSign(place, down) : known.destination;
  return { ...known, destination };
}

function slotOf(life: Life): number {
  return life === 'unknown' ? Number.POSITIVE_INFINITY : life;
}

/** The slot from which on the same workload edge goes on with one end elsewhere: a pod moved, or was replaced. */
function goesOnElsewhere(edge: SteadyEdge, byWorkloadEdge: ReadonlyMap<string, readonly Presence[]>): number {
  const { place, slots } = edge.presence;
  const down = Math.floor(edge.down / SLOT);
  let first = Number.POSITIVE_INFINITY;
  for (const other of byWorkloadEdge.get(place.workloadEdge) ?? []) {
    const isNear = other.place.srcNode === place.srcNode || other.place.dstNode === place.dstNode;
    if (other.place === place || !isNear) continue;
    const before = other.slots.before(down);
    // It was there before, half as often as this one at least: no news.
    if (2 * before >= slots.before(down)) continue;
    if (other.slots.size - before >= GOES_ON) first = Math.min(first, other.slots.next(down) ?? first);
  }
  return first - 1;
}

const columns = new TrialColumns();

/** One trial a step: does it fail to show? After its last sign of life only as long as its ends are known to live. */
function trialsOf(
  { presence, nodes, step }: SteadyEdge,
  steady: SteadyEdges,
  until: number,
  observed: Observed,
): TrialSeries {
  const { place, slots: seen } = presence;
  const end = Math.max(seen.last(), until);
  for (const { slot, isThere } of steady.steps({ presence, nodes, step }, 0, slotCount(observed))) {
    if (slot > end) break;
    columns.add(slot, 1, isThere ? 0 : 1, SILENT);
  }
  return {
    edge: place.edge,
    workloadEdge: place.workloadEdge,
    destination: place.destination,
    srcNode: place.srcNode,
    dstNode: place.dstNode,
    nodes,
    ...columns.close(),
  };
}

function usualOf(edge: SteadyEdge, steady: SteadyEdges, opens: Opens): number {
  const { presence, step, down } = edge;
  const begun = opens.get(presence.place);
  let [steps, there, attempts] = [0, 0, 0];
  for (const { slot, isThere } of steady.steps(edge, 0, Math.floor(down / SLOT))) {
    steps += 1;
    if (isThere) there += 1;
    for (let at = slot - step + 1; at <= slot; at++) attempts += begun?.[at] ?? 0;
  }
  return Math.max(attempts, there) / Math.max(1, steps);
}

/**
 * How unlikely it is that a caller with a choice of nodes just never chose this one in windows of [down, to): minus the log of that chance.
 * It chooses anew for each attempt, with the shares that it had before.
 */
function chosen(place: EdgePlace, siblings: readonly EdgePlace[], opens: Opens, down: number, to: number): number {
  if (siblings.length === 0) return Number.POSITIVE_INFINITY;
  const sum = (of: EdgePlace, from: number, end: number) => {
    let all = 0;
    for (let slot = from; slot < end; slot++) all += opens.get(of)?.[slot] ?? 0;
    return all;
  };
  const [at, end] = [Math.floor(down / SLOT), Math.floor(to / SLOT)];
  const own = sum(place, 0, at);
  const others = siblings.reduce((all, one) => all + sum(one, 0, at), 0);
  const later = siblings.reduce((all, one) => all + sum(one, at, end), 0);
  return own + others === 0 ? 0 : -later * Math.log1p(-own / (own + others + 1));
}

function objectionTo(
  series: readonly EdgeSeries[],
  horizon: number,
  doubts: ReadonlyMap<TrialSeries, Doubts>,
  opens: Opens,
  { nodes }: Observed,
): string | undefined {
  for (const one of series) {
    const { trial, node } = one;
    const of = doubts.get(trial);
    if (of === undefined) continue;
    if (of.unknown !== undefined)
      return `nothing else tells whether ${of.unknown} still lives: ${edgeText(trial.edge)} was all that was ever seen of it`;
    if (of.usual * sumUntil(one, horizon).trials < MIN_MISSING)
      return 'it may just have become rarer: not enough of it is missing yet';
    const down = nodes[node]?.segments[0]?.down ?? 0;
    if (chosen(of.place, of.siblings, opens, down, horizon * SLOT) < NO_CHANCE)
      return `${trial.edge.src} reaches ${trial.edge.dst} on other nodes too, and may just have chosen those`;
  }
  return undefined;
}
