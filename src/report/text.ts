/** The report for a terminal, a log or a pipe: the verdict first, then why, then on which nodes, then how much could be seen. */
import type { Finding, InputSummary, NodeSummary, Severity, Verdict, VerdictDocument } from '../judge/document.js';
import {
  colophon,
  controlText,
  evidenceText,
  headline,
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
import { clip, plainName, plainSentence } from './escape.js';
import { hanging, table, wrap, type Column } from './layout.js';
import { attemptsText, evidenceOf, nodeFacts, phasesSeen, phaseText } from './node-facts.js';
import { painter, type Paint, type Style } from './paint.js';
import { count, dateAndTime, day, timeOfDay } from './wording.js';
import { printable } from '../printable.js';

export interface TextOptions {
  readonly color: boolean;
  /** Columns to wrap at. Names, commands and tables of many columns may be longer. */
  readonly width: number;
}

export const DEFAULT_TEXT: TextOptions = { color: false, width: 100 };

const INDENT = '    ';
/** What is told in full, in short, and how many edges of each. */
const FULL_FINDINGS = 20;
const SHORT_FINDINGS = 10;
const EDGES = 3;
const LABEL = 10;
const MISSING = 15;
const COMMAND_LENGTH = 4000;
const RESTARTS = 5;

const VERDICT_STYLE: Readonly<Record<Verdict, Style>> = { pass: 'green', fail: 'red', inconclusive: 'yellow' };
const SEVERITY_STYLE: Readonly<Record<Severity, Style>> = { fail: 'red', warn: 'yellow', info: 'cyan' };

/** The whole report, each line ended. Without `color` it holds no control character but line ends. */
export function textReport(document: VerdictDocument, { color, width }: TextOptions = DEFAULT_TEXT): string {
  const paint = painter(color);
  const sections = [
    verdictLines(document, width, paint),
    ...findingSections(document.findings, width, paint),
    nodeLines(document.nodes, width, paint),
    missingLines(document.missing, width, paint),
    wrap(plainSentence(powerText(document)), width),
    inputLines(document.soak.inputs, width, paint),
    hintLines(document, width, paint),
    [paint('dim', plainName(colophon(document)))],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function verdictLines(document: VerdictDocument, width: number, paint: Paint): string[] {
  const word = verdictWord(document.verdict);
  const label = `${word}  `;
  const [first = '', ...more] = hanging(label, plainSentence(headline(document)), width);
  const colored = paint('bold', paint(VERDICT_STYLE[document.verdict], word)) + first.slice(word.length);
  const findings = document.findings.length === 0 ? 'no findings' : `findings: ${tally(document.findings)}`;
  const facts = `${occasion(document)}; ${nodesTally(document.nodes)}; ${findings}`;
  const about = hanging(' '.repeat(label.length), plainSentence(facts), width);
  return [colored, ...more, ...about.map((line) => paint('dim', line))];
}

/** One section each, as a block of lines; information in short. */
function findingSections(findings: readonly Finding[], width: number, paint: Paint): string[][] {
  const sorted = worstFirst(findings);
  const serious = sorted.filter(({ severity }) => severity !== 'info');
  const sections = sorted.map((finding, i) => {
    const number = String(i + 1);
    if (finding.severity === 'info') return shortFinding(number, finding, width, paint);
    return i < FULL_FINDINGS ? fullFinding(number, finding, width, paint) : findingTitle(number, finding, width, paint);
  });
  const told = sections.slice(0, serious.length + SHORT_FINDINGS);
  const left = sections.length - told.length;
  return left === 0 ? told : [...told, [`and ${left} more of severity info, in the JSON document`]];
}

function findingTitle(number: string, finding: Finding, width: number, paint: Paint): string[] {
  const word = finding.severity.toUpperCase();
  const label = `${number.padStart(2)}  ${word}  `;
  const severity = paint('bold', paint(SEVERITY_STYLE[finding.severity], word));
  return hanging(label, plainSentence(`${finding.class}: ${place(finding)}`), width).map((line, i) => {
    const title = paint('bold', line.slice(label.length));
    return i === 0 ? `${number.padStart(2)}  ${severity}  ${title}` : `${' '.repeat(label.length)}${title}`;
  });
}

function fullFinding(number: string, finding: Finding, width: number, paint: Paint): string[] {
  const { kind, before, after, control, edges, examples, nextCommand, says } = finding;
  const fact = (label: string, text: string): string[] =>
    text === ''
      ? []
      : hanging(`${INDENT}${label.padEnd(LABEL)}`, plainSentence(text), width).map((line, i) =>
          i === 0 ? INDENT + paint('dim', label.padEnd(LABEL)) + line.slice(INDENT.length + LABEL) : line,
        );
  const example = examples[0];
  return [
    ...findingTitle(number, finding, width, paint),
    ...fact('nodes', nodesText(finding)),
    ...fact('reason', reasonText(finding)),
    ...fact('before', before === null ? '' : sideText(kind, before)),
    ...fact('after', after === null ? '' : sideText(kind, after)),
    ...fact('controls', control === null ? '' : controlText(kind, control)),
    ...fact('evidence', evidenceText(finding)),
    ...fact('since', sinceText(finding)),
    ...edgeLines(edges).flatMap((edge, i) => fact(i === 0 ? 'edges' : '', edge)),
    ...(example === undefined ? [] : fact('example', exampleText(example))),
    ...fact('id', finding.id),
    ...wrap(plainSentence(says), width - INDENT.length).map((line) => INDENT + line),
    ...(nextCommand === null ? [] : [`${INDENT}${paint('cyan', `$ ${printable(clip(nextCommand, COMMAND_LENGTH))}`)}`]),
  ];
}

function edgeLines(edges: readonly string[]): string[] {
  const shown = edges.slice(0, EDGES).map(plainName);
  return edges.length > EDGES ? [...shown, `and ${edges.length - EDGES} more`] : shown;
}

function exampleText(flow: Finding['examples'][number]): string {
  const what = flow.dropReason === null ? flow.verdict : `${flow.verdict} ${flow.dropReason}`;
  const to = flow.destinationPort === 0 ? flow.protocol : `${flow.protocol}/${flow.destinationPort}`;
  const who = `${plainName(flow.source)} -> ${plainName(flow.destination)} ${to}`;
  return `${timeOfDay(flow.time)} on ${plainName(flow.node)}: ${who} ${what}`;
}

function shortFinding(number: string, finding: Finding, width: number, paint: Paint): string[] {
  const { kind, before, after, says } = finding;
  const reason = reasonText(finding);
  const numbers = before === null || after === null ? '' : `${rateText(kind, before)} -> ${rateText(kind, after)}`;
  const facts = [reason, numbers].filter((part) => part !== '').join(', ');
  return [
    ...findingTitle(number, finding, width, paint),
    ...(facts === '' ? [] : hanging(INDENT, plainSentence(facts), width)),
    ...hanging(INDENT, plainSentence(says), width),
  ];
}

/** A row for each node, and one more for each further restart. */
function nodeLines(nodes: readonly NodeSummary[], width: number, paint: Paint): string[] {
  if (nodes.length === 0) return [];
  const facts = nodes.map(nodeFacts);
  const phases = phasesSeen(facts);
  const lossy = facts.some(({ lost }) => lost > 0);
  const restarts = nodes.flatMap((node) => node.restarts);
  const days = new Set(restarts.map(({ at }) => day(at)));
  const [onlyDay] = days;
  const when = days.size === 1 ? timeOfDay : dateAndTime;
  const header: Column[] = [
    { title: 'node' },
    { title: days.size === 1 ? `restart ${onlyDay ?? ''}` : 'restart (UTC)' },
    { title: 'known by' },
    ...phases.map((title) => ({ title, right: true })),
    { title: 'attempts', right: true },
    ...(lossy ? [{ title: 'lost', right: true }] : []),
    { title: 'verdict' },
    { title: 'needs' },
  ];
  const rows: string[][] = [];
  const verdicts: (Verdict | undefined)[] = [];
  for (const [i, node] of nodes.entries()) {
    const fact = facts[i] ?? nodeFacts(node);
    const [first, ...more] = node.restarts;
    rows.push([
      plainName(node.name),
      first === undefined ? 'none yet' : when(first.at),
      first === undefined ? '' : evidenceOf(first),
      ...phases.map((phase) => phaseText(fact, phase)),
      attemptsText(fact),
      ...(lossy ? [count(fact.lost)] : []),
      node.verdict,
      node.needs === null ? '' : needsText(node.needs),
    ]);
    verdicts.push(node.verdict);
    for (const restart of more.slice(0, RESTARTS)) rows.push(['', when(restart.at), evidenceOf(restart)]);
    if (more.length > RESTARTS) rows.push(['', `and ${more.length - RESTARTS} more`]);
    while (verdicts.length < rows.length) verdicts.push(undefined);
  }
  const verdictColumn = header.length - 2;
  return table(header, rows, width, (cell, row, column) => {
    if (row < 0) return paint('dim', cell);
    const verdict = verdicts[row];
    return column === verdictColumn && verdict !== undefined ? paint(VERDICT_STYLE[verdict], cell) : cell;
  });
}

function missingLines(missing: readonly string[], width: number, paint: Paint): string[] {
  if (missing.length === 0) return [];
  const more = missing.length > MISSING ? [`and ${missing.length - MISSING} more`] : [];
  const sentences = [...missing.slice(0, MISSING).map(plainSentence), ...more];
  return [paint('bold', 'Missing for a PASS'), ...sentences.flatMap((sentence) => hanging('  - ', sentence, width))];
}

/** What was read; broken lines stand out. */
function inputLines(inputs: readonly InputSummary[], width: number, paint: Paint): string[] {
  if (inputs.length === 0) return [];
  const numbers = ['lines', 'flows', 'events', 'broken'] as const;
  const header: Column[] = [
    { title: 'input' },
    ...numbers.map((title) => ({ title, right: true })),
    { title: 'sha256' },
  ];
  const rows = inputs.map((input) => [
    plainName(input.path),
    ...numbers.map((key) => count(input[key])),
    input.sha256 === null ? 'live' : input.sha256.slice(0, 12),
  ]);
  return table(header, rows, width, (cell, row, column) => {
    if (row < 0) return paint('dim', cell);
    return column === 4 && (inputs[row]?.broken ?? 0) > 0 ? paint('yellow', cell) : cell;
  });
}

/** Where the numbers behind a finding are: recorded flows can be judged again. */
function hintLines({ findings, soak: { inputs } }: VerdictDocument, width: number, paint: Paint): string[] {
  const isRecorded = inputs.length > 0 && inputs.every(({ sha256, path }) => sha256 !== null && path !== '-');
  if (findings.length === 0 || !isRecorded) return [];
  const which = findings.length === 1 ? '1' : `1 (to ${findings.length}, or all)`;
  return wrap(
    `Every number behind a finding: hubble-soak gate --explain ${which} with the same recordings and options.`,
    width,
  ).map((line) => paint('dim', line));
}
