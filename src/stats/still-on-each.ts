import { STILL_ON, type StillOnRule } from './still-on.js';

/**
 * The same as `stillOn` at each of the windows, in one pass: the start of the latest part is found from the one of the window before, as it
 * moves by little.
 *
 * @param events cumulative events at the end of each window, `exposure` cumulative exposure; ascending, of the same length.
 * @returns 1 for each window at which the series is on.
 */
export function stillOnEach(
  events: ArrayLike<number>,
  exposure: ArrayLike<number>,
  rule: StillOnRule = STILL_ON,
): Uint8Array {
  const on = new Uint8Array(events.length);
  let start = -1;
  for (let at = 0; at < on.length; at++) {
    const seen = exposure[at] ?? 0;
    const all = events[at] ?? 0;
    if (all <= 0 || seen <= 0) {
      on[at] = 1;
      continue;
    }
    const limit = seen - Math.max(seen / 3, Math.min((rule.minExpected / all) * seen, seen / 2));
    const newest = Math.floor(at - rule.minWindows);
    while (start < newest && (exposure[start + 1] ?? 0) <= limit) start += 1;
    while (start >= 0 && (start > newest || (exposure[start] ?? 0) > limit)) start -= 1;
    if (start < 0) {
      on[at] = 1;
      continue;
    }
    const latest = all - (events[start] ?? 0);
    const latestSeen = seen - (exposure[start] ?? 0);
    on[at] = latest >= rule.share * (all / seen) * latestSeen ? 1 : 0;
  }
  return on;
}
