/** What Hubble shows of a packet on its way: trace events at the points of its route, policy verdicts and drops, with what it knows there. */
import type { Endpoint, FlowRecord, Protocol } from '../../src/hubble/event.js';
import { DIRECTION, EVENT_TYPE, TCP_FLAG, VERDICT } from '../../src/hubble/event.js';
import type { End, Node } from './cluster.js';
import type { Random } from './random.js';
import { mix } from './random.js';
import type { Point } from './routes.js';
import { routeOf } from './routes.js';
import type { EdgeSpec } from './scenario.js';

/** One connection attempt; its retransmissions share it. */
export interface Attempt {
  /** Unique in the soak. */
  readonly id: number;
  readonly edge: EdgeSpec;
  readonly from: End;
  readonly to: End;
  readonly sourcePort: number;
  /** The client tried before, with another connection. */
  readonly isRetry?: true;
}

/** What becomes of one packet. */
export type Fate =
  | { readonly kind: 'pass' }
  | { readonly kind: 'drop'; readonly reason: number; readonly at: 'source' | 'destination' }
  | { readonly kind: 'lost'; readonly leg: 'request' | 'reply' }
  | { readonly kind: 'refused' };

export const PASS: Fate = { kind: 'pass' };

/** Takes a flow of the given time, in whole microseconds since the start of the soak. */
export type Sink = (atUs: number, flow: FlowRecord) => void;

/** Drops that the policy program decides come with a policy verdict event, 16 microseconds before the drop itself. */
const VERDICT_REASONS: ReadonlySet<number> = new Set([133, 181, 189]);
const AUTH_REQUIRED = 189;
const AUTH_TYPE_SPIRE = 1;
/** `policy_match_type` of a rule on identity and port. */
const L3_L4_MATCH = 2;
const POLICY_REVISION = 7;

const NO_NAMES: readonly string[] = [];
const TRACE_NEW = 1;
const TRACE_ESTABLISHED = 2;
const TRACE_REPLY = 3;
const ECHO_REQUEST = 8;
const ECHO_REPLY = 0;

/** What one event adds to what all of them have. */
interface Detail {
  readonly eventType: number;
  readonly subType: number;
  readonly verdict: number;
  readonly direction: number;
  readonly isReply: boolean | undefined;
  readonly tcpFlags: number;
  readonly dropReason?: number;
  readonly point?: Point;
  readonly traceReason?: number;
  readonly authType?: number;
  readonly allowedBy?: readonly string[];
  readonly file?: string;
}

/** What tells one packet from another. */
interface Header {
  readonly protocol: Protocol;
  readonly source: Endpoint;
  readonly sourceIp: string;
  readonly sourcePort: number;
  readonly destination: Endpoint;
  readonly destinationIp: string;
  readonly destinationPort: number;
  readonly icmpType: number;
}

export class PacketWriter {
  readonly #startMs: number;
  readonly #random: Random;
  readonly #sink: Sink;
  readonly #uuidSeed: number;
  readonly #uuidTail: string;
  #count = 0;

  /** `startMs`: the start of the soak, ms since the epoch. */
  constructor(startMs: number, random: Random, sink: Sink) {
    this.#startMs = startMs;
    this.#random = random;
    this.#sink = sink;
    this.#uuidSeed = random.bits();
    const hex = (length: number): string => random.text(length, '0123456789abcdef');
    this.#uuidTail = `${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
  }

  /** One packet of an attempt (`again`: a retransmission), with everything that follows it. Tells whether the attempt was answered. */
  transmit(attempt: Attempt, at: number, again: boolean, fate: Fate): boolean {
    const { from, to } = attempt;
    const route = routeOf(from, to);
    const dropAt = fate.kind === 'drop' ? sideOf(fate.at, from, to) : undefined;
    let time = at;
    if (fate.kind === 'drop' && dropAt === 'source') {
      this.#drop(attempt, time, from.node, DIRECTION.EGRESS, fate.reason);
      return false;
    }
    this.#allowed(attempt, time, from.node, DIRECTION.EGRESS, attempt.edge.allowedBy?.egress, again);
    const traceReason = again ? TRACE_ESTABLISHED : TRACE_NEW;
    time += this.#local();
    this.#trace(attempt, time, from.node, route.near, DIRECTION.EGRESS, false, traceReason, TCP_FLAG.SYN);
    if (fate.kind === 'lost' && fate.leg === 'request') return false;
    time += this.#wire(from, to);
    if (fate.kind === 'drop') {
      this.#drop(attempt, time, to.node, DIRECTION.INGRESS, fate.reason);
      return false;
    }
    this.#allowed(attempt, time, to.node, DIRECTION.INGRESS, attempt.edge.allowedBy?.ingress, again);
    time += this.#local();
    this.#trace(attempt, time, to.node, route.far, DIRECTION.INGRESS, false, traceReason, TCP_FLAG.SYN);
    time += Math.round(this.#random.between(30, attempt.edge.protocol === 'UDP' ? 900 : 150));
    const flags = fate.kind === 'refused' ? TCP_FLAG.RST | TCP_FLAG.ACK : TCP_FLAG.SYN | TCP_FLAG.ACK;
    this.#trace(attempt, time, to.node, route.answerFar, DIRECTION.INGRESS, true, TRACE_REPLY, flags);
    if (fate.kind === 'lost') return false;
    time += this.#wire(from, to);
    this.#trace(attempt, time, from.node, route.answerNear, DIRECTION.EGRESS, true, TRACE_REPLY, flags);
    return true;
  }

  /** The end of a TCP connection: a FIN each way. */
  close(attempt: Attempt, at: number): void {
    const { from, to } = attempt;
    const route = routeOf(from, to);
    const flags = TCP_FLAG.FIN | TCP_FLAG.ACK;
    let time = at;
    this.#trace(attempt, time, from.node, route.near, DIRECTION.EGRESS, false, TRACE_ESTABLISHED, flags);
    time += this.#wire(from, to);
    this.#trace(attempt, time, to.node, route.far, DIRECTION.INGRESS, false, TRACE_ESTABLISHED, flags);
    time += this.#local();
    this.#trace(attempt, time, to.node, route.answerFar, DIRECTION.INGRESS, true, TRACE_REPLY, flags);
    time += this.#wire(from, to);
    this.#trace(attempt, time, from.node, route.answerNear, DIRECTION.EGRESS, true, TRACE_REPLY, flags);
  }

  /** A router solicitation that a pod sends on a node without IPv6. */
  routerSolicitation(at: number, pod: End): void {
    const tail = pod.ip.split('.').slice(2).join(':');
    this.#tell(
      at,
      pod.node,
      {
        protocol: 'ICMPv6',
        source: { ...pod.remote, pod: '' },
        sourceIp: `fe80::4c:${tail}`,
        sourcePort: 0,
        destination: UNKNOWN_ENDPOINT,
        destinationIp: 'ff02::2',
        destinationPort: 0,
        icmpType: 133,
      },
      {
        eventType: EVENT_TYPE.DROP,
        subType: 139,
        verdict: VERDICT.DROPPED,
        direction: DIRECTION.INGRESS,
        isReply: undefined,
        tcpFlags: 0,
        dropReason: 139,
        file: 'bpf_lxc.c:1491',
      },
    );
  }

  #allowed(
    attempt: Attempt,
    at: number,
    node: Node | undefined,
    direction: number,
    policy: string | undefined,
    again: boolean,
  ): void {
    if (policy === undefined || again) return;
    this.#packet(attempt, at, node, false, {
      eventType: EVENT_TYPE.POLICY_VERDICT,
      subType: 0,
      verdict: VERDICT.FORWARDED,
      direction,
      isReply: false,
      tcpFlags: TCP_FLAG.SYN,
      allowedBy: [policy],
    });
  }

  #drop(attempt: Attempt, at: number, node: Node | undefined, direction: number, reason: number): void {
    const detail = {
      verdict: VERDICT.DROPPED,
      direction,
      isReply: undefined,
      tcpFlags: TCP_FLAG.SYN,
      dropReason: reason,
    };
    if (VERDICT_REASONS.has(reason)) {
      const authType = reason === AUTH_REQUIRED ? AUTH_TYPE_SPIRE : 0;
      this.#packet(attempt, at, node, false, { ...detail, eventType: EVENT_TYPE.POLICY_VERDICT, subType: 0, authType });
    }
    const file = direction === DIRECTION.EGRESS ? 'bpf_lxc.c:1349' : 'bpf_lxc.c:2208';
    this.#packet(attempt, at + 16, node, false, { ...detail, eventType: EVENT_TYPE.DROP, subType: reason, file });
  }

  #trace(
    attempt: Attempt,
    at: number,
    node: Node | undefined,
    point: Point | undefined,
    direction: number,
    reply: boolean,
    traceReason: number,
    tcpFlags: number,
  ): void {
    if (point === undefined) return;
    this.#packet(attempt, at, node, reply, {
      eventType: EVENT_TYPE.TRACE,
      subType: point.subType,
      verdict: VERDICT.FORWARDED,
      direction: point.tracked ? direction : DIRECTION.UNKNOWN,
      isReply: point.tracked ? reply : undefined,
      tcpFlags,
      point,
      traceReason: point.tracked ? traceReason : 0,
    });
  }

  /** An event about a packet of an attempt, seen by `node`; a node outside of the cluster sees nothing. */
  #packet(attempt: Attempt, at: number, node: Node | undefined, reply: boolean, detail: Detail): void {
    if (node === undefined) return;
    const { edge, from, to, sourcePort } = attempt;
    const isIcmp = edge.protocol === 'ICMP';
    const [sender, receiver] = reply ? [to, from] : [from, to];
    const header = {
      protocol: isIcmp ? 'ICMPv4' : edge.protocol,
      source: seenBy(node, sender),
      sourceIp: sender.ip,
      sourcePort: isIcmp ? 0 : reply ? edge.port : sourcePort,
      destination: seenBy(node, receiver),
      destinationIp: receiver.ip,
      destinationPort: isIcmp ? 0 : reply ? sourcePort : edge.port,
      icmpType: isIcmp && !reply ? ECHO_REQUEST : ECHO_REPLY,
    } as const;
    this.#tell(at, node, header, detail);
  }

  /** Hands one flow over: made in one piece, as there are a hundred thousand of them in a soak. */
  #tell(at: number, node: Node | undefined, header: Header, detail: Detail): void {
    this.#sink(at, {
      kind: 'flow',
      time: timeAt(this.#startMs, at),
      uuid: this.#uuid(),
      node: node?.name ?? '',
      verdict: detail.verdict,
      dropReason: detail.dropReason ?? 0,
      eventType: detail.eventType,
      eventSubType: detail.subType,
      direction: detail.direction,
      isReply: detail.isReply,
      protocol: header.protocol,
      sourcePort: header.sourcePort,
      destinationPort: header.destinationPort,
      tcpFlags: header.protocol === 'TCP' ? detail.tcpFlags : 0,
      icmpType: header.icmpType,
      sourceIp: header.sourceIp,
      destinationIp: header.destinationIp,
      sourceXlated: '',
      source: header.source,
      destination: header.destination,
      tracePoint: detail.point?.tracePoint ?? 0,
      traceReason: detail.traceReason ?? 0,
      authType: detail.authType ?? 0,
      allowedBy: detail.allowedBy ?? NO_NAMES,
      deniedBy: NO_NAMES,
      policyRevision: detail.allowedBy === undefined ? 0 : POLICY_REVISION,
      policyMatch: detail.allowedBy === undefined ? 0 : L3_L4_MATCH,
      l7: undefined,
      destinationNames: NO_NAMES,
      file: detail.file ?? '',
      weight: 1,
    });
  }

  /** Unique in the soak, but only 32 bits of it differ: random ones would be a third of a compressed recording. */
  #uuid(): string {
    const head = mix(this.#uuidSeed ^ this.#count++);
    return `${head.toString(16).padStart(8, '0')}-${this.#uuidTail}`;
  }

  /** Microseconds inside a node. */
  #local(): number {
    return Math.round(this.#random.between(8, 60));
  }

  /** Microseconds between two ends. */
  #wire(from: End, to: End): number {
    if (from.node === to.node) return this.#local();
    const [low, high] = from.node === undefined || to.node === undefined ? [4_000, 30_000] : [150, 600];
    return Math.round(this.#random.between(low, high));
  }
}

/** The side on which a drop can happen: the world drops nothing. */
function sideOf(at: 'source' | 'destination', from: End, to: End): 'source' | 'destination' {
  if (to.node === undefined) return 'source';
  return from.node === undefined ? 'destination' : at;
}

function seenBy(node: Node, end: End): Endpoint {
  return end.node === node ? end.local : end.remote;
}

const UNKNOWN_ENDPOINT: Endpoint = {
  id: 0,
  identity: 0,
  cluster: '',
  namespace: '',
  pod: '',
  workload: '',
  workloadKind: '',
  labels: ['reserved:unknown'],
};

/** Milliseconds since the epoch. */
export function timeAt(startMs: number, us: number): number {
  const ms = Math.floor(us / 1000);
  return startMs + ms + Math.round(us - ms * 1000) / 1000;
}
