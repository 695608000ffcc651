/** The report for a GitHub summary or a comment on a pull request. */
import type { Finding, NodeSummary, Severity, Verdict, VerdictDocument } from '../judge/document.js';
import {
  colophon,
  controlText,
  evidenceText,
  needsText,
  nodesText,
  nodesTally,
  occasion,
  place,
  powerText,
  rateText,
  reasonText,
  sideText,
  sinceText,
  tally,
  verdictWord,
  worstFirst,
} from './describe.js';
import { clip, markdownBlock, markdownCell, markdownCode, markdownProse, NAME_LENGTH } from './escape.js';
import { attemptsText, evidenceOf, nodeFacts, phasesSeen, phaseText } from './node-facts.js';
import { count, dateAndTime, listed } from './wording.js';

/** A comment on GitHub holds 65,536 characters; each part stops where its share is used up and says how much is left out. */
const SHARE = { findings: 10_000, details: 20_000, nodes: 12_000, missing: 4000, inputs: 4000 } as const;
const EDGES = 5;

const VERDICT_SIGN: Readonly<Record<Verdict, string>> = { pass: '✅', fail: '❌', inconclusive: '⚠️' };
const SEVERITY_SIGN: Readonly<Record<Severity, string>> = { fail: '❌ fail', warn: '⚠️ warn', info: 'ℹ️ info' };

export function markdownReport(document: VerdictDocument): string {
  const { verdict, soak, nodes, missing } = document;
  const findings = worstFirst(document.findings);
  const knob = soak.knob === null || soak.knob === '' ? '' : `: ${markdownCode(clip(soak.knob, NAME_LENGTH))}`;
  const parts = [
    `## ${VERDICT_SIGN[verdict]} ${verdictWord(verdict)}${knob}`,
    `**${markdownProse(document.summary)}**`,
    `${markdownProse(occasion(document))}; ${nodesTally(nodes)}.`,
    ...findingsPart(findings),
    ...nodesPart(nodes),
    ...missingPart(missing),
    markdownProse(powerText(document)),
    ...inputsPart(document),
    markdownProse(colophon(document)),
  ];
  return `${parts.join('\n\n')}\n`;
}

function findingsPart(findings: readonly Finding[]): string[] {
  if (findings.length === 0) return ['No findings.'];
  const rows = findings.map((finding, i) => {
    const { kind, before, after, severity } = finding;
    return [
      `${i + 1}`,
      SEVERITY_SIGN[severity],
      finding.class,
      markdownProse(place(finding)),
      reasonText(finding) === '' ? '' : markdownCode(reasonText(finding)),
      before === null ? '' : rateText(kind, before),
      after === null ? '' : rateText(kind, after),
      sinceText(finding),
    ];
  });
  const header = ['', 'severity', 'class', 'where', 'reason', 'before', 'after', 'since'];
  const told = findings
    .filter(({ severity }) => severity !== 'info')
    .map((finding) => detail(finding, findings.indexOf(finding) + 1));
  return [
    `### Findings: ${tally(findings)}`,
    table(header, rows, SHARE.findings, 'findings'),
    ...fit(
      told,
      SHARE.details,
      (left) => `Details of ${left} more findings are left out here; the JSON document has them.`,
    ),
  ];
}

function detail(finding: Finding, number: number): string {
  const { kind, before, after, control, edges, nextCommand, says } = finding;
  const reason = reasonText(finding);
  const facts = [
    ...(finding.nodes.length === 0 ? [] : [`nodes: ${markdownProse(nodesText(finding))}`]),
    ...(before === null ? [] : [`before: ${sideText(kind, before)}`]),
    ...(after === null ? [] : [`after: ${sideText(kind, after)}`]),
    ...(control === null ? [] : [`controls: ${controlText(kind, control)}`]),
    ...(evidenceText(finding) === '' ? [] : [`evidence: ${evidenceText(finding)}`]),
    ...(finding.firstSeen === null ? [] : [`since: ${sinceText(finding)}`]),
    ...(edges.length === 0 ? [] : [`edges: ${edgesText(edges)}`]),
  ];
  return [
    `#### ${number}. ${finding.class}: ${markdownProse(place(finding))}${reason === '' ? '' : `, ${markdownCode(reason)}`}`,
    markdownProse(says),
    ...(facts.length === 0 ? [] : [facts.map((fact) => `- ${fact}`).join('\n')]),
    ...(nextCommand === null ? [] : [markdownBlock(nextCommand, 'sh')]),
  ].join('\n\n');
}

function edgesText(edges: readonly string[]): string {
  const shown = edges.slice(0, EDGES).map((edge) => markdownCode(clip(edge, 2 * NAME_LENGTH)));
  return edges.length > EDGES ? `${shown.join(', ')} and ${edges.length - EDGES} more` : shown.join(', ');
}

function nodesPart(nodes: readonly NodeSummary[]): string[] {
  if (nodes.length === 0) return [];
  const facts = nodes.map(nodeFacts);
  const phases = phasesSeen(facts);
  const lossy = facts.some(({ lost }) => lost > 0);
  const header = ['node', 'restart (UTC)', ...phases, 'attempts', ...(lossy ? ['lost'] : []), 'verdict', 'needs'];
  const rows = nodes.map((node, i) => {
    const fact = facts[i] ?? nodeFacts(node);
    const restarts = node.restarts.map((restart) => `${dateAndTime(restart.at)} (${evidenceOf(restart)})`);
    return [
      markdownCode(clip(node.name, NAME_LENGTH)),
      restarts.length === 0 ? 'none yet' : listed(restarts),
      ...phases.map((phase) => phaseText(fact, phase)),
      attemptsText(fact).replace('->', '→'),
      ...(lossy ? [count(fact.lost)] : []),
      `${VERDICT_SIGN[node.verdict]} ${node.verdict}`,
      node.needs === null ? '' : needsText(node.needs),
    ];
  });
  return ['### Nodes', table(header, rows, SHARE.nodes, 'nodes')];
}

function missingPart(missing: readonly string[]): string[] {
  if (missing.length === 0) return [];
  const lines = missing.map((sentence) => `- ${markdownProse(sentence)}`);
  return ['### Missing for a PASS', fit(lines, SHARE.missing, (left) => `- and ${left} more`).join('\n')];
}

function inputsPart({ soak: { inputs } }: VerdictDocument): string[] {
  if (inputs.length === 0) return [];
  const rows = inputs.map(({ path, lines, flows, events, broken, sha256 }) => [
    markdownCode(clip(path, NAME_LENGTH)),
    ...[lines, flows, events, broken].map(count),
    sha256 === null ? 'live' : markdownCode(sha256.slice(0, 12)),
  ]);
  return ['### Inputs', table(['input', 'lines', 'flows', 'events', 'broken', 'sha256'], rows, SHARE.inputs, 'inputs')];
}

function table(header: readonly string[], rows: readonly (readonly string[])[], most: number, what: string): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(markdownCell).join(' | ')} |`;
  const shown = fit(
    rows.map(line),
    most,
    (left) => `\n${left} more ${what} are left out here; the JSON document has them.`,
  );
  return [line(header), line(header.map(() => '---')), ...shown].join('\n');
}

/** As many of the parts as `most` characters hold, and a word about the number of those left out. */
function fit(parts: readonly string[], most: number, about: (left: number) => string): string[] {
  let used = 0;
  const end = parts.findIndex((part) => (used += part.length + 2) > most);
  return end < 0 ? [...parts] : [...parts.slice(0, end), about(parts.length - end)];
}
