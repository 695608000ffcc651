import { logM } from '../../stats/counts.js';
import { latestPart, type LatestPart } from '../../stats/still-on.js';
import { HELD_LOG_E, HELD_UNITS } from '../constants.js';
import { firstDown, windowsInSight, type Judged } from '../judged.js';
import type { SourceFailure } from '../looks.js';
import { countWithin, type ObservedSegment } from '../observed.js';
import { difference, scaledExposures } from '../source-counts.js';

/** One restart of one node in the sums of lanes B and C, in windows. */
export interface SourcePart {
  readonly node: number;
  readonly segment: number;
  readonly bounds: ObservedSegment;
  readonly end: number;
  readonly before: number;
  readonly donor: number;
  readonly eb: number;
  readonly na: number;
  /** Windows in sight after, and the same scaled by the growth of traffic. */
  readonly seen: number;
  readonly ea: number;
  readonly held: { readonly units: number; readonly windows: number; readonly exposure: number };
  readonly latest: LatestPart | undefined;
  readonly on: boolean;
}

/** Every number behind one look of lanes B and C. */
export interface SourceAccount {
  readonly failure: SourceFailure;
  /** Are sources counted that never had such a drop, or those that had? */
  readonly which: 'fresh' | 'known';
  readonly parts: readonly SourcePart[];
  readonly held: {
    readonly units: number;
    readonly windows: number;
    readonly exposure: number;
    readonly logE: number;
    readonly holds: boolean;
  };
}

/** Counts again what a look of lane B or C has counted, and keeps every number. */
export function sourceAccount(failure: SourceFailure, judged: Judged): SourceAccount {
  const { evidence, sources, times } = judged;
  const { observed } = evidence;
  const which = failure.lane === 'new' || failure.lane === 'new-soak' ? 'fresh' : 'known';
  const scaled = scaledExposures(observed, firstDown(evidence));
  const parts: SourcePart[] = [];
  observed.nodes.forEach(({ segments }, node) => {
    const [first] = segments;
    const on = sources.describe(node, failure.signal);
    if (first === undefined || on === undefined) return;
    segments.forEach((bounds, segment) => {
      if ('node' in failure && (failure.node !== node || failure.segment !== segment)) return;
      const end = Math.min(failure.look + 1, bounds.end);
      if (end <= bounds.after) return;
      const units = on[which][segment] ?? [];
      const heldFrom = bounds.after + times.heldFrom;
      const activity = (which === 'known' ? on.knownActivity : on.freshActivity)[segment] ?? [];
      const latest = latestOf(judged, node, activity, bounds.after, end);
      parts.push({
        node,
        segment,
        bounds,
        end,
        before: countWithin(on.units, 0, first.down),
        donor: on.donor,
        eb: windowsInSight(judged, node, 0, first.down),
        na: countWithin(units, bounds.after, end),
        seen: windowsInSight(judged, node, bounds.after, end),
        ea: difference(scaled[node], bounds.after, end),
        held: {
          units: countWithin(units, heldFrom, end),
          windows: windowsInSight(judged, node, heldFrom, end),
          exposure: difference(scaled[node], heldFrom, end),
        },
        latest,
        on: isOn(latest),
      });
    });
  });
  const counted = 'node' in failure ? parts : parts.filter(({ on }) => on);
  const { nb, eb, rho, phi } = failure.evidence;
  const sum = (of: (part: SourcePart) => number) => counted.reduce((total, part) => total + of(part), 0);
  const units = sum(({ held }) => held.units);
  const exposure = sum(({ held }) => held.exposure);
  const windows = Math.max(0, ...counted.map(({ held }) => held.windows));
  const logE = eb > 0 && exposure > 0 ? logM(nb, eb, units, exposure, rho, phi) : 0;
  const holds = units >= HELD_UNITS && windows >= times.heldExposure && logE >= HELD_LOG_E;
  return { failure, which, parts, held: { units, windows, exposure, logE, holds } };
}

function latestOf(
  judged: Judged,
  node: number,
  activity: readonly number[],
  from: number,
  to: number,
): LatestPart | undefined {
  const last = Math.min(to, judged.evidence.observed.length) - from - 1;
  if (last < 0) return undefined;
  const sums = {
    events: (i: number) => countWithin(activity, from, from + i + 1),
    exposure: (i: number) => windowsInSight(judged, node, from, from + i + 1),
  };
  return latestPart(sums, last, { share: 0.6, minWindows: judged.times.minute, minExpected: 3 });
}

/** The latest part keeps at least this share of the average rate. */
export const STILL_ON_SHARE = 0.6;

/** Has the latest part kept enough of the average rate? */
export function isOn(latest: LatestPart | undefined): boolean {
  if (latest === undefined) return true;
  const { events, exposure, latestEvents, latestExposure } = latest;
  return latestEvents >= STILL_ON_SHARE * (events / exposure) * latestExposure;
}
