/** What a look at a path asks beyond its sums: may it ever tell anything, and is it the path that is hurt? */
import { CONTROL_TRIALS, MIN_ADDED, MIN_FAILED, MIX, WIDE_LOG_E } from './constants.js';
import { logEOf, mixOf } from './edge-evidence.js';
import type { EdgePath, PathSums } from './edge-paths.js';
import { addedShare, addUp, sumUntil, type EdgeSeries } from './edge-series.js';
import type { Observed } from './observed.js';
import { controlsOf } from './path-controls.js';

/**
 * Can a path ever be worth watching? Its evidence is greatest just behind a failing slot, and another mix of its edges only lowers it, so
 * that most paths are known to tell nothing before their sums are made.
 * @param watch ln(1 / weight).
 */
export function mayTell({ edges }: EdgePath, watch: number, phi: number): boolean {
  const failing = new Set<number>();
  for (const { slots, failed } of edges)
    for (const { at } of failed.each(slots.length)) failing.add((slots[at] ?? 0) + 1);
  for (const horizon of failing) {
    const { before, after } = addUp(edges, (one) => sumUntil(one, horizon));
    if (after.failed < MIN_FAILED || addedShare(before, after) < MIN_ADDED) continue;
    if (logEOf(before, after, MIX, phi) >= watch) return true;
  }
  return false;
}

/** Is it the path that is hurt, and no destination by itself? */
export function isOfPath(
  path: EdgePath,
  horizon: number,
  { observed, paths, phi }: { readonly observed: Observed; readonly paths: PathSums; readonly phi: number },
): boolean {
  const { node, segment, way } = path;
  if (way.kind !== 'destination') {
    const others = paths.withoutWorst(path).kept(horizon);
    return others !== undefined && logEOf(others.before, others.after, mixOf(others), phi) >= WIDE_LOG_E;
  }
  if (!isWide(path, horizon, phi)) return false;
  const down = observed.nodes[node]?.segments[segment]?.down ?? 0;
  const elsewhere = controlsOf(observed, way.destination, node, down, horizon);
  const { after } = paths.tally(path).kept(horizon) ?? { after: { failed: 0, trials: 0 } };
  return elsewhere.trials >= CONTROL_TRIALS && 4 * elsewhere.failed * after.trials <= after.failed * elsewhere.trials;
}

/** Do the edges of a path tell of it without the one that tells most? One caller alone may have broken by itself. */
function isWide({ edges }: EdgePath, horizon: number, phi: number): boolean {
  const excess = (one: EdgeSeries) => {
    const { failed, trials } = sumUntil(one, horizon);
    return failed - (one.before.trials > 0 ? (trials * one.before.failed) / one.before.trials : 0);
  };
  const worst = edges.reduce((most, one) => (excess(one) > excess(most) ? one : most));
  const { before, after } = addUp(
    edges.filter((one) => one !== worst),
    (one) => sumUntil(one, horizon),
  );
  return after.failed > 0 && logEOf(before, after, MIX, phi) >= WIDE_LOG_E;
}
