import { UNEXPECTED_RESERVE } from '../../../src/judge/constants.js';
import type { Finding, Verdict } from '../../../src/judge/document.js';
import { findingOf } from '../../../src/judge/finding.js';
import type { Evidence } from '../../../src/judge/from-journal.js';
import { groupFailures } from '../../../src/judge/groups.js';
import { lacksOf, verdictOf, type OpenFinding } from '../../../src/judge/lacks.js';
import { EdgeLane } from '../../../src/judge/lane-edges.js';
import { lateLanes } from '../../../src/judge/lane-late.js';
import { SourceLanes } from '../../../src/judge/lane-sources.js';
import { lookAtAll, lookAtEdges, type Failure, type Looks } from '../../../src/judge/looks.js';
import { methodTimes, type MethodTimes, type Observed } from '../../../src/judge/observed.js';
import { provePass, type PassReport } from '../../../src/judge/pass.js';
import { DEFAULT_SETTINGS, type Settings } from '../../../src/judge/settings.js';

export interface Decision {
  readonly verdict: Verdict;
  readonly failures: readonly Failure[];
  readonly watches: readonly Failure[];
  readonly pass: PassReport;
  readonly findings: () => readonly Finding[];
}

/** The product's verdict over counts: its lanes, its looks and its proof of a PASS, without what only a journal can tell. */
export function decide(observed: Observed, settings: Settings = DEFAULT_SETTINGS): Decision {
  const times = methodTimes(settings.settleMs, observed.windowMs);
  const edges = new EdgeLane(observed, times, settings.alpha, UNEXPECTED_RESERVE);
  const sources = new SourceLanes(observed, times, settings.alpha, UNEXPECTED_RESERVE, settings.episodeMs);
  const { failures, watches } = lookAt(observed, edges, sources, times, settings.alpha);
  const pass = provePass(observed, edges, times, settings);
  return {
    verdict: verdictOf(
      lacksOf({
        observed,
        pass,
        findings: [...asOpen(failures, 'fail'), ...asOpen(watches, 'warn')],
        gone: [],
        settings,
      }),
    ),
    failures,
    watches,
    pass,
    findings: () => {
      const evidence = evidenceOf(observed);
      const judged = {
        evidence,
        edges,
        sources,
        windowMs: observed.windowMs,
        episodeMs: settings.episodeMs,
        times,
        alpha: settings.alpha,
      };
      return groupFailures(failures, evidence, edges, sources).map((group) => findingOf(group, 'fail', judged));
    },
  };
}

/** Lane A counted from later moments on as well: what it alone finds comes behind the rest. */
function lookAt(observed: Observed, edges: EdgeLane, sources: SourceLanes, times: MethodTimes, alpha: number): Looks {
  const { failures, watches } = lookAtAll(observed, edges, sources);
  const late = [...lateLanes(edges, { observed, times, alpha, reserve: UNEXPECTED_RESERVE })].map((lane) =>
    lookAtEdges(observed, lane),
  );
  return {
    failures: [...failures, ...late.flatMap((one) => one.failures)].sort((a, b) => a.look - b.look),
    watches: [...watches, ...late.flatMap((one) => one.watches)],
  };
}

function asOpen(some: readonly Failure[], severity: OpenFinding['severity']): OpenFinding[] {
  return some.map(() => ({ id: '', severity, nodes: [] }));
}

/** Counts without the journal they would come from. */
function evidenceOf(observed: Observed): Evidence {
  const nothing = observed.nodes.map(() => new Float64Array(observed.length));
  return {
    observed,
    origin: 0,
    timelines: [],
    dropEdges: [],
    examples: [],
    flows: nothing,
    lost: nothing,
    attemptsBegun: nothing,
  };
}
