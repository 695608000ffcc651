import { NAMED_LOG_E } from './constants.js';
import type { EdgeSeries } from './edge-series.js';
import { failedWith } from './failed-trials.js';
import type { EdgeLane } from './lane-edges.js';

/** Whom failing edges are blamed on. */
export interface Blame {
  /** The series that are charged to their node; `either`: the data cannot tell which of two restarted ends it was. */
  readonly charged: ReadonlyMap<EdgeSeries, 'this' | 'either'>;
  /** Does another node explain what fails on this one? */
  readonly innocent: (node: number) => boolean;
}

/** A node far less hurt than those that are blamed has this part of their failing edges at most. */
const FAR_LESS = 0.5;

/**
 * An edge between two restarted nodes fails once and shows at both. Blames the fewest nodes that explain all of it: first from the series
 * whose own evidence is sound, else from all of them.
 */
export function blame(failing: readonly EdgeSeries[], reason: number, edges: EdgeLane, look: number): Blame {
  const sound = failing.filter((one) => (edges.edge(one, look)?.logE ?? 0) >= NAMED_LOG_E);
  const blamed = explainedBy(sound.length > 0 ? sound : failing, reason);
  const all = new Set(failing);
  return {
    charged: chargedTo(failing),
    // Harm that is spread too thin for any edge to show it blames nobody, and so explains nobody.
    innocent: (node) => blamed.size > 0 && !blamed.has(node) && isExplained(node, blamed, all, edges),
  };
}

/**
 * Which failing series are charged to their node. Where both ends of an edge restarted too close together for its own data to say, the
 * edges that can tell do: where all of those fail outward from the restarted node, or all towards it, so do the others; where none can,
 * the one end that all of them have in common is charged. What stays open is charged to either end.
 */
function chargedTo(failing: readonly EdgeSeries[]): Map<EdgeSeries, 'this' | 'either'> {
  const decided = failing.filter((one) => one.sharedWith < 0);
  const crossing = decided.filter((one) => one.trial.srcNode !== one.trial.dstNode);
  const outward = crossing.length > 0 && crossing.every((one) => one.trial.srcNode === one.node);
  const inward = crossing.length > 0 && crossing.every((one) => one.trial.dstNode === one.node);
  const blamed = crossing.length > 0 ? new Set<number>() : explaining(failing);
  const charged = new Map<EdgeSeries, 'this' | 'either'>();
  for (const one of failing) {
    if (one.sharedWith < 0) charged.set(one, 'this');
    else if (outward || inward) {
      if ((outward ? one.trial.srcNode : one.trial.dstNode) === one.node) charged.set(one, 'this');
    } else if (blamed.has(one.node) === blamed.has(one.sharedWith)) charged.set(one, 'either');
    else if (blamed.has(one.node)) charged.set(one, 'this');
  }
  return charged;
}

/** The one node that all failing edges have in common. */
function explaining(failing: readonly EdgeSeries[]): ReadonlySet<number> {
  const ends = new Set(failing.flatMap((one) => [one.node, one.sharedWith]));
  const common = [...ends].filter((end) => failing.every((one) => one.node === end || one.sharedWith === end));
  return new Set(common.length === 1 ? common : []);
}

/**
 * The fewest nodes that explain all failing edges: an edge with two restarted ends fails once, and shows at either end. The node whose own
 * edges fail most, and most completely, is the first; what touches it is explained; then the node with most of what is left, and so on.
 * Nodes that nothing sets apart are named together.
 */
function explainedBy(failing: readonly EdgeSeries[], reason: number): Set<number> {
  const nodes = new Set<number>();
  let left = failing.map((one) => ({ one, failed: failedWith(one, reason), trials: Math.max(1, one.slots.length) }));
  while (left.length > 0) {
    const sums = new Map<number, number>();
    for (const { one, failed, trials } of left) sums.set(one.node, (sums.get(one.node) ?? 0) + failed ** 2 / trials);
    const [worst] = [...sums].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    if (worst === undefined) break;
    const [node] = worst;
    const named = new Set([node]);
    // The other end is as likely where every edge of either is one of both, and fails as completely there.
    for (const other of sums.keys()) {
      const of = (end: number) => left.filter(({ one }) => one.node === end);
      const share = (end: number) =>
        of(end).reduce((sum, { failed, trials }) => sum + failed / trials, 0) / of(end).length;
      const isShared =
        of(node).every(({ one }) => one.sharedWith === other) && of(other).every(({ one }) => one.sharedWith === node);
      if (other !== node && isShared && share(other) >= share(node) - 1e-9) named.add(other);
    }
    for (const one of named) nodes.add(one);
    left = left.filter(({ one }) => ![one.node, one.trial.srcNode, one.trial.dstNode].some((end) => named.has(end)));
  }
  return nodes;
}

/** Trials that an edge must have to say that it is fine. */
const FINE_TRIALS = 5;

/**
 * Is what fails on a node explained by nodes that are blamed already? So it is where a single edge fails, or where a far smaller part of the
 * node's edges fails than of theirs: a node that is hurt itself is hurt as they are.
 */
function isExplained(
  node: number,
  blamed: ReadonlySet<number>,
  failing: ReadonlySet<EdgeSeries>,
  edges: EdgeLane,
): boolean {
  const own = (edges.byNode[node] ?? []).filter((one) => one.knownGood && one.trial.nodes.length > 1);
  if (own.filter((one) => failing.has(one)).length <= 1)
    return own.some(
      (one) => !failing.has(one) && one.slots.length >= FINE_TRIALS && !one.trial.nodes.some((end) => blamed.has(end)),
    );
  const part = (end: number) => {
    const seen = (edges.byNode[end] ?? []).filter(
      (one) => one.knownGood && one.slots.length >= FINE_TRIALS && one.trial.nodes.length > 1,
    );
    return seen.filter((one) => failing.has(one)).length / Math.max(1, seen.length);
  };
  return part(node) < FAR_LESS * Math.min(...[...blamed].map(part));
}
