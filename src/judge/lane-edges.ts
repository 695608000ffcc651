import { logEFail } from '../stats/attempts.js';
import { phiOfTrials } from '../stats/dispersion.js';
import { stillOnAt } from '../stats/still-on.js';
import { logThreshold } from '../stats/thresholds.js';
import { Ambient } from './ambient.js';
import {
  CONTROL_TRIALS,
  HELD_LOG_E,
  MIN_ADDED,
  MIN_FAILED,
  MIN_FAILED_SOAK,
  MIX,
  STRONG_SHARE,
  WIDE_LOG_E,
} from './constants.js';
import {
  addedShare,
  addUp,
  baselinesOf,
  onceEach,
  seriesOf,
  sumBetween,
  sumUntil,
  type EdgeSeries,
  type Trials,
} from './edge-series.js';
import { PathSums, type EdgePath } from './edge-paths.js';
import type { EdgeSums, Looks } from './edge-table.js';
import { EdgeTally } from './edge-tally.js';
import { ATTEMPTS, type LanePlan, type Objection } from './lane-plan.js';
import { lowerBound, SLOT, type MethodTimes, type Observed } from './observed.js';
import { controlsOf } from './path-controls.js';
import { Restarts } from './restarts.js';
import { soakSums } from './soak-sums.js';

/** A comparison of edges at one look: what was before, what is after, and how much it says. */
export interface EdgeEvidence {
  readonly before: Trials;
  readonly after: Trials;
  /** Added failing share. */
  readonly added: number;
  readonly logE: number;
  readonly limit: number;
  /** ln(1 / weight): from here on it is worth watching. */
  readonly watch: number;
  readonly fails: boolean;
  readonly watched: boolean;
  readonly phi: number;
  readonly mix: number;
}

/** Trials of edges, compared over the restarts of their nodes: lane A, and the further lanes by plans of their own. */
export class EdgeLane {
  readonly plan: LanePlan;
  readonly series: readonly EdgeSeries[];
  readonly ambient: Ambient;
  readonly phi: number;
  readonly pool: number;
  /** What it judges; its trials are the lane's own. */
  readonly observed: Observed;
  readonly #times: MethodTimes;
  readonly #alpha: number;
  /** Series of each node, of all its restarts. */
  readonly byNode: readonly (readonly EdgeSeries[])[];
  readonly #edgeWeight: Float64Array;
  readonly #nodeWeight: Float64Array;
  /** Known-good series of each node, by restart, once they are asked for. */
  readonly #tallies: (EdgeTally | undefined)[][];
  /** What may be hurt together of a node's edges. */
  readonly paths: PathSums;
  #soak: Looks | undefined;

  /** Set once the series are there, as it looks at them. */
  objection: Objection = () => undefined;

  /** @param part a part of another lane's series, which is judged by itself; without it all series are made of the trials. */
  constructor(
    observed: Observed,
    times: MethodTimes,
    alpha: number,
    reserve: number,
    plan = ATTEMPTS,
    part?: { readonly of: EdgeLane; readonly series: readonly EdgeSeries[] },
  ) {
    this.plan = plan;
    this.observed = observed;
    this.#times = times;
    this.#alpha = alpha;
    this.ambient = part?.of.ambient ?? new Ambient(observed);
    this.series = part?.series ?? allSeries(observed, times, this.ambient);
    const byNode = observed.nodes.map((): EdgeSeries[] => []);
    for (const one of this.series) byNode[one.node]?.push(one);
    this.byNode = byNode;
    const good = this.series.filter((one) => one.knownGood && one.segment === 0);
    const sums = good.reduce((a, { before }) => ({ f: a.f + before.failed, n: a.n + before.trials }), { f: 0, n: 0 });
    this.pool = sums.n > 0 ? sums.f / sums.n : 0;
    this.phi = part?.of.phi ?? plan.baseline?.phi ?? phiOfTrials(baselinesOf(observed, good)).phi;
    this.#tallies = observed.nodes.map(() => []);

    const ofPaths = (plan.parts.path ?? 0) > 0 ? this.series : [];
    this.paths = new PathSums(ofPaths, observed.nodes.length, Math.floor(observed.length / SLOT), this.pool);

    const expected = Math.max(1, observed.nodes.filter((node) => node.expected).length);
    const unexpected = Math.max(1, observed.nodes.length - observed.nodes.filter((node) => node.expected).length);
    this.#nodeWeight = Float64Array.from(observed.nodes, (node) =>
      node.expected ? (1 - reserve) / expected : reserve / unexpected,
    );
    this.#edgeWeight = Float64Array.from(observed.nodes, (_, node) => {
      return (this.#nodeWeight[node] ?? 0) / Math.max(1, this.knownGood(node));
    });
  }

  /** Number of a node's known-good edges, which share its weight. */
  knownGood(node: number): number {
    const told = this.plan.baseline?.edges[node];
    return told ?? (this.byNode[node] ?? []).filter((one) => one.knownGood && one.segment === 0).length;
  }

  /** The slots that are complete when windows up to and including `look` are closed: all before the slot that this gives. */
  horizon(look: number): number {
    return Math.floor((look + 1 - this.observed.graceWindows) / SLOT);
  }

  /** A look at one edge. */
  edge(one: EdgeSeries, look: number): EdgeEvidence | undefined {
    if (!one.knownGood) return undefined;
    const horizon = this.horizon(look);
    const after = sumUntil(one, horizon);
    const added = addedShare(one.before, after);
    if (after.failed < MIN_FAILED || added < this.plan.minAdded) return undefined;
    const { weight: lane, parts } = this.plan;
    const weight = lane * parts.edge * this.#segmentShare(one.node) * (this.#edgeWeight[one.node] ?? 0);
    const isStrongNow = () =>
      this.plan.strong && horizon >= one.strong && isStrong(sumBetween(one, horizon - this.#minuteSlots(), horizon));
    const isHeldNow = () => this.#isHeld(one.before, sumBetween(one, one.held, horizon), MIX, horizon - one.held);
    return this.#decide(
      one.before,
      after,
      added,
      MIX,
      weight,
      () =>
        (isStrongNow() || isHeldNow()) &&
        isOn(one, horizon, this.#minuteSlots()) &&
        this.objection([one], horizon) === undefined,
    );
  }

  /** The first look from `look` on that has another horizon than the one before it: nothing changes in between. */
  nextLook(look: number): number {
    return this.#firstLook(Math.ceil((look + 1 - this.observed.graceWindows) / SLOT));
  }

  /** The first look from `look` on at which an edge can fail at all: its minimum effect is reached. Infinity: at none. */
  nextLookAt(one: EdgeSeries, look: number): number {
    if (!one.knownGood) return Number.POSITIVE_INFINITY;
    const { slots, failed, before } = one;
    let horizon = Math.ceil((look + 1 - this.observed.graceWindows) / SLOT);
    // Failed trials never become fewer, so that before there are enough of them nothing is to be asked.
    let trials = Math.max(lowerBound(slots, horizon), failed.reach(MIN_FAILED));
    for (; trials <= slots.length; trials++) {
      if (trials > 0) horizon = Math.max(horizon, (slots[trials - 1] ?? 0) + 1);
      if (addedShare(before, { failed: failed.of(trials), trials }) >= this.plan.minAdded)
        return this.#firstLook(horizon);
    }
    return Number.POSITIVE_INFINITY;
  }

  #firstLook(horizon: number): number {
    return horizon * SLOT - 1 + this.observed.graceWindows;
  }

  /** A look at one node: all of its known-good edges but those to its worst destination. */
  node(node: number, segment: number, look: number): EdgeEvidence | undefined {
    return this.#ofTally(this.#tally(node, segment), this.plan.parts.node * this.#share(node), look);
  }

  /** A look at one path of a node. */
  path(path: EdgePath, look: number): EdgeEvidence | undefined {
    return this.#ofTally(this.paths.tally(path), this.#pathPart(path), look, (horizon) =>
      this.#isOfPath(path, horizon),
    );
  }

  /**
   * Can a path ever be worth watching? Its evidence is greatest just behind a failing slot, and another mix of its edges only lowers it, so
   * that most paths are known to tell nothing before their sums are made.
   */
  mayTell(path: EdgePath): boolean {
    const { edges } = path;
    const least = -Math.log(this.plan.weight * this.#pathPart(path));
    const failing = new Set<number>();
    for (const { slots, failed } of edges)
      for (const { at } of failed.each(slots.length)) failing.add((slots[at] ?? 0) + 1);
    for (const horizon of failing) {
      const { before, after } = addUp(edges, (one) => sumUntil(one, horizon));
      if (after.failed < MIN_FAILED || addedShare(before, after) < MIN_ADDED) continue;
      if (this.#logE(before, after, MIX) >= least) return true;
    }
    return false;
  }

  #pathPart({ node }: EdgePath): number {
    return ((this.plan.parts.path ?? 0) * this.#share(node)) / Math.max(1, this.paths.count(node));
  }

  /** Is it the path that is hurt, and no destination by itself? */
  #isOfPath(path: EdgePath, horizon: number): boolean {
    const { node, segment, way } = path;
    if (way.kind !== 'destination') {
      const others = this.paths.withoutWorst(path).kept(horizon);
      return others !== undefined && this.#logE(others.before, others.after, mixOf(others)) >= WIDE_LOG_E;
    }
    if (!this.#isWide(path, horizon)) return false;
    const down = this.observed.nodes[node]?.segments[segment]?.down ?? 0;
    const elsewhere = controlsOf(this.observed, way.destination, node, down, horizon);
    const { after } = this.paths.tally(path).kept(horizon) ?? { after: { failed: 0, trials: 0 } };
    return elsewhere.trials >= CONTROL_TRIALS && 4 * elsewhere.failed * after.trials <= after.failed * elsewhere.trials;
  }

  /** Do the edges of a path tell of it without the one that tells most? One caller alone may have broken by itself. */
  #isWide({ edges }: EdgePath, horizon: number): boolean {
    const excess = (one: EdgeSeries) => {
      const { failed, trials } = sumUntil(one, horizon);
      return failed - (one.before.trials > 0 ? (trials * one.before.failed) / one.before.trials : 0);
    };
    const worst = edges.reduce((most, one) => (excess(one) > excess(most) ? one : most));
    const { before, after } = addUp(
      edges.filter((one) => one !== worst),
      (one) => sumUntil(one, horizon),
    );
    return after.failed > 0 && this.#logE(before, after, MIX) >= WIDE_LOG_E;
  }

  /** @param part of the lane's weight; @param holds what else must hold when slots before a horizon are complete. */
  #ofTally(
    tally: EdgeTally,
    part: number,
    look: number,
    holds: (horizon: number) => boolean = () => true,
  ): EdgeEvidence | undefined {
    const horizon = this.horizon(look);
    const kept = tally.kept(horizon);
    if (kept === undefined) return undefined;
    const { before, after } = kept;
    const added = addedShare(before, after);
    if (after.failed < MIN_FAILED || added < MIN_ADDED) return undefined;
    const weight = this.plan.weight * part;
    const mix = mixOf(kept);
    const [first] = tally.edges;
    // Strong is what nobody can miss, so it looks at all of the edges.
    const isStrongNow = (from: number) =>
      this.plan.strong && horizon >= from && isStrong(tally.trials(horizon - this.#minuteSlots(), horizon));
    return this.#decide(
      before,
      after,
      added,
      mix,
      weight,
      () =>
        first !== undefined &&
        (isStrongNow(first.strong) || this.#isHeld(before, kept.held, mix, horizon - first.held)) &&
        tally.isOn(horizon, this.#slotsOf(tally), 'kept') &&
        holds(horizon) &&
        this.objection(tally.edges, horizon) === undefined,
    );
  }

  /** A look at all restarted nodes that are still on, without the worst destination. */
  soak(look: number): EdgeEvidence | undefined {
    const horizon = this.horizon(look);
    this.#soak ??= soakSums(
      this.#allTallies().filter(({ edges }) => edges.length > 0),
      Math.floor(this.observed.length / SLOT),
      (tally) => this.#slotsOf(tally),
    );
    const kept = this.#soak.at(horizon);
    if (kept === undefined) return undefined;
    const { before, after } = kept;
    const added = addedShare(before, after);
    if (after.failed < MIN_FAILED_SOAK || added < MIN_ADDED) return undefined;
    const weight = this.plan.weight * this.plan.parts.soak;
    const mix = mixOf(kept);
    const earliest = this.#allTallies().reduce((least, { held }) => Math.min(least, held), Number.POSITIVE_INFINITY);
    return this.#decide(
      before,
      after,
      added,
      mix,
      weight,
      () =>
        this.#isHeld(before, kept.held, mix, horizon - earliest) &&
        this.objection(
          this.series.filter((one) => one.knownGood),
          horizon,
        ) === undefined,
    );
  }

  /** Sums of one series at a look, whatever the lane decides. */
  sums(one: EdgeSeries, look: number): Trials {
    return sumUntil(one, this.horizon(look));
  }

  /** The sums that looks at a node, and at the soak, are made from, for those who want to see them. */
  sumsOfNode(node: number, segment: number, horizon: number): EdgeSums | undefined {
    return this.#tally(node, segment).kept(horizon);
  }

  sumsOfSoak(look: number): EdgeSums | undefined {
    this.soak(look);
    return this.#soak?.at(this.horizon(look));
  }

  /** What a PASS reads, of the slots from `from` on: nothing is truncated, ambient trials are out. */
  passSums(series: readonly EdgeSeries[], look: number, from = 0): { readonly before: Trials; readonly after: Trials } {
    const horizon = this.horizon(look);
    return addUp(series, ({ passSlots, passFailed }) => {
      const end = lowerBound(passSlots, horizon);
      const start = Math.min(end, lowerBound(passSlots, from));
      return { trials: end - start, failed: passFailed.of(end) - passFailed.of(start) };
    });
  }

  /** Each edge once, under the end that restarted first. */
  once(): EdgeSeries[] {
    return onceEach(
      this.series.filter((one) => one.knownGood),
      this.observed,
    );
  }

  #tally(node: number, segment: number): EdgeTally {
    const known = (this.#tallies[node] ??= []);
    const own = () => (this.byNode[node] ?? []).filter((one) => one.knownGood && one.segment === segment);
    const slots = Math.floor(this.observed.length / SLOT);
    return (known[segment] ??= new EdgeTally(own(), slots, this.pool, this.plan.trimmed));
  }

  #allTallies(): EdgeTally[] {
    return this.observed.nodes.flatMap(({ segments }, node) =>
      segments.map((_, segment) => this.#tally(node, segment)),
    );
  }

  /** What one restart of a node gets of what all nodes share. */
  #share(node: number): number {
    return this.#segmentShare(node) * (this.#nodeWeight[node] ?? 0);
  }

  /** The share of a node's weight that one of its restarts gets. */
  #segmentShare(node: number): number {
    return 1 / Math.max(1, this.observed.nodes[node]?.segments.length ?? 1);
  }

  #minuteSlots(): number {
    return Math.ceil(this.#times.minute / SLOT);
  }

  #slotsOf(tally: EdgeTally): number {
    return Math.max(this.#minuteSlots(), Math.ceil(2 * Math.sqrt(tally.edges.length)));
  }

  /** @param holds asked only where the evidence suffices, as it takes more time than all the rest. */
  #decide(
    before: Trials,
    after: Trials,
    added: number,
    mix: number,
    weight: number,
    holds: () => boolean,
  ): EdgeEvidence {
    const logE = this.#logE(before, after, mix);
    const limit = logThreshold(this.#alpha, weight);
    const watch = -Math.log(weight);
    return {
      before,
      after,
      added,
      logE,
      limit,
      watch,
      fails: logE >= limit && holds(),
      watched: logE >= watch,
      phi: this.phi,
      mix,
    };
  }

  #logE(before: Trials, after: Trials, mix: number): number {
    return logEFail(
      before.failed,
      before.trials - before.failed,
      after.failed,
      after.trials - after.failed,
      mix,
      this.phi,
    );
  }

  /** Does the held part alone say so, after `slots` of it? */
  #isHeld(before: Trials, held: Trials, mix: number, slots: number): boolean {
    return slots >= this.#times.heldTrials / SLOT && held.failed > 0 && this.#logE(before, held, mix) >= HELD_LOG_E;
  }
}

function allSeries(observed: Observed, times: MethodTimes, ambient: Ambient): EdgeSeries[] {
  const disturbances = { ambient, restarts: new Restarts(observed, times) };
  return observed.trials.flatMap((trial) => seriesOf(observed, times, trial, disturbances));
}

/** So large a share of the last minute's trials fails that nobody can miss it. */
function isStrong(last: Trials): boolean {
  return last.trials > 0 && last.failed >= STRONG_SHARE * last.trials;
}

/** How much of a rise the changed mix of edges explains by itself. */
function mixOf({ before, after, expectedBefore, expectedAfter }: EdgeSums): number {
  if (expectedBefore <= 0 || before.trials <= 0 || after.trials <= 0) return MIX;
  return MIX * Math.max(1, expectedAfter / after.trials / (expectedBefore / before.trials));
}

/** Does the latest part keep most of the average failing share? By slot. */
function isOn(one: EdgeSeries, horizon: number, minSlots: number): boolean {
  const at = horizon - one.from - 1;
  if (at < 0) return true;
  const until = (i: number) => sumUntil(one, one.from + i + 1);
  const sums = { events: (i: number) => until(i).failed, exposure: (i: number) => until(i).trials };
  return stillOnAt(sums, at, { share: 0.6, minWindows: minSlots, minExpected: 3 });
}
