import { phiOfTrials } from '../stats/dispersion.js';
import { Ambient } from './ambient.js';
import { MIN_ADDED, MIN_FAILED, MIN_FAILED_SOAK, MIX } from './constants.js';
import { edgeEvidence, mixOf, type Compared, type EdgeEvidence } from './edge-evidence.js';
import { isOn, mayFailFrom } from './edge-looks.js';
import { PathSums, type EdgePath } from './edge-paths.js';
import {
  addUp,
  baselinesOf,
  onceEach,
  seriesOf,
  sumBetween,
  sumUntil,
  type EdgeSeries,
  type Trials,
} from './edge-series.js';
import type { EdgeTally } from './edge-tally.js';
import { EdgeWeights } from './edge-weights.js';
import { ATTEMPTS, type LanePlan, type Objection } from './lane-plan.js';
import { NodeSums } from './node-sums.js';
import { lowerBound, SLOT, type MethodTimes, type Observed } from './observed.js';
import { isOfPath, mayTell } from './path-looks.js';
import { Restarts } from './restarts.js';

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
  readonly #weights: EdgeWeights;
  /** What the looks at nodes, and at the soak, are made from. */
  readonly nodes: NodeSums;
  /** What may be hurt together of a node's edges. */
  readonly paths: PathSums;

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

    this.nodes = new NodeSums(observed, byNode, {
      pool: this.pool,
      trimmed: plan.trimmed,
      minSlots: (tally) => this.#slotsOf(tally),
    });
    const ofPaths = (plan.parts.path ?? 0) > 0 ? this.series : [];
    this.paths = new PathSums(ofPaths, observed.nodes.length, Math.floor(observed.length / SLOT), this.pool);
    this.#weights = new EdgeWeights(observed, plan, reserve, {
      edges: (node) => this.knownGood(node),
      paths: (node) => this.paths.count(node),
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
    return this.#evidence({
      before: one.before,
      after: sumUntil(one, horizon),
      mix: MIX,
      weight: this.#weights.edge(one.node),
      least: { failed: MIN_FAILED, added: this.plan.minAdded },
      held: { trials: () => sumBetween(one, one.held, horizon), slots: horizon - one.held },
      lastMinute: this.#lastMinute(one.strong, horizon, (from) => sumBetween(one, from, horizon)),
      holds: () => isOn(one, horizon, this.#minuteSlots()) && this.objection([one], horizon) === undefined,
    });
  }

  /** A look at one node: all of its known-good edges but those to its worst destination. */
  node(node: number, segment: number, look: number): EdgeEvidence | undefined {
    return this.#ofTally(this.nodes.tally(node, segment), this.#weights.node(node), this.horizon(look));
  }

  /** A look at one path of a node. */
  path(path: EdgePath, look: number): EdgeEvidence | undefined {
    const horizon = this.horizon(look);
    const isHurt = () => isOfPath(path, horizon, this);
    return this.#ofTally(this.paths.tally(path), this.#weights.path(path), horizon, isHurt);
  }

  /** Can a path ever be worth watching? */
  mayTell(path: EdgePath): boolean {
    return mayTell(path, -Math.log(this.#weights.path(path)), this.phi);
  }

  /** @param holds what must hold beside what every tally needs. */
  #ofTally(tally: EdgeTally, weight: number, horizon: number, holds = () => true): EdgeEvidence | undefined {
    const kept = tally.kept(horizon);
    const [first] = tally.edges;
    if (kept === undefined || first === undefined) return undefined;
    return this.#evidence({
      before: kept.before,
      after: kept.after,
      mix: mixOf(kept),
      weight,
      least: { failed: MIN_FAILED, added: MIN_ADDED },
      held: { trials: () => kept.held, slots: horizon - first.held },
      // Strong is what nobody can miss, so it looks at all of the edges.
      lastMinute: this.#lastMinute(first.strong, horizon, (from) => tally.trials(from, horizon)),
      holds: () =>
        tally.isOn(horizon, this.#slotsOf(tally), 'kept') &&
        holds() &&
        this.objection(tally.edges, horizon) === undefined,
    });
  }

  /** A look at all restarted nodes that are still on, without the worst destination. */
  soak(look: number): EdgeEvidence | undefined {
    const horizon = this.horizon(look);
    const kept = this.nodes.soak(horizon);
    if (kept === undefined) return undefined;
    const good = () => this.series.filter((one) => one.knownGood);
    return this.#evidence({
      before: kept.before,
      after: kept.after,
      mix: mixOf(kept),
      weight: this.#weights.soak(),
      least: { failed: MIN_FAILED_SOAK, added: MIN_ADDED },
      held: { trials: () => kept.held, slots: horizon - this.nodes.heldInSoak },
      lastMinute: undefined,
      holds: () => this.objection(good(), horizon) === undefined,
    });
  }

  #evidence(compared: Compared): EdgeEvidence | undefined {
    const heldSlots = this.#times.heldTrials / SLOT;
    return edgeEvidence(compared, { alpha: this.#alpha, phi: this.phi, heldSlots });
  }

  /** Trials of the last minute, from the slot on from which they may be strong. */
  #lastMinute(strongFrom: number, horizon: number, since: (slot: number) => Trials): (() => Trials) | undefined {
    if (!this.plan.strong || horizon < strongFrom) return undefined;
    return () => since(horizon - this.#minuteSlots());
  }

  /** The first look from `look` on that has another horizon than the one before it: nothing changes in between. */
  nextLook(look: number): number {
    return this.#lookAt(this.#nextHorizon(look));
  }

  /** The first look from `look` on at which an edge can fail at all. Infinity: at none. */
  nextLookAt(one: EdgeSeries, look: number): number {
    return this.#lookAt(mayFailFrom(one, this.#nextHorizon(look), this.plan.minAdded));
  }

  #nextHorizon(look: number): number {
    return Math.ceil((look + 1 - this.observed.graceWindows) / SLOT);
  }

  /** The first look with a horizon. */
  #lookAt(horizon: number): number {
    return horizon * SLOT - 1 + this.observed.graceWindows;
  }

  /** Sums of one series at a look, whatever the lane decides. */
  sums(one: EdgeSeries, look: number): Trials {
    return sumUntil(one, this.horizon(look));
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

  #minuteSlots(): number {
    return Math.ceil(this.#times.minute / SLOT);
  }

  #slotsOf(tally: EdgeTally): number {
    return Math.max(this.#minuteSlots(), Math.ceil(2 * Math.sqrt(tally.edges.length)));
  }
}

function allSeries(observed: Observed, times: MethodTimes, ambient: Ambient): EdgeSeries[] {
  const disturbances = { ambient, restarts: new Restarts(observed, times) };
  return observed.trials.flatMap((trial) => seriesOf(observed, times, trial, disturbances));
}
