/**
 * One message of Hubble, as an object, to the event that we judge. Two dialects are read alike: protobuf JSON (what `hubble observe -o
 * jsonpb`, `record` and the exporter write) and the plain objects of the gRPC decoder, which differ in times, wrappers and little else.
 *
 * Nothing in here trusts its input: a value of the wrong type counts as absent. This is the hot path of large recordings, so there is one
 * object per flow and endpoint, and what is empty is shared.
 */
import type {
  AgentEvent,
  Endpoint,
  FlowRecord,
  L7,
  LostEvents,
  NodeSample,
  NodeSamples,
  NodeStatus,
  OtherEvent,
  Protocol,
  SoakEvent,
} from './event.js';
import { EVENT_TYPE, NODE_STATE, TCP_FLAG } from './event.js';
import type { Loose } from './loose.js';
import {
  decimal,
  int,
  isEmpty,
  isObject,
  NO_STRINGS,
  NOTHING,
  object,
  port,
  string,
  strings,
  timeOf,
  uint,
  uint64,
} from './loose.js';
import {
  agentEventName,
  authTypeNumber,
  directionNumber,
  dropReasonNumber,
  l7TypeNumber,
  lostSourceNumber,
  nodeStateNumber,
  tracePointNumber,
  traceReasonNumber,
  verdictNumber,
} from './names.js';

/** An end of which nothing is known. */
export const EMPTY_ENDPOINT: Endpoint = Object.freeze({
  id: 0,
  identity: 0,
  cluster: '',
  namespace: '',
  pod: '',
  workload: '',
  workloadKind: '',
  labels: NO_STRINGS,
});

/**
 * The event in one message: GetFlowsResponse, ExportEvent, a bare Flow, `{"nodes":[...],"time":...}`, or one of these wrapped as
 * `{"recv":...,"resp":{...}}`. undefined = no known kind. A flow without a usable time has time NaN.
 */
export function decodeResponse(message: unknown): SoakEvent | undefined {
  if (!isObject(message)) return undefined;
  return decodeEnvelope(message) ?? (isObject(message['resp']) ? decodeEnvelope(message['resp']) : undefined);
}

/** A GetNodes answer, or a recorded one, as of `time`. Entries without a name are left out; undefined = no list of nodes. */
export function decodeNodes(message: unknown, time: number): NodeSamples | undefined {
  if (!isObject(message) || !Array.isArray(message['nodes'])) return undefined;
  const nodes: NodeSample[] = [];
  for (const entry of message['nodes'] as unknown[]) {
    if (!isObject(entry)) continue;
    const sample = decodeNode(entry);
    if (sample.name !== '') nodes.push(sample);
  }
  return { kind: 'node-samples', time, nodes };
}

function decodeEnvelope(message: Loose): SoakEvent | undefined {
  if (isObject(message['flow'])) return decodeFlow(message['flow'], message);
  if (isObject(message['lost_events'])) return decodeLost(message['lost_events'], message);
  if (isObject(message['node_status'])) return decodeStatus(message['node_status'], message);
  if (isObject(message['agent_event'])) return decodeAgentEvent(message['agent_event'], message);
  if (isObject(message['debug_event'])) return other(message);
  if (Array.isArray(message['nodes'])) return decodeNodes(message, timeOf(message['time']));
  if (message['verdict'] !== undefined || message['IP'] !== undefined || message['event_type'] !== undefined) {
    return decodeFlow(message, NOTHING);
  }
  return undefined;
}

function decodeFlow(flow: Loose, envelope: Loose): FlowRecord | OtherEvent {
  if (flow['time'] === undefined && isEmpty(flow)) return other(envelope);
  const eventType = object(flow['event_type']);
  const type = int(eventType['type']);
  const subType = int(eventType['sub_type']);
  const ip = object(flow['IP'] ?? flow['ip']);
  const l4 = object(flow['l4']);
  const protocol = protocolOf(l4);
  const ports = protocol === '' ? NOTHING : object(l4[protocol]);
  const flowTime = timeOf(flow['time']);
  return {
    kind: 'flow',
    time: Number.isNaN(flowTime) ? timeOf(envelope['time']) : flowTime,
    uuid: string(flow['uuid']),
    node: string(flow['node_name']) || string(envelope['node_name']),
    verdict: verdictNumber(flow['verdict']),
    dropReason: dropReasonOf(flow, type, subType),
    eventType: type,
    eventSubType: subType,
    direction: directionNumber(flow['traffic_direction']),
    isReply: isReply(flow),
    protocol,
    sourcePort: port(ports['source_port']),
    destinationPort: port(ports['destination_port']),
    tcpFlags: protocol === 'TCP' ? tcpFlags(ports['flags']) : 0,
    icmpType: protocol === 'ICMPv4' || protocol === 'ICMPv6' ? uint(ports['type']) : 0,
    sourceIp: string(ip['source']),
    destinationIp: string(ip['destination']),
    sourceXlated: string(ip['source_xlated']),
    source: decodeEndpoint(flow['source']),
    destination: decodeEndpoint(flow['destination']),
    tracePoint: tracePointNumber(flow['trace_observation_point']),
    traceReason: traceReasonNumber(flow['trace_reason']),
    authType: authTypeNumber(flow['auth_type']),
    allowedBy: policies(flow['egress_allowed_by'], flow['ingress_allowed_by']),
    deniedBy: policies(flow['egress_denied_by'], flow['ingress_denied_by']),
    policyRevision: revision(flow),
    policyMatch: flow['policy_match_type'] === undefined ? 0 : uint(flow['policy_match_type']),
    l7: isObject(flow['l7']) ? decodeL7(flow['l7']) : undefined,
    destinationNames: strings(flow['destination_names']),
    file: flow['file'] === undefined ? '' : sourceLine(object(flow['file'])),
    weight: flow['aggregate'] === undefined ? 1 : weight(object(flow['aggregate'])),
  };
}

/** `drop_reason_desc`, the deprecated `drop_reason`, or the sub type of a drop event: each of them can come alone. */
function dropReasonOf(flow: Loose, type: number, subType: number): number {
  return (
    dropReasonNumber(flow['drop_reason_desc']) ||
    dropReasonNumber(flow['drop_reason']) ||
    (type === EVENT_TYPE.DROP ? Math.max(subType, 0) : 0)
  );
}

/** Absent is unknown, not false. Before Cilium 1.10 there was only `reply`, whose false says nothing. */
function isReply(flow: Loose): boolean | undefined {
  const told = flow['is_reply'];
  if (typeof told === 'boolean') return told;
  // The wrapper as the gRPC decoder gives it: an empty message is false.
  if (isObject(told)) return told['value'] === true;
  return flow['reply'] === true ? true : undefined;
}

function protocolOf(l4: Loose): Protocol {
  if (isObject(l4['TCP'])) return 'TCP';
  if (isObject(l4['UDP'])) return 'UDP';
  if (isObject(l4['ICMPv4'])) return 'ICMPv4';
  if (isObject(l4['ICMPv6'])) return 'ICMPv6';
  if (isObject(l4['SCTP'])) return 'SCTP';
  if (isObject(l4['VRRP'])) return 'VRRP';
  if (isObject(l4['IGMP'])) return 'IGMP';
  return '';
}

function tcpFlags(value: unknown): number {
  if (!isObject(value)) return 0;
  let bits = 0;
  if (value['SYN'] === true) bits |= TCP_FLAG.SYN;
  if (value['ACK'] === true) bits |= TCP_FLAG.ACK;
  if (value['FIN'] === true) bits |= TCP_FLAG.FIN;
  if (value['RST'] === true) bits |= TCP_FLAG.RST;
  if (value['PSH'] === true) bits |= TCP_FLAG.PSH;
  if (value['URG'] === true) bits |= TCP_FLAG.URG;
  if (value['ECE'] === true) bits |= TCP_FLAG.ECE;
  if (value['CWR'] === true) bits |= TCP_FLAG.CWR;
  if (value['NS'] === true) bits |= TCP_FLAG.NS;
  return bits;
}

function decodeEndpoint(value: unknown): Endpoint {
  if (!isObject(value) || (value['identity'] === undefined && isEmpty(value))) return EMPTY_ENDPOINT;
  const workloads: unknown = value['workloads'];
  const workload = Array.isArray(workloads) ? object(workloads[0]) : NOTHING;
  return {
    id: uint(value['ID']),
    identity: uint(value['identity']),
    cluster: string(value['cluster_name']),
    namespace: string(value['namespace']),
    pod: string(value['pod_name']),
    workload: string(workload['name']),
    workloadKind: string(workload['kind']),
    labels: strings(value['labels']),
  };
}

/** `namespace/name` of each policy, the bare name of one without a namespace, the labels of one without a name. */
function policies(egress: unknown, ingress: unknown): readonly string[] {
  if (egress === undefined && ingress === undefined) return NO_STRINGS;
  const names: string[] = [];
  for (const list of [egress, ingress]) {
    if (!Array.isArray(list)) continue;
    for (const entry of list as unknown[]) {
      const policy = object(entry);
      const name = string(policy['name']);
      const namespace = string(policy['namespace']);
      if (name !== '') names.push(namespace === '' ? name : `${namespace}/${name}`);
      else {
        const labels = strings(policy['labels']).join(',');
        if (labels !== '') names.push(labels);
      }
    }
  }
  return names;
}

const POLICY_LISTS = ['egress_allowed_by', 'ingress_allowed_by', 'egress_denied_by', 'ingress_denied_by'] as const;

function revision(flow: Loose): number {
  let highest = 0;
  for (const name of POLICY_LISTS) {
    const list = flow[name];
    if (!Array.isArray(list)) continue;
    for (const entry of list as unknown[]) highest = Math.max(highest, uint64(object(entry)['revision']) ?? 0);
  }
  return highest;
}

function decodeL7(l7: Loose): L7 {
  const type = l7TypeNumber(l7['type']);
  if (isObject(l7['dns'])) {
    const dns = l7['dns'];
    return { type, dns: { query: string(dns['query']), rcode: uint(dns['rcode']) } };
  }
  if (isObject(l7['http'])) {
    const http = l7['http'];
    return { type, http: { code: uint(http['code']), method: string(http['method']), url: string(http['url']) } };
  }
  return { type };
}

function sourceLine(file: Loose): string {
  const name = string(file['name']);
  const line = uint(file['line']);
  return line === 0 ? name : `${name}:${line}`;
}

function weight(aggregate: Loose): number {
  const flows =
    uint(aggregate['ingress_flow_count']) +
    uint(aggregate['egress_flow_count']) +
    uint(aggregate['unknown_direction_flow_count']);
  return Math.max(flows, 1);
}

function decodeLost(lost: Loose, envelope: Loose): LostEvents {
  return {
    kind: 'lost',
    time: timeOf(envelope['time']),
    node: string(envelope['node_name']),
    source: lostSourceNumber(lost['source']),
    count: uint64(lost['num_events_lost']) ?? 0,
  };
}

function decodeStatus(status: Loose, envelope: Loose): NodeStatus {
  return {
    kind: 'node-status',
    time: timeOf(envelope['time']),
    state: nodeStateNumber(status['state_change']),
    // The relay merges equal messages and repeats names when it does.
    nodes: [...new Set(strings(status['node_names']))],
    message: string(status['message']),
  };
}

function decodeNode(node: Loose): NodeSample {
  const state = nodeStateNumber(node['state']);
  const uptimeNs = uint64(node['uptime_ns']);
  const answered = state === NODE_STATE.CONNECTED || state === NODE_STATE.UNKNOWN;
  return {
    name: string(node['name']),
    state,
    version: string(node['version']),
    uptimeMs: answered && uptimeNs !== undefined ? uptimeNs / 1e6 : undefined,
    seenFlows: uint64(node['seen_flows']) ?? 0,
    numFlows: uint64(node['num_flows']) ?? 0,
    maxFlows: uint64(node['max_flows']) ?? 0,
  };
}

function decodeAgentEvent(event: Loose, envelope: Loose): AgentEvent {
  const type = event['type'];
  return {
    kind: 'agent-event',
    time: timeOf(envelope['time']),
    node: string(envelope['node_name']),
    type: typeof type === 'string' && Number.isNaN(decimal(type)) ? type : agentEventName(int(type)),
  };
}

function other(envelope: Loose): OtherEvent {
  return { kind: 'other', time: timeOf(envelope['time']), node: string(envelope['node_name']) };
}
