import type { Finding, Verdict } from './document.js';
import type { Lack } from './lacks.js';
import type { PassReport, Proof } from './pass.js';
import type { Settings } from './settings.js';
import { listed, percent, plural, short, spoken } from './text.js';

/** One sentence for each thing that a PASS still lacks. */
export function missingText(lack: Lack, windowMs: number): string {
  switch (lack.kind) {
    case 'no-restart':
      return 'No agent restart was seen, so there is nothing to compare: record while the change is rolled out, or give --restart NODE=TIME.';
    case 'not-restarted':
      return `${listed(lack.nodes)} ${lack.nodes.length === 1 ? 'has' : 'have'} not restarted yet.`;
    case 'out-of-sight':
      return `${listed(lack.nodes)} ${lack.nodes.length === 1 ? 'is' : 'are'} out of sight.`;
    case 'too-short':
      return `The node that came back last needs ${spoken(lack.windows * windowMs)} more of soak.`;
    case 'late-short': {
      const needs = `the late phase of ${listed(lack.nodes)} needs ${spoken(lack.windows * windowMs)} more.`;
      return lack.why === null ? `T${needs.slice(1)}` : `${lack.why}: ${needs}`;
    }
    case 'late-unproven':
      return wanting(`The late phase of ${lack.node}`, lack.proof, lack.tolerance);
    case 'open':
      return `${lack.finding.severity === 'fail' ? 'Failure' : 'Open question'} ${lack.finding.id} stands in the way.`;
    case 'unproven':
      return wanting(lack.node ?? 'The soak as a whole', lack.proof, lack.tolerance);
    case 'uncovered':
      return `Only ${percent(lack.covered)} of what used to work was seen to work again${lack.unseen.length > 0 ? `; not seen: ${listed(lack.unseen)}` : ''}.`;
  }
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
  if (finding.kind === 'retransmissions')
    return `Packet loss on ${where}: ${percent(after?.rate ?? 0)} of what is answered is answered only when repeated (${percent(before?.rate ?? 0)} before)${since}`;
  return `${what} on ${where}: ${plural(after?.episodes ?? 0, 'episode')} after, ${short(before?.episodes ?? 0)} before${since}`;
}
