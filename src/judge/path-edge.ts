/** Edges as the place of a failure asks: what they carry, and between which nodes. */
import { MIN_ADDED_EDGE } from './constants.js';
import type { DropEdge } from './drop-series.js';
import { addedShare, type EdgeSeries } from './edge-series.js';
import type { EdgeInfo } from './observed.js';

/** Edges of the other kind must have been seen this many times to say that they are fine. */
export const FINE_TRIALS = 5;

/** An edge under one restarted node. */
export interface PathEdge {
  readonly edge: EdgeInfo;
  /** The node that its trials or drops are charged to. */
  readonly node: number;
  /** Nodes of its ends; -1: outside, or not known. */
  readonly src: number;
  readonly dst: number;
}

export function pathOf({ node, trial }: EdgeSeries): PathEdge {
  return { edge: trial.edge, node, src: trial.srcNode, dst: trial.dstNode };
}

export function pathOfDrops({ node, edge, srcNode, dstNode }: Omit<DropEdge, 'windows' | 'events'>): PathEdge {
  return { edge, node, src: srcNode, dst: dstNode };
}

/** What goes on as before: every restart of its nodes says so, one of them in enough trials. `failing` never is. */
export function fineSeries(all: readonly EdgeSeries[], failing: readonly EdgeSeries[]): EdgeSeries[] {
  const bad = new Set(failing.map(({ trial }) => trial));
  for (const one of all)
    if (one.knownGood && one.slots.length > 0 && addedSince(one) >= MIN_ADDED_EDGE) bad.add(one.trial);
  return all.filter((one) => one.knownGood && one.slots.length >= FINE_TRIALS && !bad.has(one.trial));
}

function addedSince(one: EdgeSeries): number {
  return addedShare(one.before, { failed: one.failed.of(one.slots.length), trials: one.slots.length });
}

export const isCrossing = ({ src, dst }: PathEdge) => src >= 0 && dst >= 0 && src !== dst;
export const isInside = ({ src, dst }: PathEdge) => src >= 0 && src === dst;
export const isTowards = ({ node, src, dst }: PathEdge) => dst === node && src !== node;
export const isFrom = ({ node, src, dst }: PathEdge) => src === node && dst !== node;
export const isOutside = ({ edge }: PathEdge) => edge.src === 'world' || edge.dst === 'world';
/** Where an end inside the cluster lives is not always known: the others tell the path. */
export const isPlaced = (one: PathEdge) => isOutside(one) || (one.src >= 0 && one.dst >= 0);
export const peerOf = ({ node, src, dst }: PathEdge) => (src === node ? dst : src);

/** Which way packets of an attempt go between two nodes, and the two nodes whichever way. */
export const directedPair = ({ src, dst }: PathEdge) => `${src}>${dst}`;
export const nodePair = ({ src, dst }: PathEdge) => `${Math.min(src, dst)}-${Math.max(src, dst)}`;

/** The workload edge, whatever its nodes and its family. */
export const serviceOf = ({ edge }: PathEdge) => `${edge.src}\t${edge.dst}\t${edge.protocol}\t${edge.port}`;
