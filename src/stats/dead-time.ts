/**
 * Does an event open a new unit? The dead time runs from the opening of the unit before, not from its last event, so that a client
 * that retries for an hour is many units and not one.
 *
 * @param openedAt when the last unit was opened (NaN or -Infinity: never).
 * @param at time of the event, not before `openedAt`; same unit as `deadTime`.
 */
export function opensNewUnit(openedAt: number, at: number, deadTime: number): boolean {
  return !(at - openedAt < deadTime);
}

/**
 * Which events of one source and signal on one node open a unit (an episode).
 *
 * @param windows indices of the windows in which it was seen, ascending.
 * @param gapWindows dead time in windows, at least 1.
 * @throws RangeError if the windows do not ascend or the dead time is below 1.
 */
export function opensUnit(windows: readonly number[], gapWindows: number): boolean[] {
  if (!(gapWindows >= 1)) throw new RangeError(`the dead time must be at least one window, but it is ${gapWindows}`);
  let openedAt = -Infinity;
  let previous = -Infinity;
  return windows.map((window) => {
    if (!(window >= previous)) throw new RangeError(`windows must ascend, but ${window} follows ${previous}`);
    previous = window;
    const opens = opensNewUnit(openedAt, window, gapWindows);
    if (opens) openedAt = window;
    return opens;
  });
}
