/**
 * What the reports for people say, as plain sentences without any markup. Names stand in them as they came: whoever shows a sentence
 * escapes it for his medium (escape.ts).
 */
import type { Finding, NodeSummary, Needs, Severity, Side, Verdict, VerdictDocument } from '../judge/document.js';
import { clip, NAME_LENGTH } from './escape.js';
import {
  count,
  dateAndTime,
  day,
  isoSeconds,
  listed,
  odds,
  percent,
  plural,
  secondsBetween,
  spoken,
  timeOfDay,
} from './wording.js';

/** A clause of two nodes' and two workloads' names, however long these are. */
const WHERE_LENGTH = 4 * NAME_LENGTH;

const SEVERITIES: readonly Severity[] = ['fail', 'warn', 'info'];

/** `FAIL`, `PASS`, `INCONCLUSIVE`. */
export function verdictWord(verdict: Verdict): string {
  return verdict.toUpperCase();
}

/** The knob and the one sentence. */
export function headline({ soak: { knob }, summary }: VerdictDocument): string {
  return knob === null || knob === '' || summary.includes(knob) ? summary : `${clip(knob, NAME_LENGTH)}: ${summary}`;
}

/** When it was, how long, and on which Cilium. */
export function occasion({ soak: { from, to, ciliumVersions } }: VerdictDocument): string {
  if (from === null || to === null) return 'no flows';
  const end = day(from) === day(to) ? timeOfDay(to) : dateAndTime(to);
  // Agents call themselves `cilium v1.20.0+g1a2b3c4d`, and some only `cilium`.
  const numbers = names(ciliumVersions.map((version) => version.replace(/^cilium *v?/, ''))).filter(
    (text) => text !== '',
  );
  const versions = numbers.length === 0 ? '' : `, Cilium ${listed(numbers)}`;
  return `${dateAndTime(from)} to ${end} UTC (${spoken(secondsBetween(from, to))})${versions}`;
}

/** By severity; within one the judge has the worst first. */
export function worstFirst(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
}

/** `2 fail, 1 warn`; '' without findings. */
export function tally(findings: readonly Finding[]): string {
  return SEVERITIES.map(
    (severity) => [severity, findings.filter((finding) => finding.severity === severity).length] as const,
  )
    .filter(([, number]) => number > 0)
    .map(([severity, number]) => `${number} ${severity}`)
    .join(', ');
}

/** Where a finding is: `cross-node TCP from worker-1 to pods on worker-2; same-node is fine`. */
export function place({ where }: Finding): string {
  return clip(where, WHERE_LENGTH);
}

/** Which restarted nodes a finding names, and at which end of the path: `worker-1 (egress); other ends on worker-2`. */
export function nodesText({ nodes, peers, direction }: Finding): string {
  const way = direction === 'ingress' || direction === 'egress' ? ` (${direction})` : '';
  const ends = peers.length === 0 ? '' : `; other ends on ${listed(names(peers))}`;
  return nodes.length === 0 ? '' : `${listed(names(nodes))}${way}${ends}`;
}

/** `POLICY_DENIED (133, Policy denied)`; '' where a finding has no reason. */
export function reasonText({ reason, reasonName }: Finding): string {
  if (reason === null) return clip(reasonName ?? '', NAME_LENGTH);
  const text = reason.text === '' || reason.text === reason.name ? '' : `, ${reason.text}`;
  return clip(`${reason.name} (${reason.code}${text})`, NAME_LENGTH);
}

/** One side of a comparison with what it was counted in: `2.6/min: 31 episodes (412 drops) in 12 min`. */
export function sideText(kind: string, side: Side): string {
  const rate = rateText(kind, side);
  const time = `in ${spoken(side.seconds)}`;
  if (kind === 'rule') return side.seconds > 0 ? `counted ${rate} ${time}` : `counted ${rate}`;
  if (kind === 'attempts')
    return `${rate} failing: ${count(side.events)} of ${plural(side.attempts, 'attempt')} ${time}`;
  if (kind === 'retransmissions')
    return `${rate} repeated: ${count(side.events)} of ${plural(side.attempts, 'answered attempt')} ${time}`;
  const events = side.events === side.episodes ? '' : ` (${plural(side.events, kind === 'drops' ? 'drop' : 'event')})`;
  return `${rate}: ${plural(side.episodes, 'episode')}${events} ${time}`;
}

/** What nodes that had not restarted yet did meanwhile. */
export function controlText(kind: string, control: Side): string {
  return `meanwhile ${sideText(kind === 'rule' ? 'drops' : kind, control)}, on nodes not yet restarted`;
}

/** The rate alone: `34 %` of attempts, or `2.6/min`; what a rule counted. */
export function rateText(kind: string, side: Side): string {
  if (kind === 'rule') return count(side.episodes);
  return kind === 'attempts' || kind === 'retransmissions' ? percent(side.rate) : `${count(side.rate)}/min`;
}

/** How sure: the rate ratio with its interval, the odds that chance did it, and the limit; of a rule its limit. */
export function evidenceText({ evidence, severity, kind }: Finding): string {
  if (evidence === null) return '';
  const { rateRatio, logE, limit } = evidence;
  if (kind === 'rule') return limit === null ? '' : `a rule, not statistics: ${count(limit)} are a FAIL`;
  const parts: string[] = [];
  if (rateRatio !== null) parts.push(ratioText(rateRatio.estimate, rateRatio.low, rateRatio.high));
  if (logE !== null) parts.push(`${odds(logE)} by chance`);
  if (limit !== null && severity !== 'info') parts.push(`a FAIL needs ${odds(limit)}`);
  return parts.filter((part) => part !== '').join('; ');
}

/** `46 times as often (18 to 120)`; without an estimate (none before) at least the lower end. */
function ratioText(estimate: number | null, low: number | null, high: number | null): string {
  const least = low === null || low <= 0 ? '' : `at least ${count(low)} times`;
  if (estimate === null || !Number.isFinite(estimate)) return least === '' ? '' : `${least} as often`;
  const interval = low === null || high === null || !Number.isFinite(high) ? least : `${count(low)} to ${count(high)}`;
  return `${count(estimate)} times as often${interval === '' ? '' : ` (${interval})`}`;
}

/** `2026-01-01 00:17:20 UTC, last 00:29:10`; '' where nothing was seen. */
export function sinceText({ firstSeen, lastSeen }: Finding): string {
  if (firstSeen === null) return '';
  if (lastSeen === null || lastSeen === firstSeen) return `${dateAndTime(firstSeen)} UTC`;
  const last = day(firstSeen) === day(lastSeen) ? timeOfDay(lastSeen) : dateAndTime(lastSeen);
  return `${dateAndTime(firstSeen)} UTC, last ${last}`;
}

/** What a node still needs: `1,300 attempts, 14 min`. */
export function needsText({ trials, attempts, about }: Needs): string {
  if (trials === 0 && about === null) return 'never at this traffic';
  const amount = plural(attempts, 'attempt');
  return about === null ? `${amount}, but has none` : `${amount}, ${spoken(isoSeconds(about))}`;
}

/** What the soak could have seen, in one sentence. */
export function powerText({ power }: VerdictDocument): string {
  if (power.smallestDetectable === null)
    return 'This soak could not have seen any rise of failed attempts: too little traffic before or after the restarts.';
  const able = power.perNode.flatMap(({ node, smallestDetectable: share }) =>
    share === null ? [] : [{ node, share }],
  );
  const blind = power.perNode.filter(({ smallestDetectable }) => smallestDetectable === null).map(({ node }) => node);
  const parts = [`This soak could have seen ${percent(power.smallestDetectable)} more failed attempts in all`];
  const best = able.reduce<(typeof able)[number] | undefined>(
    (a, b) => (a === undefined || b.share < a.share ? b : a),
    undefined,
  );
  const worst = able.reduce<(typeof able)[number] | undefined>(
    (a, b) => (a === undefined || b.share > a.share ? b : a),
    undefined,
  );
  if (best !== undefined && worst !== undefined)
    parts.push(
      best.share === worst.share
        ? `on ${able.length === 1 ? name(best.node) : 'any one node'} ${percent(best.share)}`
        : `on one node ${percent(best.share)} (${name(best.node)}) to ${percent(worst.share)} (${name(worst.node)})`,
    );
  if (blind.length > 0) parts.push(`nothing on ${listed(names(blind))}`);
  return `${parts.join('; ')}.`;
}

/** `9 nodes: 6 pass, 1 fail, 2 inconclusive`. */
export function nodesTally(nodes: readonly NodeSummary[]): string {
  const verdicts: readonly Verdict[] = ['fail', 'inconclusive', 'pass'];
  const counts = verdicts
    .map((verdict) => [verdict, nodes.filter((node) => node.verdict === verdict).length] as const)
    .filter(([, number]) => number > 0)
    .map(([verdict, number]) => `${number} ${verdict}`);
  return nodes.length === 0 ? 'no nodes' : `${plural(nodes.length, 'node')}: ${counts.join(', ')}`;
}

/** What judged it, and as of when. */
export function colophon({ soak: { tool, judgedAt } }: VerdictDocument): string {
  return `hubble-soak ${tool.version}, judged as of ${dateAndTime(judgedAt)} UTC`;
}

function name(text: string): string {
  return clip(text, NAME_LENGTH);
}

function names(texts: readonly string[]): string[] {
  return texts.map(name);
}
