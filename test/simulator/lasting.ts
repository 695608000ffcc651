import { TCP_FLAG } from '../../src/hubble/event.js';
import type { Activity, Stage } from './activity.js';
import { ATTEMPTS_PER_EDGE } from './activity.js';
import type { Attempt } from './attempt.js';
import { Conntrack } from './conntrack.js';
import type { Effects } from './effects.js';
import { EphemeralPorts } from './ephemeral-ports.js';
import type { PacketWriter } from './packets.js';
import { isThere, pairsOf } from './pairs.js';
import { Random } from './random.js';
import type { EdgeSpec, Scenario } from './scenario.js';

const SECOND_US = 1e6;

/** TCP repeats data after this time, then twice as long each time up to the longest, until it gives up (Linux). */
const FIRST_REPEAT_US = 0.2 * SECOND_US;
const LONGEST_REPEAT_US = 120 * SECOND_US;
const REPEATS = 15;

const DATA = TCP_FLAG.ACK | TCP_FLAG.PSH;

interface Lasting {
  readonly attempt: Attempt;
  /** When the client sends next; Infinity: it ended. */
  next: number;
  /** Packets so far, and those since the last answer. */
  packets: number;
  unanswered: number;
}

/** The connections of an edge that were opened before the recording began. */
export class LastingTraffic implements Activity {
  readonly #edge: EdgeSpec;
  readonly #random: Random;
  readonly #packets: PacketWriter;
  readonly #effects: Effects;
  readonly #periodUs: number;
  readonly #connections: readonly Lasting[];

  constructor(scenario: Scenario, index: number, { cluster, packets, effects }: Stage) {
    const edge = scenario.edges[index];
    if (edge?.lasting === undefined) throw new RangeError(`the scenario has no lasting connections on edge ${index}`);
    const random = new Random(scenario.seed, 'lasting', index, edge.from, edge.to, edge.port);
    const ports = new EphemeralPorts(random);
    const pairs = random.shuffled(pairsOf(edge, cluster));
    this.#edge = edge;
    this.#random = random;
    this.#packets = packets;
    this.#effects = effects;
    this.#periodUs = edge.lasting.everySeconds * SECOND_US;
    this.#connections = Array.from({ length: edge.lasting.connections }, (_, nth): Lasting => {
      const pair = pairs[nth % pairs.length];
      if (pair === undefined) throw new RangeError('a connection of nobody');
      const attempt: Attempt = {
        id: (index + 0.5) * ATTEMPTS_PER_EDGE + nth,
        edge,
        from: pair.from,
        to: pair.to,
        sourcePort: ports.next(),
        conntrack: Conntrack.ofOld(scenario.monitorAggregation),
      };
      return { attempt, next: Math.floor(random.next() * this.#periodUs), packets: 0, unanswered: 0 };
    });
  }

  fill(untilUs: number): void {
    for (const connection of this.#connections) {
      while (connection.next < untilUs) this.#send(connection);
    }
  }

  #send(connection: Lasting): void {
    const { attempt, next: at } = connection;
    if (!isThere(attempt.from, at) || !isThere(attempt.to, at)) {
      connection.next = Infinity;
      return;
    }
    const { when } = this.#edge;
    const isQuiet = when !== undefined && !this.#effects.isOn(when, attempt.from, attempt.to, at);
    if (isQuiet || this.#exchange(connection) || this.#edge.protocol !== 'TCP') {
      connection.unanswered = 0;
      connection.next = Math.floor(at + this.#periodUs * this.#random.between(0.98, 1.02));
      return;
    }
    const pause = Math.min(LONGEST_REPEAT_US, FIRST_REPEAT_US * 2 ** connection.unanswered);
    connection.unanswered += 1;
    connection.next = connection.unanswered > REPEATS ? Infinity : at + pause;
  }

  /** Data of the client and the server's: did the client get that? */
  #exchange(connection: Lasting): boolean {
    const { attempt, next: at } = connection;
    const nth = connection.packets++;
    const arrived = this.#packets.ask(attempt, at, this.#effects.request(attempt, at, nth), DATA);
    if (arrived === undefined) return false;
    const isLost = this.#effects.losesReply(attempt, arrived, nth);
    return this.#packets.answer(attempt, arrived, isLost, DATA) !== undefined;
  }
}
