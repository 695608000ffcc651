/**
 * A small soak made of flows: nodes, edges with rates, restarts, drops, loss. Seeded, so that the same soak is the same flows, and one with a
 * fault differs from one without in the fault alone. Flows go through the real Aggregator.
 */
import { Aggregator } from '../../src/aggregate/aggregator.js';
import type { Journal } from '../../src/aggregate/journal.js';
import {
  DIRECTION,
  EVENT_TYPE,
  LOST_SOURCE,
  NODE_STATE,
  TCP_FLAG,
  TRACE_REASON,
  VERDICT,
  type Endpoint,
  type FlowRecord,
  type NodeSample,
  type SoakEvent,
} from '../../src/hubble/event.js';
import type { Finding, VerdictDocument } from '../../src/judge/document.js';
import { judge } from '../../src/judge/judge.js';
import { DEFAULT_SETTINGS, type Settings } from '../../src/judge/settings.js';
import { Random } from '../simulator/random.js';

/** 2026-01-05 10:00 UTC. */
export const START = Date.UTC(2026, 0, 5, 10);
export const MINUTE = 60_000;

/** An end of connections: a pod on a node, or an address outside. */
export interface End {
  readonly name: string;
  /** '' = outside of the cluster. */
  readonly node: string;
  readonly pod: string;
  readonly ip: string;
}

/**
 * What becomes of an attempt: dropped at the source or the destination, never answered, lost where no event tells of it at all, or refused
 * (which is an answer). `late`: its SYN is lost once, and monitor aggregation does not show the next one where it leaves. `hidden`: it is
 * answered, but the source's node shows no replies. `lost-answer`: the destination's node answers every SYN, and no answer comes back.
 */
export type Fate =
  | 'answered'
  | 'silent'
  | 'unseen'
  | 'refused'
  | 'late'
  | 'hidden'
  | 'lost-answer'
  | { readonly reason: number; readonly at: 'source' | 'destination' };

/** Minutes since START, and what draws are made from. */
export type FateOf = (minute: number, random: Random) => Fate;

export interface EdgeSpec {
  readonly from: End;
  readonly to: End;
  readonly port?: number;
  readonly protocol?: 'TCP' | 'UDP';
  /** Attempts a minute; default 6. */
  readonly perMinute?: number;
  readonly fate?: FateOf;
  /** Minutes of the first and last attempt. */
  readonly since?: number;
  readonly until?: number;
  /** Failed attempts are tried again this many times, 2 s apart, each from a port of its own. */
  readonly retries?: number;
}

export interface RestartSpec {
  readonly node: string;
  /** Minute at which the agent goes down. */
  readonly minute: number;
  /** Seconds out of sight; default 20. Infinity: it never comes back. */
  readonly seconds?: number;
}

export interface SoakSpec {
  readonly nodes: readonly string[];
  readonly minutes: number;
  readonly edges: readonly EdgeSpec[];
  readonly restarts: readonly RestartSpec[];
  /** Does GetNodes tell uptimes? Without it restarts are known by their silence alone. */
  readonly samples?: boolean;
  /** Minute at which a node joins. */
  readonly joins?: Readonly<Record<string, number>>;
  /** Events lost a minute on a node. */
  readonly lost?: readonly {
    readonly node: string;
    readonly from: number;
    readonly to: number;
    readonly perMinute: number;
  }[];
  readonly seed?: number;
  /** Events of other kinds, as their nodes see them. */
  readonly more?: readonly SeenFlow[];
}

/** A flow that a node sees, while it is in sight. */
export interface SeenFlow {
  readonly node: string;
  readonly time: number;
  readonly fields: Partial<FlowRecord>;
}

const ABSENT: Endpoint = {
  id: 0,
  identity: 0,
  cluster: '',
  namespace: '',
  pod: '',
  workload: '',
  workloadKind: '',
  labels: [],
};

const FLOW: FlowRecord = {
  kind: 'flow',
  time: 0,
  uuid: '',
  node: '',
  verdict: VERDICT.FORWARDED,
  dropReason: 0,
  eventType: EVENT_TYPE.TRACE,
  eventSubType: 0,
  direction: DIRECTION.UNKNOWN,
  isReply: false,
  protocol: 'TCP',
  sourcePort: 0,
  destinationPort: 0,
  tcpFlags: 0,
  icmpType: 0,
  sourceIp: '',
  destinationIp: '',
  sourceXlated: '',
  source: ABSENT,
  destination: ABSENT,
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
};

/** A pod of workload `name`, number `k` on its node. */
export function pod(name: string, node: string, k: number, nodeNumber: number): End {
  return {
    name,
    node,
    pod: `${name}-7d4b9c6f5-${'bcdfghjklm'.slice(k, k + 1)}${'npqrs'.slice(nodeNumber, nodeNumber + 1)}xz4`,
    ip: `10.0.${nodeNumber}.${k + 10}`,
  };
}

export function outside(ip: string): End {
  return { name: 'world', node: '', pod: '', ip };
}

/** How `observer` sees an end: it tells the workload of its own pods alone. */
export function endpoint(end: End, observer: string): Endpoint {
  if (end.node === '') return { ...ABSENT, identity: 2, labels: ['reserved:world'] };
  const local = end.node === observer;
  return {
    ...ABSENT,
    id: local ? 100 + Number(end.ip.split('.').at(-1)) : 0,
    identity: 4242,
    namespace: 'shop',
    pod: end.pod,
    workload: local ? end.name : '',
    workloadKind: local ? 'Deployment' : '',
    labels: [`k8s:app=${end.name}`],
  };
}

interface Life {
  readonly from: number;
  readonly blind: readonly { readonly from: number; readonly to: number }[];
}

/** Every event of the soak, in order of time. */
export function eventsOf(spec: SoakSpec): SoakEvent[] {
  const seed = spec.seed ?? 1;
  const end = START + spec.minutes * MINUTE;
  const lives = new Map(
    spec.nodes.map((node): [string, Life] => {
      const blind = spec.restarts
        .filter((restart) => restart.node === node)
        .map(({ minute, seconds }) => ({
          from: START + minute * MINUTE,
          to: START + minute * MINUTE + (seconds ?? 20) * 1000,
        }));
      return [node, { from: START + (spec.joins?.[node] ?? 0) * MINUTE, blind }];
    }),
  );
  const events: SoakEvent[] = [];
  let number = 0;
  const isSeen = (node: string, time: number): boolean => {
    const life = lives.get(node);
    return (
      life !== undefined &&
      time >= life.from &&
      time < end &&
      !life.blind.some(({ from, to }) => time >= from && time < to)
    );
  };
  const flow = (node: string, time: number, fields: Partial<FlowRecord>): void => {
    if (isSeen(node, time)) events.push({ ...FLOW, ...fields, node, time, uuid: `u${number++}` });
  };

  for (const node of spec.nodes) {
    const random = new Random(seed, 'pulse', node);
    // Traffic that opens nothing: it only shows that the node is seen.
    const here = endpoint({ name: 'pulse', node, pod: 'pulse-0', ip: '10.9.9.9' }, node);
    for (let time = START; time < end; time += 1000)
      flow(node, time + random.between(0, 400), {
        tcpFlags: TCP_FLAG.ACK,
        isReply: false,
        source: here,
        destination: here,
        sourceIp: '10.9.9.9',
        destinationIp: '10.9.9.9',
        sourcePort: 40_000,
        destinationPort: 9,
      });
  }

  const attempt = (edge: EdgeSpec, time: number, sourcePort: number, fate: Fate): void => {
    const { from, to, port = 80, protocol = 'TCP' } = edge;
    const [near, far] = [from.node === '' ? to.node : from.node, to.node === '' ? from.node : to.node];
    const one = (node: string, at: number, isReply: boolean, flags: number, drop: number, traceReason = 0) => {
      const [source, target] = isReply ? [to, from] : [from, to];
      flow(node, at, {
        protocol,
        sourceIp: source.ip,
        destinationIp: target.ip,
        sourcePort: isReply ? port : sourcePort,
        destinationPort: isReply ? sourcePort : port,
        source: endpoint(source, node),
        destination: endpoint(target, node),
        tcpFlags: protocol === 'TCP' ? flags : 0,
        direction: source.node === node ? DIRECTION.EGRESS : DIRECTION.INGRESS,
        isReply,
        traceReason,
        ...(drop === 0
          ? {}
          : {
              verdict: VERDICT.DROPPED,
              dropReason: drop,
              eventType: EVENT_TYPE.DROP,
              isReply: undefined,
              direction: source.node === node && node !== target.node ? DIRECTION.EGRESS : DIRECTION.INGRESS,
            }),
      });
    };
    const dropped = typeof fate === 'object' ? fate : undefined;
    const first = from.node === '' ? far : near;
    if (dropped?.at === 'source') {
      one(first, time, false, TCP_FLAG.SYN, dropped.reason);
      return;
    }
    if (fate === 'unseen') return;
    one(first, time, false, TCP_FLAG.SYN, 0);
    if (fate === 'silent') return;
    const wait = fate === 'late' ? 1000 : 0;
    if (dropped !== undefined) {
      one(far, time + 1, false, TCP_FLAG.SYN, dropped.reason);
      return;
    }
    if (far !== first) one(far, time + wait + 1, false, TCP_FLAG.SYN, 0);
    const flags = fate === 'refused' ? TCP_FLAG.RST | TCP_FLAG.ACK : TCP_FLAG.SYN | TCP_FLAG.ACK;
    if (far !== first) one(far, time + wait + 2, true, flags, 0);
    if (fate === 'hidden') {
      const fin = TCP_FLAG.FIN | TCP_FLAG.ACK;
      if (protocol === 'TCP')
        for (const node of new Set([first, far])) one(node, time + 200, false, fin, 0, TRACE_REASON.ESTABLISHED);
    } else if (fate === 'lost-answer') {
      for (const node of new Set([first, far]))
        one(node, time + 7000, false, TCP_FLAG.SYN, 0, TRACE_REASON.ESTABLISHED);
    } else one(first, time + wait + 3, true, flags, 0);
  };

  spec.edges.forEach((edge) => {
    const random = new Random(seed, edge.from.pod, edge.from.ip, edge.to.pod, edge.to.ip, edge.port ?? 80);
    const faults = new Random(seed, 'fault', edge.from.pod, edge.from.ip, edge.to.pod, edge.to.ip, edge.port ?? 80);
    const every = MINUTE / (edge.perMinute ?? 6);
    let sourcePort = 20_000 + random.integer(0, 9_999);
    const until = Math.min(end, START + (edge.until ?? Number.POSITIVE_INFINITY) * MINUTE);
    for (let time = START + (edge.since ?? 0) * MINUTE; time < until; time += every) {
      const at = time + random.next() * every * 0.9;
      const fate = edge.fate?.((at - START) / MINUTE, faults) ?? 'answered';
      const tries = fate === 'answered' || fate === 'refused' ? 1 : 1 + (edge.retries ?? 0);
      for (let k = 0; k < tries; k++) {
        sourcePort = sourcePort >= 60_000 ? 20_000 : sourcePort + 1;
        attempt(edge, at + k * 2000, sourcePort, fate);
      }
    }
  });

  for (const { node, time, fields } of spec.more ?? []) flow(node, time, fields);

  if (spec.samples !== false)
    for (let time = START + 500; time < end; time += 10_000)
      events.push({
        kind: 'node-samples',
        time,
        nodes: spec.nodes.flatMap((node) => sampleOf(node, lives.get(node), time)),
      });

  for (const { node, from, to, perMinute } of spec.lost ?? [])
    for (let time = START + from * MINUTE; time < START + to * MINUTE; time += 10_000)
      if (isSeen(node, time))
        events.push({
          kind: 'lost',
          time,
          node,
          source: LOST_SOURCE.PERF_EVENT_RING_BUFFER,
          count: Math.round(perMinute / 6),
        });

  return events.sort((a, b) => a.time - b.time);
}

function sampleOf(name: string, life: Life | undefined, time: number): NodeSample[] {
  if (life === undefined || time < life.from) return [];
  const isDown = life.blind.some(({ from, to }) => time >= from && time < to);
  const began = life.blind.reduce((at, { to }) => (to <= time ? to : at), life.from - 3_600_000);
  return [
    {
      name,
      state: isDown ? NODE_STATE.UNAVAILABLE : NODE_STATE.CONNECTED,
      version: 'cilium v1.20.0',
      uptimeMs: isDown ? undefined : time - began,
      seenFlows: 0,
      numFlows: 0,
      maxFlows: 4095,
    },
  ];
}

export function journalOf(events: Iterable<SoakEvent>): Journal {
  const aggregator = new Aggregator({ windowMs: DEFAULT_SETTINGS.windowMs });
  for (const event of events) aggregator.push(event);
  aggregator.finish();
  return aggregator.journal;
}

export function verdictOn(journal: Journal, settings: Partial<Settings> = {}): VerdictDocument {
  return judge(journal, { ...DEFAULT_SETTINGS, ...settings }, { inputs: [], version: 'test', now: undefined }).document;
}

export function verdictOf(spec: SoakSpec, settings: Partial<Settings> = {}): VerdictDocument {
  return verdictOn(journalOf(eventsOf(spec)), settings);
}

export function failures(document: VerdictDocument): readonly Finding[] {
  return document.findings.filter((finding) => finding.severity === 'fail');
}

export const NODES = ['n1', 'n2', 'n3'];

/** The pods of the usual cluster: on every node a client, a server, a cache. */
export const PODS = new Map(
  NODES.map((node, i) => [
    node,
    {
      client: pod('client', node, 0, i),
      server: pod(`server-${'abc'.slice(i, i + 1)}`, node, 1, i),
      cache: pod('cache', node, 2, i),
    },
  ]),
);

export function podOf(node: string, what: 'client' | 'server' | 'cache'): End {
  const end = PODS.get(node)?.[what];
  if (end === undefined) throw new RangeError(`no ${what} on ${node}`);
  return end;
}

/** Which fate an attempt of the usual cluster has; undefined = answered. */
export type Trouble = (
  edge: { readonly from: End; readonly to: End },
  minute: number,
  random: Random,
) => Fate | undefined;

/** Every client asks every server, and the cache of its own node. */
export function usualEdges(trouble: Trouble = () => undefined, perMinute = 6): EdgeSpec[] {
  const edges: EdgeSpec[] = [];
  for (const node of NODES) {
    const from = podOf(node, 'client');
    const targets = [podOf(node, 'cache'), ...NODES.map((other) => podOf(other, 'server'))];
    for (const to of targets)
      edges.push({
        from,
        to,
        port: to.name === 'cache' ? 6379 : 80,
        perMinute,
        fate: (minute, random) => trouble({ from, to }, minute, random) ?? 'answered',
      });
  }
  return edges;
}

/** When the nodes of the usual roll go down, minutes. */
export const DOWN = { n1: 8, n2: 10, n3: 12 } as const;
export const USUAL_RESTARTS: readonly RestartSpec[] = NODES.map((node, i) => ({ node, minute: 8 + 2 * i }));

/** Three nodes, rolled two minutes apart after eight minutes, soaked until minute 30. */
export function usualSoak(over: Partial<SoakSpec> = {}): SoakSpec {
  return { nodes: NODES, minutes: 30, edges: usualEdges(), restarts: USUAL_RESTARTS, ...over };
}
