/** What a change of policy explains: denials that are told and not counted, and failures of drops or attempts that are none of a restart. */
import { MIN_FAILED, POLICY_REASONS } from './constants.js';
import { addUp, type EdgeSeries } from './edge-series.js';
import { EMPTY } from './empty-finding.js';
import type { ChangedPolicy, Found } from './found.js';
import type { Group } from './groups.js';
import { firstSegment, nodeName, observedSeconds, type Judged } from './judged.js';
import { edgeText, lowerBound, shareOf } from './observed.js';
import { side } from './sides.js';
import { listed, percent, plural } from './text.js';

/** Denials that a changed policy explains: told, and no harm of a restart. */
export function changedPolicies(judged: Judged): Found[] {
  const verdicts = judged.further?.verdicts;
  const found = (verdicts?.lane.series ?? []).flatMap((one) => {
    if (!one.knownGood || failedSince(one) < MIN_FAILED) return [];
    const change = verdicts?.change(one);
    return change === undefined ? [] : [{ one, change }];
  });
  if (found.length === 0) return [];
  const series = found.map(({ one }) => one);
  const nodes = [...new Set(series.map(({ node }) => node))].sort((a, b) => a - b);
  const names = nodes.map((node) => nodeName(judged, node));
  const edges = [...new Set(series.map(({ trial }) => edgeText(trial.edge)))];
  const { before } = addUp(series, () => ({ failed: 0, trials: 0 }));
  const after = { failed: 0, trials: 0 };
  for (const { trial, from } of series)
    for (let i = lowerBound(trial.slots, from); i < trial.slots.length; i++) {
      after.trials += 1;
      after.failed += shareOf(trial, i);
    }
  const risen = found.find(({ change }) => change.by === 'revision')?.change;
  const why =
    risen?.by === 'revision'
      ? `the policy revision rose on ${risen.nodes} of ${risen.of} nodes that tell it at the same time`
      : 'callers on nodes that no restart touched are denied as well';
  const share = (of: { failed: number; trials: number }) => (of.trials > 0 ? of.failed / of.trials : 0);
  const changes = found.map(({ one, change }): ChangedPolicy => ({ edge: edgeText(one.trial.edge), change }));
  return [
    {
      ...EMPTY,
      class: 'ambient',
      kind: 'verdicts',
      nodes: names,
      scope: edges.length === 1 ? 'edge' : nodes.length > 1 ? 'soak' : 'node',
      edges: edges.slice(0, 20),
      before: side(
        before.failed,
        before.failed,
        before.trials,
        observedSeconds(nodes, judged, 'before'),
        share(before),
      ),
      after: side(after.failed, after.failed, after.trials, observedSeconds(nodes, judged, 'after'), share(after)),
      says:
        `Policy denies what it allowed on ${plural(edges.length, 'edge')} of ${listed(names)} (${percent(share(after))} of ${plural(after.trials, 'trial')} since the restart, ${percent(share(before))} of ${plural(before.trials, 'trial')} before), and ${why}. ` +
        'So a policy was changed during the soak, and no restart did it.',
      basis: { kind: 'policy', change: changes },
    },
  ];
}

function failedSince({ trial, from }: EdgeSeries): number {
  let failed = 0;
  for (let i = lowerBound(trial.slots, from); i < trial.slots.length; i++) failed += shareOf(trial, i);
  return failed;
}

/** A failure of drops or attempts that a changed policy explains altogether; itself where it does not. */
export function asPolicyChange(finding: Found, judged: Judged): Found {
  const verdicts = judged.further?.verdicts;
  if (verdicts === undefined || finding.basis?.kind !== 'numbers') return finding;
  const { group, compared } = finding.basis;
  if (!POLICY_REASONS.has(group.reason) || group.series.length === 0) return finding;
  const changes: ChangedPolicy[] = [];
  for (const { trial } of group.series) {
    const own = verdicts.lane.series.filter(
      // Denied before its own restart already, it is no known-good series any more.
      (one) =>
        one.trial.workloadEdge === trial.workloadEdge &&
        [trial.srcNode, trial.dstNode].includes(one.node) &&
        failedSince(one) > 0,
    );
    const explained = own.map((one) => verdicts.change(one));
    const [change] = explained;
    if (change === undefined || explained.includes(undefined)) return finding;
    changes.push({ edge: edgeText(trial.edge), change });
  }
  if (hasOtherDrops(group, judged)) return finding;
  return {
    ...finding,
    class: 'ambient',
    severity: 'info',
    says: `${compared} A policy was changed at that time (${changes[0]?.change.by === 'revision' ? 'its revision rose on most nodes at once' : 'callers on nodes that no restart touched are denied as well'}), so no restart did it.`,
    basis: { ...finding.basis, change: changes },
  };
}

/** Leaves out the edges between two nodes that a changed policy denies: what was forbidden on purpose need not work again. */
export function isCompared({ further }: Judged): (series: EdgeSeries) => boolean {
  const verdicts = further?.verdicts;
  const changed = new Set<string>();
  for (const one of verdicts?.lane.series ?? [])
    if (failedSince(one) > 0 && verdicts?.change(one) !== undefined) changed.add(pathOf(one));
  return (series) => !changed.has(pathOf(series));
}

const pathOf = ({ trial: { workloadEdge, srcNode, dstNode } }: EdgeSeries) => `${workloadEdge}\t${srcNode}\t${dstNode}`;

/** Are other edges dropped by this reason on the same nodes, which used to work? */
function hasOtherDrops(group: Group, judged: Judged): boolean {
  const { verdicts } = judged.further ?? {};
  const changed = (verdicts?.lane.series ?? []).filter((one) => verdicts?.change(one) !== undefined);
  const told = new Set([...group.series, ...changed].map(({ trial }) => edgeText(trial.edge)));
  const good = new Set(judged.edges.series.filter((one) => one.knownGood).map(({ trial }) => edgeText(trial.edge)));
  return judged.evidence.dropEdges.some((drop) => {
    const text = edgeText(drop.edge);
    const after = firstSegment(judged, drop.node)?.after ?? Number.POSITIVE_INFINITY;
    return (
      group.nodes.includes(drop.node) &&
      judged.evidence.observed.signals[drop.signal]?.reason === group.reason &&
      (drop.windows.at(-1) ?? -1) >= after &&
      good.has(text) &&
      !told.has(text)
    );
  });
}
