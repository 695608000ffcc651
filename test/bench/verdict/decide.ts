import { UNEXPECTED_RESERVE } from '../../../src/judge/constants.js';
import type { Finding, Verdict } from '../../../src/judge/document.js';
import { findingOf } from '../../../src/judge/finding.js';
import type { Evidence } from '../../../src/judge/from-journal.js';
import { groupFailures } from '../../../src/judge/groups.js';
import { EdgeLane } from '../../../src/judge/lane-edges.js';
import { SourceLanes } from '../../../src/judge/lane-sources.js';
import { lookAtAll, type Failure, type Looks } from '../../../src/judge/looks.js';
import { methodTimes, type Observed } from '../../../src/judge/observed.js';
import { isCovered, provePass, type PassReport } from '../../../src/judge/pass.js';
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
  const { failures, watches }: Looks = lookAtAll(observed, edges, sources);
  const pass = provePass(observed, edges, times, settings);
  return {
    verdict: verdictOf(observed, failures, watches, pass),
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
      };
      return groupFailures(failures, evidence, edges, sources).map((group) => findingOf(group, 'fail', judged));
    },
  };
}

function verdictOf(
  observed: Observed,
  failures: readonly Failure[],
  watches: readonly Failure[],
  pass: PassReport,
): Verdict {
  if (failures.length > 0) return 'fail';
  const expected = observed.nodes
    .map((node, i) => ({ node, proof: pass.nodes[i] }))
    .filter(({ node }) => node.expected);
  const proven =
    expected.every(({ node, proof }) => node.segments.length > 0 && proof?.proven === true) &&
    pass.soak.proven &&
    pass.windowsMissing === 0 &&
    isCovered(pass);
  return watches.length === 0 && proven ? 'pass' : 'inconclusive';
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
