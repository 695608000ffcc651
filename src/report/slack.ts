/** The message for the channel: verdict and knob first, the worst finding with its numbers and its limit, what to type next. */
import type { HeaderBlock, KnownBlock, SectionBlock } from '@slack/types';
import { printable } from '../printable.js';
import type { Finding, Verdict, VerdictDocument } from '../judge/document.js';
import {
  colophon,
  evidenceText,
  nodesTally,
  nodesText,
  occasion,
  place,
  powerText,
  reasonText,
  sideText,
  sinceText,
  tally,
  verdictWord,
  worstFirst,
} from './describe.js';
import { clip, NAME_LENGTH, slackCode, slackProse } from './escape.js';

export interface SlackMessage {
  /** Shown in notifications, and where blocks cannot be. */
  readonly text: string;
  readonly blocks: KnownBlock[];
}

export interface SlackOptions {
  /** The first finding that fails a running soak, or the end of it. */
  readonly moment: 'first-failure' | 'final';
}

/** Slack refuses a longer header or section, and about 13,000 characters in all. */
const HEADER_LENGTH = 150;
const SECTION_LENGTH = 1300;
const TEXT_LENGTH = 700;
const FINDINGS = 3;
const MISSING = 4;

const SIGN: Readonly<Record<Verdict, string>> = { pass: '✅', fail: '❌', inconclusive: '⚠️' };

export function slackMessage(document: VerdictDocument, { moment }: SlackOptions): SlackMessage {
  const findings = worstFirst(document.findings).filter(({ severity }) => severity !== 'info');
  const told = findings.slice(0, moment === 'final' ? FINDINGS : 1);
  const left = document.findings.length - told.length;
  const blocks: KnownBlock[] = [
    header(`${SIGN[document.verdict]} ${title(document, moment)}`),
    section([slackWords(document.summary, 600), slackWords(facts(document, moment), 400)]),
    ...told.map(findingBlock),
    ...(left > 0 && told.length > 0 ? [section([`and ${left} more (${tally(document.findings)} in all)`])] : []),
    ...(moment === 'final' ? standing(document) : []),
    { type: 'context', elements: [mrkdwn(slackWords(colophon(document), 200))] },
  ];
  const worst = told[0];
  const text = worst === undefined ? title(document, moment) : `${title(document, moment)}: ${findingTitle(worst)}`;
  return { text: fitted([`${SIGN[document.verdict]} ${slackWords(text, 300)}`], TEXT_LENGTH), blocks };
}

/** The message of the end as the JSON that a webhook takes. */
export function slackReport(document: VerdictDocument): string {
  return `${JSON.stringify(slackMessage(document, { moment: 'final' }), null, 2)}\n`;
}

function title({ verdict, soak: { knob } }: VerdictDocument, moment: SlackOptions['moment']): string {
  const what = moment === 'final' ? verdictWord(verdict) : 'First failure';
  return `${what}: ${knob === null || knob === '' ? 'soak' : clip(knob, NAME_LENGTH)}`;
}

function facts(document: VerdictDocument, moment: SlackOptions['moment']): string {
  const about = `${occasion(document)}; ${nodesTally(document.nodes)}`;
  return moment === 'final' ? `${about}.` : `${about}. The soak goes on.`;
}

function findingTitle(finding: Finding): string {
  const reason = reasonText(finding);
  return `${finding.class}: ${place(finding)}${reason === '' ? '' : `, ${reason}`}`;
}

function findingBlock(finding: Finding): SectionBlock {
  const { kind, before, after, control, edges, nextCommand, says } = finding;
  const since = sinceText(finding);
  return section([
    `*${finding.severity.toUpperCase()}* ${slackWords(findingTitle(finding), 400)}`,
    ...(finding.nodes.length === 0 ? [] : [slackWords(`nodes: ${nodesText(finding)}`, 200)]),
    ...(before === null ? [] : [`before: ${sideText(kind, before)}`]),
    ...(after === null ? [] : [`after: ${sideText(kind, after)}`]),
    ...(control === null ? [] : [`control: ${sideText(kind, control)}`]),
    ...(evidenceText(finding) === '' ? [] : [evidenceText(finding)]),
    ...(since === '' ? [] : [`since ${slackWords(since, 100)}`]),
    ...(edges[0] === undefined
      ? []
      : [`${slackCode(clip(edges[0], 200))}${edges.length > 1 ? ` and ${edges.length - 1} more` : ''}`]),
    slackWords(says, 500),
    ...(nextCommand === null || nextCommand.length > 400 ? [] : [slackCode(nextCommand)]),
  ]);
}

/** What stands in the way of a PASS, and what could have been seen. */
function standing(document: VerdictDocument): SectionBlock[] {
  const { missing } = document;
  const shown = missing.slice(0, MISSING).map((sentence) => `• ${slackWords(sentence, 300)}`);
  const more = missing.length > MISSING ? [`• and ${missing.length - MISSING} more`] : [];
  return [
    ...(missing.length === 0 ? [] : [section(['*Missing for a PASS*', ...shown, ...more])]),
    section([slackWords(powerText(document), 400)]),
  ];
}

/** A sentence whose escaped form is not much longer than `most`. */
function slackWords(sentence: string, most: number): string {
  return slackProse(clip(sentence, most));
}

function header(text: string): HeaderBlock {
  return { type: 'header', text: { type: 'plain_text', text: clip(printable(text), HEADER_LENGTH), emoji: false } };
}

function section(lines: readonly string[]): SectionBlock {
  return { type: 'section', text: mrkdwn(fitted(lines, SECTION_LENGTH)) };
}

/** As many whole lines as fit: a cut inside of one could open what it should close. */
function fitted(lines: readonly string[], most: number): string {
  const kept: string[] = [];
  let used = 0;
  for (const line of lines) {
    if (used + line.length + 1 > most) continue;
    kept.push(line);
    used += line.length + 1;
  }
  return kept.length === 0 ? '…' : kept.join('\n');
}

/** Verbatim: Slack makes no links and no mentions of what it recognizes by itself. */
function mrkdwn(text: string): { type: 'mrkdwn'; text: string; verbatim: true } {
  return { type: 'mrkdwn', text, verbatim: true };
}
