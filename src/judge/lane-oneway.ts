/** Established traffic that is forwarded and gets no reply any more: what neither an attempt nor a drop tells of. */
import type { NodeWindow } from '../aggregate/journal.js';
import type { EdgeSeries } from './edge-series.js';
import { Established, type EstablishedEdge } from './established.js';
import { SILENT } from './failed-trials.js';
import type { Layout } from './from-journal.js';
import { EdgeLane } from './lane-edges.js';
import { furtherPlan, type LaneContext } from './lane-plan.js';
import { Lives, type Life } from './lives.js';
import { lowerBound, SLOT, shareOf, type Observed, type TrialSeries, type Column, type Slots } from './observed.js';
import { mustBeginEarly } from './onset.js';
import { presencesOf } from './presence.js';
import { TrialColumns } from './trial-columns.js';
import type { Sight } from './trial-series.js';

// A server that is out for some minutes would be strong.
const PLAN = furtherPlan('oneway', { trimmed: false, strong: false });

export interface OnewayLane {
  readonly lane: EdgeLane;
  /** How far the packets of some series get, as a clause; undefined where the destinations' nodes do not tell. */
  readonly howFar: (series: readonly EdgeSeries[]) => string | undefined;
}

/** @returns undefined where no edge has ever shown traffic without replies after a restart. */
export function onewayLane(
  layout: Layout,
  windows: readonly NodeWindow[],
  of: LaneContext & { readonly sight: Sight },
): OnewayLane | undefined {
  const { observed, times, alpha, reserve, sight } = of;
  const downOf = (node: number) => observed.nodes[node]?.segments[0]?.down ?? observed.length;
  const established = new Established(layout, windows);
  const edges = established.edges().flatMap((edge) => {
    const trials = trialsOf(edge, established, observed, sight);
    const down = Math.min(downOf(edge.place.srcNode), downOf(edge.place.dstNode));
    return trials === undefined ? [] : [{ edge, trials, down }];
  });
  if (!edges.some(({ trials, down }) => failsFrom(trials, Math.floor(down / SLOT)))) return undefined;
  const lives = new Lives(layout, presencesOf(layout, windows).all);
  const told = new Map<TrialSeries, EstablishedEdge>();
  const doubtful = new Set<TrialSeries>();
  for (const { edge, trials, down } of edges) {
    const life = edge.place.dstNode < 0 ? Number.POSITIVE_INFINITY : lives.of(edge.place, down).destination;
    const one = until(trials, life);
    told.set(one, edge);
    if (life === 'unknown') doubtful.add(one);
  }
  const lane = new EdgeLane({ ...observed, trials: [...told.keys()] }, times, alpha, reserve, PLAN);
  const early = mustBeginEarly(lane, observed, times);
  lane.objection = (series, horizon) => {
    const [first] = series;
    return first !== undefined && series.every(({ trial }) => doubtful.has(trial))
      ? `nothing else tells whether ${first.trial.edge.dst} still lives`
      : early(series, horizon);
  };
  return { lane, howFar: (series) => howFar(series, told, observed) };
}

function failsFrom(trial: TrialSeries, from: number): boolean {
  for (let i = lowerBound(trial.slots, from); i < trial.slots.length; i++) if (shareOf(trial, i) > 0) return true;
  return false;
}

const columns = new TrialColumns();

/**
 * One trial a slot in which packets were forwarded, and no attempt was on its way. It fails when no reply is seen in it or in the next: one
 * may come just behind the border. Slots in which events may be missing, or in which the node shows no replies at all, tell nothing.
 */
function trialsOf(
  { place, atSource }: EstablishedEdge,
  established: Established,
  observed: Observed,
  sight: Sight,
): TrialSeries | undefined {
  const { forward, replied } = atSource;
  const { srcNode, dstNode } = place;
  const tells = (slot: number) => {
    for (let w = slot * SLOT; w < (slot + 1) * SLOT; w++)
      if (w >= observed.length || !sight.isVisible(srcNode, w) || sight.isLossy(srcNode, w)) return false;
    return true;
  };
  let isAny = false;
  for (let slot = 0; slot < forward.end; slot++) {
    const attempts = forward.at(slot);
    if (attempts === 0 || established.isOpening(place, slot)) continue;
    if (!established.showsReplies(place, slot) || !tells(slot) || !tells(slot + 1)) continue;
    const isAnswered = replied.has(slot) || replied.has(slot + 1);
    columns.add(slot, attempts, isAnswered ? 0 : attempts, SILENT);
    isAny = true;
  }
  if (!isAny) return undefined;
  return {
    edge: place.edge,
    workloadEdge: place.workloadEdge,
    destination: place.destination,
    srcNode,
    dstNode,
    nodes: [...new Set([srcNode, dstNode])].filter((node) => node >= 0),
    ...columns.close(),
  };
}

/** The trials for as long as the server lives: to a pod that is gone its clients repeat themselves for a quarter of an hour. */
function until(one: TrialSeries, life: Life): TrialSeries {
  if (life === 'unknown' || life === Number.POSITIVE_INFINITY) return one;
  const end = lowerBound(one.slots, life + 1);
  const part = <T extends Slots | Column>(column: T) => column.subarray(0, end) as T;
  return {
    ...one,
    slots: part(one.slots),
    attempts: part(one.attempts),
    failed: part(one.failed),
    reasons: part(one.reasons),
  };
}

/** What the destination's node told in the slots without a reply. A node that never told of an edge before tells nothing by its silence. */
function howFar(
  series: readonly EdgeSeries[],
  told: ReadonlyMap<TrialSeries, EstablishedEdge>,
  { nodes }: Observed,
): string | undefined {
  const fates = { never: 0, arrived: 0, answered: 0 };
  const at = new Set<string>();
  for (const { trial, from } of series) {
    const there = told.get(trial)?.atDestination;
    if (there === undefined || there.forward.before(from) + there.replied.before(from) === 0) continue;
    for (let i = lowerBound(trial.slots, from); i < trial.slots.length; i++) {
      if (shareOf(trial, i) === 0) continue;
      const slot = trial.slots[i] ?? 0;
      if (nodes[trial.dstNode]?.visible[slot * SLOT] !== 1) continue;
      if (there.replied.has(slot)) fates.answered += 1;
      else if (there.forward.has(slot)) fates.arrived += 1;
      else fates.never += 1;
      at.add(nodes[trial.dstNode]?.name ?? '');
    }
  }
  const all = fates.never + fates.arrived + fates.answered;
  const where = [...at].sort().join(', ');
  if (all === 0) return undefined;
  if (2 * fates.never > all) return `it never arrives on ${where}`;
  if (2 * fates.answered > all) return `it arrives on ${where}, and what is answered there never comes back`;
  if (2 * fates.arrived > all) return `it arrives on ${where} and is not answered`;
  return undefined;
}
