/**
 * The two sentences of a finding whose numbers decided: what was compared with what, and why it counts or does not yet. For somebody who is
 * tired: plain words, the numbers, the limit.
 */
import { HELD_LOG_E } from './constants.js';
import { edgeAccount } from './derivation/edge-account.js';
import { isOn, sourceAccount, STILL_ON_SHARE } from './derivation/source-account.js';
import type { Severity } from './document.js';
import type { Judged } from './judged.js';
import type { Topic } from './lane-plan.js';
import type { Failure } from './looks.js';
import type { ControlTrials, ControlUnits } from './sides.js';
import { listed, odds, percent, plural, short, spoken } from './text.js';

/** What a bad trial did, by what it is about. */
export const BAD_TRIAL: Record<Topic, string> = {
  attempts: 'failed',
  late: 'failed',
  answers: 'failed',
  vanished: 'found none',
  verdicts: 'were denied',
  repeats: 'needed a repeat',
  oneway: 'got no reply',
};

/** What the data cannot tell apart is named with an "or". */
export function placesText(names: readonly string[], undecided: readonly string[]): string {
  const sure = names.filter((name) => !undecided.includes(name));
  if (undecided.length === 0) return listed(names);
  return sure.length === 0
    ? `${listed(undecided)} (their restarts cannot be told apart)`
    : `${listed(sure)} (or ${listed(undecided)}: ${undecided.length === 1 ? 'its restart' : 'their restarts'} cannot be told apart)`;
}

/** `33.8 % of 210 trials failed after it, 0.38 % of 130 before`, and what the controls did meanwhile. `failed`: what a bad trial did; `when`: since when. */
export function trialsText(
  before: { readonly failed: number; readonly trials: number },
  after: { readonly failed: number; readonly trials: number },
  control: ControlTrials | undefined,
  failed = 'failed',
  when = 'after the restart',
): string {
  const share = (side: { readonly failed: number; readonly trials: number }) =>
    `${percent(side.trials > 0 ? side.failed / side.trials : 0)} of ${short(Math.round(side.trials))}`;
  const meanwhile =
    control === undefined
      ? ''
      : `, ${share(control)} meanwhile on ${control.same ? '' : 'other edges of '}nodes not yet restarted`;
  const trials = `${share(after)} ${Math.round(after.trials) === 1 ? 'trial' : 'trials'}`;
  return `${trials} ${failed} ${when}, ${share(before)} before${meanwhile}`;
}

/** `31 episodes (412 drops) in 54 min after, 4 in 15 min before`, and what the controls had meanwhile. */
export function unitsText(
  before: { readonly episodes: number; readonly seconds: number },
  after: { readonly episodes: number; readonly events: number; readonly seconds: number },
  control: ControlUnits | undefined,
): string {
  const time = (seconds: number) => spoken(seconds * 1000);
  const drops = after.events === after.episodes ? '' : ` (${plural(after.events, 'drop')})`;
  const meanwhile =
    control === undefined
      ? ''
      : `, ${short(control.units)} in ${time(control.seconds)} meanwhile on nodes not yet restarted`;
  return (
    `${plural(after.episodes, 'episode')}${drops} in ${time(after.seconds)} after the restart, ` +
    `${short(before.episodes)} in ${time(before.seconds)} before${meanwhile}`
  );
}

/** Why a comparison counts as a failure, or why it is only watched. `pastSettleMs`: how long past settle it was still seen. */
export function whyText(
  failure: Failure | undefined,
  severity: Severity,
  pastSettleMs: number | undefined,
  judged: Judged,
): string {
  if (failure === undefined) return 'The node breaks a rule that needs no statistics.';
  const { logE, limit } = failure.evidence;
  if (severity === 'fail') {
    const past = judged.edges.plan.since === undefined ? 'past settle' : 'later';
    const lasted = pastSettleMs === undefined ? '' : `, and it still showed ${spoken(pastSettleMs)} ${past}`;
    return `The chance that this is noise is ${odds(logE)}, however often one looks (${odds(limit)} is the limit)${lasted}.`;
  }
  return logE < limit
    ? `That is worth watching and no proof yet: the chance that this is noise is ${odds(logE)}, and a FAIL needs ${odds(limit)}.`
    : `By its numbers it would be a FAIL (${odds(logE)} by chance, ${odds(limit)} is the limit), but ${whyNotHeld(failure, judged)}.`;
}

/** Which rule keeps numbers that would do from being a failure. */
function whyNotHeld(failure: Failure, judged: Judged): string {
  const from = spoken(judged.times.heldFrom * judged.windowMs);
  const needs = `a FAIL needs ${odds(HELD_LOG_E)} there as well`;
  if ('signal' in failure) {
    const { parts, held } = sourceAccount(failure, judged);
    const fading = parts.find(({ on }) => !on);
    if ('node' in failure && fading !== undefined) return fades(fading.latest);
    return `from ${from} past settle on it had only ${plural(held.units, 'episode')} (${odds(held.logE)} by chance; ${needs})`;
  }
  const { all, horizon, held, latest } = edgeAccount(failure, judged);
  if (!isOn(latest)) return fades(latest);
  const objection = held.holds ? judged.edges.objection(all, horizon) : undefined;
  if (objection !== undefined) return objection;
  return `from ${from} past settle on only ${short(held.trials.failed)} of ${plural(held.trials.trials, 'trial')} ${BAD_TRIAL[judged.edges.plan.topic]} (${odds(held.logE)} by chance; ${needs})`;
}

function fades(latest: ReturnType<typeof sourceAccount>['parts'][number]['latest']): string {
  if (latest === undefined) return 'it has not held';
  const { events, exposure, latestEvents, latestExposure } = latest;
  const kept = latestEvents / latestExposure / (events / exposure);
  return `it is fading: of late it kept ${percent(kept)} of its average, and under ${percent(STILL_ON_SHARE)} it is a transient`;
}
