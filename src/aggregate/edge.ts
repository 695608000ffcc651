import { EVENT_TYPE, TCP_FLAG, TRACE_REASON, type Endpoint, type FlowRecord, type Protocol } from '../hubble/event.js';

/**
 * Who talks to whom, oriented from the end that opened the connection to the end that answers it.
 *
 * An end is a key that does not change with the connection:
 * - `w:NAMESPACE/WORKLOAD`  a workload that the flow itself names (only the node of a local endpoint can)
 * - `p:NAMESPACE/POD`       a pod whose workload this flow does not name; the judge looks it up, or strips the generated suffix
 * - `r:LABEL@IP`            a reserved identity (host, remote-node, health, kube-apiserver, ingress ...) by address
 * - `r:world`, `r:unknown`  the outside, and what nobody can name: one end each, so that a scanner is one source
 */
export interface Edge {
  readonly src: string;
  readonly dst: string;
  readonly protocol: Protocol;
  /** Port of the answering end; 0 where the protocol has none. */
  readonly port: number;
  /** IP version of its packets. An edge that uses both is two: a finding can then say "IPv6 only". */
  readonly family: Family;
  /** All of it together, for maps: `SRC<tab>DST<tab>PROTOCOL<tab>PORT`, and `<tab>6` where only the family tells IPv6. */
  readonly key: string;
}

/** 4 also where no address tells. */
export type Family = 4 | 6;

/** Which ends of an edge are endpoints of the observing node. */
export type Vantage = 'source' | 'destination' | 'both' | 'none';

export function vantageOf(sourceLocal: boolean, destinationLocal: boolean): Vantage {
  if (sourceLocal) return destinationLocal ? 'both' : 'source';
  return destinationLocal ? 'destination' : 'none';
}

/** ICMPv6 is IPv6 whatever the family given. */
export function makeEdge(src: string, dst: string, protocol: Protocol, port: number, family: Family = 4): Edge {
  const key = `${src}\t${dst}\t${protocol}\t${port}`;
  if (protocol === 'ICMPv6') return { src, dst, protocol, port, family: 6, key };
  return { src, dst, protocol, port, family, key: family === 6 ? `${key}\t6` : key };
}

/** Reserved identities by number (Cilium `pkg/identity`): the fallback where a flow has no labels. */
const RESERVED = new Map<number, string>([
  [0, 'unknown'],
  [1, 'host'],
  [2, 'world'],
  [3, 'unmanaged'],
  [4, 'health'],
  [5, 'init'],
  [6, 'remote-node'],
  [7, 'kube-apiserver'],
  [8, 'ingress'],
  [9, 'world'],
  [10, 'world'],
]);

const HOST_IDENTITY = 1;

/** When an end carries several reserved labels, the first of these says what it is. */
const RESERVED_RANK = ['kube-apiserver', 'host', 'remote-node', 'health', 'ingress', 'unmanaged', 'init'];

/** Identities from here up are local to the node that shows them (CIDR and FQDN identities): the world, to us. */
const LOCAL_IDENTITY = 1 << 24;

/** Is this end an endpoint of the observing node, or the node itself? */
export function isLocal(end: Endpoint): boolean {
  if (end.id !== 0) return true;
  // A control plane's own host carries a second reserved label, kube-apiserver.
  return end.labels.length === 0 ? end.identity === HOST_IDENTITY : end.labels.includes('reserved:host');
}

function reservedName(end: Endpoint): string | undefined {
  let found: string | undefined;
  let rank = Number.POSITIVE_INFINITY;
  for (const label of end.labels) {
    if (!label.startsWith('reserved:')) continue;
    const name = label.slice(9);
    if (name.startsWith('world')) {
      found ??= 'world';
      continue;
    }
    const at = RESERVED_RANK.indexOf(name);
    if (at >= 0 && at < rank) {
      rank = at;
      found = name;
    } else found ??= name;
  }
  return found ?? (end.labels.length === 0 ? RESERVED.get(end.identity) : undefined);
}

/** The key of one end; `ip` is its address in this flow. */
export function endKey(end: Endpoint, ip: string): string {
  if (end.workload !== '') return `w:${end.namespace}/${end.workload}`;
  if (end.pod !== '') return `p:${end.namespace}/${end.pod}`;
  const reserved = reservedName(end);
  if (reserved === 'world' || reserved === 'unknown') return `r:${reserved}`;
  if (reserved !== undefined) return `r:${reserved}@${ip}`;
  if (end.identity >= LOCAL_IDENTITY) return 'r:world';
  const app = appLabel(end);
  if (app !== '') return `w:${end.namespace}/${app}`;
  return end.identity === 0 ? 'r:unknown' : `r:identity ${end.identity}@${ip}`;
}

const APP_LABELS = ['k8s:app.kubernetes.io/name=', 'k8s:app=', 'k8s:k8s-app='];

function appLabel(end: Endpoint): string {
  for (const prefix of APP_LABELS)
    for (const label of end.labels) if (label.startsWith(prefix)) return label.slice(prefix.length);
  return end.labels.length > 0 ? [...end.labels].sort().join(',') : '';
}

/** Is this the packet that opens a connection (TCP SYN, ICMP echo), or one that may (any UDP or SCTP datagram that is no reply)? */
export function opensConnection(flow: FlowRecord): boolean {
  if (flow.isReply === true) return false;
  switch (flow.protocol) {
    case 'TCP':
      return (flow.tcpFlags & (TCP_FLAG.SYN | TCP_FLAG.ACK | TCP_FLAG.RST)) === TCP_FLAG.SYN;
    case 'UDP':
      return flow.destinationPort !== 0;
    case 'ICMPv4':
      return flow.icmpType === 8;
    case 'ICMPv6':
      return flow.icmpType === 128;
    case 'SCTP':
    case 'VRRP':
    case 'IGMP':
    case '':
      return false;
  }
}

/** Echo replies by type, as `is_reply` is absent where Hubble does not know. */
export function answersConnection(flow: FlowRecord): boolean {
  if (flow.isReply === true) return true;
  if (flow.protocol === 'TCP')
    return (
      (flow.tcpFlags & (TCP_FLAG.SYN | TCP_FLAG.ACK)) === (TCP_FLAG.SYN | TCP_FLAG.ACK) ||
      (flow.tcpFlags & TCP_FLAG.RST) !== 0
    );
  if (flow.protocol === 'ICMPv4') return flow.icmpType === 0;
  return flow.protocol === 'ICMPv6' && flow.icmpType === 129;
}

/**
 * Is this a packet that a client sends only once its connection is established: an ACK without SYN or RST? Unless connection tracking
 * knows it as another connection, or as a reply.
 */
export function provesAnswer(flow: FlowRecord): boolean {
  if (flow.protocol !== 'TCP' || flow.isReply === true || flow.eventType !== EVENT_TYPE.TRACE) return false;
  if ((flow.tcpFlags & (TCP_FLAG.SYN | TCP_FLAG.ACK | TCP_FLAG.RST)) !== TCP_FLAG.ACK) return false;
  return flow.traceReason === TRACE_REASON.ESTABLISHED || flow.traceReason === 0;
}

/**
 * Which way a packet of an unknown connection went, when neither flags nor our own memory tell: the end with the ephemeral port opened it.
 */
export function looksLikeReply(flow: FlowRecord): boolean {
  if (flow.isReply !== undefined) return flow.isReply;
  if (answersConnection(flow)) return true;
  if (opensConnection(flow) && flow.protocol !== 'UDP') return false;
  if (!hasPorts(flow.protocol)) return false;
  const EPHEMERAL = 32768;
  return flow.sourcePort !== 0 && flow.sourcePort < EPHEMERAL && flow.destinationPort >= EPHEMERAL;
}

export function hasPorts(protocol: Protocol): boolean {
  return protocol === 'TCP' || protocol === 'UDP' || protocol === 'SCTP';
}
