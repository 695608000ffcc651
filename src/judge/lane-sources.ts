import { logM } from '../stats/counts.js';
import { phiOfUnits, PRIOR_PHI, PRIOR_PHI_NOISY } from '../stats/dispersion.js';
import {
  BLOCK_MS,
  MIN_RATIO,
  MIN_UNITS_KNOWN,
  MIN_UNITS_NEW,
  PHI_NEW,
  RHO_KNOWN,
  RHO_KNOWN_NOISY,
  RHO_NEW,
  RHO_NEW_SOAK,
} from './constants.js';
import type { MethodTimes, Observed } from './observed.js';
import { controlsOf, singletons, unitsPerBlock, type Controls } from './source-counts.js';
import { decide, type SourceEvidence, type SourceNumbers } from './source-evidence.js';
import { SourcePhases, type Which } from './source-phases.js';
import { signalsOnNodes, type SignalOnNode } from './source-signals.js';
import { SourceSoak, trendOf } from './source-soak.js';
import { SourceWeights } from './source-weights.js';

/** Lanes B and C: drops from sources that never had any, and drops that became more frequent. */
export class SourceLanes {
  readonly #observed: Observed;
  readonly #times: MethodTimes;
  readonly #alpha: number;
  readonly #onNode: readonly (readonly SignalOnNode[])[];
  readonly #phases: SourcePhases;
  readonly #weights: SourceWeights;
  readonly #phi: readonly number[];
  readonly #singletons: readonly number[];
  /** First restart of all, in windows: the end of the common baseline. */
  readonly #common: number;
  readonly #controls: readonly Controls[];
  /** By signal, as far as anybody has asked. */
  readonly #soaks = { known: new Map<number, SourceSoak>(), fresh: new Map<number, SourceSoak>() };

  constructor(observed: Observed, times: MethodTimes, alpha: number, reserve: number, episodeMs: number) {
    this.#observed = observed;
    this.#times = times;
    this.#alpha = alpha;
    const downs = observed.nodes.map((node) => node.segments[0]?.down ?? observed.length);
    this.#common = Math.min(observed.length, ...downs);
    this.#onNode = signalsOnNodes(observed, episodeMs);
    this.#phases = new SourcePhases(observed, times, this.#common, this.#onNode);
    this.#weights = new SourceWeights(observed, reserve, (node, signal) => this.#phases.before(node, signal));
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
    this.#singletons = singletons(observed, this.#common);
  }

  /** Lane B on one node: new sources of a signal. */
  newSources(node: number, segment: number, signal: number, look: number): SourceEvidence | undefined {
    const bounds = this.#observed.nodes[node]?.segments[segment];
    if (bounds === undefined) return undefined;
    const end = Math.min(look + 1, bounds.end);
    const phase = this.#phases.of(node, segment, signal, 'fresh');
    const na = phase.units(end);
    const ea = phase.scaled(end);
    const nb = this.#singletons[signal] ?? 0;
    const eb = this.#observed.nodes.length * this.#common;
    // No evidence is to be had below the rate that is allowed: most looks end here.
    if (na < MIN_UNITS_NEW || na * eb <= RHO_NEW * nb * ea) return undefined;
    return this.#decide({
      nb,
      eb,
      na,
      ea,
      rho: RHO_NEW,
      phi: PHI_NEW,
      trend: 1,
      donor: 0,
      weight: this.#weights.fresh(node, signal),
      isOn: () => phase.isOn(end),
      held: () => phase.held(end),
    });
  }

  /** Lane B over all restarted nodes. */
  newSourcesInSoak(signal: number, look: number): SourceEvidence | undefined {
    const sum = this.#soakOf(signal, 'fresh').at(look);
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
      weight: this.#weights.freshInSoak(signal),
      isOn: () => true,
      held: () => sum.held,
    });
  }

  /** Lane C on one node: known sources of a signal. */
  knownSources(node: number, segment: number, signal: number, look: number): SourceEvidence | undefined {
    const on = this.#onNode[node]?.[signal];
    const bounds = this.#observed.nodes[node]?.segments[segment];
    if (on === undefined || bounds === undefined) return undefined;
    const end = Math.min(look + 1, bounds.end);
    const phase = this.#phases.of(node, segment, signal, 'known');
    const na = phase.units(end);
    if (na < MIN_UNITS_KNOWN) return undefined;
    const nb = this.#phases.before(node, signal) + on.donor;
    // A trend only raises what is asked: most looks end here.
    if (na * this.#phases.exposureBefore(node) < MIN_RATIO * nb * phase.scaled(end)) return undefined;
    return this.known(node, segment, signal, look);
  }

  /** The same without its minimum of units: what the numbers are. */
  known(node: number, segment: number, signal: number, look: number): SourceEvidence | undefined {
    const on = this.#onNode[node]?.[signal];
    const bounds = this.#observed.nodes[node]?.segments[segment];
    if (on === undefined || bounds === undefined) return undefined;
    const end = Math.min(look + 1, bounds.end);
    const phase = this.#phases.of(node, segment, signal, 'known');
    const trend = trendOf(this.#controls[signal], bounds.after, look);
    const before = this.#phases.before(node, signal);
    const nb = before + on.donor;
    const eb = this.#phases.exposureBefore(node);
    const na = phase.units(end);
    const ea = phase.scaled(end);
    const ratio = nb > 0 && ea > 0 && eb > 0 ? na / ea / (nb / eb) / trend : Number.POSITIVE_INFINITY;
    return this.#decide({
      nb,
      eb,
      na,
      ea,
      rho: this.#rhoKnown(signal) * trend,
      phi: this.#phi[signal] ?? 1,
      trend,
      donor: on.donor,
      weight: this.#weights.known(node, signal, before),
      isOn: () => na >= MIN_UNITS_KNOWN && ratio >= MIN_RATIO && phase.isOn(end),
      held: () => phase.held(end),
    });
  }

  /** Lane C over all restarted nodes. */
  knownSourcesInSoak(signal: number, look: number): SourceEvidence | undefined {
    const sum = this.#soakOf(signal, 'known').at(look);
    if (sum === undefined || sum.na < MIN_UNITS_KNOWN) return undefined;
    const ratio = sum.nb > 0 && sum.eb > 0 ? sum.na / sum.ea / (sum.nb / sum.eb) / sum.trend : Number.POSITIVE_INFINITY;
    if (ratio < MIN_RATIO) return undefined;
    return this.#decide({
      nb: sum.nb,
      eb: sum.eb,
      na: sum.na,
      ea: sum.ea,
      rho: this.#rhoKnown(signal) * sum.trend,
      phi: this.#phi[signal] ?? 1,
      trend: sum.trend,
      donor: sum.nb - sum.before,
      weight: this.#weights.knownInSoak(signal, sum.before),
      isOn: () => true,
      held: () => sum.held,
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
    const nb = this.#singletons[signal] ?? 0;
    const eb = this.#observed.nodes.length * this.#common;
    if (bounds === undefined) return { nb, eb, na: 0, ea: 0, logE: 0 };
    const phase = this.#phases.of(node, segment, signal, 'fresh');
    const end = Math.min(look + 1, bounds.end);
    const [na, ea] = [phase.units(end), phase.scaled(end)];
    return { nb, eb, na, ea, logE: logM(nb, eb, na, ea, RHO_NEW, PHI_NEW) };
  }

  #decide(numbers: SourceNumbers): SourceEvidence {
    return decide(numbers, this.#alpha, this.#times.heldExposure);
  }

  #rhoKnown(signal: number): number {
    return this.#observed.signals[signal]?.noisy === true ? RHO_KNOWN_NOISY : RHO_KNOWN;
  }

  #soakOf(signal: number, which: Which): SourceSoak {
    const known = this.#soaks[which].get(signal);
    if (known !== undefined) return known;
    const donorOf = (node: number) => this.#onNode[node]?.[signal]?.donor ?? 0;
    const soak = new SourceSoak(this.#observed, this.#phases, signal, which, this.#controls[signal], donorOf);
    this.#soaks[which].set(signal, soak);
    return soak;
  }
}
