import { logM } from '../stats/counts.js';
import { opensUnit } from '../stats/dead-time.js';
import { MIN_RATIO, RHO_KNOWN, RHO_KNOWN_NOISY } from './constants.js';
import type { DropEdge, Evidence } from './from-journal.js';
import type { SourceLanes } from './lane-sources.js';
import type { SourceFailure } from './looks.js';
import { countWithin, edgeText, type DropSeries } from './observed.js';

/** An old signal has fallen when its rate after is at most this part of the one before. */
const FALLEN = 0.5;

/** Units and exposures (windows) before the restart and since it settled. */
interface Comparison {
  nb: number;
  eb: number;
  na: number;
  ea: number;
}

/**
 * The signals whose fall explains this rise: the same sources were dropped on the same edges by another name before, and both together are
 * no more frequent than they were. Empty when nothing explains it. (A new Cilium that tells a reason more precisely, say.)
 */
export function renamedFrom(
  failure: SourceFailure,
  limit: number,
  evidence: Evidence,
  sources: SourceLanes,
  episodeMs: number,
): number[] {
  const { observed } = evidence;
  const sum: Comparison = { nb: 0, eb: 0, na: 0, ea: 0 };
  const found = new Set<number>();
  const own = observed.signals[failure.signal];
  if (own === undefined) return [];
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
    add(sum, unitsOf(now, failure.signal), true);
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
      if (units.nb === 0 || units.na / units.ea > FALLEN * (units.nb / units.eb)) return;
      found.add(signal);
      add(sum, units, false);
    });
  }
  if (found.size === 0) return [];
  const noisy = own.noisy || [...found].some((signal) => observed.signals[signal]?.noisy === true);
  const rho = noisy ? RHO_KNOWN_NOISY : RHO_KNOWN;
  const hasRisen =
    sum.na * sum.eb >= MIN_RATIO * sum.nb * sum.ea &&
    logM(sum.nb, sum.eb, sum.na, sum.ea, rho, failure.evidence.phi) >= limit;
  return hasRisen ? [] : [...found].sort((a, b) => a - b);
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
