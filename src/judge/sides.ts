/** The sides of a comparison, and the controls beside it: nodes that had not restarted yet while its after phase ran. */
import { MAX_BAD, MIN_GOOD } from './constants.js';
import type { Side } from './document.js';
import { attemptsWithin, firstDown, secondsOf, windowsInSight, type Judged } from './judged.js';
import { countWithin, lowerBound, SLOT, shareOf, type TrialSeries } from './observed.js';

/** A side without anything in it is all zeros. `rate`: episodes a minute, or the failing share. */
export function side(episodes: number, events: number, attempts: number, seconds: number, rate: number): Side {
  return { episodes: rounded(episodes), events, attempts, seconds: rounded(seconds), rate };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** Trials of edges that no restart had touched yet. */
export interface ControlTrials {
  readonly trials: number;
  readonly failed: number;
  readonly attempts: number;
  readonly attemptsFailed: number;
  /** Seconds in sight, summed over the nodes of these edges. */
  readonly seconds: number;
  readonly nodes: readonly number[];
  /** Do they go to the finding's own destinations, or are they all known-good edges? */
  readonly same: boolean;
}

/**
 * Known-good edges of nodes that had not restarted yet, from window `from` until their own restart: those to the same destinations, or all
 * of them where there are none. undefined where no such trial was seen.
 */
export function controlTrials(
  judged: Judged,
  destinations: ReadonlySet<string>,
  from: number,
): ControlTrials | undefined {
  const { observed } = judged.evidence;
  const baseline = Math.floor(firstDown(judged.evidence) / SLOT);
  const controls = observed.trials.filter((trial) => trial.nodes.length > 0 && wasGood(trial, baseline));
  const own = sumsOf(
    judged,
    controls.filter((trial) => destinations.has(trial.destination)),
    from,
  );
  const sums = own.trials > 0 ? { ...own, same: true } : { ...sumsOf(judged, controls, from), same: false };
  return sums.trials > 0 ? sums : undefined;
}

function wasGood(trial: TrialSeries, baseline: number): boolean {
  const end = lowerBound(trial.slots, baseline);
  let failed = 0;
  for (let i = 0; i < end; i++) failed += shareOf(trial, i);
  return end - failed >= MIN_GOOD && failed <= MAX_BAD * end;
}

function sumsOf(judged: Judged, controls: readonly TrialSeries[], from: number): Omit<ControlTrials, 'same'> {
  const { observed } = judged.evidence;
  const downOf = (node: number) => observed.nodes[node]?.segments[0]?.down ?? observed.length;
  const nodes = new Set<number>();
  const sums = { trials: 0, failed: 0, attempts: 0, attemptsFailed: 0 };
  for (const trial of controls) {
    const until = Math.min(...trial.nodes.map(downOf));
    for (let i = lowerBound(trial.slots, Math.ceil(from / SLOT)); i < trial.slots.length; i++) {
      if (((trial.slots[i] ?? 0) + 1) * SLOT > until) break;
      sums.trials += 1;
      sums.failed += shareOf(trial, i);
      sums.attempts += trial.attempts[i] ?? 0;
      sums.attemptsFailed += trial.failed[i] ?? 0;
      for (const node of trial.nodes) nodes.add(node);
    }
  }
  const windows = [...nodes].reduce((sum, node) => sum + windowsInSight(judged, node, from, downOf(node)), 0);
  return { ...sums, seconds: secondsOf(judged, windows), nodes: [...nodes].sort((a, b) => a - b) };
}

export function sideOfTrials(control: ControlTrials | undefined): Side | null {
  if (control === undefined) return null;
  const { failed, trials, attempts, attemptsFailed, seconds } = control;
  return side(failed, attemptsFailed, attempts, seconds, failed / trials);
}

/** Episodes on nodes that had not restarted yet, over all sources. */
export interface ControlUnits {
  readonly units: number;
  readonly events: number;
  readonly attempts: number;
  readonly seconds: number;
  readonly nodes: readonly number[];
}

/** Units of some signals in [from, to) on nodes until their own restart; undefined where no such node was in sight. */
export function controlUnits(
  judged: Judged,
  signals: readonly number[],
  from: number,
  to = Number.POSITIVE_INFINITY,
): ControlUnits | undefined {
  const { observed } = judged.evidence;
  const sums = { units: 0, events: 0, attempts: 0 };
  const nodes: number[] = [];
  let windows = 0;
  observed.nodes.forEach(({ segments }, node) => {
    const until = Math.min(to, segments[0]?.down ?? observed.length);
    const seen = windowsInSight(judged, node, from, until);
    if (seen === 0) return;
    nodes.push(node);
    windows += seen;
    sums.attempts += attemptsWithin(judged, node, from, until);
    for (const signal of signals) {
      const on = judged.sources.describe(node, signal);
      sums.units += countWithin(on?.units ?? [], from, until);
      for (const drop of on?.series ?? [])
        drop.windows.forEach((w, i) => {
          if (w >= from && w < until) sums.events += drop.events[i] ?? 0;
        });
    }
  });
  return windows > 0 ? { ...sums, seconds: secondsOf(judged, windows), nodes } : undefined;
}

export function sideOfUnits(control: ControlUnits | undefined): Side | null {
  if (control === undefined) return null;
  const { units, events, attempts, seconds } = control;
  return side(units, events, attempts, seconds, (units / seconds) * 60);
}
