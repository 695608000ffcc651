import type { DropRow, NodeWindow } from '../aggregate/journal.js';
import { MAX_BAD, MIN_GOOD, NOISY_REASONS } from './constants.js';
import { edgeInfo, SLOT, type DropSeries, type EdgeInfo, type Signal, type TrialSeries } from './observed.js';
import type { Places } from './places.js';

/** Drops of one signal on one node by edge, for the findings. */
export interface DropEdge {
  readonly node: number;
  readonly signal: number;
  readonly edge: EdgeInfo;
  readonly srcNode: number;
  readonly dstNode: number;
  readonly windows: readonly number[];
  readonly events: readonly number[];
}

/** Drop reasons that are no failures: multicast that was handled, a punt to the proxy, and the numbers below Cilium's drop range. */
function isFailure(reason: number): boolean {
  return reason === 0 || (reason >= 130 && !(reason >= 199 && reason <= 201) && reason !== 205);
}

interface WorkloadBefore {
  readonly edges: ReadonlySet<string>;
  readonly sources: ReadonlySet<string>;
}

/** Drops of one signal and source on one node, by window, while they are counted. */
interface OpenDrops {
  readonly node: number;
  readonly signal: number;
  readonly source: string;
  readonly events: Map<number, number>;
  readonly harmful: Set<number>;
}

type OpenDropEdge = Omit<DropEdge, 'windows' | 'events'> & { readonly counts: Map<number, number> };

/** Where a row of drops is counted, and whether it tells of something that used to work. */
interface DropPlace {
  readonly series: OpenDrops;
  readonly edge: OpenDropEdge;
  readonly harms: boolean;
}

/** The drops of every signal on every node, by source for the statistics and by edge for the findings. */
export function dropSeries(
  windows: readonly NodeWindow[],
  context: {
    readonly start: number;
    readonly index: ReadonlyMap<string, number>;
    readonly places: Places;
    readonly trials: readonly TrialSeries[];
    readonly firstDown: number;
  },
): { signals: Signal[]; drops: DropSeries[]; dropEdges: DropEdge[] } {
  const { start, index, places, trials, firstDown } = context;
  const working = workedBefore(trials, firstDown);
  const reasonsBefore = new Set<number>();
  for (const line of windows)
    if (line.window - start < firstDown) for (const row of line.drops) reasonsBefore.add(row.reason);

  const keys = [
    ...new Set(
      windows.flatMap((line) =>
        line.drops.filter((row) => isFailure(row.reason)).map((row) => row.reason * 4 + row.direction),
      ),
    ),
  ].sort((a, b) => a - b);
  const signals = keys.map((key): Signal => {
    const reason = Math.floor(key / 4);
    return { reason, direction: key % 4, noisy: NOISY_REASONS.has(reason) };
  });
  const signalOf = new Map(keys.map((key, i) => [key, i]));

  const sources = new Map<string, OpenDrops>();
  const edges = new Map<string, OpenDropEdge>();
  /** What a row adds to, by signal and node, then by the key of its edge: a soak has far more rows than edges. */
  const settled: Map<string, DropPlace>[] = [];
  for (const line of windows) {
    const node = index.get(line.node) ?? 0;
    const w = line.window - start;
    for (const row of line.drops) {
      const signal = signalOf.get(row.reason * 4 + row.direction);
      if (signal === undefined) continue;
      const known = (settled[node * signals.length + signal] ??= new Map<string, DropPlace>());
      let place = known.get(row.edge.key);
      if (place === undefined) known.set(row.edge.key, (place = placeOf(row, node, signal, line.window)));
      const { series, edge, harms } = place;
      series.events.set(w, (series.events.get(w) ?? 0) + row.events);
      if (harms) series.harmful.add(w);
      edge.counts.set(w, (edge.counts.get(w) ?? 0) + row.events);
    }
  }

  function placeOf({ edge: row, reason }: DropRow, node: number, signal: number, window: number): DropPlace {
    const { src: from, dst: to, protocol, port } = row;
    const src = places.name(from);
    const dst = places.name(to);
    const info = edgeInfo(row, src, dst);
    const source = places.sourceName(from);
    const key = `${node}\t${signal}\t${source}`;
    let series = sources.get(key);
    if (series === undefined)
      sources.set(key, (series = { node, signal, source, events: new Map(), harmful: new Set() }));
    const edgeKey = `${node}\t${signal}\t${src}\t${dst}\t${protocol}\t${port}\t${info.family ?? 4}`;
    let edge = edges.get(edgeKey);
    if (edge === undefined) {
      // An end that the flow itself names by its workload is on the node that saw it.
      const nodeOf = (end: string) => (end.startsWith('w:') ? node : places.node(end, window));
      edge = { node, signal, edge: info, srcNode: nodeOf(from), dstNode: nodeOf(to), counts: new Map() };
      edges.set(edgeKey, edge);
    }
    return { series, edge, harms: isHarmful(from, info, reason) };
  }

  /** Does this drop tell of something that used to work? A workload that never had its way has lost nothing. */
  function isHarmful(end: string, { src, dst, protocol, port, family }: EdgeInfo, reason: number): boolean {
    const service = `${protocol}\t${port}${family === 6 ? '\t6' : ''}`;
    const forward = `${src}\t${dst}\t${service}`;
    const backward = `${dst}\t${src}\t${service}`;
    if (working.edges.has(forward) || working.edges.has(backward)) return true;
    if (reasonsBefore.has(reason)) return false;
    return working.sources.has(src) || (end.startsWith('r:') && end !== 'r:world' && end !== 'r:unknown');
  }

  const drops = [...sources.values()].map((series): DropSeries => {
    const seen = [...series.events].sort((a, b) => a[0] - b[0]);
    return {
      node: series.node,
      signal: series.signal,
      source: series.source,
      windows: seen.map(([w]) => w),
      events: seen.map(([, events]) => events),
      harmful: [...series.harmful].sort((a, b) => a - b),
    };
  });
  const dropEdges = [...edges.values()].map(({ counts, ...edge }): DropEdge => {
    const seen = [...counts].sort((a, b) => a[0] - b[0]);
    return { ...edge, windows: seen.map(([w]) => w), events: seen.map(([, events]) => events) };
  });
  return { signals, drops, dropEdges };
}

/** Workload edges, and sources, that worked before the first restart. */
function workedBefore(trials: readonly TrialSeries[], firstDown: number): WorkloadBefore {
  const counts = new Map<string, { src: string; attempts: number; failed: number }>();
  for (const trial of trials) {
    let sums = counts.get(trial.workloadEdge);
    if (sums === undefined) counts.set(trial.workloadEdge, (sums = { src: trial.edge.src, attempts: 0, failed: 0 }));
    for (let i = 0; i < trial.slots.length && ((trial.slots[i] ?? 0) + 1) * SLOT <= firstDown; i++) {
      sums.attempts += trial.attempts[i] ?? 0;
      sums.failed += trial.failed[i] ?? 0;
    }
  }
  const edges = new Set<string>();
  const sources = new Set<string>();
  for (const [key, { src, attempts, failed }] of counts)
    if (attempts - failed >= MIN_GOOD && failed <= MAX_BAD * attempts) {
      edges.add(key);
      sources.add(src);
    }
  return { edges, sources };
}
