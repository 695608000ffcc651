/** How a running soak stands, in words and in the lines of a block. Pure. */
import { parseTime } from '../../hubble/time.js';
import type { NodeSummary, VerdictDocument } from '../../judge/document.js';
import { watchedMs, type Settings } from '../../judge/settings.js';
import { printable } from '../../printable.js';
import type { Paint } from '../../report/paint.js';
import { formatDuration } from '../options/durations.js';
import { clock } from './changes.js';

/** What the program knows besides the document. */
export interface Progress {
  readonly document: VerdictDocument | undefined;
  readonly server: string;
  readonly flows: number;
  readonly flowsPerSecond: number;
  /** Wall time since it began, ms. */
  readonly runningMs: number;
}

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
  const { document } = progress;
  const parts = [`${rate(progress.flowsPerSecond)} flows/s`];
  if (document) parts.push(roll(document, settings), findings(document), `verdict so far ${document.verdict}`);
  return parts.join(', ');
}

/** Lines for a terminal of this size. */
export function progressBlock(
  progress: Progress,
  settings: Settings,
  paint: Paint,
  size: { readonly columns: number; readonly rows: number },
): string[] {
  const { document } = progress;
  const width = Math.max(size.columns - 1, 20);
  const head = [
    printable(settings.knob ?? 'soak'),
    printable(progress.server),
    `${round(progress.runningMs)} watched`,
    `${rate(progress.flowsPerSecond)} flows/s`,
  ];
  const lines = [paint('bold', cut(head.join('  '), width))];
  if (document === undefined) return [...lines, paint('dim', cut('  waiting for the first window of flows', width))];
  const room = Math.max(size.rows - 6, 3);
  const nodes = [...document.nodes].sort(byInterest);
  const nameWidth = Math.min(Math.max(...nodes.map(({ name }) => printable(name).length), 4), 40);
  for (const node of nodes.slice(0, room)) lines.push(nodeLine(node, nameWidth, paint, width));
  if (nodes.length > room) lines.push(paint('dim', cut(`  and ${nodes.length - room} more`, width)));
  lines.push(cut(`  ${roll(document, settings)}, ${findings(document)}`, width));
  return lines;
}

const STYLE = { pass: 'green', fail: 'red', inconclusive: 'dim' } as const;

function nodeLine(node: NodeSummary, nameWidth: number, paint: Paint, width: number): string {
  const last = node.restarts.at(-1);
  const phase = node.phases.at(-1)?.phase ?? '-';
  const text = cut(
    `  ${cut(printable(node.name), nameWidth).padEnd(nameWidth)}  ${phase.padEnd(8)}  ${(last ? `since ${clock(last.at)}` : '').padEnd(15)}  `,
    width,
  );
  return (
    text + paint(STYLE[node.verdict], cut(node.verdict === 'inconclusive' ? '' : node.verdict, width - text.length))
  );
}

/** Failing nodes first, then those that restarted last. */
function byInterest(a: NodeSummary, b: NodeSummary): number {
  const failing = Number(b.verdict === 'fail') - Number(a.verdict === 'fail');
  const [restartedA, restartedB] = [a.restarts.at(-1)?.at ?? '', b.restarts.at(-1)?.at ?? ''];
  return failing || (restartedA === restartedB ? 0 : restartedA < restartedB ? 1 : -1);
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

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(width - 1, 0))}\u2026`;
}
