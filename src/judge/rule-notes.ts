/** Findings of hard rules: no statistics decided. */
import { formatTime } from '../hubble/time.js';
import { EMPTY } from './empty-finding.js';
import { SILENT } from './failed-trials.js';
import { firstAfter } from './finding.js';
import type { Found } from './found.js';
import type { Group } from './groups.js';
import { hitSince, signalsOf } from './hit-edges.js';
import { nodeName, observedSeconds, type Judged } from './judged.js';
import { countWithin } from './observed.js';
import { filtersOf, nextCommand } from './next-command.js';
import { reasonOf } from './pointers.js';
import type { Breach } from './rules.js';
import { controlUnits, side, sideOfUnits } from './sides.js';
import { listed, plural, short, spoken } from './text.js';
import { whereOf } from './where.js';

export function breachFinding(breach: Breach, judged: Judged): Found {
  const names = breach.nodes.map((node) => nodeName(judged, node));
  const reason = breach.reason === undefined ? null : reasonOf(breach.reason);
  const since = formatTime(breach.since);
  const signals = breach.reason === undefined ? [] : signalsOf(breach.reason, judged.evidence);
  const baseline = observedSeconds(breach.nodes, judged, 'before');
  const before = unitsBefore(breach.nodes, signals, judged);
  const counted = countedText(breach, before, baseline);
  const where = whereOf(
    {
      nodes: breach.nodes,
      reason: breach.reason ?? SILENT,
      series: [],
      drops: hitSince(breach.nodes, signals, judged.evidence),
    },
    judged,
  );
  const filters = filtersOf(where.extent, breach.nodes, (node) => nodeName(judged, node));
  return {
    ...EMPTY,
    class: 'hard-rule',
    kind: 'rule',
    severity: 'fail',
    nodes: names,
    reason,
    reasonName: reason?.name ?? null,
    scope: reason === null ? (names.length > 1 ? 'soak' : 'node') : where.scope,
    where: reason === null ? `the agent on ${listed(names)}` : where.clause,
    before: reason === null ? null : side(before, before, 0, baseline, 0),
    after: side(breach.counted, breach.counted, 0, 0, 0),
    control: reason === null ? null : sideOfUnits(controlUnits(judged, signals, firstAfter(breach.nodes, judged))),
    evidence: { logE: null, pValue: null, rateRatio: null, limit: breach.limit },
    firstSeen: since,
    nextCommand: nextCommand({ nodes: filters.nodes, protocol: filters.protocol, reason: reason?.name, since }),
    says: `A hard rule is broken on ${listed(names)}${reason === null ? '' : ` (${where.clause})`}: ${breach.why}. It ${counted}.`,
    basis: { kind: 'rule', breach, counted },
  };
}

function unitsBefore(nodes: readonly number[], signals: readonly number[], judged: Judged): number {
  let units = 0;
  for (const node of nodes)
    for (const signal of signals)
      units += countWithin(
        judged.sources.describe(node, signal)?.units ?? [],
        0,
        judged.evidence.observed.nodes[node]?.segments[0]?.down ?? 0,
      );
  return units;
}

/** What was counted, and the limit: a rule needs no statistics. */
function countedText(breach: Breach, before: number, baselineSeconds: number): string {
  const { rule, counted, limit, withinMs, pastSettleMs, reason } = breach;
  const fail = `${limit === 1 ? 'one is' : `${short(limit)} are`} a FAIL without any statistics`;
  if (rule === 'gone') return `has been away for ${plural(counted, 'minute')}, and ${fail}`;
  const span = Number.isFinite(withinMs) ? ` within ${spoken(withinMs)}` : '';
  if (reason === undefined) return `came to ${short(counted)}${span}, and ${fail}`;
  const from =
    pastSettleMs === undefined || pastSettleMs === 0 ? 'after settle' : `${spoken(pastSettleMs)} past settle`;
  return `came to ${plural(counted, 'episode')}${span} ${from} on one node, ${short(before)} in ${spoken(baselineSeconds * 1000)} before, and ${fail}`;
}

/** A reason that breaks a hard rule and fails by its numbers too is one finding: the rule decides, the numbers tell where. */
export function withRules(failed: readonly Found[], ruled: readonly Found[], judged: Judged): Found[] {
  const merged = failed.map((finding): Found => {
    const rule = ruled.find((one) => one.reasonName !== null && one.reasonName === finding.reasonName);
    if (rule?.basis?.kind !== 'rule' || finding.basis?.kind !== 'numbers') return finding;
    const { group, compared } = finding.basis;
    const { nodes, scope, where } = withNodesOf(rule.basis.breach, group, judged);
    const peers = finding.peers.filter((peer) => !nodes.includes(peer));
    const says = `${compared} That breaks a hard rule as well: ${rule.reasonName ?? 'it'} ${rule.basis.counted}.`;
    return { ...finding, class: 'hard-rule', nodes, peers, scope, where, says, basis: { ...rule.basis, group } };
  });
  const left = ruled.filter(
    (rule) => !merged.some((finding) => finding.class === 'hard-rule' && finding.reasonName === rule.reasonName),
  );
  return [...merged, ...left];
}

/** A group reaches as far as its rule: the rule may name nodes of which attempts say nothing. */
function withNodesOf({ nodes: ruled, reason }: Breach, group: Group, judged: Judged) {
  const nodes = [...new Set([...group.nodes, ...ruled])].sort((a, b) => a - b);
  const told = group.series.length === 0 ? nodes : nodes.filter((node) => !group.nodes.includes(node));
  const signals = reason === undefined ? [] : signalsOf(reason, judged.evidence);
  const drops = hitSince(told, signals, judged.evidence);
  const { scope, clause: where } = whereOf({ nodes, reason: group.reason, series: group.series, drops }, judged);
  return { nodes: nodes.map((node) => nodeName(judged, node)).sort(), scope, where };
}
