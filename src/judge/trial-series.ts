import type { AttemptRow, NodeWindow, Vantage } from '../aggregate/journal.js';
import { SLOT, type EdgeInfo, type TrialSeries } from './observed.js';
import type { Places } from './places.js';

/** What may be missing of a node's window. */
export interface Sight {
  /** So many events were lost that what is absent proves nothing. */
  readonly isLossy: (node: number, w: number) => boolean;
  readonly isVisible: (node: number, w: number) => boolean;
}

/** Two nodes tell of the same attempt when their windows are this near, ms. */
const SAME_ATTEMPT_MS = 70_000;

interface OpenSeries {
  readonly edge: EdgeInfo;
  readonly workloadEdge: string;
  readonly destination: string;
  readonly srcNode: number;
  readonly dstNode: number;
  readonly nodes: readonly number[];
  /** What the source's node told, and what the destination's node told where the source's says nothing. */
  readonly atSource: SlotCounts;
  readonly atDestination: SlotCounts;
}

/** The trials of every edge: attempts by slot, with what other nodes know of those that their own node did not see end. */
export function trialSeries(
  windows: readonly NodeWindow[],
  context: {
    /** Window that the series count from, and the number of windows. */
    readonly start: number;
    readonly length: number;
    readonly windowMs: number;
    readonly index: ReadonlyMap<string, number>;
    readonly places: Places;
    readonly sight: Sight;
  },
): TrialSeries[] {
  const { start, length, places, index, sight } = context;
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
      if (lossy) continue;
      const counts = row.vantage === 'destination' ? series.atDestination : series.atSource;
      const slot = Math.floor(w / SLOT);
      counts.answered(slot, row.answered);
      for (const { reason, hashes } of row.dropped) counts.failed(slot, reason, hashes.length);
      if (row.unanswered.length === 0) continue;
      const next = Math.min(w + 1, length - 1);
      const blind = seenBy.some((node) => !sight.isVisible(node, w) || !sight.isVisible(node, next));
      for (const hash of row.unanswered) {
        const word = elsewhere.find(hash, row.window, line.node);
        if (word === 'answered') counts.answered(slot, 1);
        else if (word !== undefined) counts.failed(slot, word, 1);
        else if (!blind) counts.failed(slot, 0, 1);
      }
    }
  }
  return table
    .all()
    .map(closeSeries)
    .filter((series) => series.slots.length > 0);
}

/** Attempts by slot, in ascending order of slots: a million of them, so lists of numbers and no objects. */
class SlotCounts {
  readonly slots: number[] = [];
  readonly attempts: number[] = [];
  readonly failures: number[] = [];
  /** Failed attempts by reason; most slots have none. */
  readonly #reasons = new Map<number, Map<number, number>>();

  answered(slot: number, attempts: number): void {
    if (attempts > 0) this.#add(slot, attempts, 0);
  }

  failed(slot: number, reason: number, attempts: number): void {
    if (attempts === 0) return;
    this.#add(slot, attempts, attempts);
    let reasons = this.#reasons.get(slot);
    if (reasons === undefined) this.#reasons.set(slot, (reasons = new Map<number, number>()));
    reasons.set(reason, (reasons.get(reason) ?? 0) + attempts);
  }

  /** Drop reason of most failed attempts of a slot; the smaller number where two have as many; 0 where nothing was dropped. */
  reason(slot: number): number {
    let best = 0;
    let most = 0;
    for (const [reason, count] of this.#reasons.get(slot) ?? [])
      if (count > most || (count === most && reason < best)) {
        best = reason;
        most = count;
      }
    return best;
  }

  #add(slot: number, attempts: number, failed: number): void {
    let at = this.slots.length - 1;
    if (at < 0 || (this.slots[at] ?? 0) < slot) {
      this.slots.push(slot);
      this.attempts.push(attempts);
      this.failures.push(failed);
      return;
    }
    while (at >= 0 && (this.slots[at] ?? 0) > slot) at -= 1;
    if (this.slots[at] !== slot) {
      at += 1;
      this.slots.splice(at, 0, slot);
      this.attempts.splice(at, 0, 0);
      this.failures.splice(at, 0, 0);
    }
    this.attempts[at] = (this.attempts[at] ?? 0) + attempts;
    this.failures[at] = (this.failures[at] ?? 0) + failed;
  }
}

/** The series of a row, and the nodes whose sight its attempts depend on. */
interface Told {
  readonly series: OpenSeries;
  readonly seenBy: readonly number[];
}

const VANTAGES: Record<Vantage, number> = { source: 0, destination: 1, both: 2, none: 3 };

/** Finds the series of each row. An edge whose ends never move is looked up by its key alone. */
class SeriesTable {
  readonly #places: Places;
  readonly #series = new Map<string, OpenSeries>();
  /** By vantage and observing node. */
  readonly #settled: Map<string, Told>[] = [];

  constructor(places: Places) {
    this.#places = places;
  }

  all(): OpenSeries[] {
    return [...this.#series.values()];
  }

  find(row: AttemptRow, observer: number): Told {
    const known = (this.#settled[observer * 4 + VANTAGES[row.vantage]] ??= new Map<string, Told>());
    const settled = known.get(row.edge.key);
    if (settled !== undefined) return settled;
    const series = this.#seriesOf(row, observer);
    const seenBy = [...new Set([observer, series.srcNode, series.dstNode])].filter((node) => node >= 0);
    const told = { series, seenBy };
    if (!this.#places.moves(row.edge.src) && !this.#places.moves(row.edge.dst)) known.set(row.edge.key, told);
    return told;
  }

  #seriesOf({ edge, vantage, window }: AttemptRow, observer: number): OpenSeries {
    const srcHere = vantage === 'source' || vantage === 'both';
    const dstHere = vantage === 'destination' || vantage === 'both';
    const srcNode = srcHere ? observer : this.#places.node(edge.src, window);
    const dstNode = dstHere ? observer : this.#places.node(edge.dst, window);
    const src = this.#places.name(edge.src);
    const dst = this.#places.name(edge.dst);
    const passing = srcNode < 0 && dstNode < 0 ? observer : -1;
    const destination = `${dst}\t${edge.protocol}\t${edge.port}`;
    const workloadEdge = `${src}\t${destination}`;
    const key = `${workloadEdge}\t${srcNode}\t${dstNode}\t${passing}`;
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const series: OpenSeries = {
      edge: { src, dst, protocol: edge.protocol, port: edge.port },
      workloadEdge,
      destination,
      srcNode,
      dstNode,
      nodes: passing >= 0 ? [passing] : [...new Set([srcNode, dstNode])].filter((node) => node >= 0),
      atSource: new SlotCounts(),
      atDestination: new SlotCounts(),
    };
    this.#series.set(key, series);
    return series;
  }
}

/** Each slot is told by the source's node, or by the destination's where the source's says nothing. */
function closeSeries({ atSource, atDestination, ...series }: OpenSeries): TrialSeries {
  const slots: number[] = [];
  const share: number[] = [];
  const attempts: number[] = [];
  const failed: number[] = [];
  const reasons: number[] = [];
  const take = (counts: SlotCounts, at: number): void => {
    const slot = counts.slots[at] ?? 0;
    const [all, bad] = [counts.attempts[at] ?? 0, counts.failures[at] ?? 0];
    slots.push(slot);
    share.push(bad / all);
    attempts.push(all);
    failed.push(bad);
    reasons.push(bad > 0 ? counts.reason(slot) : 0);
  };
  let next = 0;
  atSource.slots.forEach((slot, at) => {
    for (; (atDestination.slots[next] ?? Number.POSITIVE_INFINITY) < slot; next++) take(atDestination, next);
    if (atDestination.slots[next] === slot) next += 1;
    take(atSource, at);
  });
  for (; next < atDestination.slots.length; next++) take(atDestination, next);
  return { ...series, slots, share, attempts, failed, reasons };
}

/** What other nodes know of an attempt that its own node did not see end. */
class Elsewhere {
  readonly #answered = new Map<number, number[]>();
  readonly #dropped = new Map<number, { readonly window: number; readonly reason: number; readonly node: string }[]>();
  readonly #near: number;

  constructor(windows: readonly NodeWindow[], near: number) {
    this.#near = near;
    const asked = new Set<number>();
    for (const line of windows) for (const row of line.attempts) for (const hash of row.unanswered) asked.add(hash);
    if (asked.size === 0) return;
    for (const line of windows) {
      for (const hash of line.answered) if (asked.has(hash)) append(this.#answered, hash, line.window);
      for (const row of line.attempts)
        for (const { reason, hashes } of row.dropped)
          for (const hash of hashes)
            if (asked.has(hash)) append(this.#dropped, hash, { window: row.window, reason, node: line.node });
    }
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
