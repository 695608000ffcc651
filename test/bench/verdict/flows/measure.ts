import { Aggregator } from '../../../../src/aggregate/aggregator.js';
import type { Journal } from '../../../../src/aggregate/journal.js';
import { UNEXPECTED_RESERVE } from '../../../../src/judge/constants.js';
import type { Finding, VerdictDocument } from '../../../../src/judge/document.js';
import { evidenceOf, layOut, type Evidence, type Layout } from '../../../../src/judge/from-journal.js';
import { furtherLanes } from '../../../../src/judge/further.js';
import { judge } from '../../../../src/judge/judge.js';
import { EdgeLane } from '../../../../src/judge/lane-edges.js';
import { SourceLanes } from '../../../../src/judge/lane-sources.js';
import { lookAtAll, lookAtEdges } from '../../../../src/judge/looks.js';
import { methodTimes, SLOT, type Observed } from '../../../../src/judge/observed.js';
import { DEFAULT_SETTINGS, type Settings } from '../../../../src/judge/settings.js';
import { parseTime } from '../../../../src/hubble/time.js';
import { rollout } from '../../../../src/rollout/timeline.js';
import type { Scenario } from '../../../simulator/scenario.js';
import { simulate } from '../../../simulator/soak.js';
import type { Family } from '../family.js';
import type { Outcome } from '../outcome.js';
import { simpleVerdicts } from '../simple-judges.js';
import { planSoak, type Truth } from './scenario.js';
import { REASONS, type FlowHarm, type FlowSoak } from './soak.js';

const SETTINGS: Settings = DEFAULT_SETTINGS;
const CONTEXT = { inputs: [], version: 'bench', now: undefined };

/** One soak through the whole product but its files: flows, journal, verdict. `place`: how findings tell where the harm is. */
export function measureFlows(soak: FlowSoak, seed: number, place: Pick<Family, 'scopes' | 'tells'> = {}): Outcome {
  const truth = planSoak(soak, seed);
  const journal = journalOf(truth.scenario);
  const { document } = judge(journal, SETTINGS, CONTEXT);
  const layout = layoutOf(journal);
  const evidence = evidenceOf(layout);
  const failed = document.findings.filter(({ severity }) => severity === 'fail');
  const minutes = document.verdict === 'fail' ? minutesToFail(layout, evidence, failed, truth) : undefined;
  return {
    seed,
    verdict: document.verdict,
    minutes,
    rightNodes: minutes !== undefined && namesTheHarmed(failed, truth, soak.harm),
    rightClass: minutes !== undefined && failed.some((finding) => tellsOf(finding, soak.harm)),
    rightScope: minutes !== undefined && failed.some((finding) => tellsWhere(finding, place)),
    ...simpleVerdicts(evidence.observed, failedBySource(evidence.observed)),
    told: toldBy(document),
  };
}

/** What the judge reads of one soak. */
export function observeFlows(soak: FlowSoak, seed: number): Observed {
  return evidenceOf(layoutOf(journalOf(planSoak(soak, seed).scenario))).observed;
}

function journalOf(scenario: Scenario): Journal {
  const aggregator = new Aggregator({ windowMs: SETTINGS.windowMs });
  for (const event of simulate(scenario)) aggregator.push(event);
  aggregator.finish();
  return aggregator.journal;
}

function layoutOf(journal: Journal): Layout {
  const { windowMs } = journal;
  const settings = { windowMs, settleMs: SETTINGS.settleMs, isExpected: undefined, isIgnored: () => false, given: [] };
  return layOut(journal, rollout(journal, settings));
}

/** From the onset to the end of the window after which a series of a failed finding first fails; undefined where all fail before it. */
function minutesToFail(
  layout: Layout,
  evidence: Evidence,
  failed: readonly Finding[],
  { onsetMs, scenario }: Truth,
): number | undefined {
  if (!Number.isFinite(onsetMs)) return undefined;
  const { observed, origin } = evidence;
  const times = methodTimes(SETTINGS.settleMs, observed.windowMs);
  const edges = new EdgeLane(observed, times, SETTINGS.alpha, UNEXPECTED_RESERVE);
  const sources = new SourceLanes(observed, times, SETTINGS.alpha, UNEXPECTED_RESERVE, SETTINGS.episodeMs);
  const onset = parseTime(scenario.startsAt) + onsetMs;
  const minutesAt = (look: number) => ((origin + look + 1) * observed.windowMs - onset) / 60_000;
  // What a rename or a loss explains is no finding: only the reasons of those that stand count.
  const reasons = new Set(failed.map(({ kind, reason }) => (kind === 'drops' ? reason?.code : kind)));
  const ofMain = lookAtAll(observed, edges, sources).failures.flatMap((failure) =>
    reasons.has('signal' in failure ? observed.signals[failure.signal]?.reason : 'attempts') ? [failure.look] : [],
  );
  const { alpha } = SETTINGS;
  const { late, answers, vanished, verdicts, repeats, oneway } = furtherLanes(layout, layout.windows, {
    evidence,
    edges,
    times,
    alpha,
    reserve: UNEXPECTED_RESERVE,
  });
  const isFurther = failed.some(({ kind }) => !OF_MAIN_LANES.includes(kind));
  const others = [answers?.lane, vanished, verdicts?.lane, repeats, oneway?.lane];
  const lanes = [...(reasons.has('attempts') ? late : []), ...(isFurther ? others : [])];
  const ofFurther = lanes.flatMap((lane) =>
    lane === undefined ? [] : lookAtEdges(lane.observed, lane).failures.map(({ look }) => look),
  );
  const minutes = [...ofMain, ...ofFurther].map(minutesAt).filter((one) => one >= 0);
  return minutes.length === 0 ? undefined : Math.min(...minutes);
}

/** What findings of the three main lanes, and of rules, count. */
const OF_MAIN_LANES: readonly string[] = ['attempts', 'drops', 'rule'];

function namesTheHarmed(failed: readonly Finding[], { harmed }: Truth, harm: FlowHarm | undefined): boolean {
  const named = new Set(failed.flatMap(({ nodes }) => nodes));
  if (harm?.where === 'all') return named.size > 0;
  return named.size === harmed.length && harmed.every((name) => named.has(name));
}

function tellsWhere({ scope, says }: Finding, { scopes, tells }: Pick<Family, 'scopes' | 'tells'>): boolean {
  return (scopes === undefined || scopes.includes(scope)) && (tells === undefined || new RegExp(tells).test(says));
}

function tellsOf(finding: Finding, harm: FlowHarm | undefined): boolean {
  switch (harm?.kind) {
    case undefined:
      return false;
    case 'edge':
      return harm.reason === undefined
        ? finding.class === (harm.within || harm.unseen === true ? 'vanished' : 'silent')
        : finding.class === 'broken' && finding.reasonName === harm.reason;
    case 'silent':
      return finding.class === 'silent';
    case 'loss':
      return finding.class === 'silent' || finding.class === 'worse';
    case 'answers':
      return finding.kind === 'answers';
    case 'lasting':
      return finding.class === 'silent' || finding.class === 'vanished';
    case 'path':
      return harm.reason === undefined
        ? finding.class === 'silent' || finding.class === 'vanished'
        : finding.reasonName === harm.reason && ['novel', 'broken'].includes(finding.class);
    case 'reason':
      return finding.reasonName === REASONS.fresh && ['novel', 'broken'].includes(finding.class);
    case 'known':
      return finding.reasonName === REASONS.known && finding.class === 'worse';
  }
}

/** Failed attempts by the node that began them (of the world's: by the other end's), in the first window of their slot. */
function failedBySource({ nodes, trials, length }: Observed): Float64Array[] {
  const failed = nodes.map(() => new Float64Array(length));
  for (const { srcNode, dstNode, slots, failed: counts } of trials) {
    const own = failed[srcNode >= 0 ? srcNode : dstNode];
    slots.forEach((slot, i) => {
      if (own !== undefined && slot * SLOT < length) own[slot * SLOT] = (own[slot * SLOT] ?? 0) + (counts[i] ?? 0);
    });
  }
  return failed;
}

function toldBy({ findings, missing }: VerdictDocument): string[] {
  const open = findings
    .filter(({ severity }) => severity !== 'info')
    .map(
      ({ severity, class: kind, scope, reasonName, nodes, edges, says }) =>
        `${severity} ${kind} ${reasonName ?? ''} ${scope} [${nodes.join(', ')}] ${edges.slice(0, 2).join('; ')}: ${says}`,
    );
  return [...open, ...missing];
}
