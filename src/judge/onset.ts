/** Did trouble begin where a restart can be blamed for it? An application can break by itself at any time. */
import { EARLY_SHARE, MIN_EARLY } from './constants.js';
import { beganAtOnce, restartsOf } from './at-once.js';
import { addedShare, failingSlots, sumUntil, type EdgeSeries, type Trials } from './edge-series.js';
import type { EdgeLane } from './lane-edges.js';
import type { Objection } from './lane-plan.js';
import { lowerBound, SLOT, shareOf, type MethodTimes, type Observed } from './observed.js';

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

/** Callers on a node that must show what begins late, or callers and destinations what begins soon: one alone may have broken by itself. */
const SEVERAL = 2;

/**
 * Objects to series whose trouble does not show in the part that a restart may be blamed for: the first minutes after settle of either end's
 * node; where one caller alone shows it, or one destination, it must have been there at once. Later it may be blamed where several callers of
 * the node show it, in slots in which callers that no restart touched reached the same destination (and were not hurt: else it is ambient).
 * What is blamed rests on those parts alone and on nothing that comes later, so that looking at any time stays fair. And it must last longer
 * than applications are out now and then.
 */
export function mustBeginEarly(lane: EdgeLane, observed: Observed, times: MethodTimes): Objection {
  const known = new Map<EdgeSeries, Blamable>();
  const blamable = (one: EdgeSeries): Blamable => {
    let parts = known.get(one);
    if (parts === undefined) known.set(one, (parts = blamableOf(one, lane, observed, times)));
    return parts;
  };
  return (series, horizon) => {
    const isLong = failingSlots(series, horizon) * SLOT >= times.heldFrom;
    if (!isLong && 2 * failingSpan(series, horizon) * SLOT < 3 * times.heldFrom) return SHORT;
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
    const callers = groupedBy(series, ({ trial }) => trial.edge.src);
    const showing = (some: readonly (readonly EdgeSeries[])[], which: keyof Blamable) =>
      some.filter((own) => shows(own, which)).length;
    const isSoon = shows(series, 'soon');
    if (isSoon) {
      const destinations = groupedBy(series, ({ trial }) => trial.destination);
      if (showing(callers, 'soon') >= SEVERAL && showing(destinations, 'soon') >= SEVERAL) return undefined;
      const hurt = series.filter((one) => addedShare(one.before, sumUntil(one, horizon)) >= EARLY_SHARE * all);
      if (beganAtOnce(hurt, horizon, { lane, observed, times })) return undefined;
    }
    if (showing(callers, 'compared') >= SEVERAL) return undefined;
    return isSoon ? ALONE : LATE;
  };
}

function groupedBy(series: readonly EdgeSeries[], keyOf: (one: EdgeSeries) => string): EdgeSeries[][] {
  const groups = new Map<string, EdgeSeries[]>();
  for (const one of series) {
    const group = groups.get(keyOf(one));
    if (group === undefined) groups.set(keyOf(one), [one]);
    else group.push(one);
  }
  return [...groups.values()];
}

/** The most slots in a row over which whatever was tried failed: of rare trials few slots tell of a long time. */
function failingSpan(series: readonly EdgeSeries[], horizon: number): number {
  const isGood = new Map<number, boolean>();
  for (const { slots, failed } of series)
    for (let i = 0; i < slots.length && (slots[i] ?? horizon) < horizon; i++) {
      const slot = slots[i] ?? 0;
      isGood.set(slot, isGood.get(slot) === true || failed.of(i + 1) - failed.of(i) < 1);
    }
  let longest = 0;
  let first: number | undefined;
  for (const [slot, good] of [...isGood].sort(([a], [b]) => a - b)) {
    first = good ? undefined : (first ?? slot);
    if (first !== undefined) longest = Math.max(longest, slot - first + 1);
  }
  return longest;
}

const LATE = 'it began well after any restart, and an application can break by itself';

const ALONE =
  'one caller or one destination alone shows it, and not as soon as a node was back: an application can break by itself';

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

function blamableOf(one: EdgeSeries, lane: EdgeLane, observed: Observed, { heldFrom }: MethodTimes): Blamable {
  const { trial, node, segment, from } = one;
  const ends = restartsOf(one, observed);
  const down = observed.nodes[node]?.segments[segment]?.down ?? 0;
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
      part.failed.push(shareOf(trial, i));
    }
  }
  return parts;
}
