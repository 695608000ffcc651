/** What Hubble shows of a packet on its way: trace events at the points of its route, policy verdicts and drops, with what it knows there. */
import type { Endpoint } from '../../src/hubble/event.js';
import { DIRECTION, EVENT_TYPE, TCP_FLAG, TRACE_REASON, VERDICT } from '../../src/hubble/event.js';
import type { Attempt } from './attempt.js';
import { headerOf } from './attempt.js';
import type { End, Node } from './cluster.js';
import type { Side, Sight } from './conntrack.js';
import { SIGHT } from './conntrack.js';
import type { Effects } from './effects.js';
import type { Detail, FlowWriter } from './flow-writer.js';
import { Random } from './random.js';
import type { Point } from './routes.js';
import { routeOf } from './routes.js';
import type { Scenario } from './scenario.js';

/** What becomes of one packet of a client; `audit`: let through though policy denies it, `lost`: on its way between the nodes, `unseen`: before anything saw it. */
export type Fate =
  | { readonly kind: 'pass' }
  | {
      readonly kind: 'drop';
      readonly reason: number;
      readonly at: 'source' | 'destination';
      readonly deniedBy: readonly string[];
    }
  | { readonly kind: 'audit'; readonly at: 'source' | 'destination' }
  | { readonly kind: 'lost' }
  | { readonly kind: 'unseen' };

type Drop = Extract<Fate, { kind: 'drop' }>;

export const PASS: Fate = { kind: 'pass' };
export const UNSEEN: Fate = { kind: 'unseen' };
export const LOST: Fate = { kind: 'lost' };

/** Drops that the policy program decides come with a policy verdict event, 16 microseconds before the drop itself. */
const VERDICT_REASONS: ReadonlySet<number> = new Set([133, 181, 189]);
const AUTH_REQUIRED = 189;
const AUTH_TYPE_SPIRE = 1;
/** `policy_match_type` of a rule on identity and port. */
const L3_L4_MATCH = 2;
const MINUTE_US = 60e6;
const FIRST_REVISION = 7;
const DIRECTION_NAMES = { near: 'egress', far: 'ingress' } as const;
const SYN_ACK: number = TCP_FLAG.SYN | TCP_FLAG.ACK;

export class PacketWriter {
  readonly #random: Random;
  readonly #flows: FlowWriter;
  readonly #effects: Effects;
  readonly #policyChanges: NonNullable<Scenario['policyChanges']>;

  constructor(scenario: Scenario, flows: FlowWriter, effects: Effects) {
    this.#random = new Random(scenario.seed, 'packets');
    this.#flows = flows;
    this.#effects = effects;
    this.#policyChanges = scenario.policyChanges ?? [];
  }

  /** A packet of the client, as far as it gets. Tells when the server has its answer ready, undefined where the packet never came to it. */
  ask(attempt: Attempt, at: number, fate: Fate, flags: number = TCP_FLAG.SYN): number | undefined {
    if (fate.kind === 'unseen') return undefined;
    const { from, to } = attempt;
    const route = routeOf(from, to);
    const droppedAt = fate.kind === 'drop' ? sideOf(fate.at, from, to) : undefined;
    let time = at;
    if (fate.kind === 'drop' && droppedAt === 'near') {
      this.#drop(attempt, time, 'near', fate, flags);
      return undefined;
    }
    const reasonNear = this.#passes(attempt, time, 'near', fate);
    time += this.#local();
    this.#trace(attempt, time, route.near, SIGHT.near, reasonNear, flags);
    if (fate.kind === 'lost') return undefined;
    time += this.#wire(from, to);
    if (fate.kind === 'drop') {
      this.#drop(attempt, time, 'far', fate, flags);
      return undefined;
    }
    const reasonFar = this.#passes(attempt, time, 'far', fate);
    time += this.#local();
    this.#trace(attempt, time, route.far, SIGHT.far, reasonFar, flags);
    return time + Math.round(this.#random.between(30, attempt.edge.protocol === 'UDP' ? 900 : 150));
  }

  /** The server's answer. Tells when it came to the client, undefined where it was lost on its way back. */
  answer(attempt: Attempt, at: number, isLost: boolean, flags = SYN_ACK): number | undefined {
    const { from, to } = attempt;
    const route = routeOf(from, to);
    this.#trace(attempt, at, route.answerFar, SIGHT.answerFar, TRACE_REASON.REPLY, flags);
    if (isLost) return undefined;
    const time = at + this.#wire(from, to);
    this.#trace(attempt, time, route.answerNear, SIGHT.answerNear, TRACE_REASON.REPLY, flags);
    return time;
  }

  /** The end of a TCP connection: a FIN each way. */
  close(attempt: Attempt, at: number): void {
    const { from, to } = attempt;
    const route = routeOf(from, to);
    const flags = TCP_FLAG.FIN | TCP_FLAG.ACK;
    let time = at;
    this.#trace(attempt, time, route.near, SIGHT.near, TRACE_REASON.ESTABLISHED, flags);
    time += this.#wire(from, to);
    this.#trace(attempt, time, route.far, SIGHT.far, TRACE_REASON.ESTABLISHED, flags);
    time += this.#local();
    this.#trace(attempt, time, route.answerFar, SIGHT.answerFar, TRACE_REASON.REPLY, flags);
    time += this.#wire(from, to);
    this.#trace(attempt, time, route.answerNear, SIGHT.answerNear, TRACE_REASON.REPLY, flags);
  }

  /** A router solicitation that a pod sends on a node without IPv6. */
  routerSolicitation(at: number, pod: End): void {
    if (pod.node === undefined) return;
    const tail = pod.ip.split('.').slice(2).join(':');
    this.#flows.write(
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

  /** A packet of the client gets past the policy of a side, with a verdict if it opens the connection there. Tells its trace reason. */
  #passes(attempt: Attempt, at: number, side: Side, fate: Fate): number {
    if (!attempt.conntrack.opens(side)) return TRACE_REASON.ESTABLISHED;
    const isAudited = fate.kind === 'audit' && sideOf(fate.at, attempt.from, attempt.to) === side;
    const policy = attempt.edge.allowedBy?.[DIRECTION_NAMES[side]];
    if (!isAudited && policy === undefined) return TRACE_REASON.NEW;
    const isRedirected = attempt.edge.answers?.at === DIRECTION_NAMES[side];
    this.#packet(attempt, at, nodeOf(attempt, side), false, {
      eventType: EVENT_TYPE.POLICY_VERDICT,
      subType: 0,
      verdict: isAudited ? VERDICT.AUDIT : isRedirected ? VERDICT.REDIRECTED : VERDICT.FORWARDED,
      direction: directionOf(side),
      isReply: false,
      tcpFlags: TCP_FLAG.SYN,
      ...(isAudited || policy === undefined
        ? {}
        : { allowedBy: [policy], policyRevision: this.#revision(at), policyMatch: L3_L4_MATCH }),
    });
    return TRACE_REASON.NEW;
  }

  #drop(attempt: Attempt, at: number, side: Side, { reason, deniedBy }: Drop, tcpFlags: number): void {
    const node = nodeOf(attempt, side);
    const direction = directionOf(side);
    if (VERDICT_REASONS.has(reason)) {
      this.#packet(attempt, at, node, false, {
        eventType: EVENT_TYPE.POLICY_VERDICT,
        subType: 0,
        verdict: VERDICT.DROPPED,
        direction,
        isReply: undefined,
        tcpFlags,
        dropReason: reason,
        authType: reason === AUTH_REQUIRED ? AUTH_TYPE_SPIRE : 0,
        deniedBy,
        policyRevision: deniedBy.length === 0 ? 0 : this.#revision(at),
      });
    }
    this.#packet(attempt, at + 16, node, false, {
      eventType: EVENT_TYPE.DROP,
      subType: reason,
      verdict: VERDICT.DROPPED,
      direction,
      isReply: undefined,
      tcpFlags,
      dropReason: reason,
      file: side === 'near' ? 'bpf_lxc.c:1349' : 'bpf_lxc.c:2208',
    });
  }

  /** Of the policies, as verdicts of that moment carry it. */
  #revision(at: number): number {
    let revision = FIRST_REVISION;
    for (const change of this.#policyChanges) if (change.at * MINUTE_US <= at) revision = change.revision;
    return revision;
  }

  #trace(
    attempt: Attempt,
    at: number,
    point: Point | undefined,
    sight: Sight,
    traceReason: number,
    tcpFlags: number,
  ): void {
    if (point === undefined || !attempt.conntrack.shows(sight, at, tcpFlags)) return;
    const side = sight === SIGHT.near || sight === SIGHT.answerNear ? 'near' : 'far';
    const isReply = sight === SIGHT.answerNear || sight === SIGHT.answerFar;
    const node = nodeOf(attempt, side);
    if (isReply && node !== undefined && this.#effects.hidesReplies(attempt, node, at)) return;
    this.#packet(attempt, at, node, isReply, {
      eventType: EVENT_TYPE.TRACE,
      subType: point.subType,
      verdict: VERDICT.FORWARDED,
      direction: point.tracked ? directionOf(side) : DIRECTION.UNKNOWN,
      isReply: point.tracked ? isReply : undefined,
      tcpFlags,
      tracePoint: point.tracePoint,
      traceReason: point.tracked ? traceReason : 0,
    });
  }

  /** An event about a packet of an attempt, seen by `node`; a node outside of the cluster sees nothing. */
  #packet(attempt: Attempt, at: number, node: Node | undefined, reply: boolean, detail: Detail): void {
    if (node !== undefined) this.#flows.write(at, node, headerOf(attempt, node, reply), detail);
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

function nodeOf({ from, to }: Attempt, side: Side): Node | undefined {
  return side === 'near' ? from.node : to.node;
}

/** The direction of a whole connection, as a side's node says it. */
function directionOf(side: Side): number {
  return side === 'near' ? DIRECTION.EGRESS : DIRECTION.INGRESS;
}

/** The side on which a drop can happen: the world drops nothing. */
function sideOf(at: 'source' | 'destination', from: End, to: End): Side {
  if (to.node === undefined) return 'near';
  return from.node === undefined || at === 'destination' ? 'far' : 'near';
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
