/** The nodes of a running soak as rows, the most interesting first. Pure. */
import type { NodeSummary, Verdict, VerdictDocument } from '../../judge/document.js';
import type { Settings } from '../../judge/settings.js';
import { plainName } from '../../report/escape.js';
import { columns } from '../../report/layout.js';
import type { Paint, Style } from '../../report/paint.js';
import { cutMiddle, lineOf, padded, type Cell } from '../fit.js';
import { clock } from './changes.js';
import { coverageOf, type Coverage } from './coverage.js';
import type { DropHistory } from './drop-history.js';
import type { Shorten } from './short-names.js';
import { bar, spark, wholePercent } from './spark.js';

const GAP = '  ';
const LONGEST_NAME = 48;
const SHORTEST_NAME = 12;
/** Room for a verdict, or what it waits for. */
const LAST_COLUMN = 22;
/** From this many columns on there is room for when the phase began, the bar, and a longer one. */
const [SINCE_FROM, BAR_FROM, WIDE_FROM] = [56, 72, 116];
/** Windows whose drops are shown. */
const [FEWEST_DROPS, MOST_DROPS] = [10, 30];

export interface NodeRowsOptions {
  readonly settings: Settings;
  readonly drops: DropHistory;
  readonly shorten: Shorten;
  readonly paint: Paint;
  readonly width: number;
  /** Rows that there is room for, with the titles and what tells of those left out. */
  readonly most: number;
}

interface Row {
  readonly node: NodeSummary;
  readonly coverage: Coverage;
}

export function nodeRows(document: VerdictDocument, options: NodeRowsOptions): string[] {
  const { settings, paint, width, most } = options;
  const nodes = byInterest(document);
  if (nodes.length === 0 || most < 1) return [];
  const fits = nodes.length + 1 <= most;
  const shown = nodes.slice(0, fits ? nodes.length : Math.max(most - 2, 0));
  const rows = shown.map((node): Row => ({ node, coverage: coverageOf(node, document, settings) }));
  const table = tableOf(rows, document, options);
  const more = fits ? [] : [lineOf([{ text: moreText(nodes.slice(shown.length)), style: 'dim' }], width, paint)];
  return [...(shown.length > 0 ? table : []), ...more];
}

interface Column {
  readonly title: string;
  readonly cells: readonly Cell[];
}

function tableOf(rows: readonly Row[], document: VerdictDocument, options: NodeRowsOptions): string[] {
  const { shorten, paint, width } = options;
  const others = [phases(rows), ...(width >= SINCE_FROM ? [since(rows, document)] : []), seen(rows, width)];
  const taken = others.reduce((sum, column) => sum + GAP.length + widthOf(column), GAP.length + LAST_COLUMN);
  const first = names(rows, shorten, Math.max(width - taken, SHORTEST_NAME));
  const length = Math.min(width - taken - widthOf(first) - GAP.length, MOST_DROPS);
  const all = [first, ...others, ...(length < FEWEST_DROPS ? [] : [drops(rows, options, length)]), verdicts(rows)];
  const widths = all.map(widthOf);
  const line = (cellOf: (column: Column) => Cell): string =>
    lineOf(
      all.map((column, i) => {
        const { text, style } = cellOf(column);
        return { text: padded(text, widths[i] ?? 0) + GAP, style };
      }),
      width,
      paint,
    );
  return [
    line(({ title }) => ({ text: title, style: 'dim' })),
    ...rows.map((_, row) => line(({ cells }) => cells[row] ?? { text: '' })),
  ];
}

function widthOf({ title, cells }: Column): number {
  return Math.max(columns(title), ...cells.map(({ text }) => columns(text)));
}

function names(rows: readonly Row[], shorten: Shorten, room: number): Column {
  const most = Math.min(room, LONGEST_NAME);
  return { title: 'node', cells: rows.map(({ node }) => ({ text: cutMiddle(plainName(shorten(node.name)), most) })) };
}

function phases(rows: readonly Row[]): Column {
  const cells = rows.map(({ node }): Cell => {
    const phase = node.phases.at(-1)?.phase ?? '-';
    return { text: phase, style: phase === 'blind' ? 'yellow' : undefined };
  });
  return { title: 'phase', cells };
}

function since(rows: readonly Row[], { soak }: VerdictDocument): Column {
  const today = soak.to?.slice(0, 10);
  const cells = rows.map(({ node }) => {
    const from = node.phases.at(-1)?.from ?? '';
    return { text: from.slice(0, 10) === today ? clock(from) : `${from.slice(5, 10)} ${from.slice(11, 16)}Z` };
  });
  return { title: 'since', cells };
}

/** How much of what its PASS needs was seen. */
function seen(rows: readonly Row[], width: number): Column {
  const size = width >= WIDE_FROM ? 16 : 8;
  const cells = rows.map(({ coverage: { share } }) => {
    if (share === undefined) return { text: '' };
    return { text: `${width >= BAR_FROM ? `${bar(share, size)} ` : ''}${wholePercent(share)}` };
  });
  return { title: 'seen', cells };
}

/** On one scale for all nodes. */
function drops(rows: readonly Row[], { drops: history }: NodeRowsOptions, length: number): Column {
  const rates = rows.map(({ node }) => history.of(node.name, length));
  const most = Math.max(0, ...rates.flat().map((rate) => rate ?? 0));
  return { title: 'drops', cells: rates.map((one) => ({ text: spark(one, most) })) };
}

const STYLE: Readonly<Record<Verdict, Style>> = { pass: 'green', fail: 'red', inconclusive: 'dim' };

function verdicts(rows: readonly Row[]): Column {
  const cells = rows.map(({ node: { verdict }, coverage: { waits } }) => ({
    text: verdict === 'inconclusive' ? waits : verdict,
    style: STYLE[verdict],
  }));
  return { title: 'verdict', cells };
}

/** What has failed, what a finding names, what cannot be seen, what is being soaked (the last restart first), what is to come, what has passed. */
function byInterest({ nodes, findings }: VerdictDocument): NodeSummary[] {
  const watched = new Set(findings.filter(({ severity }) => severity === 'warn').flatMap((finding) => finding.nodes));
  const rank = (node: NodeSummary): number => {
    if (node.verdict === 'fail') return 0;
    if (watched.has(node.name)) return 1;
    if (node.phases.at(-1)?.phase === 'blind') return 2;
    if (node.verdict === 'pass') return 5;
    return node.restarts.length > 0 ? 3 : 4;
  };
  const restarted = (node: NodeSummary): string => node.restarts.at(-1)?.at ?? '';
  return nodes
    .map((node) => ({ node, rank: rank(node), at: restarted(node) }))
    .sort((a, b) => a.rank - b.rank || (a.at === b.at ? 0 : a.at < b.at ? 1 : -1))
    .map(({ node }) => node);
}

/** `and 31 more: 19 baseline, 12 pass`. */
function moreText(nodes: readonly NodeSummary[]): string {
  const counts = new Map<string, number>();
  for (const { verdict, phases } of nodes) {
    const what = verdict === 'inconclusive' ? (phases.at(-1)?.phase ?? 'unseen') : verdict;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return `and ${nodes.length} more: ${[...counts].map(([what, count]) => `${count} ${what}`).join(', ')}`;
}
