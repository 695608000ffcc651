import { EVENT_TYPE, TCP_FLAG, TRACE_REASON, VERDICT, type FlowRecord, type Protocol } from '../hubble/event.js';
import { EdgeBook } from './edge-book.js';
import { answersConnection, isLocal, opensConnection, provesAnswer, type Edge } from './edge.js';
import type { Example } from './journal.js';
import { hashTuple, reversedTuple, tupleOf } from './tuple.js';

/**
 * Connection attempts as one node sees them: a TCP SYN, a UDP datagram or an ICMP echo opens one, retransmissions of the same tuple belong
 * to it, and it ends answered, dropped or unanswered. A reply answers it, and so does the client's own next packet of a TCP connection,
 * where replies do not show. All times are the flows' own, so that the order of arrival plays no part.
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
  /** Its SYN-ACK came so long after its first SYN that the SYN must have been sent again, whether or not a repeat was shown. */
  slow: boolean;
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

/**
 * A kernel answers a SYN within a round trip of the network. From here on the first SYN, or its answer, was lost, ms: it is sent again after
 * 1 s (RFC 6298), and with monitor aggregation the repeat has no flow.
 */
const SLOW_HANDSHAKE_MS = 900;

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

/** What a flow was to the attempts. */
export interface Observed {
  /** The attempt that it belongs to, if any. */
  readonly attempt: Attempt | undefined;
  /** It began that attempt, it answered it, or it repeats it though it was answered before. */
  readonly word: 'begun' | 'answered' | 'repeated' | undefined;
  /** It goes from the answering end to the one that opened the attempt. */
  readonly isReply: boolean;
}

export class AttemptTable {
  /** Attempts by tuple, in the order in which they began. */
  readonly #byTuple = new Map<string, Attempt>();
  readonly #open = new Set<Attempt>();
  /** Attempts whose tuple began anew while they still waited: a minute of repeats without an answer. */
  #outlived: Attempt[] = [];
  readonly #capacity: number;
  readonly #edges: EdgeBook;
  evicted = 0;

  constructor(capacity = 100_000, edges = new EdgeBook()) {
    this.#capacity = capacity;
    this.#edges = edges;
  }

  /** Does any attempt still wait for its answer, or to be told? */
  isWaiting(): boolean {
    return this.#open.size > 0 || this.#outlived.length > 0;
  }

  /** Takes the next flow of the node. */
  observe(flow: FlowRecord): Observed {
    if (flow.eventType === EVENT_TYPE.L7 || flow.eventType === EVENT_TYPE.SOCK) {
      return flow.isReply === true ? this.#answer(flow) : NOTHING;
    }
    const dropped = flow.verdict === VERDICT.DROPPED;
    if (!dropped && answersConnection(flow)) return this.#answer(flow);
    if (opensConnection(flow)) return this.#begin(flow, dropped);
    if (dropped) return this.#dropReply(flow);
    return provesAnswer(flow) ? this.#prove(flow) : NOTHING;
  }

  #begin(flow: FlowRecord, dropped: boolean): Observed {
    const tuple = tupleOf(flow);
    let attempt = this.#byTuple.get(tuple);
    let word: Observed['word'];
    if (attempt === undefined || flow.time - attempt.began >= NEW_ATTEMPT_MS) {
      // A UDP answer that does not say it is one looks like a new request: the tuple it reverses knows better.
      if (flow.protocol === 'UDP' && flow.isReply === undefined) {
        const asked = this.#byTuple.get(reversedTuple(flow, flow.sourceIp));
        if (asked !== undefined && flow.time - asked.began < NEW_ATTEMPT_MS) {
          if (dropped) this.#markDropped(asked, flow);
          else if (this.#settle(asked, flow.time)) return { attempt: asked, word: 'answered', isReply: true };
          return { attempt: asked, word: undefined, isReply: true };
        }
      }
      if (attempt !== undefined && this.#open.delete(attempt)) {
        attempt.outcome = 'failed';
        this.#outlived.push(attempt);
      }
      attempt = {
        tuple,
        edge: this.#edges.forward(flow),
        began: flow.time,
        flow,
        example: undefined,
        lastPacket: flow.time,
        retransmissions: 0,
        slow: false,
        sourceLocal: false,
        destinationLocal: false,
        dropReason: undefined,
        outcome: 'open',
      };
      this.#byTuple.delete(tuple);
      this.#byTuple.set(tuple, attempt);
      this.#open.add(attempt);
      word = 'begun';
      if (this.#byTuple.size > this.#capacity) this.#evict();
    } else if (isRepeat(attempt, flow)) {
      if (attempt.outcome === 'open') attempt.retransmissions += 1;
      else word = 'repeated';
      attempt.lastPacket = flow.time;
    }
    if (isLocal(flow.source)) attempt.sourceLocal = true;
    if (isLocal(flow.destination)) attempt.destinationLocal = true;
    if (dropped) this.#markDropped(attempt, flow);
    return { attempt, word, isReply: false };
  }

  #markDropped(attempt: Attempt, flow: FlowRecord): void {
    if (attempt.outcome === 'open') attempt.dropReason = flow.dropReason;
  }

  /** A dropped packet that opens nothing: an answer, or a later packet of a connection. */
  #dropReply(flow: FlowRecord): Observed {
    const asked = this.#byTuple.get(reversedTuple(flow, flow.sourceIp));
    const attempt = asked ?? this.#byTuple.get(tupleOf(flow));
    if (attempt === undefined) return NOTHING;
    this.#markDropped(attempt, flow);
    return { attempt, word: undefined, isReply: asked !== undefined };
  }

  #answer(flow: FlowRecord): Observed {
    let attempt = this.#byTuple.get(reversedTuple(flow, flow.sourceIp));
    if (attempt === undefined && flow.sourceXlated !== '')
      attempt = this.#byTuple.get(reversedTuple(flow, flow.sourceXlated));
    if (attempt === undefined) return NOTHING;
    if (isLocal(flow.destination)) attempt.sourceLocal = true;
    if (isLocal(flow.source)) attempt.destinationLocal = true;
    if (!this.#settle(attempt, flow.time)) return { attempt, word: undefined, isReply: true };
    // Only the SYN-ACK itself tells when the answer came: a later packet may be the first that shows.
    const opened = (flow.tcpFlags & TCP_FLAG.SYN) !== 0;
    attempt.slow = opened && flow.protocol === 'TCP' && flow.time - attempt.began >= SLOW_HANDSHAKE_MS;
    return { attempt, word: 'answered', isReply: true };
  }

  /** The client goes on with the connection: its answer has arrived, whenever that was. */
  #prove(flow: FlowRecord): Observed {
    if (this.#open.size === 0) return NOTHING;
    const attempt = this.#byTuple.get(tupleOf(flow));
    // What is told at the same instant may be the end of an older connection.
    if (attempt === undefined || flow.time <= attempt.began || !this.#settle(attempt, flow.time)) return NOTHING;
    if (isLocal(flow.source)) attempt.sourceLocal = true;
    if (isLocal(flow.destination)) attempt.destinationLocal = true;
    return { attempt, word: 'answered', isReply: false };
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

const NOTHING: Observed = { attempt: undefined, word: undefined, isReply: false };

/** Is this a repeat of an attempt's packet, and not the same packet at another observation point? */
function isRepeat(attempt: Attempt, flow: FlowRecord): boolean {
  if (flow.time - attempt.lastPacket <= SAME_PACKET_MS || flow.time > deadline(attempt)) return false;
  switch (attempt.outcome) {
    case 'open':
      return true;
    case 'answered':
      // A port that is used again at once is another connection: a verdict and NEW tell. Further datagrams are the conversation.
      return flow.protocol === 'TCP' && flow.traceReason === TRACE_REASON.ESTABLISHED;
    case 'failed':
      return false;
  }
}

export function hashOf(attempt: Attempt): number {
  return hashTuple(attempt.tuple);
}
