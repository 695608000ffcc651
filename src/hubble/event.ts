/**
 * What Hubble tells us, decoded: the one record type that recordings (JSON) and the relay (gRPC) both give.
 *
 * Enums are kept as the API's numbers (`names.ts` has their names), so a number that a newer Cilium adds passes through unharmed. Times
 * are milliseconds since the epoch with a fraction (a double holds them to 0.25 microseconds).
 */
export type SoakEvent = FlowRecord | LostEvents | NodeStatus | NodeSamples | AgentEvent | OtherEvent;

/** One end of a flow as the observing node saw it. */
export interface Endpoint {
  /** Endpoint ID on the observing node; 0 when this end is not one of that node's endpoints. */
  readonly id: number;
  /** Security identity; 0 when unknown. From 2^24 up it means something on the observing node only. */
  readonly identity: number;
  readonly cluster: string;
  readonly namespace: string;
  readonly pod: string;
  /** `workloads[0]`: only the node of a local endpoint tells it. */
  readonly workload: string;
  readonly workloadKind: string;
  /** As Hubble gives them, for instance `k8s:app=cart` or `reserved:host`. */
  readonly labels: readonly string[];
}

/** TCP flags as bits, in the order of the TCP header. */
export const TCP_FLAG = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32, ECE: 64, CWR: 128, NS: 256 } as const;

/** Hubble's `event_type.type` numbers that occur in flows. */
export const EVENT_TYPE = { DROP: 1, CAPTURE: 3, TRACE: 4, POLICY_VERDICT: 5, SOCK: 7, L7: 129 } as const;

/** `flow.Verdict`. */
export const VERDICT = {
  UNKNOWN: 0,
  FORWARDED: 1,
  DROPPED: 2,
  ERROR: 3,
  AUDIT: 4,
  REDIRECTED: 5,
  TRACED: 6,
  TRANSLATED: 7,
} as const;

/** `flow.TrafficDirection`. */
export const DIRECTION = { UNKNOWN: 0, INGRESS: 1, EGRESS: 2 } as const;

/** `flow.TraceReason`, as far as we look at it. */
export const TRACE_REASON = { NEW: 1, ESTABLISHED: 2, REPLY: 3, RELATED: 4 } as const;

/** `flow.L7FlowType`. */
export const L7_TYPE = { REQUEST: 1, RESPONSE: 2, SAMPLE: 3 } as const;

export type Protocol = '' | 'TCP' | 'UDP' | 'SCTP' | 'ICMPv4' | 'ICMPv6' | 'VRRP' | 'IGMP';

export interface L7 {
  /** `flow.L7FlowType` number (see L7_TYPE). */
  readonly type: number;
  readonly dns?: { readonly query: string; readonly rcode: number };
  readonly http?: { readonly code: number; readonly method: string; readonly url: string };
}

export interface FlowRecord {
  readonly kind: 'flow';
  readonly time: number;
  /** Unique per event, '' before Cilium 1.14 and in aggregated exporter lines. */
  readonly uuid: string;
  /** Observing node, with its cluster prefix where it has one; '' when the input does not say. */
  readonly node: string;
  readonly verdict: number;
  /** `flow.DropReason` number; 0 when there is none. */
  readonly dropReason: number;
  /** `event_type.type` (see EVENT_TYPE); 0 when absent. */
  readonly eventType: number;
  readonly eventSubType: number;
  readonly direction: number;
  /** undefined = unknown (drops and denied verdicts never tell). */
  readonly isReply: boolean | undefined;
  readonly protocol: Protocol;
  /** 0 when absent. */
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** TCP_FLAG bits. */
  readonly tcpFlags: number;
  readonly icmpType: number;
  readonly sourceIp: string;
  readonly destinationIp: string;
  /** Source address before or after translation (`IP.source_xlated`); '' when none. */
  readonly sourceXlated: string;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** `flow.TraceObservationPoint` number (TO_ENDPOINT is 101); 0 when absent. */
  readonly tracePoint: number;
  readonly traceReason: number;
  readonly authType: number;
  /**
   * Policies of `*_allowed_by` and `*_denied_by`: `namespace/name`; the labels, joined by commas, of one that has no name (Cilium up to
   * 1.17, or a policy read from a file).
   */
  readonly allowedBy: readonly string[];
  readonly deniedBy: readonly string[];
  /** Highest `revision` of these policies; 0 when none tells. Each agent counts anew from 1 when it starts. */
  readonly policyRevision: number;
  /** `policy_match_type` of a policy verdict (Cilium `pkg/monitor/api`): 1 L3 only, 2 L3 and L4, 3 L4 only, 4 all ...; 0 when none. */
  readonly policyMatch: number;
  readonly l7: L7 | undefined;
  /** DNS names of the destination as the agent knows them. */
  readonly destinationNames: readonly string[];
  /** BPF source of a drop, `file:line`; '' when absent. */
  readonly file: string;
  /** Flows that this record stands for (exporter `aggregate`), at least 1. */
  readonly weight: number;
}

/** `LostEvent.source`. The last one is ours, by a number that no Hubble uses: what came too fast for this client (`flow-queue.ts`). */
export const LOST_SOURCE = {
  UNKNOWN: 0,
  PERF_EVENT_RING_BUFFER: 1,
  OBSERVER_EVENTS_QUEUE: 2,
  HUBBLE_RING_BUFFER: 3,
  CLIENT_QUEUE: 1000,
} as const;

export interface LostEvents {
  readonly kind: 'lost';
  /**
   * Time of detection, which may lie minutes after the flows around it; of CLIENT_QUEUE that of the flows themselves. NaN when the message
   * has none.
   */
  readonly time: number;
  /** '' = not told, charged to all nodes. */
  readonly node: string;
  readonly source: number;
  /** At least 0. */
  readonly count: number;
}

/** `relay.NodeState`. */
export const NODE_STATE = { UNKNOWN: 0, CONNECTED: 1, UNAVAILABLE: 2, GONE: 3, ERROR: 4 } as const;

/** A NodeStatusEvent of the relay. */
export interface NodeStatus {
  readonly kind: 'node-status';
  /** NaN when the message has none. */
  readonly time: number;
  readonly state: number;
  /** Without repeats. */
  readonly nodes: readonly string[];
  readonly message: string;
}

export interface NodeSample {
  readonly name: string;
  readonly state: number;
  readonly version: string;
  /** Milliseconds since the agent's observer began; undefined when the node did not answer. */
  readonly uptimeMs: number | undefined;
  readonly seenFlows: number;
  readonly numFlows: number;
  readonly maxFlows: number;
}

/** One GetNodes answer. */
export interface NodeSamples {
  readonly kind: 'node-samples';
  readonly time: number;
  readonly nodes: readonly NodeSample[];
}

/** An agent event of an exporter file; AGENT_STARTED is what we look for. */
export interface AgentEvent {
  readonly kind: 'agent-event';
  /** NaN when the message has none. */
  readonly time: number;
  readonly node: string;
  /** `flow.AgentEventType` by name, or its number as text. */
  readonly type: string;
}

/** A known message that carries nothing we use (debug events, empty flows). */
export interface OtherEvent {
  readonly kind: 'other';
  readonly time: number;
  readonly node: string;
}
