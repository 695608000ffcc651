import { MIN_ADDED_EDGE, NAMED_FAILED, NAMED_LOG_E, NAMED_SHARE, MIN_RATIO } from './constants.js';
import type { Evidence } from './from-journal.js';
import { addedShare, type EdgeSeries } from './edge-series.js';
import type { EdgeEvidence, EdgeLane } from './lane-edges.js';
import type { SourceEvidence, SourceLanes } from './lane-sources.js';
import type { Failure } from './looks.js';

/** Reason of attempts that nothing dropped and nobody answered. */
export const SILENT = 0;

/** Failures that tell of one thing: one drop reason, or silence. First the decision, then the estimate of where it hurts. */
export interface Group {
  /** Drop reason; SILENT for unanswered attempts. */
  readonly reason: number;
  readonly failures: readonly Failure[];
  /** Indices of the restarted nodes that show it. */
  readonly nodes: readonly number[];
  /** Nodes of the other ends. */
  readonly peers: readonly number[];
  /** Known-good edges that fail this way on those nodes, worst first. */
  readonly series: readonly EdgeSeries[];
  /** Nodes that may be meant instead: both ends of an edge restarted, and the data cannot tell which. */
  readonly undecided: readonly number[];
  /** The strongest evidence of attempts, and of drops. */
  readonly edgeEvidence: EdgeEvidence | undefined;
  readonly sourceEvidence: SourceEvidence | undefined;
}

/** Groups failures (or watches) by what they tell of. */
export function groupFailures(
  failures: readonly Failure[],
  evidence: Evidence,
  edges: EdgeLane,
  sources: SourceLanes,
): Group[] {
  const byReason = new Map<number, Failure[]>();
  for (const failure of failures)
    for (const reason of reasonsOf(failure, evidence, edges)) {
      const group = byReason.get(reason);
      if (group === undefined) byReason.set(reason, [failure]);
      else group.push(failure);
    }
  return [...byReason].map(([reason, group]) => describe(reason, group, evidence, edges, sources));
}

/** The drop reason that a failure is about. */
function reasonsOf(failure: Failure, evidence: Evidence, edges: EdgeLane): number[] {
  switch (failure.lane) {
    case 'edge':
      return [mainReason([failure.series], failure.look, edges)];
    case 'node':
      return [mainReason((edges.byNode[failure.node] ?? []).filter(isSegment(failure.segment)), failure.look, edges)];
    case 'soak':
      return [mainReason(edges.series, failure.look, edges)];
    case 'new':
    case 'known':
    case 'new-soak':
    case 'known-soak':
      return [evidence.observed.signals[failure.signal]?.reason ?? SILENT];
  }
}

const isSegment = (segment: number) => (one: EdgeSeries) => one.knownGood && one.segment === segment;

/** The reason of at least half of the failed attempts, else SILENT. */
function mainReason(series: readonly EdgeSeries[], look: number, edges: EdgeLane): number {
  const counts = new Map<number, number>();
  let all = 0;
  const horizon = edges.horizon(look);
  for (const one of series) {
    if (!one.knownGood) continue;
    for (const { slot, index } of afterSlots(one)) {
      if (slot >= horizon) break;
      const failed = one.trial.failed[index] ?? 0;
      const reason = one.trial.reasons[index] ?? SILENT;
      all += failed;
      counts.set(reason, (counts.get(reason) ?? 0) + failed);
    }
  }
  for (const [reason, failed] of counts) if (reason !== SILENT && failed * 2 >= all) return reason;
  return SILENT;
}

/** Slots of a series' after phase with their index in its trials. */
export function* afterSlots(one: EdgeSeries): Generator<{ slot: number; index: number }> {
  let next = 0;
  for (let index = 0; index < one.trial.slots.length; index++) {
    const slot = one.trial.slots[index] ?? 0;
    if (slot !== one.slots[next]) continue;
    next += 1;
    yield { slot, index };
  }
}

/** Failing trials of a series that ended with this reason. */
export function failedWith(one: EdgeSeries, reason: number): number {
  let failed = 0;
  for (const { index } of afterSlots(one))
    if ((one.trial.reasons[index] ?? SILENT) === reason) failed += one.trial.share[index] ?? 0;
  return failed;
}

function describe(
  reason: number,
  failures: readonly Failure[],
  evidence: Evidence,
  edges: EdgeLane,
  sources: SourceLanes,
): Group {
  const { observed } = evidence;
  const ofAttempts = failures.filter((failure) => ['edge', 'node', 'soak'].includes(failure.lane));
  const nodes = new Set<number>();
  for (const failure of failures) {
    if (failure.lane === 'edge') nodes.add(failure.series.node);
    else if ('node' in failure) nodes.add(failure.node);
  }
  // Failing edges: enough trials of them name further nodes; any tells where it hurts on the nodes that are named already.
  const failing = new Map<EdgeSeries, number>();
  let largest = 0;
  for (const one of edges.series) {
    const failed = one.knownGood ? failedWith(one, reason) : 0;
    const added = failed > 0 ? addedShare(one.before, { failed, trials: one.slots.length }) : 0;
    if (added < MIN_ADDED_EDGE) continue;
    failing.set(one, added);
    if (failed >= NAMED_FAILED) largest = Math.max(largest, added);
  }
  if (ofAttempts.length > 0)
    for (const [one, added] of failing)
      if (failedWith(one, reason) >= NAMED_FAILED && added >= NAMED_SHARE * largest) nodes.add(one.node);
  for (const failure of failures)
    if (failure.lane === 'new-soak' || failure.lane === 'known-soak')
      for (const node of shareOf(failure, evidence, sources)) nodes.add(node);
  const charged = chargedTo([...failing.keys()]);
  for (const node of [...nodes]) {
    const own = [...failing.keys()].filter((one) => one.node === node);
    if (own.length > 0 && !own.some((one) => charged.has(one))) nodes.delete(node);
  }
  if (nodes.size === 0)
    observed.nodes.forEach(({ segments }, node) => {
      if (segments.length > 0) nodes.add(node);
    });

  const here = [...failing].filter(([one]) => nodes.has(one.node) && charged.has(one));
  const sure = here.filter(([one]) => failedWith(one, reason) >= NAMED_FAILED);
  const series = (sure.length > 0 ? sure : here).sort((a, b) => b[1] - a[1]).map(([one]) => one);
  const peers = new Set<number>();
  for (const one of series)
    for (const end of [one.trial.srcNode, one.trial.dstNode]) if (end >= 0 && !nodes.has(end)) peers.add(end);
  for (const edge of series.length > 0 ? [] : evidence.dropEdges) {
    if (!nodes.has(edge.node) || observed.signals[edge.signal]?.reason !== reason) continue;
    const after = observed.nodes[edge.node]?.segments[0]?.after ?? Number.POSITIVE_INFINITY;
    if ((edge.windows.at(-1) ?? -1) < after) continue;
    for (const end of [edge.srcNode, edge.dstNode]) if (end >= 0 && !nodes.has(end)) peers.add(end);
  }
  const ascending = (a: number, b: number) => a - b;
  return {
    reason,
    failures,
    nodes: [...nodes].sort(ascending),
    peers: [...peers].sort(ascending),
    series,
    undecided: [...new Set(series.filter((one) => charged.get(one) === 'either').map((one) => one.sharedWith))].sort(
      ascending,
    ),
    edgeEvidence: strongest(ofAttempts.flatMap((failure) => ('added' in failure.evidence ? [failure.evidence] : []))),
    sourceEvidence: strongest(failures.flatMap((failure) => ('nb' in failure.evidence ? [failure.evidence] : []))),
  };
}

/**
 * Which failing series are charged to their node. Where both ends of an edge restarted too close together for its own data to say, the
 * edges that can tell do: where all of those fail outward from the restarted node, or all towards it, so do the others; where none can,
 * the one end that all of them have in common is charged. What stays open is charged to either end.
 */
function chargedTo(failing: readonly EdgeSeries[]): Map<EdgeSeries, 'this' | 'either'> {
  const decided = failing.filter((one) => one.sharedWith < 0);
  const crossing = decided.filter((one) => one.trial.srcNode !== one.trial.dstNode);
  const outward = crossing.length > 0 && crossing.every((one) => one.trial.srcNode === one.node);
  const inward = crossing.length > 0 && crossing.every((one) => one.trial.dstNode === one.node);
  const blamed = crossing.length > 0 ? new Set<number>() : explaining(failing);
  const charged = new Map<EdgeSeries, 'this' | 'either'>();
  for (const one of failing) {
    if (one.sharedWith < 0) charged.set(one, 'this');
    else if (outward || inward) {
      if ((outward ? one.trial.srcNode : one.trial.dstNode) === one.node) charged.set(one, 'this');
    } else if (blamed.has(one.node) === blamed.has(one.sharedWith)) charged.set(one, 'either');
    else if (blamed.has(one.node)) charged.set(one, 'this');
  }
  return charged;
}

/** The one node that all failing edges have in common. */
function explaining(failing: readonly EdgeSeries[]): ReadonlySet<number> {
  const ends = new Set(failing.flatMap((one) => [one.node, one.sharedWith]));
  const common = [...ends].filter((end) => failing.every((one) => one.node === end || one.sharedWith === end));
  return new Set(common.length === 1 ? common : []);
}

/** Nodes that show a signal which failed in the soak as a whole. */
function shareOf(
  failure: Extract<Failure, { lane: 'new-soak' | 'known-soak' }>,
  { observed }: Evidence,
  sources: SourceLanes,
): number[] {
  const look = observed.length - 1;
  return observed.nodes.flatMap(({ segments }, node) =>
    segments.some((_, segment) => {
      if (failure.lane === 'new-soak') {
        const fresh = sources.fresh(node, segment, failure.signal, look);
        return fresh.na >= NAMED_FAILED && (fresh.logE >= NAMED_LOG_E || fresh.na >= NAMED_FAILED);
      }
      const known = sources.known(node, segment, failure.signal, look);
      if (known === undefined || known.na < NAMED_FAILED) return false;
      return known.logE >= NAMED_LOG_E || known.na * known.eb >= MIN_RATIO * known.nb * known.ea;
    })
      ? [node]
      : [],
  );
}

function strongest<T extends { readonly logE: number }>(all: readonly T[]): T | undefined {
  return all.reduce<T | undefined>((best, one) => (best === undefined || one.logE > best.logE ? one : best), undefined);
}
