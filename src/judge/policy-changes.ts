/** A policy that was changed during the soak, told apart from a datapath that forgot one. */
import type { NodeWindow } from '../aggregate/journal.js';
import type { EdgeSeries } from './edge-series.js';
import type { Layout } from './from-journal.js';
import type { EdgeLane } from './lane-edges.js';
import { lowerBound, SLOT, shareOf, type Observed } from './observed.js';

/** Why denials are a change of policy: callers on nodes not yet restarted are denied too, or the revision rose on so many nodes at once. */
export type PolicyChange =
  { readonly by: 'controls' } | { readonly by: 'revision'; readonly nodes: number; readonly of: number };

/** Policy revisions that a node told, in order of time. */
interface Told {
  readonly window: number;
  readonly revision: number;
}

/** Nodes on which the revision must rise together, and the part of those that tell. */
const TOGETHER = 2;
const MOST = 2 / 3;
/** Trials before a restart that must be denied already. */
const LAST_BEFORE = 2;

/** The revisions that each node told, by window from the soak's first one. */
export function revisionsOf(
  { start, index, nodes }: Layout,
  windows: readonly NodeWindow[],
): readonly (readonly Told[])[] {
  const told = nodes.map((): Told[] => []);
  for (const line of windows) {
    let revision = 0;
    for (const row of line.verdicts) revision = Math.max(revision, row.revision);
    if (revision > 0) told[index.get(line.node) ?? 0]?.push({ window: line.window - start, revision });
  }
  return told;
}

/** Which series are denied because a policy was changed. */
export function policyChanges(
  lane: EdgeLane,
  observed: Observed,
  revisions: readonly (readonly Told[])[],
): (series: EdgeSeries) => PolicyChange | undefined {
  const own = (one: EdgeSeries): PolicyChange | undefined => {
    if (isDeniedElsewhere(one, lane, observed) || isDeniedBefore(one, observed)) return { by: 'controls' };
    const turn = turnOf(one, observed);
    return turn && risenTogether(turn, observed, revisions);
  };
  return (one) => own(one) ?? alongside(one, lane, own);
}

/** Was the edge denied before the restart already, by a node that no restart had touched then? */
function isDeniedBefore({ trial, node, segment }: EdgeSeries, { nodes }: Observed): boolean {
  const before = lowerBound(trial.slots, Math.floor((nodes[node]?.segments[segment]?.down ?? 0) / SLOT));
  if (before < LAST_BEFORE) return false;
  for (let i = before - LAST_BEFORE; i < before; i++) if (shareOf(trial, i) < 0.5) return false;
  return true;
}

/** A policy is the same for all pods of a workload: what it did to one edge between two of them when another turned, it did to that too. */
function alongside(
  one: EdgeSeries,
  { series }: EdgeLane,
  own: (series: EdgeSeries) => PolicyChange | undefined,
): PolicyChange | undefined {
  const turned = lastingTurn(one);
  if (turned === undefined) return undefined;
  for (const other of series) {
    if (other === one || other.trial.destination !== one.trial.destination) continue;
    const theirs = lastingTurn(other);
    if (theirs === undefined || theirs.to < turned.from || theirs.from > turned.to) continue;
    const change = own(other);
    if (change !== undefined) return change;
  }
  return undefined;
}

/** The slots between which an edge turned from allowed to mostly denied: the last allowed one, and the first denied one. */
function lastingTurn({ trial }: EdgeSeries): { from: number; to: number } | undefined {
  const { slots } = trial;
  const first = trial.failed.findIndex((bad) => bad > 0);
  if (first < 1) return undefined;
  let denied = 0;
  for (let i = first; i < slots.length; i++) denied += shareOf(trial, i);
  return denied >= MOST * (slots.length - first) ? { from: slots[first - 1] ?? 0, to: slots[first] ?? 0 } : undefined;
}

/** Most of what is denied since the restart was taken out, as callers on nodes that no restart touched are denied as well. */
function isDeniedElsewhere(one: EdgeSeries, lane: EdgeLane, { nodes }: Observed): boolean {
  if (one.ambient === 0) return false;
  const { trial, from, node, segment } = one;
  const bad = lane.ambient.slots(trial.destination, nodes[node]?.segments[segment]?.down ?? 0);
  let ambient = 0;
  let all = 0;
  for (let i = lowerBound(trial.slots, from); i < trial.slots.length; i++) {
    all += shareOf(trial, i);
    if (bad.has(trial.slots[i] ?? -1)) ambient += shareOf(trial, i);
  }
  return all > 0 && ambient >= MOST * all;
}

/** The windows between which an edge turned from allowed to denied, for good: the last allowed slot before, and the first denied one. */
function turnOf({ trial, node, segment }: EdgeSeries, { nodes }: Observed): { from: number; to: number } | undefined {
  const down = nodes[node]?.segments[segment]?.down ?? 0;
  for (let i = lowerBound(trial.slots, Math.floor(down / SLOT)); i < trial.slots.length; i++)
    if (shareOf(trial, i) > 0)
      return { from: (trial.slots[i - 1] ?? 0) * SLOT, to: ((trial.slots[i] ?? 0) + 1) * SLOT };
  return undefined;
}

/** Did the policy revision rise on most nodes that tell, within one life of their agents and while the edge turned? */
function risenTogether(
  { from, to }: { readonly from: number; readonly to: number },
  { nodes }: Observed,
  revisions: readonly (readonly Told[])[],
): PolicyChange | undefined {
  let risen = 0;
  let telling = 0;
  nodes.forEach(({ segments }, node) => {
    const told = revisions[node] ?? [];
    const at = told.findLastIndex(({ window }) => window <= from);
    const before = told[at];
    const after = told.find(({ window }) => window >= to - SLOT);
    if (before === undefined || after === undefined) return;
    // A revision counts anew at each start of an agent.
    if (segments.some(({ down, after: settled }) => down < after.window && settled > before.window)) return;
    telling += 1;
    if (after.revision > before.revision) risen += 1;
  });
  return risen >= TOGETHER && risen >= MOST * telling ? { by: 'revision', nodes: risen, of: telling } : undefined;
}
