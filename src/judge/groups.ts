import { NAMED_FAILED, NAMED_LOG_E, MIN_RATIO } from './constants.js';
import { blame } from './blame.js';
import { addedShare, type EdgeSeries } from './edge-series.js';
import { afterSlots, failedWith, SILENT } from './failed-trials.js';
import type { Evidence } from './from-journal.js';
import type { EdgeEvidence } from './edge-evidence.js';
import type { EdgeLane } from './lane-edges.js';
import type { SourceLanes } from './lane-sources.js';
import type { SourceEvidence } from './source-evidence.js';
import type { Failure } from './looks.js';
import { countWithin, type Observed } from './observed.js';

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
    case 'path':
      return [mainReason(failure.path.edges, failure.look, edges)];
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
    const expected = one.before.trials > 0 ? one.before.failed / one.before.trials : 0;
    for (const { slot, index } of afterSlots(one)) {
      if (slot >= horizon) break;
      const failed = one.trial.failed[index] ?? 0;
      const reason = one.trial.reasons[index] ?? SILENT;
      all += failed - expected * (one.trial.attempts[index] ?? 0);
      counts.set(reason, (counts.get(reason) ?? 0) + failed);
    }
  }
  for (const [reason, failed] of counts) if (reason !== SILENT && failed * 2 >= all) return reason;
  return SILENT;
}

function describe(
  reason: number,
  failures: readonly Failure[],
  evidence: Evidence,
  edges: EdgeLane,
  sources: SourceLanes,
): Group {
  const { observed } = evidence;
  const ofAttempts = failures.filter((failure) => ['edge', 'node', 'path', 'soak'].includes(failure.lane));
  const nodes = new Set<number>();
  for (const failure of failures) {
    if (failure.lane === 'edge') nodes.add(failure.series.node);
    else if ('node' in failure) nodes.add(failure.node);
  }
  // Failing edges tell where it hurts on the nodes that are named.
  const failing = new Map<EdgeSeries, number>();
  for (const one of edges.series) {
    const failed = one.knownGood ? failedWith(one, reason) : 0;
    const added = failed > 0 ? addedShare(one.before, { failed, trials: one.slots.length }) : 0;
    if (added >= edges.plan.minNamed) failing.set(one, added);
  }
  for (const failure of failures)
    if (failure.lane === 'new-soak' || failure.lane === 'known-soak')
      for (const node of shareOf(failure, evidence, sources, hasNode(failures, failure.signal))) nodes.add(node);
  // Nodes that dropped more themselves are named whatever their edges say; of what attempts tell, the fewest that explain it.
  const given = [...nodes].filter((node) => namedByDrops(failures, node));
  const spread = given.length === 0 && ofAttempts.every(({ lane }) => lane === 'soak');
  const mayBlame = (node: number) => reason === SILENT || hasDropped(node, reason, observed, sources);
  const blamed = blame(observed, edges, reason, { given, spread, mayBlame });
  if (ofAttempts.length > 0 && blamed.nodes.length > 0) {
    nodes.clear();
    for (const node of [...given, ...blamed.nodes, ...blamed.alike]) nodes.add(node);
  }
  if (nodes.size === 0)
    observed.nodes.forEach(({ segments }, node) => {
      if (segments.length > 0) nodes.add(node);
    });

  const here = [...failing].filter(([one]) => nodes.has(one.node) && blamed.isCharged(one));
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
    undecided: [...blamed.alike].sort(ascending),
    edgeEvidence: strongest(ofAttempts.flatMap((failure) => ('added' in failure.evidence ? [failure.evidence] : []))),
    sourceEvidence: strongest(failures.flatMap((failure) => ('nb' in failure.evidence ? [failure.evidence] : []))),
  };
}

/** Did the node itself drop enough with this reason since its restart? */
function hasDropped(node: number, reason: number, observed: Observed, sources: SourceLanes): boolean {
  const [segment] = observed.nodes[node]?.segments ?? [];
  if (segment === undefined) return false;
  const units = observed.signals.map((signal, index) =>
    signal.reason === reason
      ? countWithin(sources.describe(node, index)?.units ?? [], segment.after, Number.POSITIVE_INFINITY)
      : 0,
  );
  return units.reduce((sum, count) => sum + count, 0) >= NAMED_FAILED;
}

/** Nodes that show a signal which failed in the soak as a whole. */
function shareOf(
  failure: Extract<Failure, { lane: 'new-soak' | 'known-soak' }>,
  { observed }: Evidence,
  sources: SourceLanes,
  certain: boolean,
): number[] {
  const look = observed.length - 1;
  return observed.nodes.flatMap(({ segments }, node) =>
    segments.some((_, segment) => {
      if (failure.lane === 'new-soak') {
        const fresh = sources.fresh(node, segment, failure.signal, look);
        return fresh.na >= NAMED_FAILED && (fresh.logE >= NAMED_LOG_E || !certain);
      }
      const known = sources.known(node, segment, failure.signal, look);
      if (known === undefined || known.na < NAMED_FAILED) return false;
      return known.logE >= NAMED_LOG_E || (!certain && known.na * known.eb >= MIN_RATIO * known.nb * known.ea);
    })
      ? [node]
      : [],
  );
}

function strongest<T extends { readonly logE: number }>(all: readonly T[]): T | undefined {
  return all.reduce<T | undefined>((best, one) => (best === undefined || one.logE > best.logE ? one : best), undefined);
}

/** Has a node failed by itself? Then others that are said to share it must show it, not just fit. */
function hasNode(failures: readonly Failure[], signal: number): boolean {
  return failures.some((one) => (one.lane === 'new' || one.lane === 'known') && one.signal === signal);
}

/** Is there evidence of drops on the node itself? */
function namedByDrops(failures: readonly Failure[], node: number): boolean {
  return failures.some((failure) => (failure.lane === 'new' || failure.lane === 'known') && failure.node === node);
}
