/** Answers of proxies: DNS rcodes, HTTP 5xx and errors of the proxy itself, charged to the node of the proxy. */
import type { AnswerKind, AnswerRow } from '../aggregate/answer-rows.js';
import type { NodeWindow } from '../aggregate/journal.js';
import { DIRECTION } from '../hubble/event.js';
import { edgePlacesOf } from './edge-places.js';
import type { EdgeSeries } from './edge-series.js';
import type { Layout } from './from-journal.js';
import { EdgeLane } from './lane-edges.js';
import { furtherPlan, type LaneContext } from './lane-plan.js';
import { SLOT, type TrialSeries } from './observed.js';
import { mustBeginEarly } from './onset.js';
import { TrialBook, trialsToldBy } from './trial-book.js';

// A far side that is out for some minutes would be strong: no worst destination is left out here.
const PLAN = furtherPlan('answers', { trimmed: false, strong: false });

/** Failing answers of one kind in a slot: a DNS rcode, an HTTP status, or -1 where the proxy itself failed. */
interface Failed {
  readonly slot: number;
  readonly kind: AnswerKind;
  readonly code: number;
  readonly count: number;
}

const PROXY = -1;

export interface AnswersLane {
  readonly lane: EdgeLane;
  /** What some series failed with since their restarts, most frequent first: `SERVFAIL`, `HTTP 503`. */
  readonly codes: (series: readonly EdgeSeries[]) => readonly string[];
}

/** @returns undefined where no proxy told of any answer. */
export function answersLane(layout: Layout, windows: readonly NodeWindow[], of: LaneContext): AnswersLane | undefined {
  const { observed, times, alpha, reserve } = of;
  const { trials, failed } = answerTrials(layout, windows);
  if (trials.length === 0) return undefined;
  const lane = new EdgeLane({ ...observed, trials }, times, alpha, reserve, PLAN);
  lane.objection = mustBeginEarly(lane, observed, times);
  return { lane, codes: (series) => codesOf(series, failed) };
}

function answerTrials(
  { start, index, places: known }: Layout,
  windows: readonly NodeWindow[],
): { trials: TrialSeries[]; failed: ReadonlyMap<TrialSeries, readonly Failed[]> } {
  const places = edgePlacesOf(known);
  /** By kind and direction: what an egress proxy saw is told again by the far end's ingress proxy. */
  const books = new Map<string, { readonly kind: AnswerKind; readonly egress: boolean; readonly book: TrialBook }>();
  const failures = new Map<object, Failed[]>();
  for (const line of windows) {
    const observer = index.get(line.node) ?? 0;
    for (const row of line.answers) {
      const [good, bad] = [row.ok, failedOf(row)];
      if (good + bad === 0) continue;
      const key = `${row.kind}\t${row.direction}`;
      let of = books.get(key);
      if (of === undefined)
        books.set(key, (of = { kind: row.kind, egress: row.direction === DIRECTION.EGRESS, book: new TrialBook() }));
      const window = line.window - start;
      const told = of.book.add(
        places.findBy(row.edge, row.direction, observer, line.window),
        observer,
        window,
        good,
        bad,
      );
      if (bad === 0) continue;
      let list = failures.get(told);
      if (list === undefined) failures.set(told, (list = []));
      const slot = Math.floor(window / SLOT);
      for (const { code, count } of row.failed) list.push({ slot, kind: row.kind, code, count });
      if (row.errors > 0) list.push({ slot, kind: row.kind, code: PROXY, count: row.errors });
    }
  }
  const all = [...books.values()].flatMap(({ kind, egress, book }) =>
    book.all().map((told) => ({ kind, egress, told })),
  );
  const atClient = new Set(all.flatMap(({ kind, egress, told }) => (egress ? [`${kind}\t${told.place.key}`] : [])));
  const failed = new Map<TrialSeries, readonly Failed[]>();
  const trials = all.flatMap(({ kind, egress, told }): TrialSeries[] => {
    // The client's proxy sees all that becomes of a request: what the server's proxy tells of the same edge is the same answers.
    if (!egress && atClient.has(`${kind}\t${told.place.key}`)) return [];
    const series = trialsToldBy(told, `${told.place.destination}\t${kind}`, true, (good, bad) => ({
      failed: bad,
      attempts: good + bad,
    }));
    failed.set(series, failures.get(told) ?? []);
    return [series];
  });
  return { trials, failed };
}

function failedOf({ failed, errors }: AnswerRow): number {
  let bad = errors;
  for (const { count } of failed) bad += count;
  return bad;
}

function codesOf(series: readonly EdgeSeries[], failed: ReadonlyMap<TrialSeries, readonly Failed[]>): string[] {
  const counts = new Map<string, number>();
  for (const { trial, from } of series)
    for (const { slot, kind, code, count } of failed.get(trial) ?? []) {
      if (slot < from) continue;
      const name = codeName(kind, code);
      counts.set(name, (counts.get(name) ?? 0) + count);
    }
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([name]) => name);
}

/** RFC 1035 and RFC 2136. */
const RCODES = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
];

function codeName(kind: AnswerKind, code: number): string {
  if (code === PROXY) return 'errors of the proxy';
  if (kind === 'dns') return RCODES[code] ?? `DNS rcode ${code}`;
  return code === 500 ? 'HTTP 5xx' : `HTTP ${code}`;
}
