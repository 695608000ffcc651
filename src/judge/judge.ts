import type { Journal } from '../aggregate/journal.js';
import { UsageError } from '../errors.js';
import { formatTime } from '../hubble/time.js';
import { fullName } from '../rollout/sight.js';
import { rollout, type NodeTimeline, type Rollout } from '../rollout/timeline.js';
import { UNEXPECTED_RESERVE } from './constants.js';
import type { Finding, InputSummary, NodeSummary, PhaseSummary, Verdict, VerdictDocument } from './document.js';
import { findingOf, withIds, type Judged } from './finding.js';
import { evidenceOf, type Evidence } from './from-journal.js';
import { groupFailures } from './groups.js';
import { EdgeLane } from './lane-edges.js';
import { SourceLanes } from './lane-sources.js';
import { lookAtAll } from './looks.js';
import { nameMatcher } from './node-names.js';
import { ambients, breachFinding, sightFindings, transients } from './notes.js';
import { methodTimes } from './observed.js';
import { isCovered, provePass, type PassReport, type Proof } from './pass.js';
import { breaches } from './rules.js';
import { setAside } from './set-aside.js';
import type { Settings } from './settings.js';
import { listed, percent, plural, short, spoken } from './text.js';

export interface JudgeContext {
  readonly inputs: readonly InputSummary[];
  readonly version: string;
  /** Clock value to write into the document, ms; undefined = the last event time. */
  readonly now: number | undefined;
}

export interface Judgement {
  readonly document: VerdictDocument;
  /** Every expected node has restarted and was soaked as long as the settings ask. */
  readonly complete: boolean;
}

/**
 * The verdict on a journal, looked at after each of its windows. Pure: the same journal, settings and context give the same document.
 * @throws UsageError for a given restart of an unknown node, or outside of what was observed.
 */
export function judge(journal: Journal, settings: Settings, context: JudgeContext): Judgement {
  const rolled = rollout(journal, {
    windowMs: journal.windowMs,
    settleMs: settings.settleMs,
    isExpected: settings.expectNodes === null ? undefined : nameMatcher(settings.expectNodes),
    isIgnored: nameMatcher(settings.ignoreNodes),
    given: settings.givenRestarts,
  });
  checkGiven(settings, rolled);
  const evidence = evidenceOf(journal, rolled);
  const times = methodTimes(settings.settleMs, journal.windowMs);
  const edges = new EdgeLane(evidence.observed, times, settings.alpha, UNEXPECTED_RESERVE);
  const sources = new SourceLanes(evidence.observed, times, settings.alpha, UNEXPECTED_RESERVE, settings.episodeMs);
  const judged: Judged = {
    evidence,
    edges,
    sources,
    windowMs: journal.windowMs,
    episodeMs: settings.episodeMs,
    alpha: settings.alpha,
  };

  const { failures, watches, explained } = setAside(lookAtAll(evidence.observed, edges, sources), judged);
  const ruled = breaches(evidence, times, settings.episodeMs, rolled.to);
  const failed = withRules(
    groupFailures(failures, evidence, edges, sources).map((group) => findingOf(group, 'fail', judged)),
    ruled.map((breach) => breachFinding(breach, judged)),
  );
  const covered = new Set(failed.flatMap((finding) => finding.nodes.map((node) => key(finding, node))));
  const watched = groupFailures(watches, evidence, edges, sources)
    .map((group) => findingOf(group, 'warn', judged))
    .filter((finding) => !finding.nodes.every((node) => covered.has(key(finding, node))));
  const failedReasons = new Set(
    failed.flatMap((finding) => finding.nodes.map((node) => `${finding.reason?.code ?? ''}\t${node}`)),
  );
  const findings = withIds([
    ...failed.sort(bySize),
    ...watched.sort(bySize),
    ...bySeverity([
      ...explained.filter((finding) => !finding.nodes.every((node) => covered.has(key(finding, node)))),
      ...sightFindings(judged),
      ...transients(judged, failedReasons),
      ...ambients(judged),
    ]),
  ]);

  const pass = provePass(evidence.observed, edges, times, settings);
  const missing = missingForPass({ rolled, findings, pass, settings, evidence });
  const verdict: Verdict = findings.some((finding) => finding.severity === 'fail')
    ? 'fail'
    : missing.length === 0
      ? 'pass'
      : 'inconclusive';
  const nodes = rolled.nodes.map((node, i) => summarize(node, i, { evidence, findings, pass, settings }));
  const document: VerdictDocument = {
    schema: 'hubble-soak/verdict/v1',
    verdict,
    summary: summaryOf(verdict, findings, missing, pass, settings),
    soak: {
      knob: settings.knob,
      from: timeOrNull(rolled.from),
      to: timeOrNull(rolled.to),
      judgedAt: formatTime(context.now ?? (Number.isFinite(rolled.to) ? rolled.to : 0)),
      inputs: context.inputs,
      settings: settingsOf(settings, journal),
      ciliumVersions: versionsOf(journal),
      tool: { version: context.version },
    },
    nodes,
    findings,
    missing,
    power: {
      smallestDetectable: pass.soak.smallestDetectable,
      perNode: rolled.nodes.map((node, i) => ({
        node: node.name,
        smallestDetectable: pass.nodes[i]?.smallestDetectable ?? null,
      })),
    },
  };
  return { document, complete: isComplete(rolled, settings) };
}

const key = (finding: Finding, node: string) => `${finding.reasonName ?? 'silent'}\t${node}`;

const bySize = (a: Finding, b: Finding) => (b.evidence?.logE ?? 0) - (a.evidence?.logE ?? 0);

/** A reason that breaks a hard rule and fails by its numbers too is one finding: the rule decides, the numbers tell where. */
function withRules(failed: readonly Finding[], ruled: readonly Finding[]): Finding[] {
  const merged = failed.map((finding): Finding => {
    const rule = ruled.find((one) => one.reasonName !== null && one.reasonName === finding.reasonName);
    if (rule === undefined) return finding;
    const nodes = [...new Set([...finding.nodes, ...rule.nodes])].sort();
    const peers = finding.peers.filter((peer) => !nodes.includes(peer));
    return {
      ...finding,
      class: 'hard-rule',
      nodes,
      peers,
      says: `${firstSentence(finding.says)} ${firstSentence(rule.says)}`,
    };
  });
  const left = ruled.filter(
    (rule) => !merged.some((finding) => finding.class === 'hard-rule' && finding.reasonName === rule.reasonName),
  );
  return [...merged, ...left];
}

function firstSentence(text: string): string {
  const end = text.indexOf('. ');
  return end < 0 ? text : text.slice(0, end + 1);
}

function bySeverity(findings: readonly Finding[]): Finding[] {
  return [...findings.filter((f) => f.severity === 'warn'), ...findings.filter((f) => f.severity === 'info')];
}

function timeOrNull(ms: number): string | null {
  return Number.isFinite(ms) ? formatTime(ms) : null;
}

/** A given restart that fits nothing is a mistake in the command line. */
function checkGiven(settings: Settings, rolled: Rollout): void {
  const names = rolled.nodes.map((node) => node.name);
  for (const { node, time } of settings.givenRestarts) {
    if (!names.includes(fullName(node, names)))
      throw new UsageError(
        `--restart ${node}=${formatTime(time)}: there is no node ${node} in this recording; it has ${names.length === 0 ? 'none' : listed(names, 12)}.`,
      );
    if (time < rolled.from || time > rolled.to)
      throw new UsageError(
        `--restart ${node}=${formatTime(time)}: the recording goes from ${formatTime(rolled.from)} to ${formatTime(rolled.to)}; give a time within it.`,
      );
  }
}

function isComplete(rolled: Rollout, settings: Settings): boolean {
  const expected = rolled.nodes.filter((node) => node.expected);
  return (
    expected.length > 0 &&
    expected.every((node) => {
      const last = node.segments.at(-1);
      return last !== undefined && rolled.to - last.backAt >= settings.soakMs;
    })
  );
}

/** One sentence for each thing that a PASS still lacks. */
function missingForPass(of: {
  readonly rolled: Rollout;
  readonly findings: readonly Finding[];
  readonly pass: PassReport;
  readonly settings: Settings;
  readonly evidence: Evidence;
}): string[] {
  const { rolled, findings, pass, settings, evidence } = of;
  const missing: string[] = [];
  const expected = rolled.nodes.filter((node) => node.expected);
  const waiting = expected.filter((node) => node.segments.length === 0);
  if (rolled.nodes.every((node) => node.segments.length === 0)) {
    missing.push(
      'No agent restart was seen, so there is nothing to compare: record while the change is rolled out, or give --restart NODE=TIME.',
    );
    return missing;
  }
  if (waiting.length > 0)
    missing.push(
      `${listed(waiting.map((node) => node.name))} ${waiting.length === 1 ? 'has' : 'have'} not restarted yet.`,
    );
  const gone = rolled.nodes.filter((node) => node.goneSince !== undefined);
  if (gone.length > 0)
    missing.push(`${listed(gone.map((node) => node.name))} ${gone.length === 1 ? 'is' : 'are'} out of sight.`);
  if (pass.windowsMissing > 0)
    missing.push(
      `The node that came back last needs ${spoken(pass.windowsMissing * evidence.observed.windowMs)} more of soak.`,
    );
  const failed = new Set(findings.flatMap((finding) => (finding.severity === 'fail' ? finding.nodes : [])));
  for (const finding of findings)
    if (finding.severity !== 'info')
      missing.push(`${finding.severity === 'fail' ? 'Failure' : 'Open question'} ${finding.id} stands in the way.`);
  rolled.nodes.forEach((node, i) => {
    const proof = pass.nodes[i];
    if (!node.expected || node.segments.length === 0 || proof === undefined || proof.proven) return;
    if (failed.has(node.name)) return;
    missing.push(wanting(node.name, proof, settings.nodeTolerance));
  });
  if (!pass.soak.proven && failed.size === 0)
    missing.push(wanting('The soak as a whole', pass.soak, settings.tolerance));
  if (!isCovered(pass))
    missing.push(
      `Only ${percent(pass.covered)} of what used to work was seen to work again${pass.unseen.length > 0 ? `; not seen: ${listed(pass.unseen)}` : ''}.`,
    );
  return missing;
}

/** What excludes added failures above a tolerance, or why nothing does. */
function wanting(what: string, proof: Proof, tolerance: number): string {
  const aim = `to exclude ${percent(tolerance)} of added failures`;
  if (proof.before.trials === 0)
    return `${what} has no edge that was known to work before its restart, so nothing can be compared: soak with a longer baseline or more traffic.`;
  if (proof.after.trials === 0) return `${what} shows nothing of what used to work since its restart.`;
  if (proof.needs === null || proof.needs.trials === 0)
    return `${what} fails too often for any amount of such traffic ${aim}.`;
  const time = proof.needsMs === null ? '' : `, about ${spoken(proof.needsMs)} at this traffic,`;
  return `${what} needs ${plural(proof.needs.trials, 'more trial')}${time} ${aim}.`;
}

function summarize(
  node: NodeTimeline,
  index: number,
  of: {
    readonly evidence: Evidence;
    readonly findings: readonly Finding[];
    readonly pass: PassReport;
    readonly settings: Settings;
  },
): NodeSummary {
  const own = of.findings.filter((finding) => finding.nodes.includes(node.name));
  const proof = of.pass.nodes[index];
  const verdict: Verdict = own.some((finding) => finding.severity === 'fail')
    ? 'fail'
    : node.segments.length > 0 &&
        node.goneSince === undefined &&
        proof?.proven === true &&
        hasSoaked(of.evidence, index, of.settings) &&
        !own.some((finding) => finding.severity === 'warn')
      ? 'pass'
      : 'inconclusive';
  return {
    name: node.name,
    verdict,
    restarts: node.restarts.map((restart) => ({
      at: formatTime(restart.at),
      evidence: restart.evidence,
      plusMinusSeconds: Math.round(restart.plusMinusMs / 100) / 10,
    })),
    phases: node.phases.map((span) => phaseSummary(span, node, index, of.evidence)),
    needs: verdict === 'pass' || node.segments.length === 0 ? null : (proof?.needs ?? null),
  };
}

function hasSoaked({ observed }: Evidence, index: number, settings: Settings): boolean {
  const after = observed.nodes[index]?.segments.at(-1)?.after;
  return after !== undefined && observed.length - after >= methodTimes(settings.settleMs, observed.windowMs).passFrom;
}

function phaseSummary(
  span: NodeTimeline['phases'][number],
  node: NodeTimeline,
  index: number,
  evidence: Evidence,
): PhaseSummary {
  const { observed, origin } = evidence;
  const first = Math.max(0, Math.ceil(span.from / observed.windowMs) - origin);
  const isFirst = span.from <= node.sight.firstFlow;
  const from = isFirst ? Math.max(0, Math.floor(span.from / observed.windowMs) - origin) : first;
  const to = Math.ceil(span.to / observed.windowMs) - origin;
  const sum = (counts: Float64Array | undefined) => {
    let total = 0;
    for (let w = from; w < to; w++) total += counts?.[w] ?? 0;
    return total;
  };
  const blindMs = node.blind.reduce(
    (ms, { from: a, to: b }) => ms + Math.max(0, Math.min(b, span.to) - Math.max(a, span.from)),
    0,
  );
  return {
    phase: span.phase,
    from: formatTime(span.from),
    to: formatTime(span.to),
    flows: sum(evidence.flows[index]),
    attempts: sum(evidence.attemptsBegun[index]),
    lost: sum(evidence.lost[index]),
    blindSeconds: Math.round(blindMs / 100) / 10,
  };
}

function summaryOf(
  verdict: Verdict,
  findings: readonly Finding[],
  missing: readonly string[],
  pass: PassReport,
  settings: Settings,
): string {
  switch (verdict) {
    case 'fail': {
      const [worst] = findings;
      const more = findings.filter((finding) => finding.severity === 'fail').length - 1;
      return `${worst === undefined ? 'Traffic broke' : headline(worst)}${more > 0 ? `, and ${plural(more, 'more failure')}` : ''}.`;
    }
    case 'inconclusive':
      return `Not enough to say: ${missing[0] ?? 'nothing was seen.'}`;
    case 'pass':
      return `Nothing that used to work fails because of the change: more than ${percent(settings.tolerance)} of added failures are excluded over ${plural(Math.round(pass.soak.after.trials), 'trial')}.`;
  }
}

/** The worst finding in one line: what, where, how much, since when. */
function headline(finding: Finding): string {
  const what =
    finding.reasonName ??
    (finding.class === 'silent' ? 'Silent loss' : finding.class === 'hard-rule' ? 'An agent' : 'Loss');
  const where = listed(finding.nodes);
  const since = finding.firstSeen === null ? '' : ` since ${finding.firstSeen}`;
  if (finding.kind === 'rule') return `${what} breaks a hard rule on ${where}${since}`;
  const { before, after } = finding;
  if (finding.kind === 'attempts')
    return `${what} on ${where}: ${percent(after?.rate ?? 0)} of what used to work fails (${percent(before?.rate ?? 0)} before)${since}`;
  return `${what} on ${where}: ${plural(after?.episodes ?? 0, 'episode')} after, ${short(before?.episodes ?? 0)} before${since}`;
}

/** Versions of the agents; GetNodes says `cilium v1.19.4+g...`, or `cilium` alone. */
function versionsOf(journal: Journal): string[] {
  const versions = journal.samples.map((sample) => sample.version.replace(/^cilium ?/, ''));
  return [...new Set(versions)].filter((version) => version !== '').sort();
}

function settingsOf(settings: Settings, journal: Journal): Record<string, unknown> {
  const seconds = (ms: number) => `${ms / 1000}s`;
  return {
    window: seconds(journal.windowMs),
    episode: seconds(settings.episodeMs),
    baseline: seconds(settings.baselineMs),
    settle: seconds(settings.settleMs),
    soak: seconds(settings.soakMs),
    alpha: settings.alpha,
    tolerance: settings.tolerance,
    nodeTolerance: settings.nodeTolerance,
    expectNodes: settings.expectNodes,
    ignoreNodes: settings.ignoreNodes,
    restarts: settings.givenRestarts.map(({ node, time }) => `${node}=${formatTime(time)}`),
  };
}
