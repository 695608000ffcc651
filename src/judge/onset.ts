/** Did trouble begin where a restart can be blamed for it? An application can break by itself at any time. */
import { EARLY_SHARE, MIN_EARLY } from './constants.js';
import { addedShare, failingSlots, sumUntil, type EdgeSeries, type Trials } from './edge-series.js';
import type { EdgeLane } from './lane-edges.js';
import type { Objection } from './lane-plan.js';
import { lowerBound, SLOT, type MethodTimes, type Observed } from './observed.js';

/** Slots of a series with what failed in them. */
interface Part {
  readonly slots: readonly number[];
  readonly failed: readonly number[];
}

/** What a restart may be blamed for: what began soon after it, and what is worse than the answers of callers that no restart touched. */
interface Blamable {
  readonly soon: Part;
  readonly compared: Part;
}

/** Callers on a node that must show what begins late: one alone may have broken by itself. */
const CALLERS = 2;

/**
 * Objects to series whose trouble does not show in the part that a restart may be blamed for: the first minutes after settle of either end's
 * node. Later it may be blamed where several callers of the node show it, in slots in which callers that no restart touched reached the
 * same destination (and were not hurt: else it is ambient). What is blamed rests on those parts alone and on nothing that comes later, so
 * that looking at any time stays fair. And it must last longer than applications are out now and then.
 */
export function mustBeginEarly(lane: EdgeLane, observed: Observed, times: MethodTimes): Objection {
  const known = new Map<EdgeSeries, Blamable>();
  const blamable = (one: EdgeSeries): Blamable => {
    let parts = known.get(one);
    if (parts === undefined) known.set(one, (parts = blamableOf(one, lane, observed, times)));
    return parts;
  };
  return (series, horizon) => {
    if (failingSlots(series, horizon) < times.heldFrom / SLOT) return SHORT;
    const before = sumOf(series, ({ before: { failed, trials } }) => ({ failed, trials }));
    const all = addedShare(
      before,
      sumOf(series, (one) => sumUntil(one, horizon)),
    );
    const shows = (some: readonly EdgeSeries[], which: keyof Blamable): boolean => {
      const part = sumOf(some, (one) => partUntil(blamable(one)[which], horizon));
      const expected = sumOf(some, (one) => {
        const { trials } = partUntil(blamable(one)[which], horizon);
        return { failed: one.before.trials > 0 ? (trials * one.before.failed) / one.before.trials : 0, trials };
      });
      return part.failed - expected.failed >= MIN_EARLY && addedShare(before, part) >= EARLY_SHARE * all;
    };
    if (shows(series, 'soon')) return undefined;
    const callers = new Map<string, EdgeSeries[]>();
    for (const one of series) {
      const { src } = one.trial.edge;
      callers.set(src, [...(callers.get(src) ?? []), one]);
    }
    const showing = [...callers.values()].filter((own) => shows(own, 'compared'));
    return showing.length >= CALLERS ? undefined : LATE;
  };
}

const LATE = 'it began well after any restart, and an application can break by itself';

const SHORT = 'it has not lasted longer than an application may be out by itself';

function sumOf(series: readonly EdgeSeries[], of: (one: EdgeSeries) => Trials): Trials {
  let failed = 0;
  let trials = 0;
  for (const one of series) {
    const sums = of(one);
    failed += sums.failed;
    trials += sums.trials;
  }
  return { failed, trials };
}

function partUntil({ slots, failed }: Part, horizon: number): Trials {
  const end = lowerBound(slots, horizon);
  let sum = 0;
  for (let i = 0; i < end; i++) sum += failed[i] ?? 0;
  return { failed: sum, trials: end };
}

function blamableOf(one: EdgeSeries, lane: EdgeLane, { nodes }: Observed, { heldFrom }: MethodTimes): Blamable {
  const { trial, node, segment, from } = one;
  const own = nodes[node]?.segments[segment];
  const ends = [...(own === undefined ? [] : [own]), ...(nodes[trial.far ?? -1]?.segments ?? [])];
  const down = own?.down ?? 0;
  const controls = lane.ambient.controls(trial.destination, down);
  const ambient = lane.ambient.slots(trial.destination, down);
  const counted = new Set(one.slots);
  const open = () => ({ slots: [] as number[], failed: [] as number[] });
  const parts = { soon: open(), compared: open() };
  // Trials that the far end's restart disturbs are no evidence, but they tell when it began.
  for (let i = lowerBound(trial.slots, from); i < trial.slots.length; i++) {
    const slot = trial.slots[i] ?? 0;
    if (ambient.has(slot)) continue;
    const isSoon = ends.some(({ after }) => (slot + 1) * SLOT > after && slot * SLOT < after + heldFrom);
    const isCompared = counted.has(slot) && (controls[slot] ?? 0) > 0;
    for (const part of [...(isSoon ? [parts.soon] : []), ...(isCompared ? [parts.compared] : [])]) {
      part.slots.push(slot);
      part.failed.push(trial.share[i] ?? 0);
    }
  }
  return parts;
}
