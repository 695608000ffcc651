/** How the latest part of the after phase is chosen and what it must keep. */
export interface StillOnRule {
  /** Share of its average rate that a series must keep, in 0...1. */
  readonly share: number;
  /** The latest part has at least this many windows. */
  readonly minWindows: number;
  /** It is long enough to expect this many events at the average rate, as long as that takes no more than half of the exposure. */
  readonly minExpected: number;
}

/** 60 % of the average rate, over at least one minute of 10 s windows and three expected events. */
export const STILL_ON: StillOnRule = { share: 0.6, minWindows: 6, minExpected: 3 };

/**
 * Is a series still going on, or is it a transient that fades? It is on while the latest part of its after phase keeps at least 60 %
 * of its average rate. The latest part is the greatest of: `minWindows`; a third of the exposure; what is needed to expect
 * `minExpected` events, at most half of the exposure. As long as that is the whole after phase, the series is on.
 *
 * @param cumulative events since the after phase began, at the end of each window, ascending.
 * @param exposure exposure until the end of each window, ascending (windows, or trials for a share); the same length.
 * @param at the window that is looked at; by default the last one.
 * @throws RangeError if the two have different lengths or `at` is none of their windows.
 */
export function stillOn(
  cumulative: ArrayLike<number>,
  exposure: ArrayLike<number>,
  rule: StillOnRule = STILL_ON,
  at = cumulative.length - 1,
): boolean {
  if (cumulative.length !== exposure.length) throw new RangeError('events and exposure must have the same windows');
  if (cumulative[at] === undefined) throw new RangeError(`there is no window ${at}`);
  return stillOnAt({ events: (i) => cumulative[i] ?? 0, exposure: (i) => exposure[i] ?? 0 }, at, rule);
}

/** Cumulative sums that are not kept as lists: at the end of window `i`, counted from the first window of the after phase. */
export interface CumulativeSums {
  readonly events: (i: number) => number;
  readonly exposure: (i: number) => number;
}

/** The same as `stillOn`, for sums that are computed when they are asked for: it asks a few times, by bisection. */
export function stillOnAt(sums: CumulativeSums, at: number, rule: StillOnRule = STILL_ON): boolean {
  const events = sums.events(at);
  const seen = sums.exposure(at);
  if (events <= 0 || seen <= 0) return true;
  const start = startOfLatest(sums, at, events, seen, rule);
  if (start < 0) return true;
  const latestEvents = events - sums.events(start);
  const latestSeen = seen - sums.exposure(start);
  return latestEvents >= rule.share * (events / seen) * latestSeen;
}

/** The numbers behind `stillOnAt`, for those who want to see them; undefined where the latest part is the whole after phase. */
export interface LatestPart {
  /** The last window before the latest part. */
  readonly start: number;
  readonly events: number;
  readonly exposure: number;
  readonly latestEvents: number;
  readonly latestExposure: number;
}

export function latestPart(sums: CumulativeSums, at: number, rule: StillOnRule = STILL_ON): LatestPart | undefined {
  const events = sums.events(at);
  const exposure = sums.exposure(at);
  if (events <= 0 || exposure <= 0) return undefined;
  const start = startOfLatest(sums, at, events, exposure, rule);
  if (start < 0) return undefined;
  const latestEvents = events - sums.events(start);
  return { start, events, exposure, latestEvents, latestExposure: exposure - sums.exposure(start) };
}

function startOfLatest(sums: CumulativeSums, at: number, events: number, seen: number, rule: StillOnRule): number {
  const enoughEvents = Math.min((rule.minExpected / events) * seen, seen / 2);
  return latestStart(sums, at, Math.max(seen / 3, enoughEvents), rule.minWindows);
}

/** The last window before the latest part: the newest one that leaves `length` of exposure and `windows` windows behind it; -1: none. */
function latestStart(sums: CumulativeSums, at: number, length: number, windows: number): number {
  const limit = sums.exposure(at) - length;
  let low = -1;
  let high = Math.floor(at - windows);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (sums.exposure(middle) <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
