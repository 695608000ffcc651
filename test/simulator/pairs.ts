import type { Cluster, End } from './cluster.js';
import type { EdgeSpec } from './scenario.js';

/** A client and a server. */
export interface Pair {
  readonly from: End;
  readonly to: End;
}

/** Who of an edge's two sides talks to whom. */
export function pairsOf(edge: EdgeSpec, cluster: Cluster): Pair[] {
  const pairs: Pair[] = [];
  for (const from of cluster.ends(edge.from)) {
    for (const to of cluster.ends(edge.to)) {
      const same = from.node === to.node;
      if (!liesOn(edge.sourceNodes, from) || !liesOn(edge.destinationNodes, to)) continue;
      if (edge.path !== undefined && (edge.path === 'same-node') !== same) continue;
      // Nodes do not show what they send to themselves.
      if (same && from.kind === to.kind && from.kind !== 'pod') continue;
      if (from !== to) pairs.push({ from, to });
    }
  }
  if (pairs.length === 0) throw new RangeError(`no pods for the edge ${edge.from} -> ${edge.to}`);
  return pairs;
}

function liesOn(nodes: readonly string[] | undefined, end: End): boolean {
  return nodes === undefined || (end.node !== undefined && nodes.includes(end.node.name));
}

/** The pod that stands in an end's place at `at`, should it have moved; the last one where nobody does. */
export function standIn(end: End, at: number): End {
  let now = end;
  while (now.moved?.next !== undefined && now.moved.at <= at) now = now.moved.next;
  return now;
}

export function isThere({ node, since, moved }: End, at: number): boolean {
  if (node !== undefined && (node.joinsAt > at || node.leavesAt <= at)) return false;
  return (since === undefined || since <= at) && (moved === undefined || at < moved.at);
}
