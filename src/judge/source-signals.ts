/** Drops of each signal on each node: their units (episodes), told apart into known and new sources, and what moved here with its source. */
import { MOVE_OVERLAP_MS, NEW_SOURCE_DEAD_MS } from './constants.js';
import { countWithin, type DropSeries, type Observed } from './observed.js';
import { episodeWindows, firstSeenAnywhere, openings } from './source-counts.js';

/** Everything about the drops of one signal on one node that lanes B and C read. */
export interface SignalOnNode {
  readonly series: readonly DropSeries[];
  /** Windows that open a unit, over all sources; of known and of new sources apart, for each restart. */
  readonly units: readonly number[];
  readonly known: readonly (readonly number[])[];
  readonly fresh: readonly (readonly number[])[];
  /** Distinct (source, window) pairs, for `still on`. */
  readonly knownActivity: readonly (readonly number[])[];
  readonly freshActivity: readonly (readonly number[])[];
  readonly donor: number;
}

/** By node and signal. */
export function signalsOnNodes(observed: Observed, episodeMs: number): SignalOnNode[][] {
  const firstSeen = firstSeenAnywhere(observed);
  const bySignal = observed.signals.map((): DropSeries[] => []);
  const byNode = observed.nodes.map(() => observed.signals.map((): DropSeries[] => []));
  for (const one of observed.drops) {
    bySignal[one.signal]?.push(one);
    byNode[one.node]?.[one.signal]?.push(one);
  }
  const donors = new Donors(observed);
  return byNode.map((own, node) =>
    bySignal.map((drops, signal): SignalOnNode => {
      const series = own[signal] ?? [];
      const gap = episodeWindows(observed.signals[signal], episodeMs, observed.windowMs);
      const units = unitsOf(observed, node, signal, series, gap, firstSeen);
      return { series, ...units, donor: donors.unitsFor(node, series, drops, gap) };
    }),
  );
}

function unitsOf(
  { windowMs, nodes }: Observed,
  node: number,
  signal: number,
  series: readonly DropSeries[],
  gap: number,
  firstSeen: ReadonlyMap<string, number>,
): Omit<SignalOnNode, 'series' | 'donor'> {
  const deadNew = Math.max(1, Math.round(NEW_SOURCE_DEAD_MS / windowMs));
  const segments = nodes[node]?.segments ?? [];
  const units: number[] = [];
  const known = segments.map((): number[] => []);
  const fresh = segments.map((): number[] => []);
  const knownActivity = segments.map((): number[] => []);
  const freshActivity = segments.map((): number[] => []);
  for (const one of series) {
    const opened = openings(one.windows, gap);
    units.push(...opened);
    const isNew = (firstSeen.get(`${signal}\t${one.source}`) ?? 0) >= (segments[0]?.down ?? 0);
    segments.forEach((segment, k) => {
      if (!isNew) {
        known[k]?.push(...opened);
        knownActivity[k]?.push(...one.windows);
      } else {
        const harmful = one.harmful.filter((window) => window >= segment.down);
        fresh[k]?.push(...openings(harmful, deadNew));
        freshActivity[k]?.push(...harmful);
      }
    });
  }
  for (const list of [units, ...known, ...fresh, ...knownActivity, ...freshActivity]) list.sort((a, b) => a - b);
  return { units, known, fresh, knownActivity, freshActivity };
}

/** Units that sources brought along from the node on which they had their baseline. */
class Donors {
  readonly #observed: Observed;
  readonly #unitsBeforeDown = new Map<DropSeries, number>();

  constructor(observed: Observed) {
    this.#observed = observed;
  }

  /** @param series the drops of one signal on the node, `drops` all of the signal. */
  unitsFor(node: number, series: readonly DropSeries[], drops: readonly DropSeries[], gap: number): number {
    const { nodes, windowMs } = this.#observed;
    const [segment] = nodes[node]?.segments ?? [];
    if (segment === undefined) return 0;
    const { down, after } = segment;
    const overlap = Math.round(MOVE_OVERLAP_MS / windowMs);
    if (series.length === 0) return 0;
    const movers = new Map(
      series.filter((here) => (here.windows.at(-1) ?? 0) >= after).map((here) => [here.source, here]),
    );
    // A workload has pods on many nodes; one that moved came from one of them.
    const brought = new Map<string, number>();
    for (const there of drops) {
      const here = movers.get(there.source);
      if (here === undefined || there.node === node) continue;
      const first = here.windows[0] ?? 0;
      const left = there.windows.at(-1) ?? 0;
      if ((there.windows[0] ?? 0) >= first) continue;
      const own = this.#unitsUntil(here, gap, down);
      if (own > 0 && left > first + overlap) continue;
      const until = nodes[there.node]?.segments[0]?.down ?? this.#observed.length;
      const units = this.#unitsUntil(there, gap, until);
      const more = (units / Math.max(1, until)) * down - own;
      if (units > 0 && more > (brought.get(there.source) ?? 0)) brought.set(there.source, more);
    }
    return [...brought.values()].reduce((sum, units) => sum + units, 0);
  }

  /** Units of a series before the first restart of its node. */
  #unitsUntil(one: DropSeries, gap: number, down: number): number {
    let units = this.#unitsBeforeDown.get(one);
    if (units === undefined) this.#unitsBeforeDown.set(one, (units = countWithin(openings(one.windows, gap), 0, down)));
    return units;
  }
}
