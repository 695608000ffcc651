import type { Scope } from './document.js';
import { addedShare, type EdgeSeries } from './edge-series.js';
import type { Group } from './groups.js';
import { MIN_ADDED_EDGE } from './constants.js';

/** Edges of the other kind must have been seen this many times to say that they are fine. */
const FINE_TRIALS = 5;

/** The smallest scope that explains where a failure of attempts shows. */
export function scopeOf(group: Group, all: readonly EdgeSeries[]): Scope {
  const failing = group.series;
  if (failing.length === 0) return group.nodes.length > 1 ? 'soak' : 'node';
  const on = new Set(group.nodes);
  const bad = new Set(failing);
  const fine = all.filter(
    (one) =>
      one.knownGood &&
      on.has(one.node) &&
      !bad.has(one) &&
      one.slots.length >= FINE_TRIALS &&
      addedShare(one.before, { failed: one.cumulativeFailed.at(-1) ?? 0, trials: one.slots.length }) < MIN_ADDED_EDGE,
  );
  if (new Set(failing.map((one) => one.trial.workloadEdge)).size === 1) return 'edge';
  const crosses = (one: EdgeSeries) =>
    one.trial.srcNode >= 0 && one.trial.dstNode >= 0 && one.trial.srcNode !== one.trial.dstNode;
  const isInside = (one: EdgeSeries) => one.trial.srcNode >= 0 && one.trial.srcNode === one.trial.dstNode;
  const cross = failing.every(crosses);
  if (cross && group.nodes.length === 1 && fine.some(crosses)) {
    const pairs = new Set(
      failing.map((one) => (one.trial.srcNode === one.node ? one.trial.dstNode : one.trial.srcNode)),
    );
    if (pairs.size === 1 && !fine.some((one) => crosses(one) && touches(one, [...pairs][0] ?? -1))) return 'pair';
  }
  if (cross && fine.some(isInside)) return 'cross-node';
  if (failing.every(isInside) && fine.some(crosses)) return 'same-node';
  if (group.nodes.length > 1) return 'soak';
  const towards = (one: EdgeSeries) => one.trial.dstNode === one.node && one.trial.srcNode !== one.node;
  const from = (one: EdgeSeries) => one.trial.srcNode === one.node && one.trial.dstNode !== one.node;
  if (failing.every(towards) && fine.some(from)) return 'towards';
  if (failing.every(from) && fine.some(towards)) return 'from';
  return 'node';
}

function touches(one: EdgeSeries, node: number): boolean {
  return one.trial.srcNode === node || one.trial.dstNode === node;
}
