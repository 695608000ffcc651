/** Findings of hard rules: no statistics decided. */
import { formatTime } from '../hubble/time.js';
import { EMPTY } from './empty-finding.js';
import { firstAfter, signalsOf } from './finding.js';
import type { Found } from './found.js';
import { nodeName, observedSeconds, type Judged } from './judged.js';
import { countWithin } from './observed.js';
import { nextCommand, reasonOf } from './pointers.js';
import type { Breach } from './rules.js';
import { controlUnits, side, sideOfUnits } from './sides.js';
import { listed, plural, short, spoken } from './text.js';

export function breachFinding(breach: Breach, judged: Judged): Found {
  const names = breach.nodes.map((node) => nodeName(judged, node));
  const reason = breach.reason === undefined ? null : reasonOf(breach.reason);
  const since = formatTime(breach.since);
  const signals = breach.reason === undefined ? [] : signalsOf(breach.reason, judged.evidence);
  const baseline = observedSeconds(breach.nodes, judged, 'before');
  const before = unitsBefore(breach.nodes, signals, judged);
  const counted = countedText(breach, before, baseline);
  return {
    ...EMPTY,
    class: 'hard-rule',
    kind: 'rule',
    severity: 'fail',
    nodes: names,
    reason,
    reasonName: reason?.name ?? null,
    scope: names.length > 1 ? 'soak' : 'node',
    before: reason === null ? null : side(before, before, 0, baseline, 0),
    after: side(breach.counted, breach.counted, 0, 0, 0),
    control: reason === null ? null : sideOfUnits(controlUnits(judged, signals, firstAfter(breach.nodes, judged))),
    evidence: { logE: null, pValue: null, rateRatio: null, limit: breach.limit },
    firstSeen: since,
    nextCommand: nextCommand({ node: names[0], reason: reason?.name, since, edge: undefined }),
    says: `A hard rule is broken on ${listed(names)}: ${breach.why}. It ${counted}.`,
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
export function withRules(failed: readonly Found[], ruled: readonly Found[]): Found[] {
  const merged = failed.map((finding): Found => {
    const rule = ruled.find((one) => one.reasonName !== null && one.reasonName === finding.reasonName);
    if (rule?.basis?.kind !== 'rule' || finding.basis?.kind !== 'numbers') return finding;
    const { group, compared } = finding.basis;
    const nodes = [...new Set([...finding.nodes, ...rule.nodes])].sort();
    const peers = finding.peers.filter((peer) => !nodes.includes(peer));
    const says = `${compared} That breaks a hard rule as well: ${rule.reasonName ?? 'it'} ${rule.basis.counted}.`;
    return { ...finding, class: 'hard-rule', nodes, peers, says, basis: { ...rule.basis, group } };
  });
  const left = ruled.filter(
    (rule) => !merged.some((finding) => finding.class === 'hard-rule' && finding.reasonName === rule.reasonName),
  );
  return [...merged, ...left];
}
