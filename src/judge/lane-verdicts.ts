/** Verdicts of policies: edges that were allowed before a restart and are denied, or audited, after it. */
import type { AnswerRow } from '../aggregate/answer-rows.js';
import type { NodeWindow } from '../aggregate/journal.js';
import type { VerdictRow } from '../aggregate/verdict-rows.js';
import { edgePlacesOf } from './edge-places.js';
import { sumUntil, type EdgeSeries } from './edge-series.js';
import type { Layout } from './from-journal.js';
import { EdgeLane } from './lane-edges.js';
import { furtherPlan, type LaneContext } from './lane-plan.js';
import { SLOT, type TrialSeries } from './observed.js';
import { mustBeginEarly } from './onset.js';
import { policyChanges, revisionsOf, type PolicyChange } from './policy-changes.js';
import { TrialBook, trialsToldBy } from './trial-book.js';

const PLAN = furtherPlan('verdicts', { trimmed: false, strong: true });

/** A denial (or audit) of one edge in one slot. */
interface Denial {
  readonly slot: number;
  /** Was it a request that a proxy refused, and no packet? */
  readonly request: boolean;
  readonly audited: boolean;
  readonly policies: readonly string[];
}

export interface VerdictsLane {
  readonly lane: EdgeLane;
  /** Denials of some series since their restarts. */
  readonly denials: (series: readonly EdgeSeries[]) => readonly Denial[];
  /** The change of a policy that explains the denials of a series; undefined where none does. */
  readonly change: (series: EdgeSeries) => PolicyChange | undefined;
}

/** @returns undefined where no verdict was ever told. */
export function verdictsLane(
  layout: Layout,
  windows: readonly NodeWindow[],
  of: LaneContext,
): VerdictsLane | undefined {
  const { observed, times, alpha, reserve } = of;
  const { trials, denials } = verdictTrials(layout, windows);
  if (trials.length === 0) return undefined;
  const lane = new EdgeLane({ ...observed, trials }, times, alpha, reserve, PLAN);
  const early = mustBeginEarly(lane, observed, times);
  // What packets an edge sends stays the same; what it asks for may be another matter at any time.
  const isOfRequests = ({ trial }: EdgeSeries) => (denials.get(trial) ?? []).every(({ request }) => request);
  lane.objection = (series, horizon) =>
    series.some((one) => !isOfRequests(one) && sumUntil(one, horizon).failed > 0) ? undefined : early(series, horizon);
  const change = policyChanges(lane, observed, revisionsOf(layout, windows));
  return {
    lane,
    denials: (series) =>
      series.flatMap(({ trial, from }) => (denials.get(trial) ?? []).filter(({ slot }) => slot >= from)),
    change,
  };
}

function verdictTrials(
  { start, index, places: known }: Layout,
  windows: readonly NodeWindow[],
): { trials: TrialSeries[]; denials: ReadonlyMap<TrialSeries, readonly Denial[]> } {
  const places = edgePlacesOf(known);
  /** By what tells of it: requests and packets are allowed and denied by themselves. */
  const books = new Map<string, TrialBook>();
  const denied = new Map<object, Denial[]>();
  const bookOf = (name: string): TrialBook => {
    let book = books.get(name);
    if (book === undefined) books.set(name, (book = new TrialBook()));
    return book;
  };
  const deny = (told: object, denial: Denial) => {
    const list = denied.get(told);
    if (list === undefined) denied.set(told, [denial]);
    else list.push(denial);
  };
  for (const line of windows) {
    const observer = index.get(line.node) ?? 0;
    const window = line.window - start;
    const slot = Math.floor(window / SLOT);
    for (const row of line.verdicts) {
      const isBad = isDenied(row);
      if (isBad === undefined) continue;
      const place = places.findBy(row.edge, row.direction, observer, line.window);
      const told = bookOf(`${row.direction}`).add(place, observer, window, isBad ? 0 : 1, isBad ? 1 : 0);
      if (isBad) deny(told, { slot, request: false, audited: row.outcome === 'audited', policies: row.policies });
    }
    for (const row of line.answers) {
      const passed = passedOf(row);
      if (passed + row.dropped === 0) continue;
      const place = places.findBy(row.edge, row.direction, observer, line.window);
      const told = bookOf(`${row.kind}\t${row.direction}`).add(place, observer, window, passed, row.dropped);
      if (row.dropped > 0) deny(told, { slot, request: true, audited: false, policies: [] });
    }
  }
  const denials = new Map<TrialSeries, readonly Denial[]>();
  const trials = [...books].flatMap(([name, book]) =>
    book.all().map((told) => {
      // What a node's policy says is no matter of the far end's restart. Denied packets are told one by one, allowed connections once: their numbers are no shares.
      const series = trialsToldBy(told, `${told.place.workloadEdge}\t${name}`, false, (good, bad) => ({
        failed: bad === 0 ? 0 : good === 0 ? 1 : 0.5,
        attempts: 1,
      }));
      denials.set(series, denied.get(told) ?? []);
      return series;
    }),
  );
  return { trials, denials };
}

/** Requests that a proxy let pass, by their answers: a 403 for what it refused is its own. */
function passedOf({ ok, clientErrors, dropped, failed }: AnswerRow): number {
  let answered = ok - Math.min(dropped, clientErrors);
  for (const { count } of failed) answered += count;
  return answered;
}

/** undefined: a verdict of which nobody knows what it means. */
function isDenied({ outcome }: VerdictRow): boolean | undefined {
  switch (outcome) {
    case 'allowed':
    case 'redirected':
      return false;
    case 'denied':
    case 'audited':
      return true;
    case 'other':
      return undefined;
  }
}
