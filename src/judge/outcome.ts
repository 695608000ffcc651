import type { Rollout } from '../rollout/timeline.js';
import type { Finding, Verdict } from './document.js';
import type { Evidence } from './from-journal.js';
import { isCovered, type PassReport, type Proof } from './pass.js';
import type { Settings } from './settings.js';
import { listed, percent, plural, short, spoken } from './text.js';

/** One sentence for each thing that a PASS still lacks. */
export function missingForPass(of: {
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

export function summaryOf(
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
