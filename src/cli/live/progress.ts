/** How a running soak stands, in words and in the lines of a block. Pure. */
import { parseTime } from '../../hubble/time.js';
import type { Verdict, VerdictDocument } from '../../judge/document.js';
import { watchedMs, type Settings } from '../../judge/settings.js';
import { printable } from '../../printable.js';
import { plainSentence } from '../../report/escape.js';
import { hanging } from '../../report/layout.js';
import type { Paint, Style } from '../../report/paint.js';
import { compact } from '../../report/wording.js';
import { formatDuration } from '../options/durations.js';
import { cut, lineOf } from '../fit.js';
import type { Size } from '../screen.js';
import type { DropHistory } from './drop-history.js';
import { findingRows, type FindingRowsOptions } from './finding-rows.js';
import { linkCell, type Link } from './link.js';
import { nodeRows } from './node-rows.js';
import { shortener } from './short-names.js';
import { spark } from './spark.js';

/** What the program knows besides the document. */
export interface Progress {
  readonly document: VerdictDocument | undefined;
  readonly server: string;
  readonly link: Link;
  readonly flowsPerSecond: number;
  readonly drops: DropHistory;
  /** Wall time since it began, ms, and the time that it is now, ms since the epoch. */
  readonly runningMs: number;
  readonly now: number;
  /** An end was asked for. */
  readonly isEnding: boolean;
}

export const ENDING = 'ending: judging what was seen; Ctrl-C again ends at once';

/** Time until the last restarted node has been soaked, ms; undefined while a node has not restarted. */
export function timeToGoMs(document: VerdictDocument, settings: Settings): number | undefined {
  const end = document.soak.to === null ? NaN : parseTime(document.soak.to);
  const left = document.nodes.map((node) => {
    const last = node.restarts.at(-1);
    return last ? parseTime(last.at) + watchedMs(settings) - end : NaN;
  });
  const most = Math.max(...left);
  return left.length === 0 || Number.isNaN(most) ? undefined : Math.max(most, 0);
}

/** One short line. */
export function progressLine(progress: Progress, settings: Settings): string {
  const { document, link, now } = progress;
  const parts = [`${rate(progress.flowsPerSecond)} flows/s`];
  const told = linkCell(link, now);
  if (told.style !== undefined) parts.unshift(told.text);
  if (document) parts.push(roll(document, settings), findings(document), `verdict so far ${document.verdict}`);
  return parts.join(', ');
}

/** Rows that are left to the lines above the block, on a terminal that is not very low. */
const ABOVE = 4;
const LEAST = 8;

/** Lines for a terminal of this size. */
export function progressBlock(progress: Progress, settings: Settings, paint: Paint, size: Size): string[] {
  const { document } = progress;
  // In the last column some terminals break the line already.
  const width = Math.max(size.columns - 1, 1);
  const budget = Math.max(size.rows - 1 - ABOVE, Math.min(size.rows - 1, LEAST));
  const top = head(progress, settings, paint, width);
  if (document === undefined)
    return [...top, lineOf([{ text: 'waiting for the first window of flows', style: 'dim' }], width, paint)];
  const shared = { shorten: shortener(document.nodes.map(({ name }) => name)), paint, width };
  const found = findingRows(document.findings, { ...shared, most: Math.min(Math.max(Math.floor(budget / 5), 1), 6) });
  const needs = needed(document, { ...shared, most: budget >= 16 ? 4 : 1 });
  const most = budget - top.length - found.length - needs.length;
  const all = nodeRows(document, { ...shared, settings, drops: progress.drops, most });
  const parts = [top, all, found, needs].filter((lines) => lines.length > 0);
  const spaced = parts.flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]));
  return (spaced.length <= budget ? spaced : parts.flat()).slice(0, budget);
}

/** What is watched and how, where the roll stands, and the drops. */
function head(progress: Progress, settings: Settings, paint: Paint, width: number): string[] {
  const { document, server, link, now, isEnding } = progress;
  const first = lineOf(
    [
      { text: `${printable(settings.knob ?? 'soak')}  `, style: 'bold' },
      linkCell(link, now),
      {
        text: `  ${rate(progress.flowsPerSecond)} flows/s  ${round(progress.runningMs)} watched  ${printable(server)}`,
      },
    ],
    width,
    paint,
  );
  const lines = isEnding ? [first, paint('bold', cut(ENDING, width))] : [first];
  if (document === undefined) return lines;
  return [...lines, stand(document, settings, paint, width), ...drops(progress, settings, paint, width)];
}

const STYLE: Readonly<Record<Verdict, Style | undefined>> = { pass: 'green', fail: 'red', inconclusive: undefined };

function stand(document: VerdictDocument, settings: Settings, paint: Paint, width: number): string {
  const { verdict } = document;
  const told = `  ${roll(document, settings)}, ${findings(document)}`;
  return lineOf([{ text: `${verdict} so far`, style: STYLE[verdict] }, { text: told }], width, paint);
}

/** The drops of all nodes, one character for each window. */
function drops({ drops: history }: Progress, { windowMs }: Settings, paint: Paint, width: number): string[] {
  const length = Math.min(Math.max(width - 36, 8), 60);
  const rates = history.all(length);
  const known = rates.filter((one) => one !== undefined);
  if (known.length === 0) return [];
  const most = Math.max(...known);
  const told = `  ${rate(known.at(-1) ?? 0)}/s, at most ${rate(most)}/s in ${compact((length * windowMs) / 1000)}`;
  return [lineOf([{ text: 'drops  ' }, { text: spark(rates, most) }, { text: told, style: 'dim' }], width, paint)];
}

/** The first things that a PASS still lacks, but for the findings, which have rows of their own. */
function needed(
  { missing, findings: found }: VerdictDocument,
  { shorten, paint, width, most }: FindingRowsOptions,
): string[] {
  const label = 'needs  ';
  const lines = missing
    .filter((sentence) => !found.some(({ id }) => sentence.includes(` ${id} stands in the way`)))
    .slice(0, 2)
    .flatMap((sentence, i) => {
      const before = i === 0 ? label : ' '.repeat(label.length);
      return hanging(before, plainSentence(shorten(sentence)), width).slice(0, 2);
    });
  return lines.slice(0, most).map((line) => paint('dim', cut(line, width)));
}

function roll(document: VerdictDocument, settings: Settings): string {
  const restarted = document.nodes.filter((node) => node.restarts.length > 0).length;
  const toGo = timeToGoMs(document, settings);
  const left = toGo === undefined ? '' : toGo === 0 ? ', soaked' : `, ${round(toGo)} to go`;
  return `${restarted} of ${document.nodes.length} nodes restarted${left}`;
}

function findings(document: VerdictDocument): string {
  const count = (severity: string): number =>
    document.findings.filter((finding) => finding.severity === severity).length;
  const [fails, warns] = [count('fail'), count('warn')];
  if (fails + warns === 0) return 'no finding';
  return [...(fails > 0 ? [`${fails} failed`] : []), ...(warns > 0 ? [`${warns} to watch`] : [])].join(' and ');
}

/** Whole seconds below an hour, whole minutes above. */
function round(ms: number): string {
  const step = ms < 3_600_000 ? 1000 : 60_000;
  return formatDuration(Math.round(ms / step) * step);
}

function rate(perSecond: number): string {
  return perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString('en-US');
}
