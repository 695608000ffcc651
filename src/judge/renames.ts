import { exactPValue, logM } from '../stats/counts.js';
import { MIN_RATIO, RHO_KNOWN, RHO_KNOWN_NOISY } from './constants.js';
import type { Evidence } from './from-journal.js';
import type { SourceLanes } from './lane-sources.js';
import type { SourceFailure } from './looks.js';
import { countWithin, type DropSeries, type Observed } from './observed.js';
import { episodeWindows, openings } from './source-counts.js';

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
 * Does the fall of other signals explain this rise? The same sources were dropped by another name before, and both together are no more
 * frequent than they were. undefined when nothing explains it. (A new Cilium that tells a reason more precisely, say.)
 *
 * A new name comes with the new agent, so that the old one falls on all restarted nodes that show the new one: whether it has fallen is asked
 * of all of them together, whether both together have risen of the node that failed (or of all, where the soak did).
 */
export function renamedFrom(
  failure: SourceFailure,
  limit: number,
  evidence: Evidence,
  sources: SourceLanes,
  episodeMs: number,
): Rename | undefined {
  const { observed } = evidence;
  const own = observed.signals[failure.signal];
  if (own === undefined) return undefined;
  const hit = sourcesSince(failure.signal, observed, sources);
  const shown = observed.nodes.flatMap(
    (_, node) => namesOn(node, failure.signal, hit, observed, sources, episodeMs) ?? [],
  );
  const from = observed.signals.flatMap((_, signal) => {
    if (signal === failure.signal) return [];
    const all = total(shown.flatMap(({ old }) => old.get(signal) ?? []));
    return hasFallen(all, observed.signals.length - 1) ? [signal] : [];
  });
  const here = 'node' in failure ? shown.filter(({ node }) => node === failure.node) : shown;
  if (from.length === 0 || here.length === 0) return undefined;
  // The new name has no controls of its own: what the old ones show on nodes not yet restarted goes for both.
  const trend = Math.max(
    1,
    ...here.flatMap(({ node }) =>
      from.map((signal) => sources.known(node, 0, signal, observed.length - 1)?.trend ?? 1),
    ),
  );
  const noisy = own.noisy || from.some((signal) => observed.signals[signal]?.noisy === true);
  const rho = (noisy ? RHO_KNOWN_NOISY : RHO_KNOWN) * trend;
  const { phi } = failure.evidence;
  const explained = ({ old, all }: Pick<Rename, 'old' | 'all'>): Rename | undefined => {
    const logE = logM(all.nb, all.eb, all.na, all.ea, rho, phi);
    const hasRisen = all.na * all.eb >= MIN_RATIO * trend * all.nb * all.ea;
    return hasRisen && logE >= limit ? undefined : { failure, from, old, all, rho, phi, logE, limit };
  };
  const pooled = bothNames(shown, from);
  const alone = bothNames(here, from);
  // Both together are judged as any known drop is: against the node's own past, or, as that may be short of units, against all nodes'.
  const { nb, eb } = pooled.all;
  return explained(alone) ?? (explained(pooled) && explained({ old: alone.old, all: { ...alone.all, nb, eb } }));
}

/** Windows that open a unit of a signal, over some of its series. */
function opened(series: readonly DropSeries[], signal: number, observed: Observed, episodeMs: number): number[] {
  const gap = episodeWindows(observed.signals[signal], episodeMs, observed.windowMs);
  return series.flatMap(({ windows }) => openings(windows, gap)).sort((a, b) => a - b);
}

/** Units of the old names, and of all names together, on some nodes. */
function bothNames(some: readonly Names[], from: readonly number[]): Pick<Rename, 'old' | 'all'> {
  const now = total(some.map((one) => one.now));
  const fallen = total(some.flatMap(({ old }) => from.flatMap((signal) => old.get(signal) ?? [])));
  return {
    old: { ...fallen, eb: now.eb, ea: now.ea },
    all: { ...now, nb: now.nb + fallen.nb, na: now.na + fallen.na },
  };
}

/** Units of a name on a node that shows it since its restart, and those of other names that hit the same sources. */
interface Names {
  readonly node: number;
  readonly now: Comparison;
  readonly old: ReadonlyMap<number, Comparison>;
}

/** Sources that a signal hits since the restart of their node: drops that are rare seldom hit the same one on the same node again. */
function sourcesSince(signal: number, observed: Observed, sources: SourceLanes): Set<string> {
  const hit = new Set<string>();
  observed.nodes.forEach(({ segments: [first] }, node) => {
    if (first === undefined) return;
    for (const { windows, source } of sources.describe(node, signal)?.series ?? [])
      if ((windows.at(-1) ?? -1) >= first.back) hit.add(source);
  });
  return hit;
}

function namesOn(
  node: number,
  signal: number,
  hit: ReadonlySet<string>,
  observed: Observed,
  sources: SourceLanes,
  episodeMs: number,
): Names | undefined {
  const sides = sources.known(node, 0, signal, observed.length - 1);
  const [segment] = observed.nodes[node]?.segments ?? [];
  if (sides === undefined || segment === undefined || sides.ea <= 0 || sides.eb <= 0) return undefined;
  const unitsOf = (series: readonly DropSeries[], of: number): Comparison => {
    const units = opened(series, of, observed, episodeMs);
    return {
      nb: countWithin(units, 0, segment.down),
      eb: sides.eb,
      na: countWithin(units, segment.after, observed.length),
      ea: sides.ea,
    };
  };
  const series = sources.describe(node, signal)?.series ?? [];
  const now = unitsOf(series, signal);
  if (now.na === 0) return undefined;
  const old = new Map<number, Comparison>();
  observed.signals.forEach((_, other) => {
    if (other === signal) return;
    const same = (sources.describe(node, other)?.series ?? []).filter(({ source }) => hit.has(source));
    if (same.length > 0) old.set(other, unitsOf(same, other));
  });
  return { node, now, old };
}

function total(some: readonly Comparison[]): Comparison {
  const sum: Comparison = { nb: 0, eb: 0, na: 0, ea: 0 };
  for (const one of some) {
    sum.nb += one.nb;
    sum.eb += one.eb;
    sum.na += one.na;
    sum.ea += one.ea;
  }
  return sum;
}

/** @param signals number of signals of which some will have fallen by chance. */
function hasFallen({ nb, eb, na, ea }: Comparison, signals: number): boolean {
  if (nb === 0 || na / ea > FALLEN * (nb / eb)) return false;
  return exactPValue(na, ea, nb, eb) <= FALL_BY_CHANCE / signals;
}
