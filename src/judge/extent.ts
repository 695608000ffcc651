/** How far a failure reaches: the smallest scope, what kind of traffic it is, between which nodes, and what is fine beside it. */
import type { Scope } from './document.js';
import { isCrossing, isFrom, isInside, isTowards, directedPair, peerOf, type PathEdge } from './path-edge.js';
import { smallestScope } from './scope.js';
import { alikeTo, trafficOf, type Traffic } from './traffic.js';

export interface Extent {
  readonly scope: Scope;
  readonly traffic: Traffic;
  readonly between: Between;
  readonly fine: Fine;
}

/** Indices of nodes. An end that is left out may be any node. */
export type Between =
  | { readonly kind: 'directed'; readonly from?: readonly number[]; readonly to?: readonly number[] }
  /** Both ways, among some nodes or between two sets of them. */
  | { readonly kind: 'among'; readonly nodes: readonly number[] }
  | { readonly kind: 'sides'; readonly nodes: readonly number[]; readonly peers: readonly number[] }
  /** Both ways, between these and any other. */
  | { readonly kind: 'around'; readonly nodes: readonly number[] }
  | { readonly kind: 'on'; readonly nodes: readonly number[] }
  | { readonly kind: 'all' };

/** Paths on which the same nodes are fine. */
export interface Fine {
  readonly elsewhere: boolean;
  /** Of one pair of nodes that fails one way: the other way. */
  readonly reverse: boolean;
  readonly any: boolean;
  /** The same kind of traffic between nodes that are not named. */
  readonly otherNodes: boolean;
  /** Which way it fails, as the named nodes see it. */
  readonly way: 'from' | 'towards' | 'both';
}

/**
 * @param nodes the named nodes. @param failing edges that fail on them.
 * @param fine edges of any node that go on as before. @param count number of nodes in the soak.
 */
export function extentOf(of: {
  readonly nodes: readonly number[];
  readonly failing: readonly PathEdge[];
  readonly fine: readonly PathEdge[];
  readonly count: number;
}): Extent {
  const { nodes, failing, fine } = of;
  const here = fine.filter(({ node }) => nodes.includes(node));
  const isAlike = alikeTo(failing);
  const alike = here.filter(isAlike);
  const scope = smallestScope(nodes, failing, here, alike);
  const onPath = failing.every(isCrossing)
    ? here.filter(isCrossing)
    : failing.every(isInside)
      ? here.filter(isInside)
      : here;
  const ways = new Set(failing.map(directedPair));
  return {
    scope,
    traffic: trafficOf(failing, failing.length === 0 ? [] : onPath),
    between: betweenOf(scope, { ...of, alike: fine.filter(isAlike) }),
    fine: {
      elsewhere: ['pair', 'cross-node', 'same-node', 'towards', 'from'].includes(scope),
      reverse:
        ways.size === 1 && failing.every(({ src, dst }) => alike.some((one) => one.src === dst && one.dst === src)),
      any: here.length > 0,
      otherNodes: fine.some((one) => isAlike(one) && !nodes.includes(one.src) && !nodes.includes(one.dst)),
      way: failing.every(isFrom) ? 'from' : failing.every(isTowards) ? 'towards' : 'both',
    },
  };
}

interface Places {
  readonly nodes: readonly number[];
  readonly failing: readonly PathEdge[];
  /** Fine edges of the same kind of traffic, wherever they are. */
  readonly alike: readonly PathEdge[];
  readonly count: number;
}

function betweenOf(scope: Scope, places: Places): Between {
  const { nodes, failing, alike, count } = places;
  if (failing.length > 0 && failing.every(isCrossing)) return crossing(scope, places);
  if (scope === 'towards' || (failing.length > 0 && nodes.length === 1 && failing.every(isTowards)))
    return { kind: 'directed', to: nodes };
  if (scope === 'from' || (failing.length > 0 && nodes.length === 1 && failing.every(isFrom)))
    return { kind: 'directed', from: nodes };
  if (failing.length > 0 && failing.every(isInside)) {
    const failed = sorted(failing.map(({ src }) => src));
    const seen = new Set([...failing, ...alike.filter(isInside)].map(({ src }) => src));
    return failed.length < seen.size || count === 1 ? { kind: 'on', nodes: failed } : onOf(failed, count);
  }
  return onOf(nodes, count);
}

function onOf(nodes: readonly number[], count: number): Between {
  return nodes.length < count || count === 1 ? { kind: 'on', nodes } : { kind: 'all' };
}

/** Sources and destinations, each where it is not every node that has such traffic. */
function crossing(scope: Scope, { nodes, failing, alike }: Places): Between {
  const from = sorted(failing.map(({ src }) => src));
  const to = sorted(failing.map(({ dst }) => dst));
  const isBothWays = from.some((node) => to.includes(node));
  if (scope === 'pair' && isBothWays) {
    const peers = sorted(failing.map(peerOf)).filter((node) => !nodes.includes(node));
    return nodes.length > 1 && peers.length === 1 ? { kind: 'sides', nodes, peers } : { kind: 'among', nodes: from };
  }
  if (from.length === 1 && to.length === 1) return { kind: 'directed', from, to };
  const others = alike.filter(isCrossing);
  const narrower = (some: readonly number[], end: 'src' | 'dst', far: readonly number[]) => {
    const seen = new Set([...failing, ...others].map((one) => one[end]));
    // A node is no caller of itself here.
    if (far.length === 1) for (const node of far) seen.delete(node);
    return some.length < seen.size;
  };
  const isFromSome = narrower(from, 'src', to);
  const isToSome = narrower(to, 'dst', from);
  if (!isFromSome && !isToSome) {
    const seen = new Set([...failing, ...others].flatMap(({ src, dst }) => [src, dst]));
    if (nodes.length >= seen.size || nodes.length === 0) return { kind: 'all' };
    if (isBothWays) return { kind: 'around', nodes };
    const isNamed = (some: readonly number[]) => some.every((node) => nodes.includes(node));
    return isNamed(from)
      ? { kind: 'directed', from }
      : isNamed(to)
        ? { kind: 'directed', to }
        : { kind: 'directed', from, to };
  }
  if (isBothWays && isFromSome && isToSome && from.join() === to.join()) return { kind: 'among', nodes: from };
  return { kind: 'directed', ...(isFromSome ? { from } : {}), ...(isToSome ? { to } : {}) };
}

function sorted(nodes: readonly number[]): number[] {
  return [...new Set(nodes)].sort((a, b) => a - b);
}
