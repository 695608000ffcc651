/** Was trouble there as soon as a node came back? What a restart breaks it breaks at once; an application breaks at any moment. */
import type { EdgeSeries } from './edge-series.js';
import type { EdgeLane } from './lane-edges.js';
import { lowerBound, SLOT, shareOf, type MethodTimes, type Observed, type ObservedSegment } from './observed.js';

/** Good trials behind the return, and in a row later, are chance where they are at least so likely beside those that fail. */
const CHANCE_BEFORE = 0.01;
const CHANCE_BETWEEN = 0.001;

/** Part of what fails later that fails already just before the restart, where it is none of its doing. */
const SAME_BEFORE = 0.5;

/** A trial around a restart: its slot, and the share that failed. */
interface Trial {
  readonly slot: number;
  readonly share: number;
}

/**
 * Did some series fail from the return of one of their ends' nodes on, with no more good trials before or in between than chance explains? The
 * first bad one must lie in the settle phase or in the minute behind it, and it must not have begun before the node went down.
 */
export function beganAtOnce(
  series: readonly EdgeSeries[],
  horizon: number,
  { lane, observed, times }: { readonly lane: EdgeLane; readonly observed: Observed; readonly times: MethodTimes },
): boolean {
  const byRestart = new Map<ObservedSegment, EdgeSeries[]>();
  for (const one of series)
    for (const restart of restartsOf(one, observed)) {
      const group = byRestart.get(restart);
      if (group === undefined) byRestart.set(restart, [one]);
      else group.push(one);
    }
  return [...byRestart].some(([restart, group]) =>
    beganWith(restart, trialsAround(restart, group, lane, observed, horizon), times),
  );
}

/** The restarts that a series may be blamed on: its own, and those of the far end's node. */
export function restartsOf({ trial, node, segment }: EdgeSeries, { nodes }: Observed): ObservedSegment[] {
  const own = nodes[node]?.segments[segment];
  return [...(own === undefined ? [] : [own]), ...(nodes[trial.far ?? -1]?.segments ?? [])];
}

/** Of the last slots before it and of all since its return, in order of time. Slots in which the destination is down by itself are left out. */
function trialsAround(
  { down, back }: ObservedSegment,
  series: readonly EdgeSeries[],
  lane: EdgeLane,
  { nodes }: Observed,
  horizon: number,
): Trial[] {
  const trials: Trial[] = [];
  for (const { trial, node, segment } of series) {
    const ambient = lane.ambient.slots(trial.destination, nodes[node]?.segments[segment]?.down ?? 0);
    const goneAt = lowerBound(trial.slots, Math.floor(down / SLOT));
    for (let i = Math.max(0, goneAt - 1); i < trial.slots.length; i++) {
      const slot = trial.slots[i] ?? 0;
      if (slot >= horizon) break;
      const isAway = i >= goneAt && slot < Math.ceil(back / SLOT);
      if (!isAway && !ambient.has(slot)) trials.push({ slot, share: shareOf(trial, i) });
    }
  }
  return trials.sort((a, b) => a.slot - b.slot);
}

function beganWith({ down, back, after }: ObservedSegment, all: readonly Trial[], times: MethodTimes): boolean {
  const isBefore = ({ slot }: Trial) => slot < Math.floor(down / SLOT);
  const trials = all.filter((one) => !isBefore(one));
  if (failingShare(all.filter(isBefore)) >= SAME_BEFORE * failingShare(trials)) return false;
  const first = trials.findIndex(({ share }) => share > 0);
  const begun = trials[first];
  if (begun === undefined || begun.slot * SLOT >= after + times.minute) return false;
  const { longest, steady } = goodRun(trials.slice(first), after + times.heldFrom);
  // How it is since the last of such runs is how it should have been all along.
  const goodShare = 1 - steady.filter(({ share }) => share > 0).length / (steady.length + 1);
  // An agent that is back needs a moment to make its proxies anew.
  const fresh = Math.ceil(back / SLOT);
  const before = trials.slice(0, first).filter(({ slot }) => slot > fresh).length;
  return goodShare ** before >= CHANCE_BEFORE && goodShare ** longest >= CHANCE_BETWEEN;
}

/** The longest run of good trials before some window, and all trials behind it. */
function goodRun(
  trials: readonly Trial[],
  to: number,
): { readonly longest: number; readonly steady: readonly Trial[] } {
  let [run, longest, end] = [0, 0, 0];
  trials.forEach(({ slot, share }, i) => {
    if (slot * SLOT >= to) return;
    run = share > 0 ? 0 : run + 1;
    if (run > longest) [longest, end] = [run, i + 1];
  });
  return { longest, steady: trials.slice(end) };
}

function failingShare(trials: readonly Trial[]): number {
  return trials.length === 0 ? 0 : trials.reduce((sum, { share }) => sum + share, 0) / trials.length;
}
