import type { Example, Journal, NodeWindow } from '../aggregate/journal.js';
import type { NodeTimeline, Rollout } from '../rollout/timeline.js';
import { LOSS_SHARE } from './constants.js';
import { dropSeries, type DropEdge } from './drop-series.js';
import { edgeText, type EdgeInfo, type Observed, type ObservedNode } from './observed.js';
import { Places } from './places.js';
import { ReplySight, type HiddenReplies } from './reply-sight.js';
import { trialSeries, type Sight } from './trial-series.js';

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
  /** When nodes showed no replies. */
  readonly hidden?: readonly HiddenReplies[];
}

/** Attempts open this long are over: what a slot holds is then complete, ms. */
const GRACE_MS = 40_000;

/** A journal laid out by node and window, before anything in it is counted. */
export interface Layout {
  /** In the order of windows and nodes. */
  readonly windows: readonly NodeWindow[];
  /** Window that all windows are counted from, and their number. */
  readonly start: number;
  readonly length: number;
  readonly windowMs: number;
  readonly timelines: readonly NodeTimeline[];
  readonly nodes: readonly ObservedNode[];
  /** Number of each node by its name. */
  readonly index: ReadonlyMap<string, number>;
  readonly places: Places;
}

export function layOut(journal: Journal, rollout: Rollout): Layout {
  const { windowMs } = journal;
  const timelines = rollout.nodes;
  const index = new Map(timelines.map((node, i) => [node.name, i]));
  const windows = journal.windows.filter((line) => index.has(line.node)).sort(byWindowAndNode);
  const origin = windows.reduce((least, line) => Math.min(least, line.window), Number.POSITIVE_INFINITY);
  const last = windows.reduce((most, line) => Math.max(most, line.window), Number.NEGATIVE_INFINITY);
  const length = windows.length === 0 ? 0 : last - origin + 1;
  const start = windows.length === 0 ? 0 : origin;
  const places = new Places(windows, index);
  const nodes = timelines.map((node) => observeNode(node, start, length, windowMs));
  return { windows, start, length, windowMs, timelines, nodes, index, places };
}

/** What of a laid out journal counts: all of its windows, or what is left of them without known drops. */
export function evidenceOf(layout: Layout, windows: readonly NodeWindow[] = layout.windows): Evidence {
  const { start, length, windowMs, timelines, nodes, index, places } = layout;
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
  const sight = sightOf(nodes, flows, lost);
  const replies = new ReplySight(windows, layout);
  const trials = trialSeries(windows, { ...layout, sight, replies });
  const firstDown = nodes.reduce((w, node) => Math.min(w, node.segments[0]?.down ?? w), length);
  const { signals, drops, dropEdges } = dropSeries(windows, { start, index, places, trials, firstDown });
  const examples: NodeExample[] = [];
  for (const line of windows)
    for (const example of line.examples) {
      const [src = '', dst = '', protocol = '', port = '0', family] = example.edge.split('\t');
      const edge: EdgeInfo = {
        src: places.name(src),
        dst: places.name(dst),
        protocol,
        port: Number(port),
        ...(family === '6' ? { family: 6 } : {}),
      };
      examples.push({ ...example, node: index.get(line.node) ?? -1, edgeText: edgeText(edge) });
    }
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
  return {
    observed,
    origin: start,
    timelines,
    dropEdges,
    examples,
    flows,
    lost,
    attemptsBegun,
    hidden: replies.hidden,
  };
}

/** What may be missing of each window, by its flows and by what was lost of them. */
export function sightOf(
  nodes: readonly ObservedNode[],
  flows: readonly Float64Array[],
  lost: readonly Float64Array[],
): Sight {
  return {
    isLossy: (node, w) => {
      const missing = lost[node]?.[w] ?? 0;
      return missing > LOSS_SHARE * ((flows[node]?.[w] ?? 0) + missing);
    },
    isVisible: (node, w) => nodes[node]?.visible[w] === 1,
  };
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
