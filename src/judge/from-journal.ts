import type { Example, Journal, NodeWindow } from '../aggregate/journal.js';
import type { NodeTimeline, Rollout } from '../rollout/timeline.js';
import { LOSS_SHARE, MAX_BAD, MIN_GOOD, NOISY_REASONS } from './constants.js';
import {
  edgeText,
  SLOT,
  type DropSeries,
  type EdgeInfo,
  type Observed,
  type ObservedNode,
  type Signal,
  type TrialSeries,
} from './observed.js';
import { Places } from './places.js';
import { trialSeries, type Sight } from './trial-series.js';

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

export interface NodeExample extends Example {
  readonly node: number;
  /** Its edge as the findings tell it. */
  readonly edgeText: string;
}

/** What of a journal the judge works with. Windows are counted from `origin`. */
export interface Evidence {
  readonly observed: Observed;
  readonly origin: number;
  readonly timelines: readonly NodeTimeline[];
  readonly dropEdges: readonly DropEdge[];
  readonly examples: readonly NodeExample[];
  /** Flows, lost and late events of each node and window. */
  readonly flows: readonly Float64Array[];
  readonly lost: readonly Float64Array[];
  readonly attemptsBegun: readonly Float64Array[];
}

/** Attempts open this long are over: what a slot holds is then complete, ms. */
const GRACE_MS = 40_000;

/** Drop reasons that are no failures: multicast that was handled, a punt to the proxy, and the numbers below Cilium's drop range. */
function isFailure(reason: number): boolean {
  return reason === 0 || (reason >= 130 && !(reason >= 199 && reason <= 201) && reason !== 205);
}

export function evidenceOf(journal: Journal, rollout: Rollout): Evidence {
  const { windowMs } = journal;
  const timelines = rollout.nodes;
  const index = new Map(timelines.map((node, i) => [node.name, i]));
  const windows = journal.windows.filter((line) => index.has(line.node)).sort(byWindowAndNode);
  const origin = windows.reduce((least, line) => Math.min(least, line.window), Number.POSITIVE_INFINITY);
  const last = windows.reduce((most, line) => Math.max(most, line.window), Number.NEGATIVE_INFINITY);
  const length = windows.length === 0 ? 0 : last - origin + 1;
  const start = windows.length === 0 ? 0 : origin;
  const places = new Places(windows, index);
  const grid = () => timelines.map(() => new Float64Array(length));
  const flows = grid();
  const lost = grid();
  const attemptsBegun = grid();
  const attempts = new Float64Array(length);
  for (const line of windows) {
    const node = index.get(line.node) ?? 0;
    const w = line.window - start;
    bump(flows[node], w, line.flows);
    bump(lost[node], w, line.lost + line.late);
    bump(attemptsBegun[node], w, line.attemptsBegun);
    bump(attempts, w, line.attemptsBegun);
  }
  const nodes = timelines.map((node) => observeNode(node, start, length, windowMs));
  const sight: Sight = {
    isLossy: (node, w) => {
      const missing = lost[node]?.[w] ?? 0;
      return missing > LOSS_SHARE * ((flows[node]?.[w] ?? 0) + missing);
    },
    isVisible: (node, w) => nodes[node]?.visible[w] === 1,
  };
  const trials = trialSeries(windows, { start, length, windowMs, index, places, sight });
  const firstDown = nodes.reduce((w, node) => Math.min(w, node.segments[0]?.down ?? w), length);
  const { signals, drops, dropEdges } = dropSeries(windows, { start, index, places, trials, firstDown });
  const examples = windows.flatMap((line) =>
    line.examples.map((example): NodeExample => {
      const [src = '', dst = '', protocol = '', port = '0'] = example.edge.split('\t');
      const edge = { src: places.name(src), dst: places.name(dst), protocol, port: Number(port) };
      return { ...example, node: index.get(line.node) ?? -1, edgeText: edgeText(edge) };
    }),
  );
  const observed: Observed = {
    windowMs,
    length,
    nodes,
    signals,
    trials,
    drops,
    attempts,
    graceWindows: Math.ceil(GRACE_MS / windowMs),
  };
  return { observed, origin: start, timelines, dropEdges, examples, flows, lost, attemptsBegun };
}

/** One order for whatever order the journal is in: sums of real numbers depend on it in their last digit. */
function byWindowAndNode(a: NodeWindow, b: NodeWindow): number {
  return a.window - b.window || (a.node < b.node ? -1 : a.node > b.node ? 1 : (a.firstFlow ?? 0) - (b.firstFlow ?? 0));
}

function bump(counts: Float64Array | undefined, at: number, by: number): void {
  if (counts !== undefined && at >= 0 && at < counts.length) counts[at] = (counts[at] ?? 0) + by;
}

function observeNode(node: NodeTimeline, start: number, length: number, windowMs: number): ObservedNode {
  const at = (time: number) => Math.floor(time / windowMs) - start;
  const visible = new Uint8Array(length);
  if (Number.isFinite(node.sight.firstFlow)) {
    const until = node.goneSince === undefined ? length - 1 : at(node.goneSince);
    for (let w = Math.max(0, at(node.sight.firstFlow)); w <= Math.min(length - 1, until); w++) visible[w] = 1;
  }
  // A window counts as seen when at least half of it was.
  for (const { from, to } of node.blind)
    for (let w = Math.max(0, at(from)); w <= Math.min(length - 1, at(to)); w++) {
      const begin = (w + start) * windowMs;
      if (Math.min(to, begin + windowMs) - Math.max(from, begin) > windowMs / 2) visible[w] = 0;
    }
  const segments = node.segments.map((segment) => ({
    down: segment.down - start,
    back: segment.back - start,
    after: segment.after - start,
    end: segment.end - start,
  }));
  for (const { down, back } of segments)
    for (let w = Math.max(0, down); w < Math.min(back, length); w++) visible[w] = 0;
  const visibleBefore = new Float64Array(length + 1);
  for (let w = 0; w < length; w++) visibleBefore[w + 1] = (visibleBefore[w] ?? 0) + (visible[w] ?? 0);
  return { name: node.name, expected: node.expected, segments, visible, visibleBefore };
}

// ---- drops ---------------------------------------------------------------------------------------------------------

interface WorkloadBefore {
  readonly edges: ReadonlySet<string>;
  readonly sources: ReadonlySet<string>;
}

function dropSeries(
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

  const sources = new Map<
    string,
    { node: number; signal: number; source: string; events: Map<number, number>; harmful: Set<number> }
  >();
  const edges = new Map<string, Omit<DropEdge, 'windows' | 'events'> & { readonly counts: Map<number, number> }>();
  for (const line of windows) {
    const node = index.get(line.node) ?? 0;
    const w = line.window - start;
    for (const row of line.drops) {
      const signal = signalOf.get(row.reason * 4 + row.direction);
      if (signal === undefined) continue;
      const src = places.name(row.edge.src);
      const dst = places.name(row.edge.dst);
      const source = places.sourceName(row.edge.src);
      const key = `${node}\t${signal}\t${source}`;
      let series = sources.get(key);
      if (series === undefined)
        sources.set(key, (series = { node, signal, source, events: new Map(), harmful: new Set() }));
      series.events.set(w, (series.events.get(w) ?? 0) + row.events);
      if (isHarmful(row.edge, src, dst, row.reason)) series.harmful.add(w);

      const edgeKey = `${node}\t${signal}\t${src}\t${dst}\t${row.edge.protocol}\t${row.edge.port}`;
      let edge = edges.get(edgeKey);
      if (edge === undefined) {
        edge = {
          node,
          signal,
          edge: { src, dst, protocol: row.edge.protocol, port: row.edge.port },
          srcNode: places.node(row.edge.src, line.window),
          dstNode: places.node(row.edge.dst, line.window),
          counts: new Map(),
        };
        edges.set(edgeKey, edge);
      }
      edge.counts.set(w, (edge.counts.get(w) ?? 0) + row.events);
    }
  }

  /** Does this drop tell of something that used to work? A workload that never had its way has lost nothing. */
  function isHarmful(edge: NodeWindow['drops'][number]['edge'], src: string, dst: string, reason: number): boolean {
    const forward = `${src}\t${dst}\t${edge.protocol}\t${edge.port}`;
    const backward = `${dst}\t${src}\t${edge.protocol}\t${edge.port}`;
    if (working.edges.has(forward) || working.edges.has(backward)) return true;
    if (reasonsBefore.has(reason)) return false;
    return (
      working.sources.has(src) || (edge.src.startsWith('r:') && edge.src !== 'r:world' && edge.src !== 'r:unknown')
    );
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
