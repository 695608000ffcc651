import type { Journal, NodeWindow } from '../aggregate/journal.js';
import { UsageError } from '../errors.js';
import { formatTime } from '../hubble/time.js';
import { fullName } from '../rollout/sight.js';
import { rollout, type Rollout } from '../rollout/timeline.js';
import { UNEXPECTED_RESERVE } from './constants.js';
import type { VerdictDocument } from './document.js';
import type { Derivation } from './derivation/derivation.js';
import { derive } from './derivation/derive.js';
import { setExpectedAside } from './expected.js';
import { findingsOf } from './findings.js';
import { evidenceOf, layOut, type Evidence, type Layout } from './from-journal.js';
import { furtherLanes } from './further.js';
import type { Judged } from './judged.js';
import { lacksOf, verdictOf } from './lacks.js';
import { EdgeLane } from './lane-edges.js';
import { SourceLanes } from './lane-sources.js';
import { lookAtAll } from './looks.js';
import { nameMatcher } from './node-names.js';
import { summarize } from './node-summary.js';
import { methodTimes } from './observed.js';
import { missingText, summaryOf } from './outcome.js';
import { provePass, type PassReport } from './pass.js';
import { isCompared } from './policy-findings.js';
import { setAside } from './set-aside.js';
import { lateUntilMs, type ExpectedDrop, type Settings } from './settings.js';
import { soakTold, type JudgeContext } from './soak-told.js';
import { listed } from './text.js';

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
  const rolled = rolloutOf(journal, settings);
  const layout = layOut(journal, rolled);
  const known = setExpectedAside(layout, settings.expect?.entries ?? [], {
    episodeMs: settings.episodeMs,
    alpha: settings.alpha,
    clock: context.now ?? rolled.to,
  });
  const evidence = evidenceOf(layout, known.windows);
  const judged = lanesOf(evidence, { layout, windows: known.windows }, settings);
  const { edges, sources, times } = judged;

  const looks = setAside(lookAtAll(evidence.observed, edges, sources), judged);
  const { findings, basisOf } = findingsOf(judged, looks, { layout, known: known.known, to: rolled.to });

  const pass = provePass(evidence.observed, edges, times, settings, isCompared(judged));
  const gone = rolled.nodes.filter((node) => node.goneSince !== undefined).map((node) => node.name);
  const lacks = lacksOf({ observed: evidence.observed, pass, findings, gone, settings });
  const verdict = verdictOf(lacks);
  const missing = lacks.map((lack) => missingText(lack, journal.windowMs));
  const document: VerdictDocument = {
    schema: 'hubble-soak/verdict/v1',
    verdict,
    summary: summaryOf(verdict, findings, missing, pass, settings),
    soak: soakTold(journal, rolled, settings, context),
    nodes: rolled.nodes.map((node, i) => summarize(node, i, { evidence, findings, pass, settings })),
    findings,
    missing,
    power: powerOf(pass, rolled),
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

/** What happened to the nodes; the restarts that were given are among them. */
function rolloutOf(journal: Journal, settings: Settings): Rollout {
  const rolled = rollout(journal, {
    windowMs: journal.windowMs,
    settleMs: settings.settleMs,
    isExpected: settings.expectNodes === null ? undefined : nameMatcher(settings.expectNodes),
    isIgnored: nameMatcher(settings.ignoreNodes),
    given: settings.givenRestarts,
  });
  checkGiven(settings, rolled);
  return rolled;
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

/** The evidence in the lanes that look at it. */
function lanesOf(
  evidence: Evidence,
  rows: { readonly layout: Layout; readonly windows: readonly NodeWindow[] },
  { settleMs, episodeMs, alpha }: Settings,
): Judged {
  const { windowMs } = rows.layout;
  const { observed } = evidence;
  const times = methodTimes(settleMs, windowMs);
  const reserve = UNEXPECTED_RESERVE;
  const edges = new EdgeLane(observed, times, alpha, reserve);
  const sources = new SourceLanes(observed, times, alpha, reserve, episodeMs);
  const further = furtherLanes(rows.layout, rows.windows, { evidence, edges, times, alpha, reserve });
  return { evidence, edges, sources, further, rows, windowMs, episodeMs, times, alpha };
}

function powerOf({ soak, nodes }: PassReport, rolled: Rollout): VerdictDocument['power'] {
  return {
    smallestDetectable: soak.smallestDetectable,
    perNode: rolled.nodes.map(({ name }, i) => ({
      node: name,
      smallestDetectable: nodes[i]?.smallestDetectable ?? null,
    })),
  };
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
