import type { Finding } from './document.js';
import { ambients } from './ambients.js';
import type { KnownDrops } from './expected.js';
import { expectedFindings } from './expected-findings.js';
import { findingOf } from './finding.js';
import { withIds, type Basis, type Found } from './found.js';
import type { Layout } from './from-journal.js';
import { furtherFindings } from './further.js';
import { groupFailures } from './groups.js';
import type { Judged } from './judged.js';
import type { Failure } from './looks.js';
import { asPolicyChange } from './policy-findings.js';
import { breachFinding, withRules } from './rule-notes.js';
import { breaches } from './rules.js';
import type { Weighed } from './set-aside.js';
import { sightFindings } from './sight-notes.js';
import { transients } from './transients.js';

/** What is told beside what the lanes say. */
interface Beside {
  readonly layout: Layout;
  /** Drops that the settings know. */
  readonly known: readonly KnownDrops[];
  /** The end of what was observed, ms. */
  readonly to: number;
}

/**
 * All findings of a soak, and what each was made from: failures and watches, the strongest first, and then what is worth knowing. What a
 * failure says already is not told again.
 */
export function findingsOf(
  judged: Judged,
  { failures, watches, explained }: Weighed,
  beside: Beside,
): { readonly findings: readonly Finding[]; readonly basisOf: ReadonlyMap<string, Basis> } {
  const ofFailures = ofLanes(failures, 'fail', judged);
  const ofWatches = ofLanes(watches, 'warn', judged);
  const more = furtherFindings(judged, [...ofFailures, ...ofWatches]);
  const failed = withRules([...ofFailures.filter(isOpen), ...more.failed], brokenRules(judged, beside.to), judged);
  const isCovered = coveredBy(failed);
  const watched = [...ofWatches.filter(isOpen), ...more.watched].filter((finding) => !isCovered(finding));
  return withIds([
    ...failed.sort(bySize),
    ...watched.sort(bySize),
    ...bySeverity([
      ...explained.filter((finding) => !isCovered(finding)),
      ...onceEach([...ofFailures, ...ofWatches].filter((finding) => !isOpen(finding))),
      ...more.told,
      ...expectedFindings(beside.known, beside.layout),
      ...sightFindings(judged),
      ...transients(judged, reasonsOf(failed)),
      ...ambients(judged),
    ]),
  ]);
}

/** What the first three lanes say. */
function ofLanes(some: readonly Failure[], severity: 'fail' | 'warn', judged: Judged): Found[] {
  const { evidence, edges, sources } = judged;
  return groupFailures(some, evidence, edges, sources).map((group) =>
    asPolicyChange(findingOf(group, severity, judged), judged),
  );
}

function brokenRules(judged: Judged, to: number): Found[] {
  const broken = breaches(judged.evidence, judged.times, judged.episodeMs, to);
  return broken.map((breach) => breachFinding(breach, judged));
}

const isOpen = ({ severity }: Finding) => severity !== 'info';

/** Is the same said of all nodes of a finding by one of these? */
function coveredBy(failed: readonly Found[]): (finding: Finding) => boolean {
  const covered = new Set(failed.flatMap((finding) => finding.nodes.map((node) => key(finding, node))));
  return (finding) => finding.nodes.every((node) => covered.has(key(finding, node)));
}

const key = ({ reasonName, kind }: Finding, node: string) =>
  `${reasonName ?? (kind === 'attempts' ? 'silent' : kind)}\t${node}`;

/** The drop reasons of findings, with each of their nodes. */
function reasonsOf(failed: readonly Found[]): ReadonlySet<string> {
  return new Set(failed.flatMap(({ nodes, reason }) => nodes.map((node) => `${reason?.code ?? ''}\t${node}`)));
}

/** What fails and is watched at once is told once. */
function onceEach(findings: readonly Found[]): Found[] {
  return findings.filter((one, i) => findings.findIndex(({ says }) => says === one.says) === i);
}

const bySize = (a: Finding, b: Finding) => (b.evidence?.logE ?? 0) - (a.evidence?.logE ?? 0);

function bySeverity(findings: readonly Finding[]): Finding[] {
  return [...findings.filter((f) => f.severity === 'warn'), ...findings.filter((f) => f.severity === 'info')];
}
