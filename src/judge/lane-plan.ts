import { ATTEMPT_PARTS, EDGE_PARTS, FURTHER_PARTS, LANE_WEIGHT, MIN_ADDED_EDGE } from './constants.js';
import type { EdgeSeries } from './edge-series.js';
import type { MethodTimes, Observed } from './observed.js';

/** What the trials of a lane of edges are about. */
export type Topic = 'attempts' | 'late' | 'answers' | 'vanished' | 'verdicts' | 'repeats' | 'oneway';

/** How a lane judges its trials. The formulas are the same for all of them. */
export interface LanePlan {
  readonly topic: Topic;
  /** Its share of alpha, and how edges, nodes, paths of nodes and the soak share that; a part of 0 is not looked at. */
  readonly weight: number;
  readonly parts: { readonly edge: number; readonly node: number; readonly path?: number; readonly soak: number };
  /** Are the edges to a node's worst destination left out of its sums? */
  readonly trimmed: boolean;
  /** Least added share of one edge, to fail and to be named. */
  readonly minAdded: number;
  readonly minNamed: number;
  /** May a last minute that nobody can miss stand for the held part? */
  readonly strong: boolean;
  /** The lane counts from so many windows after the flows came back on; without it from settle on. */
  readonly since?: number;
  /** Baseline of edges that the lane has no series of; without it the lane's own edges tell all. */
  readonly baseline?: {
    readonly phi: number;
    /** Number of known-good edges of each node. */
    readonly edges: readonly number[];
  };
}

/** Lane A: do connections that used to work fail now? */
export const ATTEMPTS: LanePlan = {
  topic: 'attempts',
  weight: LANE_WEIGHT.edges,
  parts: ATTEMPT_PARTS,
  trimmed: true,
  minAdded: MIN_ADDED_EDGE,
  minNamed: MIN_ADDED_EDGE,
  strong: true,
};

/** A further lane that looks at edges, nodes and the soak. */
export function furtherPlan(
  topic: keyof typeof FURTHER_PARTS,
  { trimmed, strong }: Pick<LanePlan, 'trimmed' | 'strong'>,
): LanePlan {
  return {
    topic,
    weight: LANE_WEIGHT.further * FURTHER_PARTS[topic],
    parts: EDGE_PARTS,
    trimmed,
    minAdded: MIN_ADDED_EDGE,
    minNamed: MIN_ADDED_EDGE,
    strong,
  };
}

/** Why some series may not fail yet, whatever their numbers say, as the end of a sentence; undefined where nothing speaks against it. */
export type Objection = (series: readonly EdgeSeries[], horizon: number) => string | undefined;

/** What a lane of edges is made with beside its trials. */
export interface LaneContext {
  readonly observed: Observed;
  readonly times: MethodTimes;
  readonly alpha: number;
  /** Part of each node share that is kept for nodes that nobody expected. */
  readonly reserve: number;
}
