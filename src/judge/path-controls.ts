import { lowerBound, SLOT, shareOf, type Observed } from './observed.js';
import type { Trials } from './edge-series.js';

/**
 * What a destination did meanwhile for callers elsewhere: trials since window `down`, until slot `horizon`, of edges that do not touch
 * `node`. Restarted callers count as well: a destination that ails by itself does so for all.
 */
export function controlsOf(
  { trials }: Observed,
  /** Without its protocol and port. */
  destination: string,
  node: number,
  down: number,
  horizon: number,
): Trials {
  const sums = { failed: 0, trials: 0 };
  for (const trial of trials) {
    const { edge, nodes, slots } = trial;
    if (edge.dst !== destination || nodes.includes(node)) continue;
    const end = lowerBound(slots, horizon);
    for (let i = lowerBound(slots, Math.ceil(down / SLOT)); i < end; i++) {
      sums.trials += 1;
      sums.failed += shareOf(trial, i);
    }
  }
  return sums;
}
