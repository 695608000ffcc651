import { logEFail } from '../../stats/attempts.js';
import { smoothedShare } from '../../stats/dispersion.js';
import { latestPart, type LatestPart } from '../../stats/still-on.js';
import { HELD_LOG_E, STRONG_SHARE } from '../constants.js';
import { addUp, sumBetween, sumUntil, type EdgeSeries, type Trials } from '../edge-series.js';
import type { EdgeSums } from '../edge-table.js';
import type { Judged } from '../judged.js';
import type { Failure } from '../looks.js';
import { SLOT } from '../observed.js';

export type EdgeFailure = Extract<Failure, { readonly lane: 'edge' | 'node' | 'path' | 'soak' }>;

/** Every number behind one look of lane A. Slots are windows / 2. */
export interface EdgeAccount {
  readonly failure: EdgeFailure;
  /** Slots before this one were complete. */
  readonly horizon: number;
  /** The known-good edges that it is about; those of them that are summed, and those to the worst destination, which are left out of a node's sums. */
  readonly all: readonly EdgeSeries[];
  readonly kept: readonly EdgeSeries[];
  readonly leftOut: readonly EdgeSeries[];
  /** What the mix of edges lets one expect; of a single edge undefined. */
  readonly sums: EdgeSums | undefined;
  readonly held: {
    readonly from: number;
    readonly slots: number;
    readonly needed: number;
    readonly trials: Trials;
    readonly logE: number;
    readonly holds: boolean;
  };
  /** The last minute, over all edges; undefined for the soak, which has no such rule. */
  readonly strong: { readonly from: number; readonly last: Trials; readonly holds: boolean } | undefined;
  /** undefined where the latest part is the whole after phase (or, for the soak, where each node is asked by itself). */
  readonly latest: LatestPart | undefined;
}

/** Counts again what a look of lane A has counted, and keeps every number. */
export function edgeAccount(failure: EdgeFailure, judged: Judged): EdgeAccount {
  const { edges, times } = judged;
  const horizon = edges.horizon(failure.look);
  const all = seriesOf(failure, judged);
  const minute = Math.ceil(times.minute / SLOT);
  const { before, phi, mix } = failure.evidence;
  const sums =
    failure.lane === 'edge'
      ? undefined
      : failure.lane === 'node'
        ? edges.nodes.tally(failure.node, failure.segment).kept(horizon)
        : failure.lane === 'path'
          ? edges.paths.tally(failure.path).kept(horizon)
          : edges.nodes.soak(horizon);
  const leftOut = failure.lane === 'node' && edges.plan.trimmed ? worstOf(all, horizon, edges.pool) : [];
  const kept = all.filter((one) => !leftOut.includes(one));
  const from = Math.min(...all.map((one) => one.held));
  const trials = sums?.held ?? addUp(all, (one) => sumBetween(one, one.held, horizon)).after;
  const logE = logEFail(
    before.failed,
    before.trials - before.failed,
    trials.failed,
    trials.trials - trials.failed,
    mix,
    phi,
  );
  const needed = times.heldTrials / SLOT;
  const slots = Math.max(0, horizon - from);
  const last = addUp(all, (one) => sumBetween(one, horizon - minute, horizon)).after;
  const strongFrom = Math.min(...all.map((one) => one.strong));
  return {
    failure,
    horizon,
    all,
    kept,
    leftOut,
    sums,
    held: { from, slots, needed, trials, logE, holds: slots >= needed && trials.failed > 0 && logE >= HELD_LOG_E },
    strong:
      failure.lane === 'soak' || !edges.plan.strong
        ? undefined
        : {
            from: strongFrom,
            last,
            holds: horizon >= strongFrom && last.trials > 0 && last.failed >= STRONG_SHARE * last.trials,
          },
    latest: failure.lane === 'soak' ? undefined : latestOf(kept, horizon, minSlots(failure, all.length, minute)),
  };
}

/** The known-good series that a failure is about. */
function seriesOf(failure: EdgeFailure, { edges }: Judged): readonly EdgeSeries[] {
  switch (failure.lane) {
    case 'edge':
      return [failure.series];
    case 'node':
      return (edges.byNode[failure.node] ?? []).filter((one) => one.knownGood && one.segment === failure.segment);
    case 'path':
      return failure.path.edges;
    case 'soak':
      return edges.once();
  }
}

function minSlots({ lane }: EdgeFailure, edges: number, minute: number): number {
  return lane === 'edge' ? minute : Math.max(minute, Math.ceil(2 * Math.sqrt(edges)));
}

/** The edges to the destination with the most failures beyond expectation; all of them where there is only one. */
function worstOf(series: readonly EdgeSeries[], horizon: number, pool: number): readonly EdgeSeries[] {
  const byDestination = new Map<string, { readonly series: EdgeSeries[]; excess: number }>();
  for (const one of series) {
    const { destination } = one.trial;
    let sums = byDestination.get(destination);
    if (sums === undefined) byDestination.set(destination, (sums = { series: [], excess: 0 }));
    const { failed, trials } = sumUntil(one, horizon);
    sums.series.push(one);
    sums.excess += failed - smoothedShare(one.before.failed, one.before.trials, pool) * trials;
  }
  const [worst] = [...byDestination.values()].sort((a, b) => b.excess - a.excess);
  return worst?.series ?? [];
}

function latestOf(series: readonly EdgeSeries[], horizon: number, minWindows: number): LatestPart | undefined {
  const from = Math.min(...series.map((one) => one.from));
  const at = horizon - from - 1;
  if (!(at >= 0)) return undefined;
  const until = (i: number) => addUp(series, (one) => sumUntil(one, from + i + 1)).after;
  const sums = { events: (i: number) => until(i).failed, exposure: (i: number) => until(i).trials };
  return latestPart(sums, at, { share: 0.6, minWindows, minExpected: 3 });
}
