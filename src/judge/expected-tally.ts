import { isSettled, lookAtRate, type AllowedRate, type RateLook } from './expected-rate.js';
import type { Layout } from './from-journal.js';
import { edgeText, type EdgeInfo } from './observed.js';
import { openings } from './source-counts.js';

/** What one entry found on one node. */
export interface KnownOnNode {
  readonly node: number;
  readonly before: KnownCounts;
  readonly after: KnownCounts;
  readonly look: RateLook;
  /** Drops by edge, as a person reads it. */
  readonly edges: ReadonlyMap<string, number>;
  /** flow.TrafficDirection numbers. */
  readonly directions: ReadonlySet<number>;
  readonly firstWindow: number;
  readonly lastWindow: number;
}

export interface KnownCounts {
  readonly episodes: number;
  readonly events: number;
  /** Connection attempts that ended so. */
  readonly attempts: number;
}

interface Counted {
  readonly window: number;
  readonly count: number;
}

/** Drops of one entry on one node. */
export class Tally {
  /** Windows with a drop of each signal and source, ascending. */
  readonly sources = new Map<string, number[]>();
  readonly events: Counted[] = [];
  readonly attempts: Counted[] = [];
  readonly edges = new Map<string, number>();
  readonly directions = new Set<number>();

  add(window: number, direction: number, source: string, edge: EdgeInfo, events: number): void {
    const key = `${direction}\t${source}`;
    const windows = this.sources.get(key);
    if (windows === undefined) this.sources.set(key, [window]);
    else windows.push(window);
    this.events.push({ window, count: events });
    const text = edgeText(edge);
    this.edges.set(text, (this.edges.get(text) ?? 0) + events);
    this.directions.add(direction);
  }
}

export function countsOf(tally: Tally, layout: Layout, index: number, allowed: AllowedRate): KnownOnNode {
  const node = layout.nodes[index] ?? NOBODY;
  const down = node.segments[0]?.down ?? layout.length;
  const opened = [...tally.sources.values()]
    .flatMap((windows) => openings(windows, allowed.deadWindows))
    .sort((a, b) => a - b);
  const isBefore = (window: number) => window < down;
  const isAfter = (window: number) => isSettled(node, window);
  const sum = (counted: readonly Counted[], isIn: (window: number) => boolean) =>
    counted.reduce((all, { window, count }) => (isIn(window) ? all + count : all), 0);
  const side = (isIn: (window: number) => boolean): KnownCounts => ({
    episodes: opened.filter(isIn).length,
    events: sum(tally.events, isIn),
    attempts: sum(tally.attempts, isIn),
  });
  return {
    node: index,
    before: side(isBefore),
    after: side(isAfter),
    look: lookAtRate(opened.filter(isAfter), node, allowed),
    edges: tally.edges,
    directions: tally.directions,
    firstWindow: tally.events[0]?.window ?? 0,
    lastWindow: tally.events.at(-1)?.window ?? 0,
  };
}

const NOBODY: Layout['nodes'][number] = {
  name: '',
  expected: false,
  segments: [],
  visible: new Uint8Array(0),
  visibleBefore: new Float64Array(1),
};
