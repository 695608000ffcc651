/** Known drops (`--expect`): which they are, whether they keep their rate, and the windows without those that do. */
import type { NodeWindow } from '../aggregate/journal.js';
import { NOISY_REASONS } from './constants.js';
import { Finder, type Owner } from './expected-match.js';
import { countsOf, Tally, type KnownOnNode } from './expected-tally.js';
import { windowsWithout } from './expected-windows.js';
import type { Layout } from './from-journal.js';
import { edgeText, type EdgeInfo } from './observed.js';
import type { ExpectedDrop } from './settings.js';

/** `within`: taken out. `above`: too many, so they count. `expired`: the entry no longer holds, so they count. */
type KnownState = 'within' | 'above' | 'expired';

/** What one entry found, on the nodes where it has the same state. */
export interface KnownDrops {
  readonly entry: ExpectedDrop;
  readonly state: KnownState;
  readonly nodes: readonly KnownOnNode[];
}

interface SetAside {
  /** The windows of the layout without the drops, and without the attempts that ended in them, of entries that hold. */
  readonly windows: readonly NodeWindow[];
  readonly known: readonly KnownDrops[];
  /** Entries that no drop of this soak fits. */
  readonly idle: readonly ExpectedDrop[];
}

interface Terms {
  readonly episodeMs: number;
  /** Chance that an entry whose rate is kept on every node is taken for above it on any. */
  readonly alpha: number;
  /** What `until` is compared with, ms. */
  readonly clock: number;
}

/**
 * Takes out the drops that are known and keep their rate, before anything is counted, on both sides of every restart. An entry is judged on
 * each node by itself; on a node where it is above its rate nothing of it is taken out.
 */
export function setExpectedAside(layout: Layout, entries: readonly ExpectedDrop[], terms: Terms): SetAside {
  if (entries.length === 0) return { windows: layout.windows, known: [], idle: [] };
  const finder = new Finder(layout, entries, terms.clock);
  const { tallies, edges } = tallied(layout, entries, finder);
  const known = entries.flatMap((entry, e) => statesOf(entry, tallies[e], finder.isExpired(e), layout, terms));
  const idle = entries.filter((_, e) => tallies[e]?.size === 0);
  const taken = new Set<string>();
  for (const { entry, state, nodes } of known)
    if (state === 'within') for (const { node } of nodes) taken.add(`${entries.indexOf(entry)}\t${node}`);
  if (taken.size === 0) return { windows: layout.windows, known, idle };

  const isTaken = (node: number, owner: Owner): boolean => owner !== null && taken.has(`${owner}\t${node}`);
  const windows = windowsWithout(layout, {
    drop: (node, reason, direction, edgeKey) => isTaken(node, finder.find(node, reason, direction, edgeKey).owner),
    // An attempt tells no direction: it goes with the drops of its edge, if all of them go.
    attempt: (node, reason, edgeKey) => {
      const dropped = edges.get(keyOf(node, reason, finder.edge(edgeKey)));
      return dropped !== undefined && [...dropped.owners].every((owner) => isTaken(node, owner));
    },
  });
  return { windows, known, idle };
}

/** Whose the drops of one reason on one edge of one node are. */
interface DroppedEdge {
  readonly owners: Set<Owner>;
  readonly told: Set<number>;
}

const keyOf = (node: number, reason: number, edge: EdgeInfo): string => `${node}\t${reason}\t${edgeText(edge)}`;

/** The drops of each entry by node, and whose each edge's drops are. */
function tallied(layout: Layout, entries: readonly ExpectedDrop[], finder: Finder) {
  const tallies = entries.map(() => new Map<number, Tally>());
  const tallyOf = (entry: number, node: number): Tally => {
    const tally = tallies[entry]?.get(node) ?? new Tally();
    tallies[entry]?.set(node, tally);
    return tally;
  };
  const edges = new Map<string, DroppedEdge>();
  for (const line of layout.windows) {
    const node = layout.index.get(line.node) ?? -1;
    const window = line.window - layout.start;
    for (const row of line.drops) {
      const { owner, told, edge } = finder.find(node, row.reason, row.direction, row.edge.key);
      for (const entry of told)
        tallyOf(entry, node).add(window, row.direction, layout.places.sourceName(row.edge.src), edge, row.events);
      const key = keyOf(node, row.reason, edge);
      const dropped = edges.get(key) ?? { owners: new Set(), told: new Set() };
      edges.set(key, dropped);
      dropped.owners.add(owner);
      for (const entry of told) dropped.told.add(entry);
    }
  }
  // An attempt may end windows after its drop: all drops must be known first.
  for (const line of layout.windows) {
    const node = layout.index.get(line.node) ?? -1;
    for (const row of line.attempts)
      for (const { reason, hashes } of row.dropped)
        for (const entry of edges.get(keyOf(node, reason, finder.edge(row.edge.key)))?.told ?? [])
          tallyOf(entry, node).attempts.push({ window: row.window - layout.start, count: hashes.length });
  }
  return { tallies, edges };
}

function statesOf(
  entry: ExpectedDrop,
  tallies: ReadonlyMap<number, Tally> | undefined,
  isExpired: boolean,
  layout: Layout,
  { episodeMs, alpha }: Terms,
): KnownDrops[] {
  const deadMs = (NOISY_REASONS.has(entry.reason) ? 2 : 1) * episodeMs;
  const allowed = {
    perMinute: entry.perMinute,
    windowMs: layout.windowMs,
    deadWindows: Math.max(1, Math.round(deadMs / layout.windowMs)),
    limit: Math.log(Math.max(1, layout.nodes.length) / alpha),
  };
  const byState = new Map<KnownState, KnownOnNode[]>();
  for (const [node, tally] of [...(tallies ?? [])].sort((a, b) => a[0] - b[0])) {
    const onNode = countsOf(tally, layout, node, allowed);
    const state = isExpired ? 'expired' : onNode.look.isAbove ? 'above' : 'within';
    byState.set(state, [...(byState.get(state) ?? []), onNode]);
  }
  return [...byState].map(([state, nodes]) => ({ entry, state, nodes }));
}
