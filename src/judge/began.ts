/** When trouble began, where that was long after the restart that it is blamed on. */
import type { EdgeSeries } from './edge-series.js';
import { SILENT } from './failed-trials.js';
import { nodeName, secondsOf, type Judged } from './judged.js';
import { SLOT, shareOf, type ObservedNode } from './observed.js';
import { spoken } from './text.js';

/** Smallest share that is taken to fail without any change: a baseline that never failed is no proof that it never does. */
const LEAST_SHARE = 0.002;
/** What begins so near the end of the identity grace period may have to do with it, ms. */
const NEAR_GRACE_MS = 300_000;

/** A sentence on failing edges that began to fail in the late phase of a named node; '' where they did so before. */
export function beganLate(
  series: readonly EdgeSeries[],
  reason: number,
  nodes: readonly number[],
  judged: Judged,
): string {
  const from = Math.min(...nodes.map((node) => segmentsOf(node, judged)[0]?.back ?? Number.POSITIVE_INFINITY));
  const slot = Number.isFinite(from) ? onsetOf(series, reason, Math.ceil(from / SLOT)) : undefined;
  return slot === undefined ? '' : beganIn(slot * SLOT, nodes, judged);
}

/** The same for what was first seen in a window. */
export function beganIn(window: number, nodes: readonly number[], judged: Judged): string {
  const restarts = nodes.flatMap((node) =>
    segmentsOf(node, judged)
      .filter(({ back }) => back <= window)
      .map(({ back }) => ({ node, back })),
  );
  const last = restarts.reduce<(typeof restarts)[number] | undefined>(
    (latest, one) => (latest === undefined || one.back > latest.back ? one : latest),
    undefined,
  );
  if (last === undefined || !Number.isFinite(window)) return '';
  const lateMs = judged.times.late * judged.windowMs;
  const ms = secondsOf(judged, window - last.back) * 1000;
  // A slot, or the first attempt to time out, may lie on either side of it.
  if (ms < lateMs - SLOT * judged.windowMs) return '';
  const grace = ms < lateMs + NEAR_GRACE_MS ? `; the identity grace period ends at ${spoken(lateMs)}` : '';
  return `It began ${spoken(ms)} after the restart of ${nodeName(judged, last.node)}${grace}. `;
}

/** Restarts as they were: a lane of what begins late has moments of its own. */
function segmentsOf(node: number, { rows, evidence }: Judged): ObservedNode['segments'] {
  return (rows?.layout.nodes ?? evidence.observed.nodes)[node]?.segments ?? [];
}

/** The slot from which on the trials fail most unlike those before: where a change of their failing share is likeliest to lie. */
function onsetOf(series: readonly EdgeSeries[], reason: number, from: number): number | undefined {
  const bySlot = new Map<number, { failed: number; trials: number }>();
  const before = { failed: 0, trials: 0 };
  for (const { trial, before: own } of series) {
    before.failed += own.failed;
    before.trials += own.trials;
    trial.slots.forEach((slot, i) => {
      if (slot < from) return;
      let sums = bySlot.get(slot);
      if (sums === undefined) bySlot.set(slot, (sums = { failed: 0, trials: 0 }));
      sums.trials += 1;
      if ((trial.reasons[i] ?? SILENT) === reason) sums.failed += shareOf(trial, i);
    });
  }
  const usual = Math.max(LEAST_SHARE, before.trials > 0 ? before.failed / before.trials : 0);
  let [failed, trials, most] = [0, 0, 0];
  let onset: number | undefined;
  for (const slot of [...bySlot.keys()].sort((a, b) => b - a)) {
    failed += bySlot.get(slot)?.failed ?? 0;
    trials += bySlot.get(slot)?.trials ?? 0;
    const share = (failed + 0.5) / (trials + 1);
    if (share <= usual) continue;
    const gain = failed * Math.log(share / usual) + (trials - failed) * Math.log((1 - share) / (1 - usual));
    if (gain >= most) [most, onset] = [gain, slot];
  }
  return onset;
}
