/** The further lanes: answers of proxies, steady edges that are gone, verdicts of policies, repeats. What they find, beside what others say. */
import type { NodeWindow } from '../aggregate/journal.js';
import { NOISY_REASONS } from './constants.js';
import type { EdgeSeries } from './edge-series.js';
import { chargedToFarEnds } from './far-ends.js';
import { findingOf } from './finding.js';
import type { Found } from './found.js';
import { sightOf, type Evidence, type Layout } from './from-journal.js';
import { groupFailures, type Group } from './groups.js';
import type { Further, Judged } from './judged.js';
import { answersLane } from './lane-answers.js';
import type { EdgeLane } from './lane-edges.js';
import { lateLanes } from './lane-late.js';
import { onewayLane } from './lane-oneway.js';
import { repeatsLane } from './lane-repeats.js';
import { vanishedLane } from './lane-vanished.js';
import { verdictsLane } from './lane-verdicts.js';
import { lookAtEdges, type Failure } from './looks.js';
import type { MethodTimes } from './observed.js';
import { asPolicyChange, changedPolicies } from './policy-findings.js';
import type { Sight } from './trial-series.js';

export function furtherLanes(
  layout: Layout,
  windows: readonly NodeWindow[],
  of: {
    readonly evidence: Evidence;
    readonly edges: EdgeLane;
    readonly times: MethodTimes;
    readonly alpha: number;
    readonly reserve: number;
  },
): Further {
  const { observed, flows, lost } = of.evidence;
  const context = { ...of, observed, sight: sightOf(observed.nodes, flows, lost) };
  return {
    late: { [Symbol.iterator]: () => lateLanes(of.edges, context) },
    answers: answersLane(layout, windows, context),
    vanished: vanishedLane(layout, windows, context),
    verdicts: verdictsLane(layout, windows, context),
    repeats: repeatsLane(layout, windows, context),
    oneway: onewayLane(layout, windows, { ...context, sight: withoutHidden(context.sight, of.evidence) }),
  };
}

/** Where a node shows no replies, nothing is to be told from their absence. */
function withoutHidden(sight: Sight, { hidden = [] }: Evidence): Sight {
  const isHidden = (at: number, w: number) => hidden.some(({ node, from, to }) => node === at && w >= from && w < to);
  return { ...sight, isVisible: (node, w) => sight.isVisible(node, w) && !isHidden(node, w) };
}

/** What the further lanes find. */
interface FurtherFound {
  readonly failed: readonly Found[];
  readonly watched: readonly Found[];
  readonly told: readonly Found[];
}

/** @param others failures and watches of the first three lanes: what they name already is not told again. */
export function furtherFindings(judged: Judged, others: readonly Found[]): FurtherFound {
  const { further } = judged;
  const failed: Found[] = [];
  const watched: Found[] = [];
  const told: Found[] = further?.verdicts === undefined ? [] : changedPolicies(judged);
  const late: Found[] = [];
  for (const lane of further?.late ?? [])
    late.push(...findingsOf(lane, judged).map((one) => asPolicyChange(one, judged)));
  late.sort(bySeverityAndSize);
  for (const finding of late)
    if (!isToldOfAttempts(finding, [...others, ...failed, ...watched]))
      ({ fail: failed, warn: watched, info: told })[finding.severity].push(finding);
  const lanes = [
    further?.answers?.lane,
    further?.vanished,
    further?.verdicts?.lane,
    further?.repeats,
    further?.oneway?.lane,
  ];
  for (const lane of lanes) {
    if (lane === undefined) continue;
    for (const finding of findingsOf(lane, judged))
      if (!isTold(finding, others)) (finding.severity === 'fail' ? failed : watched).push(finding);
  }
  return { failed, watched, told };
}

/** Failures and watches of one lane. */
function findingsOf(lane: EdgeLane, judged: Judged): Found[] {
  const view = viewOf(lane, judged);
  const { failures, watches } = lookAtEdges(lane.observed, lane);
  const findings = (some: readonly Failure[], severity: 'fail' | 'warn') =>
    groupsOf(some, view).map((group): Found => {
      const finding = findingOf(group, severity, view);
      return finding.basis?.kind === 'numbers' ? { ...finding, basis: { ...finding.basis, view } } : finding;
    });
  return [...findings(failures, 'fail'), ...findings(watches, 'warn')];
}

/** Failures first, the surest of them first. */
function bySeverityAndSize(a: Found, b: Found): number {
  if (a.severity !== b.severity) return a.severity === 'fail' ? -1 : 1;
  return (b.evidence?.logE ?? 0) - (a.evidence?.logE ?? 0);
}

/** Do attempts, or drops, of the same reason name these nodes already? */
function isToldOfAttempts(finding: Found, others: readonly Found[]): boolean {
  const told = others.filter(
    ({ reasonName, kind, severity }) =>
      reasonName === finding.reasonName &&
      (reasonName !== null || kind === finding.kind) &&
      (severity === 'fail' || finding.severity !== 'fail'),
  );
  const named = new Set(told.flatMap(({ nodes, peers }) => [...nodes, ...peers]));
  return finding.nodes.every((node) => named.has(node));
}

/** The judged soak as one further lane sees it: its own series are the only ones. */
function viewOf(lane: EdgeLane, judged: Judged): Judged {
  return {
    ...judged,
    edges: lane,
    evidence: { ...judged.evidence, observed: lane.observed },
    ...(lane.plan.topic === 'vanished' ? { alongside: judged.edges.series } : {}),
  };
}

function groupsOf(failures: readonly Failure[], view: Judged): Group[] {
  const groups = groupFailures(failures, view.evidence, view.edges, view.sources).map((group) =>
    group.series.length > 0 ? group : { ...group, series: failedSeries(group.failures, view.edges) },
  );
  switch (view.edges.plan.topic) {
    case 'attempts':
    case 'late':
    case 'oneway':
    case 'vanished':
    case 'repeats':
      return groups;
    case 'answers':
      return groups.map((group) => chargedToFarEnds(group, view));
    case 'verdicts':
      return groups.flatMap((group) => withoutChanges(group, view));
  }
}

/** Without the edges that a changed policy explains; nothing where it explains all of them. */
function withoutChanges(group: Group, { further }: Judged): Group[] {
  const series = group.series.filter((one) => further?.verdicts?.change(one) === undefined);
  if (series.length === 0 && group.series.length > 0) return [];
  const nodes = new Set(series.map(({ node }) => node));
  return [
    series.length === group.series.length
      ? group
      : { ...group, series, nodes: group.nodes.filter((node) => nodes.has(node)) },
  ];
}

/** The series of failures that are over by now, so that no series shows them any more. */
function failedSeries(failures: readonly Failure[], { byNode, series }: EdgeLane): EdgeSeries[] {
  const own = failures.flatMap((failure) => {
    if (failure.lane === 'edge') return [failure.series];
    const all =
      failure.lane === 'node' || failure.lane === 'path'
        ? (byNode[failure.node] ?? [])
        : failure.lane === 'soak'
          ? series
          : [];
    return all.filter((one) => one.knownGood && one.failed.of(one.slots.length) >= 1);
  });
  return [...new Set(own)];
}

/** Do drops with a policy's reason say the same as a verdict already, or attempts that fail the same as those that are repeated? */
function isTold(finding: Found, others: readonly Found[]): boolean {
  if (finding.kind === 'talk') return isToldOfAttempts({ ...finding, kind: 'attempts' }, others);
  if (finding.kind !== 'verdicts' && finding.kind !== 'retransmissions') return false;
  return others.some((other) => {
    if (finding.kind === 'verdicts' ? !isOfPolicy(other) : other.kind !== 'attempts') return false;
    if (other.severity !== 'fail' && finding.severity === 'fail') return false;
    const named = new Set([...other.nodes, ...other.peers]);
    return finding.nodes.every((node) => named.has(node)) && finding.edges.some((edge) => other.edges.includes(edge));
  });
}

function isOfPolicy({ reason }: Found): boolean {
  return reason !== null && NOISY_REASONS.has(reason.code);
}
