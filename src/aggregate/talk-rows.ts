import type { FlowRecord } from '../hubble/event.js';
import type { Edge, Vantage } from './edge.js';

/**
 * That an edge talked in this window, whether or not it opened connections: trace events of both directions, as this node saw them. It is how
 * an edge of long-lived connections alone is seen at all, and that one falls silent.
 *
 * A packet that this node tells of at several observation points in a row (leaving the pod, entering the tunnel) counts once as far as ports,
 * point and time tell (SAME_PACKET_MS); else each flow counts. Monitor aggregation decides how many packets have a flow at all (at `medium`
 * the first of each connection, new TCP flags, and one per direction and connection each 5 s): numbers may be compared only while the level
 * stays the same, presence always. Not counted: drops, policy verdicts, L7 and socket events, ICMP errors about a connection (RELATED).
 *
 * By vantage: at the source, `forward` left the node and `reply` came back to the client; at the destination, `forward` ARRIVED and `reply`
 * left. So "forwarded, then nothing" is `forward` at the source while the destination's node, visible, has no row of the edge; `forward`
 * without `reply` at the destination is a server that does not answer, `forward` and `reply` there without `reply` at the source an answer
 * that is lost on its way back. (UDP need not be answered: compare with the edge's own past.)
 */
export interface TalkRow {
  readonly edge: Edge;
  /** Of each flow by itself: an edge between workloads with pods on both sides of a node's border has several rows. */
  readonly vantage: Vantage;
  /** Packets in the edge's direction, client to server. */
  readonly forward: number;
  /** Packets from server to client. */
  readonly reply: number;
  /**
   * SYNs of attempts that this node had seen answered already (within 15 s, tracked as established): the answer did not reach the client. At
   * the destination's node it is how a lost SYN-ACK shows. Not among an attempt's `retransmissions`, which are those before its answer.
   */
  readonly repeats: number;
}

/** One packet's flows at several observation points come within this time, ms. On real agents: some 20 microseconds apart. */
const SAME_PACKET_MS = 5;

interface OpenRow extends TalkRow {
  forward: number;
  reply: number;
  repeats: number;
}

/** Numbers kept of a row's last packet. */
const LAST = 3;

/** Where the points of the trace events of a packet stand among bits: they are 0 to 13, and TO_ENDPOINT is 101. */
const pointBit = (tracePoint: number): number => 1 << (tracePoint === 101 ? 30 : tracePoint & 15);

/** The talk of one window while it is being closed. */
export class TalkRows {
  readonly #rows: OpenRow[] = [];
  /** Places of the rows, by vantage and edge. */
  readonly #places: Record<Vantage, Map<string, number>> = {
    source: new Map(),
    destination: new Map(),
    both: new Map(),
    none: new Map(),
  };
  readonly #cap: number;
  /**
   * The last packet of each row, LAST numbers a row: when it was first seen, between which ports and which way, and at which points since. One
   * list for all rows: an object for each row of each window would cost more than all of the counting.
   */
  readonly #last: number[] = [];

  constructor(cap: number) {
    this.#cap = cap;
  }

  /** Counts a trace event; `vantage` is that of this flow. False when there is no room for its row. */
  add(flow: FlowRecord, edge: Edge, vantage: Vantage, isReply: boolean): boolean {
    const at = this.#place(edge, vantage);
    const row = this.#rows[at];
    if (row === undefined) return false;
    if (this.#isSamePacket(at, flow, isReply)) return true;
    if (isReply) row.reply += flow.weight;
    else row.forward += flow.weight;
    return true;
  }

  /** Counts a SYN of an attempt that was answered before; false when there is no room for its row. */
  repeat(flow: FlowRecord, edge: Edge, vantage: Vantage): boolean {
    const row = this.#rows[this.#place(edge, vantage)];
    if (row !== undefined) row.repeats += flow.weight;
    return row !== undefined;
  }

  close(): readonly TalkRow[] {
    return this.#rows;
  }

  /** -1 when there is no room. */
  #place(edge: Edge, vantage: Vantage): number {
    const places = this.#places[vantage];
    let at = places.get(edge.key);
    if (at === undefined) {
      if (this.#rows.length >= this.#cap) return -1;
      at = this.#rows.push({ edge, vantage, forward: 0, reply: 0, repeats: 0 }) - 1;
      places.set(edge.key, at);
      this.#last.push(Number.NaN, 0, 0);
    }
    return at;
  }

  /** Is this the last packet of its row at a further observation point? If not, it is the last packet from here on. */
  #isSamePacket(at: number, flow: FlowRecord, isReply: boolean): boolean {
    const way = (flow.sourcePort * 65_536 + flow.destinationPort) * 2 + (isReply ? 1 : 0);
    const point = pointBit(flow.tracePoint);
    const last = this.#last;
    const from = at * LAST;
    const points = last[from + 2] ?? 0;
    if (
      flow.time - (last[from] ?? 0) <= SAME_PACKET_MS &&
      last[from + 1] === way &&
      (points & point) === 0 &&
      // A line that stands for several flows is no packet.
      flow.weight === 1
    ) {
      last[from + 2] = points | point;
      return true;
    }
    last[from] = flow.time;
    last[from + 1] = way;
    last[from + 2] = point;
    return false;
  }
}
