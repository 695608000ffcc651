import { formatTime, parseTime } from '../../hubble/time.js';
import type { Finding, VerdictDocument } from '../../judge/document.js';
import type { ExpectedFinding, ExpectedRestart, Fixture } from './manifest.js';

/** Where a verdict document is not what its fixture expects: `expected ..., got ...`, one each; empty when all is well. Pure. */
export function shortfalls(fixture: Fixture, document: VerdictDocument): string[] {
  return [
    ...(document.verdict === fixture.verdict
      ? []
      : [`expected ${fixture.verdict}, got ${document.verdict} (${document.summary})`]),
    ...missingFindings(fixture.findings, document.findings),
    ...unexpectedFailures(fixture.findings, document.findings),
    ...(fixture.restarts === undefined ? [] : restartShortfalls(fixture.restarts, document)),
  ];
}

function missingFindings(expected: readonly ExpectedFinding[], found: readonly Finding[]): string[] {
  const shown = found.map(describeFinding).join('; ') || 'none';
  return expected
    .filter((wanted) => !found.some((finding) => matches(wanted, finding)))
    .map((wanted) => `expected a finding ${describeExpected(wanted)}, got ${shown}`);
}

function unexpectedFailures(expected: readonly ExpectedFinding[], found: readonly Finding[]): string[] {
  return found
    .filter((finding) => finding.severity === 'fail' && !expected.some((wanted) => matches(wanted, finding)))
    .map((finding) => `expected no other failure, got ${describeFinding(finding)}`);
}

function matches(wanted: ExpectedFinding, finding: Finding): boolean {
  return Object.entries(wanted).every(([key, value]: [string, unknown]) => {
    const actual: unknown = finding[key as keyof ExpectedFinding];
    return Array.isArray(value) && Array.isArray(actual) ? sameSet(value, actual) : value === actual;
  });
}

function sameSet(a: readonly unknown[], b: readonly unknown[]): boolean {
  const [left, right] = [new Set(a), new Set(b)];
  return left.size === right.size && [...left].every((item) => right.has(item));
}

/** Every restart must be listed, and every listed one found. */
function restartShortfalls(expected: readonly ExpectedRestart[], document: VerdictDocument): string[] {
  const found = document.nodes.flatMap((node) =>
    node.restarts.map((restart) => ({ node: node.name, at: parseTime(restart.at) })),
  );
  const isOf = (wanted: ExpectedRestart, restart: { node: string; at: number }): boolean =>
    wanted.node === restart.node && Math.abs(wanted.at - restart.at) <= wanted.withinMs;
  const missing = expected.filter((wanted) => !found.some((restart) => isOf(wanted, restart)));
  const extra = found.filter((restart) => !expected.some((wanted) => isOf(wanted, restart)));
  const told = (restarts: readonly { node: string; at: number }[]): string =>
    restarts.map(({ node, at }) => `${node} at ${formatTime(at)}`).join(', ') || 'none';
  return missing.length + extra.length === 0 ? [] : [`expected the restarts ${told(expected)}, got ${told(found)}`];
}

function describeExpected(wanted: ExpectedFinding): string {
  return Object.entries(wanted)
    .map(([key, value]) => `${key} ${Array.isArray(value) ? value.join('+') : String(value)}`)
    .join(' ');
}

function describeFinding(finding: Finding): string {
  const reason = finding.reasonName === null ? '' : ` ${finding.reasonName}`;
  return `${finding.severity} ${finding.class}${reason} (${finding.scope} ${finding.nodes.join('+') || '-'}: ${finding.where})`;
}
