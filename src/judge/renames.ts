import { exactPValue, logM } from '../stats/counts.js';
import { opensUnit } from '../stats/dead-time.js';
import { HELD_LOG_E, MIN_RATIO, RHO_KNOWN, RHO_KNOWN_NOISY } from './constants.js';
import type { DropEdge } from './drop-series.js';
import type { Evidence } from './from-journal.js';
import type { SourceLanes } from './lane-sources.js';
import type { SourceFailure } from './looks.js';
import { countWithin, edgeText, type DropSeries } from './observed.js';

/** An old signal has fallen when its rate after is at most this part of the one before, and that is no chance: */
const FALLEN = 0.5;
/** p-value of the fall, shared among all signals that may have fallen. */
const FALL_BY_CHANCE = 0.01;

/** A rise that is another name of what was dropped before, with the numbers of both names together. Exposures are in windows. */
export interface Rename {
  readonly failure: SourceFailure;
  /** The signals that fell. */
  readonly from: readonly number[];
  /** Units of the old names alone, and of all names, before and after. */
  readonly old: Comparison;
  readonly all: Comparison;
  readonly rho: number;
  readonly phi: number;
  readonly logE: number;
  readonly limit: number;
}

/** Units and exposures (windows) before the restart and since it settled. */
export interface Comparison {
  nb: number;
  eb: number;
  na: number;
  ea: number;
}

/**
 * Does the fall of other signals explain this rise? The same sources were dropped on the same edges by another name before, and both
 * together are no more frequent than they were. undefined when nothing explains it. (A new Cilium that tells a reason more precisely, say.)
 */
export function renamedFrom(
  failure: SourceFailure,
  limit: number,
  evidence: Evidence,
  sources: SourceLanes,
  episodeMs: number,
): Rename | undefined {
  const { observed } = evidence;
  const sum: Comparison = { nb: 0, eb: 0, na: 0, ea: 0 };
  const old: Comparison = { nb: 0, eb: 0, na: 0, ea: 0 };
  const found = new Set<number>();
  /** How much more frequent the old names became on nodes not yet restarted: the new name has no such controls. */
  let trend = 1;
  const own = observed.signals[failure.signal];
  if (own === undefined) return undefined;
  const nodes = 'node' in failure ? [failure.node] : observed.nodes.map((_, node) => node);
  for (const node of nodes) {
    const sides = sources.known(node, 0, failure.signal, observed.length - 1);
    const [segment] = observed.nodes[node]?.segments ?? [];
    if (sides === undefined || segment === undefined || sides.ea <= 0 || sides.eb <= 0) continue;
    const now = sources.describe(node, failure.signal)?.series ?? [];
    const gapOf = (signal: number) =>
      Math.max(1, Math.round(((observed.signals[signal]?.noisy === true ? 2 : 1) * episodeMs) / observed.windowMs));
    const unitsOf = (series: readonly DropSeries[], signal: number): Comparison => {
      const units = { nb: 0, eb: sides.eb, na: 0, ea: sides.ea };
      for (const { windows } of series) {
        const opens = opensUnit(windows, gapOf(signal));
        const opened = windows.filter((_, i) => opens[i] === true);
        units.nb += countWithin(opened, 0, segment.down);
        units.na += countWithin(opened, segment.after, observed.length);
      }
      return units;
    };
    const risen = unitsOf(now, failure.signal);
    if (risen.na === 0) continue;
    add(sum, risen, true);
    const edges = evidence.dropEdges.filter((one) => one.node === node);
    observed.signals.forEach((_, signal) => {
      if (signal === failure.signal) return;
      const shared = sharedSources(edges, signal, failure.signal, segment);
      const then = (sources.describe(node, signal)?.series ?? []).filter(({ source }) =>
        // Reserved identities are sources by address; their edges have the bare name.
        shared.has(source.split('@', 1)[0] ?? source),
      );
      if (then.length === 0) return;
      const units = unitsOf(then, signal);
      if (!hasFallen(units, observed.signals.length - 1)) return;
      found.add(signal);
      trend = Math.max(trend, sources.known(node, 0, signal, observed.length - 1)?.trend ?? 1);
      add(sum, units, false);
      add(old, units, false);
    });
  }
  if (found.size === 0) return undefined;
  const noisy = own.noisy || [...found].some((signal) => observed.signals[signal]?.noisy === true);
  const rho = (noisy ? RHO_KNOWN_NOISY : RHO_KNOWN) * trend;
  const { phi } = failure.evidence;
  const logE = logM(sum.nb, sum.eb, sum.na, sum.ea, rho, phi);
  // A true rename is no rise, so that it gets this far with a chance of one in a hundred: the burden lies with the explanation.
  const bound = Math.min(limit, HELD_LOG_E);
  if (sum.na * sum.eb >= MIN_RATIO * trend * sum.nb * sum.ea && logE >= bound) return undefined;
  const from = [...found].sort((a, b) => a - b);
  return { failure, from, old: { ...old, eb: sum.eb, ea: sum.ea }, all: sum, rho, phi, logE, limit: bound };
}

/** @param signals number of signals of which some will have fallen by chance. */
function hasFallen({ nb, eb, na, ea }: Comparison, signals: number): boolean {
  if (nb === 0 || na / ea > FALLEN * (nb / eb)) return false;
  return exactPValue(na, ea, nb, eb) <= FALL_BY_CHANCE / signals;
}

function add(sum: Comparison, one: Comparison, withExposure: boolean): void {
  sum.nb += one.nb;
  sum.na += one.na;
  if (!withExposure) return;
  sum.eb += one.eb;
  sum.ea += one.ea;
}

/** Sources that one signal hit before the restart on an edge that the other one hits after it. */
function sharedSources(
  dropEdges: readonly DropEdge[],
  before: number,
  after: number,
  { down, back }: { readonly down: number; readonly back: number },
): Set<string> {
  const edges = new Set<string>();
  for (const one of dropEdges)
    if (one.signal === after && (one.windows.at(-1) ?? -1) >= back) edges.add(edgeText(one.edge));
  const found = new Set<string>();
  for (const one of dropEdges)
    if (one.signal === before && (one.windows[0] ?? down) < down && edges.has(edgeText(one.edge)))
      found.add(one.edge.src);
  return found;
}
