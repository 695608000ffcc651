/** Harm that begins long after a restart: lane A's trials again, counted from some later moments on, so that good ones before do not hide it. */
import { LANE_WEIGHT, LATE_FACTOR, LATE_PART, LATE_STARTS, MIN_ADDED_EDGE } from './constants.js';
import { failingSlots, type EdgeSeries } from './edge-series.js';
import { EdgeLane } from './lane-edges.js';
import type { LaneContext, LanePlan } from './lane-plan.js';
import { lowerBound, SLOT, type Observed, type ObservedSegment, type Slots } from './observed.js';

const PLAN: Omit<LanePlan, 'since'> = {
  topic: 'late',
  weight: (LANE_WEIGHT.edges * LATE_PART) / LATE_STARTS,
  parts: { edge: 0.5, node: 0.5, soak: 0 },
  trimmed: true,
  minAdded: MIN_ADDED_EDGE,
  minNamed: MIN_ADDED_EDGE,
  strong: false,
};

/**
 * One lane for each moment to count from: the begin of the late phase, and from there on ever later. The moments are fixed in advance, so that
 * each is a fair bet of its own; those that lie beyond the end of the soak are not made. One by one, as each takes as much room as lane A.
 */
export function* lateLanes(lane: EdgeLane, { observed, times, alpha, reserve }: LaneContext): Generator<EdgeLane> {
  for (let start = 0; start < LATE_STARTS; start++) {
    const windows = Math.round(times.late * LATE_FACTOR ** start);
    const from = ({ back }: ObservedSegment) => back + windows;
    const hasBegun = observed.nodes.some(({ segments }) =>
      segments.some((segment) => from(segment) + SLOT <= Math.min(segment.end, observed.length)),
    );
    if (!hasBegun) return;
    const series = lane.series.flatMap((one) => {
      const segment = observed.nodes[one.node]?.segments[one.segment];
      return segment === undefined ? [] : [since(one, Math.ceil(from(segment) / SLOT))];
    });
    const late = new EdgeLane(
      startingAt(observed, from),
      times,
      alpha,
      reserve,
      { ...PLAN, since: windows },
      { of: lane, series },
    );
    // A destination may be out by itself for some minutes, at any time.
    late.objection = (some, horizon) => (failingSlots(some, horizon) < times.passFrom / SLOT ? SHORT : undefined);
    yield late;
  }
}

const SHORT = 'it has not lasted longer than a destination may be out by itself';

/** The soak as it is told by what lies behind these moments: each restart has settled then. */
function startingAt(observed: Observed, from: (segment: ObservedSegment) => number): Observed {
  const nodes = observed.nodes.map((node) => ({
    ...node,
    segments: node.segments.map((segment) => ({ ...segment, back: from(segment), after: from(segment) })),
  }));
  return { ...observed, nodes };
}

/** The part of a series from a slot on. */
function since(one: EdgeSeries, from: number): EdgeSeries {
  const passAt = lowerBound(one.passSlots, from);
  const passSlots = behind(one.passSlots, passAt);
  const passFailed = one.passFailed.since(passAt);
  const at = lowerBound(one.slots, from);
  return {
    ...one,
    from,
    held: Math.max(one.held, from),
    strong: Math.max(one.strong, from),
    slots: one.slots === one.passSlots ? passSlots : behind(one.slots, at),
    // Nearly always what is counted is the beginning of what a PASS reads.
    failed: one.failed === one.passFailed && at === passAt ? passFailed : one.failed.since(at),
    passSlots,
    passFailed,
  };
}

const NONE = new Uint16Array(0);

/** The slots from a place on. A view is an object of its own, and there are many series: most of those that have ended need none. */
function behind(slots: Slots, at: number): Slots {
  return at === 0 ? slots : at >= slots.length ? NONE : slots.subarray(at);
}
