/** Whom failing answers are blamed on: the node of the proxy that tells of them, or the one that the server lives on. */
import type { EdgeSeries } from './edge-series.js';
import type { Group } from './groups.js';
import type { Judged } from './judged.js';
import { lowerBound, SLOT, shareOf } from './observed.js';

/** A server that broke at the restart of its own node: the proxy's node, which had survived its own, only tells of it. */
export function chargedToFarEnds(group: Group, view: Judged): Group {
  if (group.series.length === 0) return group;
  const nodes = new Set<number>();
  const ends = new Set<number>();
  const odds = new Map<string, number>();
  const pathOf = ({ node, segment, trial }: EdgeSeries) => `${node}/${segment}/${trial.far ?? ''}`;
  for (const one of group.series) odds.set(pathOf(one), (odds.get(pathOf(one)) ?? 0) + oddsOfFarEnd(one, view));
  for (const one of group.series) {
    nodes.add((odds.get(pathOf(one)) ?? 0) >= LOG_ODDS ? (one.trial.far ?? one.node) : one.node);
    for (const end of [one.trial.srcNode, one.trial.dstNode, one.node]) if (end >= 0) ends.add(end);
  }
  const ascending = (a: number, b: number) => a - b;
  const undecided = group.undecided.filter((node) => nodes.has(node));
  const peers = [...ends].filter((end) => !nodes.has(end)).sort(ascending);
  return { ...group, nodes: [...nodes].sort(ascending), peers, undecided };
}

/** Odds at which the restart of the far end is named instead of that of the proxy's node. */
const LOG_ODDS = Math.log(10);
/** A baseline that never failed is no proof that it never does. */
const LEAST_SHARE = 0.002;

/** Log odds that a series broke at the far end's restart, by its trials between its own and that one: did they still fail as before? */
function oddsOfFarEnd({ trial, node, segment, before }: EdgeSeries, { evidence }: Judged): number {
  const { nodes } = evidence.observed;
  const own = nodes[node]?.segments[segment];
  const far = nodes[trial.far ?? -1]?.segments[0];
  if (own === undefined || far === undefined || far.down <= own.down) return 0;
  const [start, end] = [
    lowerBound(trial.slots, Math.ceil(own.back / SLOT)),
    lowerBound(trial.slots, Math.floor(far.down / SLOT)),
  ];
  const later = lowerBound(trial.slots, Math.ceil(far.after / SLOT));
  const sum = (from: number, to: number) => {
    let failed = 0;
    for (let i = from; i < to; i++) failed += shareOf(trial, i);
    return { failed, good: Math.max(0, to - from) - failed };
  };
  const after = sum(later, trial.slots.length);
  const between = sum(start, end);
  const usual = Math.max(LEAST_SHARE, before.trials > 0 ? before.failed / before.trials : 0);
  const share = (after.failed + 0.5) / (after.failed + after.good + 1);
  if (share <= usual) return 0;
  return between.failed * Math.log(usual / share) + between.good * Math.log((1 - usual) / (1 - share));
}
