import type { Activity, Stage } from './activity.js';
import { ATTEMPTS_PER_EDGE } from './activity.js';
import type { Attempt } from './attempt.js';
import type { End } from './cluster.js';
import { Conntrack } from './conntrack.js';
import type { Effects } from './effects.js';
import { EphemeralPorts } from './ephemeral-ports.js';
import type { Fates } from './handshake.js';
import { openConnection } from './handshake.js';
import type { Fate, PacketWriter } from './packets.js';
import { LOST } from './packets.js';
import { arrivalAfter } from './levels.js';
import type { Pair } from './pairs.js';
import { isThere, pairsOf, standIn } from './pairs.js';
import type { Proxy } from './proxy.js';
import { Random } from './random.js';
import type { EdgeSpec, Levels, Scenario } from './scenario.js';

const SECOND_US = 1e6;
const MINUTE_US = 60e6;

/** From the last packet of a client to its giving up; longer than a piece of the soak, so that a retry always lies ahead. */
const GIVE_UP_US = 8 * SECOND_US;

/** How much the rates of an edge's pairs of pods differ: standard deviation of their logarithm. */
const PAIR_SPREAD = 0.6;

interface Retry extends Pair {
  readonly at: number;
  readonly left: number;
}

/** The connections of one edge. */
export class EdgeTraffic implements Activity, Fates {
  readonly #edge: EdgeSpec;
  readonly #random: Random;
  readonly #packets: PacketWriter;
  readonly #proxy: Proxy;
  readonly #effects: Effects;
  readonly #noise: Scenario['noise'];
  readonly #aggregation: Scenario['monitorAggregation'];
  readonly #arrivals: Arrivals;
  readonly #ports: EphemeralPorts;
  #retries: Retry[] = [];
  #nextId: number;

  constructor(scenario: Scenario, index: number, { cluster, packets, effects, proxy }: Stage) {
    const edge = scenario.edges[index];
    if (edge === undefined) throw new RangeError(`the scenario has no edge ${index}`);
    this.#edge = edge;
    this.#random = new Random(scenario.seed, 'edge', index, edge.from, edge.to, edge.port);
    this.#ports = new EphemeralPorts(this.#random);
    this.#packets = packets;
    this.#proxy = proxy;
    this.#effects = effects;
    this.#noise = scenario.noise;
    this.#aggregation = scenario.monitorAggregation;
    this.#nextId = index * ATTEMPTS_PER_EDGE;
    const pairs = pairsOf(edge, cluster);
    this.#arrivals =
      edge.pace === 'steady'
        ? new SteadyArrivals(pairs, edge.perMinute, this.#random)
        : new PoissonArrivals(pairs, edge.perMinute, this.#random, edge.levels);
  }

  fill(untilUs: number): void {
    if (this.#retries.length > 0) {
      const due = this.#retries.filter((retry) => retry.at < untilUs);
      if (due.length > 0) this.#retries = this.#retries.filter((retry) => retry.at >= untilUs);
      for (const { from, to, at, left } of due) this.#connect(at, from, to, left, true);
    }
    for (let next = this.#arrivals.take(untilUs); next !== undefined; next = this.#arrivals.take(untilUs)) {
      this.#connect(next.at, next.pair.from, next.pair.to, this.#edge.retries?.times ?? 0, false);
    }
  }

  #connect(at: number, client: End, server: End, retriesLeft: number, isRetry: boolean): void {
    const from = standIn(client, at);
    const to = standIn(server, at);
    if (!isThere(from, at) || !isThere(to, at)) return;
    if (this.#edge.when !== undefined && !this.#effects.isOn(this.#edge.when, from, to, at)) return;
    const attempt: Attempt = {
      id: this.#nextId++,
      edge: this.#edge,
      from,
      to,
      sourcePort: this.#ports.next(),
      conntrack: new Conntrack(this.#aggregation),
      ...(isRetry ? { isRetry } : {}),
    };
    const opened = openConnection(attempt, at, this.#packets, this);
    if (opened.answered) {
      this.#proxy.show(attempt, opened.at);
      if (this.#closes()) this.#packets.close(attempt, opened.at + this.#random.integer(4_000, 900_000));
      return;
    }
    const { retries } = this.#edge;
    if (retriesLeft === 0 || retries === undefined) return;
    if (retries.share !== undefined && !this.#random.chance(retries.share)) return;
    const pause = Math.round(this.#random.between(0.8, 1.2) * retries.afterSeconds * SECOND_US);
    this.#retries.push({ at: opened.at + GIVE_UP_US + pause, from: client, to: server, left: retriesLeft - 1 });
  }

  request(attempt: Attempt, at: number, nth: number): Fate {
    const lostOnTheWire = this.#random.chance(this.#noise.retransmittedShare);
    if (lostOnTheWire && nth === 0 && attempt.edge.protocol === 'TCP') return LOST;
    return this.#effects.request(attempt, at, nth);
  }

  losesReply(attempt: Attempt, at: number, nth: number): boolean {
    return this.#effects.losesReply(attempt, at, nth);
  }

  #closes(): boolean {
    return this.#edge.protocol === 'TCP' && this.#random.chance(this.#noise.closingShare);
  }
}

interface Arrivals {
  /** The next arrival before `untilUs`. */
  take(untilUs: number): { readonly at: number; readonly pair: Pair } | undefined;
}

class PoissonArrivals implements Arrivals {
  readonly #pairs: readonly Pair[];
  /** Cumulated weights of the pairs. */
  readonly #upTo: readonly number[];
  readonly #meanGap: number;
  readonly #random: Random;
  readonly #levels: Levels | undefined;
  #next: number;

  constructor(pairs: readonly Pair[], perMinute: number, random: Random, levels: Levels | undefined) {
    this.#pairs = pairs;
    this.#levels = levels;
    let sum = 0;
    this.#upTo = pairs.map(() => (sum += random.logNormal(PAIR_SPREAD)));
    this.#meanGap = MINUTE_US / perMinute;
    this.#random = random;
    this.#next = this.#after(0);
  }

  #after(at: number): number {
    const gap = this.#random.exponential(this.#meanGap);
    return this.#levels === undefined ? at + gap : arrivalAfter(this.#levels, at, gap);
  }

  take(untilUs: number): { at: number; pair: Pair } | undefined {
    if (this.#next >= untilUs) return undefined;
    const at = Math.floor(this.#next);
    this.#next = this.#after(this.#next);
    const mark = this.#random.next() * (this.#upTo.at(-1) ?? 0);
    const pair = this.#pairs[this.#upTo.findIndex((upTo) => mark < upTo)];
    if (pair === undefined) throw new RangeError('a mark beyond the last pair');
    return { at, pair };
  }
}

/** Every pair at its own phase of one period, give or take a fiftieth of it. */
class SteadyArrivals implements Arrivals {
  readonly #period: number;
  readonly #random: Random;
  readonly #next: { at: number; due: number; readonly pair: Pair }[];

  constructor(pairs: readonly Pair[], perMinute: number, random: Random) {
    this.#period = (MINUTE_US * pairs.length) / perMinute;
    this.#random = random;
    this.#next = pairs.map((pair) => {
      const due = random.next() * this.#period;
      return { at: due, due, pair };
    });
  }

  take(untilUs: number): { at: number; pair: Pair } | undefined {
    const first = this.#next.find((one) => one.at < untilUs);
    if (first === undefined) return undefined;
    const at = Math.floor(first.at);
    first.due += this.#period;
    first.at = first.due + this.#random.between(0, 0.02) * this.#period;
    return { at, pair: first.pair };
  }
}
