import type { AttemptRow, NodeWindow } from '../aggregate/journal.js';
import { edgePlacesOf, type EdgePlace, type EdgePlaces } from './edge-places.js';
import { SLOT, type EdgeInfo, type ObservedNode, type TrialSeries } from './observed.js';
import type { Places } from './places.js';
import type { ReplySight } from './reply-sight.js';
import { ReturnPaths } from './return-paths.js';
import { CountPages, ToldSlots } from './slot-counts.js';
import { TrialColumns } from './trial-columns.js';

/** What may be missing of a node's window. */
export interface Sight {
  /** So many events were lost that what is absent proves nothing. */
  readonly isLossy: (node: number, w: number) => boolean;
  readonly isVisible: (node: number, w: number) => boolean;
}

/** Two nodes tell of the same attempt when their windows are this near, ms. */
export const SAME_ATTEMPT_MS = 70_000;

interface OpenSeries {
  readonly edge: EdgeInfo;
  readonly workloadEdge: string;
  readonly destination: string;
  readonly srcNode: number;
  readonly dstNode: number;
  readonly nodes: readonly number[];
  /** What the source's node told, and what the destination's node told where the source's says nothing. */
  readonly told: ToldSlots;
}

/** The trials of every edge: attempts by slot, with what other nodes know of those that their own node did not see end. */
export function trialSeries(
  windows: readonly NodeWindow[],
  context: {
    /** Window that the series count from, and the number of windows. */
    readonly start: number;
    readonly length: number;
    readonly windowMs: number;
    readonly nodes: readonly ObservedNode[];
    readonly index: ReadonlyMap<string, number>;
    readonly places: Places;
    readonly sight: Sight;
    readonly replies: ReplySight;
  },
): TrialSeries[] {
  const { start, length, places, index, sight, replies } = context;
  const returns = new ReturnPaths(windows, context);
  const elsewhere = new Elsewhere(windows, Math.ceil(SAME_ATTEMPT_MS / context.windowMs));
  const table = new SeriesTable(places);
  for (const line of windows) {
    const observer = index.get(line.node) ?? 0;
    for (const row of line.attempts) {
      const w = row.window - start;
      if (w < 0 || w >= length) continue;
      const { series, seenBy } = table.find(row, observer);
      // While events may be missing, or a far side is blind, an unanswered attempt proves nothing - nor does an answered one beside it.
      let lossy = false;
      for (const node of seenBy) if (sight.isLossy(node, w)) lossy = true;
      // Where replies are hidden nothing tells how an attempt ended, not even that one of its packets was dropped.
      if (lossy || replies.isHidden(observer, w)) continue;
      const counts = row.vantage === 'destination' ? series.told.atDestination : series.told.atSource;
      const slot = Math.floor(w / SLOT);
      counts.answered(slot, row.answered);
      if (row.dropped.length > 0)
        for (const { reason, hashes } of row.dropped) counts.failed(slot, reason, hashes.length);
      if (row.unanswered.length === 0) continue;
      const next = Math.min(w + 1, length - 1);
      const blind = seenBy.some((node) => !sight.isVisible(node, w) || !sight.isVisible(node, next));
      for (const hash of row.unanswered) {
        const word = elsewhere.find(hash, row.window, line.node);
        if (word === 'answered') {
          if (!returns.isLost(row, series, line.window)) counts.answered(slot, 1);
          else if (!blind) counts.failed(slot, 0, 1);
        } else if (word !== undefined) counts.failed(slot, word, 1);
        else if (!blind) counts.failed(slot, 0, 1);
      }
    }
  }
  return table
    .all()
    .map((series) => closeSeries(series, Math.ceil(length / SLOT)))
    .filter((series) => series.slots.length > 0);
}

/** The series of a row, and the nodes whose sight its attempts depend on. */
interface Told {
  readonly series: OpenSeries;
  readonly seenBy: readonly number[];
}

/** Finds the series of each row: that of its edge's place, or of the node that saw it pass where neither end's node is known. */
class SeriesTable {
  readonly #places: EdgePlaces;
  readonly #series: OpenSeries[] = [];
  /** By observing node. */
  readonly #told: Map<EdgePlace, Told>[] = [];
  readonly #ofPlace = new Map<EdgePlace, OpenSeries>();
  readonly #counts = new CountPages();

  constructor(places: Places) {
    this.#places = edgePlacesOf(places);
  }

  all(): readonly OpenSeries[] {
    return this.#series;
  }

  find(row: AttemptRow, observer: number): Told {
    const place = this.#places.find(row.edge, row.vantage, observer, row.window);
    const known = (this.#told[observer] ??= new Map<EdgePlace, Told>());
    let told = known.get(place);
    if (told === undefined) {
      const ends = [place.srcNode, place.dstNode].filter((node) => node >= 0);
      const series = ends.length === 0 ? this.#open(place, [observer]) : this.#shared(place, [...new Set(ends)]);
      told = { series, seenBy: [...new Set([observer, ...ends])] };
      known.set(place, told);
    }
    return told;
  }

  #shared(place: EdgePlace, nodes: readonly number[]): OpenSeries {
    let series = this.#ofPlace.get(place);
    if (series === undefined) this.#ofPlace.set(place, (series = this.#open(place, nodes)));
    return series;
  }

  #open({ edge, workloadEdge, destination, srcNode, dstNode }: EdgePlace, nodes: readonly number[]): OpenSeries {
    const told = new ToldSlots(this.#counts);
    const series = { edge, workloadEdge, destination, srcNode, dstNode, nodes, told };
    this.#series.push(series);
    return series;
  }
}

const columns = new TrialColumns();

/** Each slot is told by the source's node, or by the destination's where the source's says nothing. */
function closeSeries({ told, ...series }: OpenSeries, slotCount: number): TrialSeries {
  for (let slot = 0; slot < slotCount; slot++) {
    const word = told.at(slot);
    if (word !== undefined) columns.add(slot, word.attempts, word.by.failures(slot), word.by.reason(slot));
  }
  return { ...series, ...columns.close() };
}

/** What other nodes know of an attempt that its own node did not see end. */
class Elsewhere {
  readonly #answered = new Map<number, number[]>();
  readonly #dropped = new Map<number, { readonly window: number; readonly reason: number; readonly node: string }[]>();
  readonly #near: number;

  constructor(windows: readonly NodeWindow[], near: number) {
    this.#near = near;
    const asked = new Set<number>();
    // Nearly all rows tell of answered attempts alone: only the others are looked at twice.
    const dropped: { readonly row: AttemptRow; readonly node: string }[] = [];
    for (const { attempts, node } of windows)
      for (const row of attempts) {
        if (row.unanswered.length > 0) for (const hash of row.unanswered) asked.add(hash);
        if (row.dropped.length > 0) dropped.push({ row, node });
      }
    if (asked.size === 0) return;
    for (const line of windows)
      for (const hash of line.answered) if (asked.has(hash)) append(this.#answered, hash, line.window);
    for (const { row, node } of dropped)
      for (const { reason, hashes } of row.dropped)
        for (const hash of hashes)
          if (asked.has(hash)) append(this.#dropped, hash, { window: row.window, reason, node });
  }

  /** `answered`, the drop reason, or undefined. */
  find(hash: number, window: number, node: string): 'answered' | number | undefined {
    if (this.#answered.get(hash)?.some((other) => Math.abs(other - window) <= this.#near) === true) return 'answered';
    return this.#dropped
      .get(hash)
      ?.find((other) => other.node !== node && Math.abs(other.window - window) <= this.#near)?.reason;
  }
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
