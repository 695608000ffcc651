/** TCP attempts that come through only when repeated: packet loss, long before attempts fail. */
import type { AttemptRow, NodeWindow } from '../aggregate/journal.js';
import { edgePlacesOf, type EdgePlace, type EdgePlaces } from './edge-places.js';
import type { Layout } from './from-journal.js';
import { EdgeLane } from './lane-edges.js';
import { furtherPlan, type LaneContext } from './lane-plan.js';
import type { TrialSeries } from './observed.js';
import { mustBeginEarly } from './onset.js';
import { TrialBook, trialsToldBy } from './trial-book.js';
import type { Sight } from './trial-series.js';

// A server that has too much to do for some minutes lets clients repeat as well: that would be strong.
const PLAN = furtherPlan('repeats', { trimmed: true, strong: false });

/** @returns undefined where no attempt was ever answered. */
export function repeatsLane(
  layout: Layout,
  windows: readonly NodeWindow[],
  of: LaneContext & { readonly sight: Sight },
): EdgeLane | undefined {
  const { observed, times, alpha, reserve, sight } = of;
  const trials = repeatTrials(layout, windows, sight, observed.trials);
  if (trials.length === 0) return undefined;
  const lane = new EdgeLane({ ...observed, trials }, times, alpha, reserve, PLAN);
  lane.objection = mustBeginEarly(lane, observed, times);
  return lane;
}

function repeatTrials(
  { start, index, places: known }: Layout,
  windows: readonly NodeWindow[],
  sight: Sight,
  attempts: readonly TrialSeries[],
): TrialSeries[] {
  const places = edgePlacesOf(known);
  // What was attempted is mostly what was answered, in the same slots.
  const alike = new Map(attempts.map((one) => [pathKey(one), one]));
  // By the window of the answer: in that order the rows come, and a repeat more or less is no matter of seconds.
  const book = new TrialBook();
  const dropped = new DroppedPackets(windows, { start, index, places });
  for (const line of windows) {
    const observer = index.get(line.node) ?? 0;
    const w = line.window - start;
    const rows = line.attempts.filter(isTold);
    if (rows.length === 0) continue;
    // Where no reply shows, an attempt is answered by what its client sends next, and that tells nothing of the time it took.
    const replied = new Set(line.talk.flatMap(({ edge, reply }) => (reply > 0 ? [edge.key] : [])));
    for (const row of rows) {
      if (!replied.has(row.edge.key)) continue;
      const place = places.find(row.edge, row.vantage, observer, line.window);
      if (row.vantage === 'destination' && place.srcNode >= 0) continue;
      if (endsOf(place).some((node) => sight.isLossy(node, w))) continue;
      // What was repeated because a packet was dropped is told by the drop.
      const repeated = Math.max(0, row.repeated - dropped.on(place, row.window - start));
      book.add(place, observer, w, row.answered - repeated, repeated);
    }
  }
  return book.all().flatMap((told) => {
    const nodes = endsOf(told.place);
    if (nodes.length === 0) return [];
    const series = trialsToldBy(
      told,
      told.place.destination,
      false,
      (good, bad) => ({ failed: bad, attempts: good + bad }),
      alike.get(pathKey(told.place)),
    );
    return [{ ...series, nodes }];
  });
}

/** Packets that were dropped on each edge, by the window of the drop: a client repeats what it lost within seconds. */
class DroppedPackets {
  readonly #byPlace = new Map<EdgePlace, Map<number, number>>();

  constructor(
    windows: readonly NodeWindow[],
    of: { readonly start: number; readonly index: ReadonlyMap<string, number>; readonly places: EdgePlaces },
  ) {
    for (const line of windows) {
      const observer = of.index.get(line.node) ?? 0;
      for (const { edge, direction, events } of line.drops) {
        if (edge.protocol !== 'TCP') continue;
        const place = of.places.findBy(edge, direction, observer, line.window);
        let counts = this.#byPlace.get(place);
        if (counts === undefined) this.#byPlace.set(place, (counts = new Map<number, number>()));
        const w = line.window - of.start;
        counts.set(w, (counts.get(w) ?? 0) + events);
      }
    }
  }

  /** In the window in which an attempt began, and in the next. */
  on(place: EdgePlace, w: number): number {
    const counts = this.#byPlace.get(place);
    return counts === undefined ? 0 : (counts.get(w) ?? 0) + (counts.get(w + 1) ?? 0);
  }
}

function pathKey({
  workloadEdge,
  srcNode,
  dstNode,
}: Pick<TrialSeries, 'workloadEdge' | 'srcNode' | 'dstNode'>): string {
  return `${workloadEdge}\t${srcNode}\t${dstNode}`;
}

function isTold({ edge, vantage, answered }: AttemptRow): boolean {
  return answered > 0 && edge.protocol === 'TCP' && vantage !== 'none';
}

function endsOf({ srcNode, dstNode }: EdgePlace): number[] {
  return [...new Set([srcNode, dstNode])].filter((node) => node >= 0);
}
