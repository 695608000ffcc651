import type { Journal } from '../aggregate/journal.js';
import { UsageError } from '../errors.js';
import { formatTime } from '../hubble/time.js';
import { fullName } from '../rollout/sight.js';
import { rollout, type Rollout } from '../rollout/timeline.js';
import { ambients } from './ambients.js';
import { UNEXPECTED_RESERVE } from './constants.js';
import type { Finding, InputSummary, VerdictDocument } from './document.js';
import type { Derivation } from './derivation/derivation.js';
import { derive } from './derivation/derive.js';
import { setExpectedAside } from './expected.js';
import { expectedFindings } from './expected-findings.js';
import { findingOf } from './finding.js';
import { withIds, type Found } from './found.js';
import { evidenceOf, layOut } from './from-journal.js';
import { furtherFindings, furtherLanes } from './further.js';
import { groupFailures } from './groups.js';
import type { Judged } from './judged.js';
import { lacksOf, verdictOf } from './lacks.js';
import { EdgeLane } from './lane-edges.js';
import { SourceLanes } from './lane-sources.js';
import { lookAtAll, type Failure } from './looks.js';
import { nameMatcher } from './node-names.js';
import { summarize } from './node-summary.js';
import { methodTimes } from './observed.js';
import { missingText, summaryOf } from './outcome.js';
import { provePass } from './pass.js';
import { asPolicyChange, isCompared } from './policy-findings.js';
import { breachFinding, withRules } from './rule-notes.js';
import { breaches } from './rules.js';
import { setAside } from './set-aside.js';
import { lateUntilMs, type ExpectedDrop, type Settings } from './settings.js';
import { sightFindings } from './sight-notes.js';
import { listed } from './text.js';
import { transients } from './transients.js';

export interface JudgeContext {
  readonly inputs: readonly InputSummary[];
  readonly version: string;
  /** Clock value to write into the document, ms; undefined = the last event time. */
  readonly now: number | undefined;
}

export interface Judgement {
  readonly document: VerdictDocument;
  /** Every number behind the finding with this id; undefined where there is none. */
  readonly derive: (id: string) => Derivation | undefined;
  /** Every expected node has restarted and was soaked as long as the settings ask. */
  readonly complete: boolean;
  /** Known drops of the settings that this soak does not show. */
  readonly idle: readonly ExpectedDrop[];
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
  const layout = layOut(journal, rolled);
  const known = setExpectedAside(layout, settings.expect?.entries ?? [], {
    episodeMs: settings.episodeMs,
    alpha: settings.alpha,
    clock: context.now ?? rolled.to,
  });
  const evidence = evidenceOf(layout, known.windows);
  const times = methodTimes(settings.settleMs, journal.windowMs);
  const edges = new EdgeLane(evidence.observed, times, settings.alpha, UNEXPECTED_RESERVE);
  const sources = new SourceLanes(evidence.observed, times, settings.alpha, UNEXPECTED_RESERVE, settings.episodeMs);
  const further = furtherLanes(layout, known.windows, {
    evidence,
    edges,
    times,
    alpha: settings.alpha,
    reserve: UNEXPECTED_RESERVE,
  });
  const judged: Judged = {
    evidence,
    edges,
    sources,
    further,
    rows: { layout, windows: known.windows },
    windowMs: journal.windowMs,
    episodeMs: settings.episodeMs,
    times,
    alpha: settings.alpha,
  };

  const { failures, watches, explained } = setAside(lookAtAll(evidence.observed, edges, sources), judged);
  const ruled = breaches(evidence, times, settings.episodeMs, rolled.to);
  const ofLanes = (some: readonly Failure[], severity: 'fail' | 'warn') =>
    groupFailures(some, evidence, edges, sources).map((group) =>
      asPolicyChange(findingOf(group, severity, judged), judged),
    );
  const [ofFailures, ofWatches] = [ofLanes(failures, 'fail'), ofLanes(watches, 'warn')];
  const more = furtherFindings(judged, [...ofFailures, ...ofWatches]);
  const isOpen = ({ severity }: Finding) => severity !== 'info';
  const failed = withRules(
    [...ofFailures.filter(isOpen), ...more.failed],
    ruled.map((breach) => breachFinding(breach, judged)),
    judged,
  );
  const covered = new Set(failed.flatMap((finding) => finding.nodes.map((node) => key(finding, node))));
  const watched = [...ofWatches.filter(isOpen), ...more.watched].filter(
    (finding) => !finding.nodes.every((node) => covered.has(key(finding, node))),
  );
  const failedReasons = new Set(
    failed.flatMap((finding) => finding.nodes.map((node) => `${finding.reason?.code ?? ''}\t${node}`)),
  );
  const { findings, basisOf } = withIds([
    ...failed.sort(bySize),
    ...watched.sort(bySize),
    ...bySeverity([
      ...explained.filter((finding) => !finding.nodes.every((node) => covered.has(key(finding, node)))),
      ...onceEach([...ofFailures, ...ofWatches].filter((finding) => !isOpen(finding))),
      ...more.told,
      ...expectedFindings(known.known, layout),
      ...sightFindings(judged),
      ...transients(judged, failedReasons),
      ...ambients(judged),
    ]),
  ]);

  const pass = provePass(evidence.observed, edges, times, settings, isCompared(judged));
  const gone = rolled.nodes.filter((node) => node.goneSince !== undefined).map((node) => node.name);
  const lacks = lacksOf({ observed: evidence.observed, pass, findings, gone, settings });
  const verdict = verdictOf(lacks);
  const missing = lacks.map((lack) => missingText(lack, journal.windowMs));
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
  return {
    document,
    derive: (id) => {
      const finding = findings.find((one) => one.id === id);
      return finding && derive(finding, basisOf.get(id), judged);
    },
    complete: isComplete(rolled, settings),
    idle: known.idle,
  };
}

/** What fails and is watched at once is told once. */
function onceEach(findings: readonly Found[]): Found[] {
  return findings.filter((one, i) => findings.findIndex(({ says }) => says === one.says) === i);
}

const key = ({ reasonName, kind }: Finding, node: string) =>
  `${reasonName ?? (kind === 'attempts' ? 'silent' : kind)}\t${node}`;

const bySize = (a: Finding, b: Finding) => (b.evidence?.logE ?? 0) - (a.evidence?.logE ?? 0);

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
      return last !== undefined && rolled.to - last.backAt >= Math.max(settings.soakMs, lateUntilMs(settings));
    })
  );
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
    late: seconds(settings.lateMs),
    alpha: settings.alpha,
    tolerance: settings.tolerance,
    nodeTolerance: settings.nodeTolerance,
    expectNodes: settings.expectNodes,
    ignoreNodes: settings.ignoreNodes,
    expect: settings.expect?.file ?? null,
    restarts: settings.givenRestarts.map(({ node, time }) => `${node}=${formatTime(time)}`),
  };
}
