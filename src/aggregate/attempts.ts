import { EVENT_TYPE, VERDICT, type FlowRecord, type Protocol } from '../hubble/event.js';
import { answersConnection, forwardEdge, isLocal, opensConnection, type Edge } from './edge.js';
import type { Example } from './journal.js';
import { hashTuple, reversedTuple, tupleOf } from './tuple.js';

/**
 * Connection attempts as one node sees them: a TCP SYN, a UDP datagram or an ICMP echo opens one, retransmissions of the same tuple belong
 * to it, and it ends answered, dropped or unanswered. All times are the flows' own, so that the order of arrival plays no part.
 */
export interface Attempt {
  readonly tuple: string;
  readonly edge: Edge;
  readonly began: number;
  /** Its first flow: the example, should the attempt fail. Given up with the answer. */
  flow: FlowRecord | undefined;
  /** The example that a checkpoint kept of it. */
  readonly example: Example | undefined;
  lastPacket: number;
  retransmissions: number;
  sourceLocal: boolean;
  destinationLocal: boolean;
  /** Drop reason of the last dropped packet, undefined while none was dropped. */
  dropReason: number | undefined;
  /** `failed`: nothing answered in time; a later answer does not count. */
  outcome: 'open' | 'answered' | 'failed';
}

/** The same tuple is a new attempt from here on, ms after the first packet. */
const NEW_ATTEMPT_MS = 60_000;

/** A repeated packet within this time is the same packet at another observation point, ms. */
const SAME_PACKET_MS = 500;

/** How long an answer may take, ms: after the last SYN of TCP, else after the first packet. */
export function answerTimeout(protocol: Protocol): number {
  switch (protocol) {
    case 'UDP':
    case 'SCTP':
      return 5_000;
    case 'ICMPv4':
    case 'ICMPv6':
      return 3_000;
    case 'TCP':
    case 'VRRP':
    case 'IGMP':
    case '':
      return 15_000;
  }
}

/** From when on an answer is too late, ms. */
function deadline(attempt: Attempt): number {
  const { protocol } = attempt.edge;
  return (protocol === 'TCP' ? attempt.lastPacket : attempt.began) + answerTimeout(protocol);
}

export class AttemptTable {
  /** Attempts by tuple, in the order in which they began. */
  readonly #byTuple = new Map<string, Attempt>();
  readonly #open = new Set<Attempt>();
  /** Attempts whose tuple began anew while they still waited: a minute of repeats without an answer. */
  #outlived: Attempt[] = [];
  readonly #capacity: number;
  evicted = 0;

  constructor(capacity = 100_000) {
    this.#capacity = capacity;
  }

  /** Does any attempt still wait for its answer, or to be told? */
  isWaiting(): boolean {
    return this.#open.size > 0 || this.#outlived.length > 0;
  }

  /**
   * Takes the next flow of the node. Gives the attempt that this flow began (`begun`) or answered (`answered`), and the attempt it belongs
   * to at all (`attempt`).
   */
  observe(flow: FlowRecord): { attempt: Attempt | undefined; begun: boolean; answered: boolean } {
    if (flow.eventType === EVENT_TYPE.L7 || flow.eventType === EVENT_TYPE.SOCK) {
      return flow.isReply === true ? this.#answer(flow) : NOTHING;
    }
    const dropped = flow.verdict === VERDICT.DROPPED;
    if (!dropped && answersConnection(flow)) return this.#answer(flow);
    if (opensConnection(flow)) return this.#begin(flow, dropped);
    return dropped ? this.#dropReply(flow) : NOTHING;
  }

  #begin(flow: FlowRecord, dropped: boolean): { attempt: Attempt; begun: boolean; answered: boolean } {
    const tuple = tupleOf(flow);
    let attempt = this.#byTuple.get(tuple);
    let begun = false;
    if (attempt === undefined || flow.time - attempt.began >= NEW_ATTEMPT_MS) {
      // A UDP answer that does not say it is one looks like a new request: the tuple it reverses knows better.
      if (flow.protocol === 'UDP' && flow.isReply === undefined) {
        const asked = this.#byTuple.get(reversedTuple(flow, flow.sourceIp));
        if (asked !== undefined && flow.time - asked.began < NEW_ATTEMPT_MS) {
          if (dropped) this.#markDropped(asked, flow);
          else if (this.#settle(asked, flow.time)) return { attempt: asked, begun: false, answered: true };
          return { attempt: asked, begun: false, answered: false };
        }
      }
      if (attempt !== undefined && this.#open.delete(attempt)) {
        attempt.outcome = 'failed';
        this.#outlived.push(attempt);
      }
      attempt = {
        tuple,
        edge: forwardEdge(flow),
        began: flow.time,
        flow,
        example: undefined,
        lastPacket: flow.time,
        retransmissions: 0,
        sourceLocal: false,
        destinationLocal: false,
        dropReason: undefined,
        outcome: 'open',
      };
      this.#byTuple.delete(tuple);
      this.#byTuple.set(tuple, attempt);
      this.#open.add(attempt);
      begun = true;
      if (this.#byTuple.size > this.#capacity) this.#evict();
    } else if (
      attempt.outcome === 'open' &&
      flow.time - attempt.lastPacket > SAME_PACKET_MS &&
      flow.time <= deadline(attempt)
    ) {
      attempt.retransmissions += 1;
      attempt.lastPacket = flow.time;
    }
    if (isLocal(flow.source)) attempt.sourceLocal = true;
    if (isLocal(flow.destination)) attempt.destinationLocal = true;
    if (dropped) this.#markDropped(attempt, flow);
    return { attempt, begun, answered: false };
  }

  #markDropped(attempt: Attempt, flow: FlowRecord): void {
    if (attempt.outcome === 'open') attempt.dropReason = flow.dropReason;
  }

  /** A dropped packet that opens nothing: an answer, or a later packet of a connection. */
  #dropReply(flow: FlowRecord): { attempt: Attempt | undefined; begun: boolean; answered: boolean } {
    const attempt = this.#byTuple.get(reversedTuple(flow, flow.sourceIp)) ?? this.#byTuple.get(tupleOf(flow));
    if (attempt === undefined) return NOTHING;
    this.#markDropped(attempt, flow);
    return { attempt, begun: false, answered: false };
  }

  #answer(flow: FlowRecord): { attempt: Attempt | undefined; begun: boolean; answered: boolean } {
    let attempt = this.#byTuple.get(reversedTuple(flow, flow.sourceIp));
    if (attempt === undefined && flow.sourceXlated !== '')
      attempt = this.#byTuple.get(reversedTuple(flow, flow.sourceXlated));
    if (attempt === undefined) return NOTHING;
    if (isLocal(flow.destination)) attempt.sourceLocal = true;
    if (isLocal(flow.source)) attempt.destinationLocal = true;
    return { attempt, begun: false, answered: this.#settle(attempt, flow.time) };
  }

  #settle(attempt: Attempt, time: number): boolean {
    if (attempt.outcome !== 'open' || time > deadline(attempt)) return false;
    attempt.outcome = 'answered';
    attempt.flow = undefined;
    this.#open.delete(attempt);
    return true;
  }

  /** Ends every attempt that has waited in vain until `time`, and forgets those that can no longer meet their own tuple again. */
  expire(time: number): Attempt[] {
    const failed = this.#outlived;
    this.#outlived = [];
    for (const attempt of this.#open)
      if (deadline(attempt) < time) {
        attempt.outcome = 'failed';
        this.#open.delete(attempt);
        failed.push(attempt);
      }
    for (const [tuple, attempt] of this.#byTuple) {
      if (attempt.began + NEW_ATTEMPT_MS > time) break;
      if (attempt.outcome !== 'open') this.#byTuple.delete(tuple);
    }
    return failed;
  }

  #evict(): void {
    for (const [tuple, attempt] of this.#byTuple) {
      this.#byTuple.delete(tuple);
      if (this.#open.delete(attempt)) this.evicted += 1;
      return;
    }
  }

  /** For a checkpoint: every attempt whose tuple may still be met. */
  entries(): Iterable<Attempt> {
    return this.#byTuple.values();
  }

  /** Takes back an attempt of a checkpoint. */
  restore(attempt: Attempt): void {
    this.#byTuple.set(attempt.tuple, attempt);
    if (attempt.outcome === 'open') this.#open.add(attempt);
  }
}

const NOTHING = { attempt: undefined, begun: false, answered: false } as const;

export function hashOf(attempt: Attempt): number {
  return hashTuple(attempt.tuple);
}
