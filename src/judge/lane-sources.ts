import { logM } from '../stats/counts.js';
import { singletonUnits } from '../stats/good-turing.js';
import { phiOfUnits, PRIOR_PHI, PRIOR_PHI_NOISY } from '../stats/dispersion.js';
import { stillOnAt } from '../stats/still-on.js';
import { logThreshold } from '../stats/thresholds.js';
import { trendFactor } from '../stats/trend.js';
import {
  BLOCK_MS,
  HELD_LOG_E,
  HELD_UNITS,
  LANE_WEIGHT,
  MIN_RATIO,
  MIN_UNITS_KNOWN,
  MIN_UNITS_NEW,
  MOVE_OVERLAP_MS,
  NEW_SOURCE_DEAD_MS,
  NODE_PART,
  PHI_NEW,
  RHO_KNOWN,
  RHO_KNOWN_NOISY,
  RHO_NEW,
  RHO_NEW_SOAK,
  SEEN_BEFORE_PART,
  VISIT_MS,
} from './constants.js';
import { countWithin, lowerBound, type DropSeries, type MethodTimes, type Observed } from './observed.js';
import {
  controlsOf,
  difference,
  firstSeenAnywhere,
  openings,
  scaledExposures,
  signalShares,
  unitsPerBlock,
  type Controls,
} from './source-counts.js';

/** A comparison of units (episodes) at one look. Exposures are in windows. */
export interface SourceEvidence {
  readonly nb: number;
  readonly eb: number;
  readonly na: number;
  readonly ea: number;
  readonly rho: number;
  readonly phi: number;
  /** Trend of the controls, and units that moved sources brought along. */
  readonly trend: number;
  readonly donor: number;
  readonly logE: number;
  readonly limit: number;
  readonly watch: number;
  readonly fails: boolean;
  readonly watched: boolean;
}

/** Everything about the drops of one signal on one node that the lanes read. */
interface SignalOnNode {
  readonly series: readonly DropSeries[];
  /** Windows that open a unit, over all sources; of known and of new sources apart, for each restart. */
  readonly units: readonly number[];
  readonly known: readonly (readonly number[])[];
  readonly fresh: readonly (readonly number[])[];
  /** Distinct (source, window) pairs, for `still on`. */
  readonly knownActivity: readonly (readonly number[])[];
  readonly freshActivity: readonly (readonly number[])[];
  readonly donor: number;
}

/** Lanes B and C: drops from sources that never had any, and drops that became more frequent. */
export class SourceLanes {
  readonly #observed: Observed;
  readonly #times: MethodTimes;
  readonly #alpha: number;
  readonly #reserve: number;
  readonly #onNode: readonly (readonly SignalOnNode[])[];
  readonly #phi: readonly number[];
  readonly #singletons: readonly number[];
  /** First restart of all, in windows: the end of the common baseline. */
  readonly #common: number;
  /** Visible windows of each node before each window, each scaled by the growth of traffic at its time. */
  readonly #scaledBefore: readonly Float64Array[];
  readonly #signalShare: readonly number[];
  readonly #expected: number;
  readonly #withUnits: number;
  readonly #soakWithUnits: number;
  readonly #controls: readonly Controls[];
  readonly #unitsBeforeDown = new Map<DropSeries, number>();

  constructor(observed: Observed, times: MethodTimes, alpha: number, reserve: number, episodeMs: number) {
    this.#observed = observed;
    this.#times = times;
    this.#alpha = alpha;
    this.#reserve = reserve;
    const downs = observed.nodes.map((node) => node.segments[0]?.down ?? observed.length);
    this.#common = Math.min(observed.length, ...downs);
    this.#scaledBefore = scaledExposures(observed, this.#common);

    const firstSeen = firstSeenAnywhere(observed);
    const bySignal = observed.signals.map((): DropSeries[] => []);
    for (const one of observed.drops) bySignal[one.signal]?.push(one);
    this.#onNode = observed.nodes.map((_, node) =>
      bySignal.map((drops, signal) => this.#describe(node, signal, drops, episodeMs, firstSeen)),
    );
    this.#controls = observed.signals.map((_, signal) =>
      controlsOf(observed, this.#common, (node) => this.#onNode[node]?.[signal]?.units ?? []),
    );
    this.#phi = observed.signals.map((signal, index) => {
      const perBlock = Math.max(1, Math.round(BLOCK_MS / observed.windowMs));
      const blocks = observed.nodes.map((__, node) =>
        unitsPerBlock(this.#onNode[node]?.[index]?.units ?? [], this.#common, perBlock),
      );
      return phiOfUnits(blocks, signal.noisy ? PRIOR_PHI_NOISY : PRIOR_PHI).phi;
    });
    this.#singletons = bySignal.map((drops) => this.#singletonUnits(drops));
    this.#signalShare = signalShares(observed);
    this.#expected = Math.max(1, observed.nodes.filter((node) => node.expected).length);
    let withUnits = 0;
    let soakWithUnits = 0;
    observed.signals.forEach((__, signal) => {
      const nodes = observed.nodes.filter((___, node) => this.#unitsBefore(node, signal) > 0).length;
      withUnits += nodes;
      if (nodes > 0) soakWithUnits += 1;
    });
    this.#withUnits = withUnits;
    this.#soakWithUnits = soakWithUnits;
  }

  /** Lane B on one node: new sources of a signal. */
  newSources(node: number, segment: number, signal: number, look: number): SourceEvidence | undefined {
    const on = this.#onNode[node]?.[signal];
    const bounds = this.#observed.nodes[node]?.segments[segment];
    const units = on?.fresh[segment];
    if (on === undefined || bounds === undefined || units === undefined || units.length === 0) return undefined;
    const end = Math.min(look + 1, bounds.end);
    const na = countWithin(units, bounds.after, end);
    const nb = this.#singletons[signal] ?? 0;
    const eb = this.#observed.nodes.length * this.#common;
    const ea = this.#scaled(node, bounds.after, end);
    // No evidence is to be had below the rate that is allowed: most looks end here.
    if (na < MIN_UNITS_NEW || na * eb <= RHO_NEW * nb * ea) return undefined;
    const weight = LANE_WEIGHT.newSources * NODE_PART * this.#nodeShare(node) * (this.#signalShare[signal] ?? 0);
    return this.#decide({
      nb,
      eb,
      na,
      ea,
      rho: RHO_NEW,
      phi: PHI_NEW,
      trend: 1,
      donor: 0,
      weight,
      on: this.#isOn(node, on.freshActivity[segment] ?? [], bounds.after, end),
      held: this.#heldUnits(node, units, bounds.after, end),
    });
  }

  /** Lane B over all restarted nodes. */
  newSourcesInSoak(signal: number, look: number): SourceEvidence | undefined {
    const sum = this.#sumNodes(signal, look, 'fresh');
    if (sum === undefined || sum.na < MIN_UNITS_NEW) return undefined;
    return this.#decide({
      nb: this.#singletons[signal] ?? 0,
      eb: this.#observed.nodes.length * this.#common,
      na: sum.na,
      ea: sum.ea,
      rho: RHO_NEW_SOAK,
      phi: PHI_NEW,
      trend: 1,
      donor: 0,
      weight: LANE_WEIGHT.newSources * (1 - NODE_PART) * (this.#signalShare[signal] ?? 0),
      on: true,
      held: sum.held,
    });
  }

  /** Lane C on one node: known sources of a signal. */
  knownSources(node: number, segment: number, signal: number, look: number): SourceEvidence | undefined {
    const on = this.#onNode[node]?.[signal];
    const bounds = this.#observed.nodes[node]?.segments[segment];
    if (on === undefined || bounds === undefined) return undefined;
    const end = Math.min(look + 1, bounds.end);
    const units = on.known[segment] ?? [];
    const na = countWithin(units, bounds.after, end);
    const nb = this.#unitsBefore(node, signal) + on.donor;
    const down = this.#observed.nodes[node]?.segments[0]?.down ?? 0;
    // A trend only raises what is asked: most looks end here.
    if (na < MIN_UNITS_KNOWN) return undefined;
    if (na * this.#exposure(node, 0, down) < MIN_RATIO * nb * this.#scaled(node, bounds.after, end)) return undefined;
    return this.known(node, segment, signal, look);
  }

  /** The same without its minimum of units: what the numbers are. */
  known(node: number, segment: number, signal: number, look: number): SourceEvidence | undefined {
    const on = this.#onNode[node]?.[signal];
    const bounds = this.#observed.nodes[node]?.segments[segment];
    const first = this.#observed.nodes[node]?.segments[0];
    if (on === undefined || bounds === undefined || first === undefined) return undefined;
    const end = Math.min(look + 1, bounds.end);
    const units = on.known[segment] ?? [];
    const trend = this.#trend(node, segment, signal, look);
    const noisy = this.#observed.signals[signal]?.noisy === true;
    const before = this.#unitsBefore(node, signal);
    const part = LANE_WEIGHT.knownSources * NODE_PART;
    const weight =
      before > 0
        ? (part * SEEN_BEFORE_PART * (1 - this.#reserve)) / Math.max(1, this.#withUnits)
        : part * (1 - SEEN_BEFORE_PART) * this.#nodeShare(node) * (this.#signalShare[signal] ?? 0);
    const eb = this.#exposure(node, 0, first.down);
    const ea = this.#scaled(node, bounds.after, end);
    const na = countWithin(units, bounds.after, end);
    const nb = before + on.donor;
    const ratio = nb > 0 && ea > 0 && eb > 0 ? na / ea / (nb / eb) / trend : Number.POSITIVE_INFINITY;
    return this.#decide({
      nb,
      eb,
      na,
      ea,
      rho: (noisy ? RHO_KNOWN_NOISY : RHO_KNOWN) * trend,
      phi: this.#phi[signal] ?? 1,
      trend,
      donor: on.donor,
      weight: weight / (this.#observed.nodes[node]?.segments.length ?? 1),
      on:
        na >= MIN_UNITS_KNOWN &&
        ratio >= MIN_RATIO &&
        this.#isOn(node, on.knownActivity[segment] ?? [], bounds.after, end),
      held: this.#heldUnits(node, units, bounds.after, end),
    });
  }

  /** Lane C over all restarted nodes. */
  knownSourcesInSoak(signal: number, look: number): SourceEvidence | undefined {
    const sum = this.#sumNodes(signal, look, 'known');
    if (sum === undefined || sum.na < MIN_UNITS_KNOWN) return undefined;
    const noisy = this.#observed.signals[signal]?.noisy === true;
    const part = LANE_WEIGHT.knownSources * (1 - NODE_PART);
    const weight =
      sum.before > 0
        ? (part * SEEN_BEFORE_PART) / Math.max(1, this.#soakWithUnits)
        : part * (1 - SEEN_BEFORE_PART) * (this.#signalShare[signal] ?? 0);
    const ratio = sum.nb > 0 && sum.eb > 0 ? sum.na / sum.ea / (sum.nb / sum.eb) / sum.trend : Number.POSITIVE_INFINITY;
    if (ratio < MIN_RATIO) return undefined;
    return this.#decide({
      nb: sum.nb,
      eb: sum.eb,
      na: sum.na,
      ea: sum.ea,
      rho: (noisy ? RHO_KNOWN_NOISY : RHO_KNOWN) * sum.trend,
      phi: this.#phi[signal] ?? 1,
      trend: sum.trend,
      donor: sum.nb - sum.before,
      weight,
      on: true,
      held: sum.held,
    });
  }

  /** Unit openings and series of a signal on a node, for the findings. */
  describe(node: number, signal: number): SignalOnNode | undefined {
    return this.#onNode[node]?.[signal];
  }

  /** Numbers of lane B for a node, minimum or not. */
  fresh(
    node: number,
    segment: number,
    signal: number,
    look: number,
  ): { nb: number; eb: number; na: number; ea: number; logE: number } {
    const bounds = this.#observed.nodes[node]?.segments[segment];
    const units = this.#onNode[node]?.[signal]?.fresh[segment] ?? [];
    const nb = this.#singletons[signal] ?? 0;
    const eb = this.#observed.nodes.length * this.#common;
    if (bounds === undefined) return { nb, eb, na: 0, ea: 0, logE: 0 };
    const end = Math.min(look + 1, bounds.end);
    const na = countWithin(units, bounds.after, end);
    const ea = this.#scaled(node, bounds.after, end);
    return { nb, eb, na, ea, logE: logM(nb, eb, na, ea, RHO_NEW, PHI_NEW) };
  }

  #decide(look: {
    nb: number;
    eb: number;
    na: number;
    ea: number;
    rho: number;
    phi: number;
    trend: number;
    donor: number;
    weight: number;
    on: boolean;
    held: { units: number; exposure: number; windows: number };
  }): SourceEvidence {
    const { nb, eb, na, ea, rho, phi, trend, donor, weight, held } = look;
    const logE = eb > 0 && ea > 0 ? logM(nb, eb, na, ea, rho, phi) : 0;
    const limit = logThreshold(this.#alpha, weight);
    const watch = -Math.log(weight);
    const isHeld = () =>
      held.units >= HELD_UNITS &&
      held.windows >= this.#times.heldExposure &&
      eb > 0 &&
      logM(nb, eb, held.units, held.exposure, rho, phi) >= HELD_LOG_E;
    return {
      nb,
      eb,
      na,
      ea,
      rho,
      phi,
      trend,
      donor,
      logE,
      limit,
      watch,
      fails: logE >= limit && look.on && isHeld(),
      watched: logE >= watch && look.on,
    };
  }

  #nodeShare(node: number): number {
    const known = this.#observed.nodes[node];
    if (known === undefined) return 0;
    const others = Math.max(1, this.#observed.nodes.length - this.#expected);
    const share = known.expected ? (1 - this.#reserve) / this.#expected : this.#reserve / others;
    return share / Math.max(1, known.segments.length);
  }

  /** Visible windows in [from, to). */
  #exposure(node: number, from: number, to: number): number {
    return difference(this.#observed.nodes[node]?.visibleBefore, from, to);
  }

  /** Visible windows in [from, to), each scaled by the growth of traffic. */
  #scaled(node: number, from: number, to: number): number {
    return difference(this.#scaledBefore[node], from, to);
  }

  #trend(node: number, segment: number, signal: number, look: number): number {
    const after = this.#observed.nodes[node]?.segments[segment]?.after;
    const controls = this.#controls[signal];
    if (after === undefined || controls === undefined) return 1;
    return trendFactor(
      difference(controls.seen, after + 1, look + 1),
      difference(controls.expected, after + 1, look + 1),
    );
  }

  #unitsBefore(node: number, signal: number): number {
    const down = this.#observed.nodes[node]?.segments[0]?.down ?? this.#observed.length;
    return countWithin(this.#onNode[node]?.[signal]?.units ?? [], 0, down);
  }

  #isOn(node: number, activity: readonly number[], from: number, to: number): boolean {
    const last = Math.min(to, this.#observed.length) - from - 1;
    if (last < 0) return true;
    const sums = {
      events: (i: number) => countWithin(activity, from, from + i + 1),
      exposure: (i: number) => this.#exposure(node, from, from + i + 1),
    };
    return stillOnAt(sums, last, { share: 0.6, minWindows: this.#times.minute, minExpected: 3 });
  }

  #heldUnits(node: number, units: readonly number[], after: number, end: number) {
    const from = after + this.#times.heldFrom;
    const windows = this.#exposure(node, from, end);
    return { units: countWithin(units, from, end), exposure: this.#scaled(node, from, end), windows };
  }

  #sumNodes(signal: number, look: number, which: 'known' | 'fresh') {
    const sum = { na: 0, ea: 0, nb: 0, eb: 0, before: 0, trend: 0, held: { units: 0, exposure: 0, windows: 0 } };
    let nodes = 0;
    this.#observed.nodes.forEach((node, index) => {
      node.segments.forEach((segment, k) => {
        const end = Math.min(look + 1, segment.end);
        if (end <= segment.after) return;
        const on = this.#onNode[index]?.[signal];
        if (on === undefined) return;
        const activity = (which === 'known' ? on.knownActivity : on.freshActivity)[k] ?? [];
        if (!this.#isOn(index, activity, segment.after, end)) return;
        const units = on[which][k] ?? [];
        const held = this.#heldUnits(index, units, segment.after, end);
        nodes += 1;
        sum.na += countWithin(units, segment.after, end);
        sum.ea += this.#scaled(index, segment.after, end);
        const before = this.#unitsBefore(index, signal);
        sum.before += before;
        sum.nb += before + on.donor;
        sum.eb += this.#exposure(index, 0, node.segments[0]?.down ?? 0);
        sum.trend += which === 'known' ? this.#trend(index, k, signal, look) : 1;
        sum.held.units += held.units;
        sum.held.exposure += held.exposure;
        sum.held.windows = Math.max(sum.held.windows, held.windows);
      });
    });
    return nodes === 0 ? undefined : { ...sum, trend: sum.trend / nodes };
  }

  #describe(
    node: number,
    signal: number,
    drops: readonly DropSeries[],
    episodeMs: number,
    firstSeen: ReadonlyMap<string, number>,
  ): SignalOnNode {
    const { windowMs, nodes, signals } = this.#observed;
    const series = drops.filter((one) => one.node === node);
    const noisy = signals[signal]?.noisy === true;
    const gap = Math.max(1, Math.round(((noisy ? 2 : 1) * episodeMs) / windowMs));
    const deadNew = Math.max(1, Math.round(NEW_SOURCE_DEAD_MS / windowMs));
    const segments = nodes[node]?.segments ?? [];
    const units: number[] = [];
    const known = segments.map((): number[] => []);
    const fresh = segments.map((): number[] => []);
    const knownActivity = segments.map((): number[] => []);
    const freshActivity = segments.map((): number[] => []);
    for (const one of series) {
      const opened = openings(one.windows, gap);
      units.push(...opened);
      segments.forEach((segment, k) => {
        const isNew = (firstSeen.get(`${signal}\t${one.source}`) ?? 0) >= (segments[0]?.down ?? 0);
        if (!isNew) {
          known[k]?.push(...opened);
          knownActivity[k]?.push(...one.windows);
        } else {
          const harmful = one.harmful.filter((window) => window >= segment.down);
          fresh[k]?.push(...openings(harmful, deadNew));
          freshActivity[k]?.push(...harmful);
        }
      });
    }
    const ascending = (a: number, b: number) => a - b;
    for (const list of [units, ...known, ...fresh, ...knownActivity, ...freshActivity]) list.sort(ascending);
    return { series, units, known, fresh, knownActivity, freshActivity, donor: this.#donor(node, series, drops, gap) };
  }

  /** Units that sources brought along from the node on which they had their baseline; `drops` are all of the signal. */
  #donor(node: number, series: readonly DropSeries[], drops: readonly DropSeries[], gap: number): number {
    const { nodes, windowMs } = this.#observed;
    const [segment] = nodes[node]?.segments ?? [];
    if (segment === undefined) return 0;
    const { down, after } = segment;
    const overlap = Math.round(MOVE_OVERLAP_MS / windowMs);
    const movers = new Map(
      series.filter((here) => (here.windows.at(-1) ?? 0) >= after).map((here) => [here.source, here]),
    );
    let donor = 0;
    for (const there of drops) {
      const here = movers.get(there.source);
      if (here === undefined || there.node === node) continue;
      const first = here.windows[0] ?? 0;
      const left = there.windows.at(-1) ?? 0;
      if ((there.windows[0] ?? 0) >= first) continue;
      const own = this.#unitsUntil(here, gap, down);
      if (own > 0 && left > first + overlap) continue;
      const until = nodes[there.node]?.segments[0]?.down ?? this.#observed.length;
      const units = this.#unitsUntil(there, gap, until);
      if (units > 0) donor += Math.max(0, (units / Math.max(1, until)) * down - own);
    }
    return donor;
  }

  /** Units of a series before the first restart of its node. */
  #unitsUntil(one: DropSeries, gap: number, down: number): number {
    let units = this.#unitsBeforeDown.get(one);
    if (units === undefined) this.#unitsBeforeDown.set(one, (units = countWithin(openings(one.windows, gap), 0, down)));
    return units;
  }

  /** Units in the common baseline of sources that came by exactly once, wherever they were seen. */
  #singletonUnits(drops: readonly DropSeries[]): number {
    const { windowMs } = this.#observed;
    const sources = new Map<string, number[]>();
    for (const one of drops) {
      const before = one.windows.slice(0, lowerBound(one.windows, this.#common));
      if (before.length > 0) sources.set(one.source, [...(sources.get(one.source) ?? []), ...before]);
    }
    const windows = (ms: number) => Math.max(1, Math.round(ms / windowMs));
    return singletonUnits(
      [...sources.values()].map((seen) => seen.sort((a, b) => a - b)),
      windows(NEW_SOURCE_DEAD_MS),
      windows(VISIT_MS),
    );
  }
}
