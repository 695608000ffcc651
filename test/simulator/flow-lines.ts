/**
 * Events as the lines that Hubble 1.19 and `hubble-soak record` write: the protobuf JSON of GetFlowsResponse, and of the answers of
 * GetNodes. What the event does not hold (Ethernet addresses, interfaces) is made up from what it does.
 */
import type { Endpoint, FlowRecord, NodeSample, SoakEvent } from '../../src/hubble/event.js';
import { DIRECTION, EVENT_TYPE, NODE_STATE, TCP_FLAG } from '../../src/hubble/event.js';
import {
  directionName,
  dropReasonName,
  lostSourceName,
  nodeStateName,
  tracePointName,
  traceReasonName,
  verdictName,
} from '../../src/hubble/names.js';
import { formatTime } from '../../src/hubble/time.js';
import { splitName } from './cluster.js';
import { l7Summary, layer7 } from './l7-lines.js';
import { hashText } from './random.js';
import type { Scenario } from './scenario.js';

type Json = Readonly<Record<string, unknown>>;

const RELAY = 'hubble-relay-5c7d8f9b6d-x2q7k';

/** Interfaces of a node. */
const VXLAN = { index: 7, name: 'cilium_vxlan' };
const UPLINK = { index: 2, name: 'eth0' };

/** Makes lines from the events of a scenario. */
export function flowLine(scenario: Scenario): (event: SoakEvent) => string {
  const addresses = new Map(scenario.nodes.map((node, index) => [node.name, `10.0.0.${11 + index}:4244`]));
  const emitter = { name: 'Hubble', version: scenario.cilium };
  return (event) => JSON.stringify(message(event, emitter, addresses));
}

function message(event: SoakEvent, emitter: Json, addresses: ReadonlyMap<string, string>): Json {
  const time = formatTime(event.time);
  switch (event.kind) {
    case 'flow':
      return { flow: flow(event, time, emitter), node_name: event.node, time };
    case 'lost':
      return {
        lost_events: { source: lostSourceName(event.source), num_events_lost: String(event.count), cpu: 1 },
        node_name: event.node,
        time,
      };
    case 'node-status':
      return {
        node_status: {
          state_change: nodeStateName(event.state),
          node_names: event.nodes,
          ...(event.message === '' ? {} : { message: event.message }),
        },
        node_name: RELAY,
        time,
      };
    case 'node-samples':
      return { nodes: event.nodes.map((node) => sample(node, addresses.get(node.name) ?? '')), time };
    case 'agent-event':
    case 'other':
      throw new TypeError(`the simulator makes no event of kind ${event.kind}`);
  }
}

function sample(node: NodeSample, address: string): Json {
  const known = { name: node.name, address, state: nodeStateName(node.state), tls: {} };
  if (node.state !== NODE_STATE.CONNECTED || node.uptimeMs === undefined) return known;
  return {
    name: node.name,
    version: node.version,
    address,
    state: known.state,
    tls: {},
    uptime_ns: String(BigInt(Math.round(node.uptimeMs * 1000)) * 1000n),
    num_flows: String(node.numFlows),
    max_flows: String(node.maxFlows),
    seen_flows: String(node.seenFlows),
  };
}

/** Keys in the order of the API's declaration; what is unset is left out. */
function flow(event: FlowRecord, time: string, emitter: Json): Json {
  const dropped = event.dropReason !== 0;
  return defined({
    time,
    uuid: event.uuid,
    emitter,
    verdict: verdictName(event.verdict),
    drop_reason: dropped ? event.dropReason : undefined,
    ethernet:
      event.l7 === undefined ? { source: mac(event.sourceIp), destination: mac(event.destinationIp) } : undefined,
    IP: {
      source: event.sourceIp,
      destination: event.destinationIp,
      ipVersion: event.sourceIp.includes(':') ? 'IPv6' : 'IPv4',
    },
    l4: layer4(event),
    source: endpoint(event.source),
    destination: endpoint(event.destination),
    Type: event.l7 === undefined ? 'L3_L4' : 'L7',
    node_name: event.node,
    l7: event.l7 === undefined ? undefined : layer7(event.l7),
    reply: event.isReply === true ? true : undefined,
    event_type: defined({ type: event.eventType, sub_type: event.eventSubType === 0 ? undefined : event.eventSubType }),
    traffic_direction: event.direction === DIRECTION.UNKNOWN ? undefined : directionName(event.direction),
    policy_match_type: event.policyMatch === 0 ? undefined : event.policyMatch,
    trace_observation_point: event.tracePoint === 0 ? undefined : tracePointName(event.tracePoint),
    trace_reason: event.traceReason === 0 ? undefined : traceReasonName(event.traceReason),
    file: event.file === '' ? undefined : sourceLine(event.file),
    drop_reason_desc: dropped ? dropReasonName(event.dropReason) : undefined,
    is_reply: event.isReply,
    auth_type: event.authType === 0 ? undefined : 'SPIRE',
    interface: networkInterface(event),
    Summary: summary(event),
    egress_allowed_by: policies(event.allowedBy, event, DIRECTION.EGRESS),
    ingress_allowed_by: policies(event.allowedBy, event, DIRECTION.INGRESS),
    egress_denied_by: policies(event.deniedBy, event, DIRECTION.EGRESS),
    ingress_denied_by: policies(event.deniedBy, event, DIRECTION.INGRESS),
  });
}

function endpoint(end: Endpoint): Json {
  return defined({
    ID: end.id === 0 ? undefined : end.id,
    identity: end.identity === 0 ? undefined : end.identity,
    cluster_name: end.cluster === '' ? undefined : end.cluster,
    namespace: end.namespace === '' ? undefined : end.namespace,
    labels: end.labels,
    pod_name: end.pod === '' ? undefined : end.pod,
    workloads: end.workload === '' ? undefined : [{ name: end.workload, kind: end.workloadKind }],
  });
}

function layer4(event: FlowRecord): Json {
  const ports = { source_port: event.sourcePort, destination_port: event.destinationPort };
  switch (event.protocol) {
    case 'TCP':
      if (event.l7 !== undefined) return { TCP: ports };
      return { TCP: { ...ports, flags: Object.fromEntries(flagNames(event, FLAGS).map((name) => [name, true])) } };
    case 'UDP':
      return { UDP: ports };
    case 'ICMPv4':
    case 'ICMPv6':
      // Protobuf JSON leaves out zero, which is the type of an echo reply.
      return { [event.protocol]: event.icmpType === 0 ? {} : { type: event.icmpType } };
    case 'SCTP':
    case 'VRRP':
    case 'IGMP':
    case '':
      throw new TypeError(`the simulator makes no flow of protocol '${event.protocol}'`);
  }
}

const ICMPV6_TYPES = new Map([
  [128, 'EchoRequest'],
  [129, 'EchoReply'],
  [133, 'RouterSolicitation'],
]);

function summary(event: FlowRecord): string {
  if (event.l7 !== undefined) return l7Summary(event, event.l7);
  switch (event.protocol) {
    case 'TCP':
      return `TCP Flags: ${flagNames(event, SUMMARY_FLAGS).join(', ')}`;
    case 'ICMPv4':
      return event.icmpType === 0 ? 'ICMPv4 EchoReply' : 'ICMPv4 EchoRequest';
    case 'ICMPv6':
      return `ICMPv6 ${ICMPV6_TYPES.get(event.icmpType) ?? event.icmpType}`;
    default:
      return event.protocol;
  }
}

/** In the order of the API's declaration, and in that of summaries. */
const FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK'] as const;
const SUMMARY_FLAGS = ['SYN', 'ACK', 'RST', 'FIN', 'PSH'] as const;

function flagNames({ tcpFlags }: FlowRecord, names: readonly (keyof typeof TCP_FLAG)[]): string[] {
  return names.filter((name) => (tcpFlags & TCP_FLAG[name]) !== 0);
}

/** Only trace events know the interface, and not at every point. */
function networkInterface(event: FlowRecord): Json | undefined {
  if (event.eventType !== EVENT_TYPE.TRACE) return undefined;
  switch (tracePointName(event.tracePoint)) {
    case 'TO_ENDPOINT': {
      const hash = hashText(event.destinationIp, 2);
      return { index: 10 + (hash % 60), name: `lxc${hash.toString(16).padStart(12, '0')}` };
    }
    case 'TO_OVERLAY':
      return VXLAN;
    case 'TO_NETWORK':
      return UPLINK;
    default:
      return undefined;
  }
}

function policies(names: readonly string[], event: FlowRecord, direction: number): readonly Json[] | undefined {
  if (event.direction !== direction || names.length === 0) return undefined;
  return names.map((policy) => {
    const { namespace, name } = splitName(policy);
    const labels = [
      'k8s:io.cilium.k8s.policy.derived-from=CiliumNetworkPolicy',
      `k8s:io.cilium.k8s.policy.name=${name}`,
      `k8s:io.cilium.k8s.policy.namespace=${namespace}`,
    ];
    return { name, namespace, labels, revision: String(event.policyRevision), kind: 'CiliumNetworkPolicy' };
  });
}

function sourceLine(text: string): Json {
  const [name, line] = text.split(':');
  return { name, line: Number(line) };
}

/** A locally administered address of its own for every IP address. */
function mac(ip: string): string {
  const hash = hashText(ip, 1).toString(16).padStart(8, '0');
  return `0a:58:${hash.slice(0, 2)}:${hash.slice(2, 4)}:${hash.slice(4, 6)}:${hash.slice(6)}`;
}

function defined(object: Record<string, unknown>): Json {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
