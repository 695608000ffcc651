import type { Scope } from './document.js';
import {
  directedPair,
  isCrossing,
  isFrom,
  isInside,
  isPlaced,
  isTowards,
  nodePair,
  peerOf,
  serviceOf,
  type PathEdge,
} from './path-edge.js';

/**
 * The smallest scope that explains where a failure shows.
 * @param fine edges of the same nodes that go on as before. @param alike those of them that carry the same kind of traffic.
 */
export function smallestScope(
  nodes: readonly number[],
  failing: readonly PathEdge[],
  fine: readonly PathEdge[],
  alike: readonly PathEdge[],
): Scope {
  if (failing.length === 0) return nodes.length > 1 ? 'soak' : 'node';
  const placed = failing.filter(isPlaced);
  const isOneEdge = new Set(failing.map(serviceOf)).size === 1;
  if (placed.length > 0) {
    if (isPair(placed, alike)) return 'pair';
    if (nodes.length === 1) {
      if (failing.every(isTowards) && alike.some(isFrom)) return 'towards';
      if (failing.every(isFrom) && alike.some(isTowards)) return 'from';
    }
    if (placed.every(isInside) && alike.some(isCrossing)) return 'same-node';
    if (placed.every(isCrossing) && alike.some(isInside)) return 'cross-node';
    // Other traffic tells the path only where none of it is fine on the failing one.
    if (!isOneEdge && placed.every(isInside) && fine.some(isCrossing) && !fine.some(isInside)) return 'same-node';
    if (!isOneEdge && placed.every(isCrossing) && fine.some(isInside) && !fine.some(isCrossing)) return 'cross-node';
  }
  if (isOneEdge) return 'edge';
  if (nodes.length > 1) return 'soak';
  if (failing.every(isTowards) && fine.some(isFrom)) return 'towards';
  if (failing.every(isFrom) && fine.some(isTowards)) return 'from';
  return 'node';
}

/** Two nodes, or one peer of all that are named: the same traffic is fine elsewhere, and not on this path. */
function isPair(failing: readonly PathEdge[], alike: readonly PathEdge[]): boolean {
  if (!failing.every(isCrossing)) return false;
  const pairs = new Set(failing.map(nodePair));
  if (pairs.size > 1 && new Set(failing.map(peerOf)).size > 1) return false;
  const ways = new Set(failing.map(directedPair));
  const isSameWay = failing.every(isTowards) ? isTowards : failing.every(isFrom) ? isFrom : isCrossing;
  const elsewhere = alike.filter((one) => isCrossing(one) && !pairs.has(nodePair(one)) && isSameWay(one));
  return elsewhere.length > 0 && !alike.some((one) => ways.has(directedPair(one)));
}
