import { MIN_ADDED_EDGE } from './constants.js';
import type { Scope } from './document.js';
import { addedShare, type EdgeSeries } from './edge-series.js';
import type { DropEdge } from './drop-series.js';
import type { Group } from './groups.js';
import type { EdgeInfo } from './observed.js';

/** Edges of the other kind must have been seen this many times to say that they are fine. */
export const FINE_TRIALS = 5;

/** An edge of a named node, by what a scope asks of it. */
interface Ends {
  /** Without its nodes. */
  readonly edge: string;
  /** The named node, and the nodes of its ends (-1: outside, or not known). */
  readonly node: number;
  readonly src: number;
  readonly dst: number;
  /** One end is outside of the cluster. */
  readonly isOutside: boolean;
}

/** The smallest scope that explains where a failure of attempts shows. `all`: the series of every edge. */
export function scopeOf(group: Group, all: readonly EdgeSeries[]): Scope {
  return smallestScope(group.nodes, group.series.map(endsOf), fineEdges(group, all));
}

/** The same for drops whose attempts tell nothing: `dropEdges` are the edges that were hit since the restart. */
export function scopeOfDrops(
  group: Group,
  dropEdges: readonly Omit<DropEdge, 'windows' | 'events'>[],
  all: readonly EdgeSeries[],
): Scope {
  const failing = dropEdges.map(({ node, edge, srcNode, dstNode }): Ends => ({
    edge: `${edge.src}\t${edge.dst}\t${edge.protocol}\t${edge.port}`,
    node,
    src: srcNode,
    dst: dstNode,
    isOutside: isOutside(edge),
  }));
  return smallestScope(group.nodes, failing, fineEdges(group, all));
}

function endsOf({ node, trial }: EdgeSeries): Ends {
  const { workloadEdge, srcNode, dstNode, edge } = trial;
  return { edge: workloadEdge, node, src: srcNode, dst: dstNode, isOutside: isOutside(edge) };
}

function isOutside({ src, dst }: EdgeInfo): boolean {
  return src === 'world' || dst === 'world';
}

/** Edges of the named nodes that go on as before. */
function fineEdges(group: Group, all: readonly EdgeSeries[]): Ends[] {
  const on = new Set(group.nodes);
  const bad = new Set(group.series);
  return all
    .filter(
      (one) =>
        one.knownGood &&
        on.has(one.node) &&
        !bad.has(one) &&
        one.slots.length >= FINE_TRIALS &&
        addedShare(one.before, { failed: one.cumulativeFailed.at(-1) ?? 0, trials: one.slots.length }) < MIN_ADDED_EDGE,
    )
    .map(endsOf);
}

function smallestScope(nodes: readonly number[], failing: readonly Ends[], fine: readonly Ends[]): Scope {
  if (failing.length === 0) return nodes.length > 1 ? 'soak' : 'node';
  const edges = new Set(failing.map(({ edge }) => edge));
  // One workload edge is the scope, unless the same edge is fine where its path is another one.
  const alike = edges.size === 1 ? fine.filter(({ edge }) => edges.has(edge)) : fine;
  // Where an end inside the cluster lives is not always known: the others tell the path.
  const placed = failing.filter((one) => one.isOutside || (one.src >= 0 && one.dst >= 0));
  const path = placed.length > 0 ? pathScope(placed, alike) : undefined;
  if (path !== undefined) return path;
  if (edges.size === 1) return 'edge';
  if (nodes.length > 1) return 'soak';
  if (failing.every(isTowards) && fine.some(isFrom)) return 'towards';
  if (failing.every(isFrom) && fine.some(isTowards)) return 'from';
  return 'node';
}

/** A scope by the path that packets take, where edges on other paths are fine. */
function pathScope(failing: readonly Ends[], fine: readonly Ends[]): Scope | undefined {
  if (failing.every(isInside)) return fine.some(isCrossing) ? 'same-node' : undefined;
  if (!failing.every(isCrossing)) return undefined;
  const peers = new Set(failing.map(peerOf));
  const [peer = -1] = peers;
  const othersAreFine = fine.some((one) => isCrossing(one) && peerOf(one) !== peer);
  if (peers.size === 1 && othersAreFine && !fine.some((one) => isCrossing(one) && peerOf(one) === peer)) return 'pair';
  return fine.some(isInside) ? 'cross-node' : undefined;
}

const isCrossing = ({ src, dst }: Ends) => src >= 0 && dst >= 0 && src !== dst;
const isInside = ({ src, dst }: Ends) => src >= 0 && src === dst;
const isTowards = ({ node, src, dst }: Ends) => dst === node && src !== node;
const isFrom = ({ node, src, dst }: Ends) => src === node && dst !== node;
const peerOf = ({ node, src, dst }: Ends) => (src === node ? dst : src);
