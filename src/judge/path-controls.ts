import { lowerBound, SLOT, type Observed } from './observed.js';
import type { Trials } from './edge-series.js';

/**
 * What a destination did meanwhile for callers elsewhere: trials since a restart of `node` of edges that do not touch it, and whose own
 * nodes have not restarted since then.
 */
export function controlsOf(
  observed: Observed,
  destination: string,
  node: number,
  down: number,
  horizon: number,
): Trials {
  const sums = { failed: 0, trials: 0 };
  for (const trial of observed.trials) {
    if (trial.destination !== destination || trial.nodes.includes(node)) continue;
    const until = trial.nodes.reduce((least, one) => Math.min(least, nextDown(observed, one, down)), horizon * SLOT);
    const end = lowerBound(trial.slots, Math.floor(until / SLOT));
    for (let i = lowerBound(trial.slots, Math.ceil(down / SLOT)); i < end; i++) {
      sums.trials += 1;
      sums.failed += trial.share[i] ?? 0;
    }
  }
  return sums;
}

/** When a node goes down for the first time after `since`, windows. */
function nextDown({ nodes }: Observed, node: number, since: number): number {
  return nodes[node]?.segments.find(({ down }) => down > since)?.down ?? Number.POSITIVE_INFINITY;
}
