/** A small language for made-up flows: who (ends), what (packets), when (seconds after T0), as which node saw it. */
import { Aggregator } from '../../src/aggregate/aggregator.js';
import type { Journal, JournalLine, NodeWindow } from '../../src/aggregate/journal.js';
import {
  DIRECTION,
  EVENT_TYPE,
  L7_TYPE,
  LOST_SOURCE,
  NODE_STATE,
  TCP_FLAG,
  VERDICT,
  type Endpoint,
  type FlowRecord,
  type L7,
  type LostEvents,
  type NodeSamples,
  type NodeStatus,
  type SoakEvent,
} from '../../src/hubble/event.js';

/** A window border. */
export const T0 = Date.UTC(2026, 5, 1, 2, 0, 0);
export const WINDOW_MS = 10_000;
export const W0 = T0 / WINDOW_MS;
export const POLICY_DENIED = 133;
export const FIB_LOOKUP_FAILED = 169;

/** Seconds after T0 in ms since the epoch. */
export const at = (seconds: number): number => T0 + seconds * 1000;

/** Someone who talks: where it lives, and what its own node and the others call it. */
export interface End {
  readonly ip: string;
  readonly node: string;
  readonly here: Endpoint;
  readonly there: Endpoint;
}

export const NOBODY: Endpoint = {
  id: 0,
  identity: 0,
  cluster: '',
  namespace: '',
  pod: '',
  workload: '',
  workloadKind: '',
  labels: [],
};

let addresses = 0;
const nextAddress = () => `10.0.${(addresses >> 8) & 255}.${addresses++ & 255}`;

/** A pod of a Deployment: its own node alone names the workload. */
export function pod(node: string, workload: string, more: { pod?: string; namespace?: string; ip?: string } = {}): End {
  const { ip = nextAddress() } = more;
  const there = {
    ...NOBODY,
    identity: 20_000,
    namespace: more.namespace ?? 'shop',
    pod: more.pod ?? `${workload}-6d4cf56db6-x7k2p`,
    labels: [`k8s:app=${workload}`],
  };
  return { ip, node, there, here: { ...there, id: 100, workload, workloadKind: 'Deployment' } };
}

/** A node itself. */
export function host(node: string, ip: string, also: readonly string[] = []): End {
  return {
    ip,
    node,
    here: { ...NOBODY, identity: 1, labels: ['reserved:host', ...also] },
    there: { ...NOBODY, identity: 6, labels: ['reserved:remote-node', ...also] },
  };
}

/** An end that lives nowhere in the cluster, and is the same to every node. */
export function stranger(ip: string, end: Partial<Endpoint>): End {
  const same = { ...NOBODY, ...end };
  return { ip, node: '', here: same, there: same };
}

export const world = (ip: string): End => stranger(ip, { identity: 2, labels: ['reserved:world'] });

let uuids = 0;

/** A flow as `node` saw it, from `from` to `to`. */
export function flow(node: string, seconds: number, from: End, to: End, more: Partial<FlowRecord> = {}): FlowRecord {
  return {
    kind: 'flow',
    time: at(seconds),
    uuid: `00000000-0000-4000-8000-${String(uuids++).padStart(12, '0')}`,
    node,
    verdict: VERDICT.FORWARDED,
    dropReason: 0,
    eventType: EVENT_TYPE.TRACE,
    eventSubType: 0,
    direction: from.node === node ? DIRECTION.EGRESS : DIRECTION.INGRESS,
    isReply: undefined,
    protocol: 'TCP',
    sourcePort: 0,
    destinationPort: 0,
    tcpFlags: 0,
    icmpType: 0,
    sourceIp: from.ip,
    destinationIp: to.ip,
    sourceXlated: '',
    source: from.node === node ? from.here : from.there,
    destination: to.node === node ? to.here : to.there,
    tracePoint: 0,
    traceReason: 0,
    authType: 0,
    allowedBy: [],
    deniedBy: [],
    policyRevision: 0,
    policyMatch: 0,
    l7: undefined,
    destinationNames: [],
    file: '',
    weight: 1,
    ...more,
  };
}

/** A connection of a client to a server: the packets that tell of it, each as `node` saw it. */
export class Connection {
  readonly client: End;
  readonly server: End;
  readonly clientPort: number;
  readonly port: number;

  constructor(client: End, server: End, clientPort: number, port = 8080) {
    this.client = client;
    this.server = server;
    this.clientPort = clientPort;
    this.port = port;
  }

  #there(node: string, seconds: number, more: Partial<FlowRecord>): FlowRecord {
    const ports = { sourcePort: this.clientPort, destinationPort: this.port };
    return flow(node, seconds, this.client, this.server, { ...ports, ...more });
  }

  #back(node: string, seconds: number, more: Partial<FlowRecord>): FlowRecord {
    const ports = { sourcePort: this.port, destinationPort: this.clientPort };
    return flow(node, seconds, this.server, this.client, { ...ports, ...more });
  }

  syn(node: string, seconds: number, more: Partial<FlowRecord> = {}): FlowRecord {
    return this.#there(node, seconds, { tcpFlags: TCP_FLAG.SYN, isReply: false, ...more });
  }

  synAck(node: string, seconds: number, more: Partial<FlowRecord> = {}): FlowRecord {
    return this.#back(node, seconds, { tcpFlags: TCP_FLAG.SYN | TCP_FLAG.ACK, isReply: true, ...more });
  }

  rst(node: string, seconds: number, more: Partial<FlowRecord> = {}): FlowRecord {
    return this.#back(node, seconds, { tcpFlags: TCP_FLAG.RST | TCP_FLAG.ACK, ...more });
  }

  /** The drop event of a SYN; `is_reply` is never told on drops. */
  drop(node: string, seconds: number, reason = POLICY_DENIED, more: Partial<FlowRecord> = {}): FlowRecord {
    return this.#there(node, seconds, { tcpFlags: TCP_FLAG.SYN, ...dropped(reason), ...more });
  }

  /** The policy verdict of the same packet. */
  verdict(node: string, seconds: number): FlowRecord {
    return this.drop(node, seconds, POLICY_DENIED, { eventType: EVENT_TYPE.POLICY_VERDICT });
  }

  /** The policy verdict of an allowed connection. */
  allowed(node: string, seconds: number, more: Partial<FlowRecord> = {}): FlowRecord {
    const verdict = {
      eventType: EVENT_TYPE.POLICY_VERDICT,
      policyMatch: 2,
      policyRevision: 3,
      allowedBy: ['shop/cart'],
    };
    return this.syn(node, seconds, { ...verdict, ...more });
  }

  /** A packet of a connection that began long ago. */
  ack(node: string, seconds: number, more: Partial<FlowRecord> = {}): FlowRecord {
    return this.#there(node, seconds, {
      tcpFlags: TCP_FLAG.ACK,
      isReply: false,
      tracePoint: 4,
      traceReason: 2,
      ...more,
    });
  }

  ackBack(node: string, seconds: number, more: Partial<FlowRecord> = {}): FlowRecord {
    return this.#back(node, seconds, {
      tcpFlags: TCP_FLAG.ACK,
      isReply: true,
      tracePoint: 101,
      traceReason: 3,
      ...more,
    });
  }

  /** What the proxy of a node tells of a request, and of its answer. */
  request(node: string, seconds: number, l7: Omit<L7, 'type'>, more: Partial<FlowRecord> = {}): FlowRecord {
    return this.#there(node, seconds, { ...PROXIED, isReply: false, l7: { type: L7_TYPE.REQUEST, ...l7 }, ...more });
  }

  response(node: string, seconds: number, l7: Omit<L7, 'type'>, more: Partial<FlowRecord> = {}): FlowRecord {
    return this.#back(node, seconds, { ...PROXIED, isReply: true, l7: { type: L7_TYPE.RESPONSE, ...l7 }, ...more });
  }

  dropOfSynAck(node: string, seconds: number, reason = FIB_LOOKUP_FAILED): FlowRecord {
    return this.#back(node, seconds, { tcpFlags: TCP_FLAG.SYN | TCP_FLAG.ACK, ...dropped(reason) });
  }

  udp(node: string, seconds: number, more: Partial<FlowRecord> = {}): FlowRecord {
    return this.#there(node, seconds, { protocol: 'UDP', isReply: false, ...more });
  }

  udpReply(node: string, seconds: number, more: Partial<FlowRecord> = {}): FlowRecord {
    return this.#back(node, seconds, { protocol: 'UDP', isReply: true, ...more });
  }

  echo(node: string, seconds: number): FlowRecord {
    return this.#there(node, seconds, { protocol: 'ICMPv4', icmpType: 8, sourcePort: 0, destinationPort: 0 });
  }

  echoReply(node: string, seconds: number): FlowRecord {
    return this.#back(node, seconds, { protocol: 'ICMPv4', icmpType: 0, sourcePort: 0, destinationPort: 0 });
  }
}

const dropped = (reason: number) => ({
  verdict: VERDICT.DROPPED,
  eventType: EVENT_TYPE.DROP,
  eventSubType: reason,
  dropReason: reason,
});

const PROXIED = { eventType: EVENT_TYPE.L7, direction: DIRECTION.EGRESS } as const;

export const http = (code: number): Omit<L7, 'type'> => ({ http: { code, method: 'GET', url: 'http://api/items' } });
export const dns = (rcode: number): Omit<L7, 'type'> => ({ dns: { query: 'api.shop.svc.cluster.local.', rcode } });

/** A flow that opens nothing: the node is there. */
export const beat = (node: string, seconds: number): FlowRecord =>
  flow(node, seconds, world('192.0.2.1'), world('192.0.2.2'), { tcpFlags: TCP_FLAG.ACK, isReply: false });

/** Beats of a node from one time to another. */
export function beats(node: string, from: number, to: number, every = 1): FlowRecord[] {
  return Array.from({ length: Math.ceil((to - from) / every) }, (_, i) => beat(node, from + i * every));
}

export const lost = (node: string, count: number, source: number = LOST_SOURCE.PERF_EVENT_RING_BUFFER): LostEvents => ({
  kind: 'lost',
  time: at(86_400),
  node,
  source,
  count,
});

/** GetNodes: the uptimes of nodes in seconds; undefined for a node that did not answer. */
export function samples(seconds: number, uptimes: Record<string, number | undefined>): NodeSamples {
  return {
    kind: 'node-samples',
    time: at(seconds),
    nodes: Object.entries(uptimes).map(([name, uptime]) => ({
      name,
      state: uptime === undefined ? NODE_STATE.UNAVAILABLE : NODE_STATE.CONNECTED,
      version: uptime === undefined ? '' : 'cilium v1.20.0',
      uptimeMs: uptime === undefined ? undefined : uptime * 1000,
      seenFlows: 0,
      numFlows: 0,
      maxFlows: 4095,
    })),
  };
}

export const status = (seconds: number, state: number, ...nodes: string[]): NodeStatus => ({
  kind: 'node-status',
  time: at(seconds),
  state,
  nodes,
  message: '',
});

export function aggregator(windowMs = WINDOW_MS): Aggregator {
  return new Aggregator({ windowMs });
}

/** The journal of these events. */
export function journalOf(events: Iterable<SoakEvent>, windowMs = WINDOW_MS): Journal {
  const into = aggregator(windowMs);
  for (const event of events) into.push(event);
  into.finish();
  return into.journal;
}

/** By time, as a well-behaved source would send them. */
export function inTime<T extends { readonly time: number }>(events: readonly T[]): T[] {
  return [...events].sort((a, b) => a.time - b.time);
}

/** The attempts of a journal, summed over windows: what became of them. */
export function outcomes(journal: Journal, of: (line: NodeWindow) => boolean = () => true) {
  let answered = 0;
  let unanswered = 0;
  let retransmissions = 0;
  let begun = 0;
  const dropped = new Map<number, number>();
  for (const line of journal.windows.filter(of)) {
    begun += line.attemptsBegun;
    for (const row of line.attempts) {
      answered += row.answered;
      unanswered += row.unanswered.length;
      retransmissions += row.retransmissions;
      for (const { reason, hashes } of row.dropped) dropped.set(reason, (dropped.get(reason) ?? 0) + hashes.length);
    }
  }
  return { begun, answered, unanswered, dropped: Object.fromEntries(dropped), retransmissions };
}

/** The lines of one node and window. */
export const linesOf = (journal: Journal, node: string, window: number): NodeWindow[] =>
  journal.windows.filter((line) => line.node === node && line.window === W0 + window);

/** All lines as sorted JSON: two journals are the same when these are. */
export function canonical(lines: Iterable<JournalLine>): string[] {
  return [...lines].map((line) => JSON.stringify(sorted(line), keysInOrder)).sort();
}

function keysInOrder(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The rows of a line in an order of their own: in which order they were opened tells nothing. */
function sorted(line: JournalLine): JournalLine {
  if (line.kind !== 'window') return line;
  const byText = <T>(rows: readonly T[]): T[] =>
    rows
      .map((row) => ({ row, text: JSON.stringify(row, keysInOrder) }))
      .sort((a, b) => (a.text < b.text ? -1 : 1))
      .map(({ row }) => row);
  return {
    ...line,
    drops: byText(line.drops),
    attempts: byText(line.attempts),
    verdicts: byText(line.verdicts),
    answers: byText(line.answers),
    talk: byText(line.talk),
    places: byText(line.places),
  };
}
