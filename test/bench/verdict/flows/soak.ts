import { DEFAULT_SOAK, STEADY, type Noise, type Soak, type Where } from '../soak.js';

/** A soak at the level of flows: the same noise as at the level of counts, and what only pods, nodes and events can do. */
export interface FlowSoak extends Omit<Soak, 'noise' | 'harm' | 'twoEnded'> {
  readonly noise: FlowNoise;
  readonly harm: FlowHarm | undefined;
  /** Without restarts there is nothing to judge. */
  readonly restarts: boolean;
  /** Attempts a minute that the first node begins, where they are fewer than those of the others; nobody calls it then. */
  readonly thinNode: number | undefined;
}

export interface FlowNoise extends Noise {
  /** A workload deployed in mid-roll that policy refuses. */
  readonly deployed: boolean;
  /** A reason of ordinary drops has another name on restarted nodes. */
  readonly renamed: boolean;
  /** Applications that break by themselves for good, each at any time: this share of what they do fails from then on. */
  readonly breakdowns: { readonly count: number; readonly share: number };
  /** Clients that end, a service that is scaled down in mid-roll, jobs that run now and then. */
  readonly endings: boolean;
  /** Policy changes in mid-roll, with a new revision everywhere, and denies what it allowed. */
  readonly policyChanged: boolean;
  /** A server that begins to answer HTTP 503 by itself, at any time. */
  readonly failingServer: boolean;
  /** Restarted agents show no answers: one of them, or all. */
  readonly hiddenReplies: 'none' | 'one' | 'all';
  /** A node whose agent cannot be reached for some minutes of the roll. */
  readonly blindPeer: boolean;
  /** Clocks of nodes differ from ours by up to so many seconds. */
  readonly skewSeconds: number;
  /** Flows come late by up to so many seconds, and this share of them twice. */
  readonly lateSeconds: number;
  readonly repeatedShare: number;
  /** A node more, or one less, in mid-roll. */
  readonly joins: boolean;
  readonly leaves: boolean;
}

export type FlowHarm = {
  readonly where: Where;
  /** Minutes after the node's flows are back. */
  readonly delay: number;
} & (
  | {
      /** One edge of the node that has so many trials in 20 minutes; without a reason it is silent. */
      readonly kind: 'edge';
      readonly trials: number;
      readonly share: number;
      readonly reason?: string;
      /** Both ends are on the node; a silent loss leaves no event there at all, and the edge vanishes. */
      readonly within: boolean;
      /** Nobody shows anything of it any more, while probes and DNS tell that both of its ends live. */
      readonly unseen?: boolean;
    }
  | /** All attempts of a node, without a word. */ { readonly kind: 'silent'; readonly share: number }
  | PathHarm
  | /** Single packets that cross between the node and others are lost, both ways. */ {
      readonly kind: 'loss';
      readonly share: number;
    }
  | /** Connections of the node that were there before: their clients are heard no more. */ { readonly kind: 'lasting' }
  | /** Bad answers to what the node's proxies ask. */ { readonly kind: 'answers'; readonly share: number }
  | /** A reason that never was, so often a minute, on edges that worked. */ {
      readonly kind: 'reason';
      readonly rate: number;
    }
  | /** A drop that always was, from 10 workloads on each node, so often a minute, multiplied. */ {
      readonly kind: 'known';
      readonly rate: number;
      readonly factor: number;
    }
);

/** Some of a node's traffic: what goes one way, to one node, by one protocol. Without a reason it is lost without a word. */
export interface PathHarm {
  readonly kind: 'path';
  readonly path: HarmPath;
  readonly share: number;
  /** The node itself drops it. */
  readonly reason?: string;
  /** The request gets lost, or the answer on its way back. */
  readonly leg: 'request' | 'reply';
  /** What the path has by itself, and no further clients that make it 100 attempts in 20 minutes. */
  readonly thin: boolean;
}

export type HarmPath =
  /** What the node sends to one other node, or what that one sends to it. */
  | 'to-peer'
  | 'from-peer'
  /** What crosses between the node and others; where all are harmed, between two restarted ones. */
  | 'cross'
  /** What comes from outside of the node, or goes there. */
  | 'towards'
  | 'from'
  /** UDP, IPv6; and the clients of one service. */
  | 'udp'
  | 'ipv6'
  | 'service'
  /** Nodes' probes of each other's health, or all that crosses but them. */
  | 'probes'
  | 'pods';

export function flowNoise(noise: Noise, more: Partial<FlowNoise> = {}): FlowNoise {
  return {
    ...noise,
    deployed: false,
    renamed: false,
    breakdowns: { count: 0, share: 1 },
    endings: false,
    policyChanged: false,
    failingServer: false,
    hiddenReplies: 'none',
    blindPeer: false,
    skewSeconds: 0,
    lateSeconds: 0,
    repeatedShare: 0,
    joins: false,
    leaves: false,
    ...more,
  };
}

export const STEADY_FLOWS = flowNoise(STEADY);

export const DEFAULT_FLOW_SOAK: FlowSoak = {
  nodes: DEFAULT_SOAK.nodes,
  baseline: DEFAULT_SOAK.baseline,
  gap: DEFAULT_SOAK.gap,
  soak: DEFAULT_SOAK.soak,
  edgesPerNode: DEFAULT_SOAK.edgesPerNode,
  attempts: DEFAULT_SOAK.attempts,
  destinations: DEFAULT_SOAK.destinations,
  noise: STEADY_FLOWS,
  harm: undefined,
  restarts: true,
  thinNode: undefined,
};

/** Drop reasons of the bench; none of them breaks a hard rule by itself. */
export const REASONS = {
  /** From workloads whose packets never get through, at these rates a minute and node. */
  alwaysDropped: [
    { reason: 'INVALID_IDENTITY', rate: 0.7 },
    { reason: 'SERVICE_BACKEND_NOT_FOUND', rate: 0.7 },
  ],
  /** First packets of connections that work; they are sent again and answered. */
  nowAndThen: [
    { reason: 'CT_MAP_INSERTION_FAILED', rate: 0.15 },
    { reason: 'STALE_OR_UNROUTABLE_IP', rate: 0.4 },
  ],
  denied: 'POLICY_DENIED',
  /** What a restart drops: for seconds as agents fill their program arrays, or for longer. */
  restart: 'MISSED_TAIL_CALL',
  slowRestart: 'NO_TUNNEL_OR_ENCAPSULATION_ENDPOINT',
  renamedTo: 'UNKNOWN_SENDER',
  known: 'UNKNOWN_CONNECTION_TRACKING_STATE',
  fresh: 'FIB_LOOKUP_FAILED',
  rare: [
    'INVALID_SOURCE_MAC',
    'INVALID_DESTINATION_MAC',
    'INVALID_SOURCE_IP',
    'INVALID_PACKET_DROPPED',
    'CT_TRUNCATED_OR_INVALID_HEADER',
    'CT_UNKNOWN_L4_PROTOCOL',
    'CT_CANNOT_CREATE_ENTRY_FROM_PACKET',
    'ERROR_RETRIEVING_TUNNEL_KEY',
    'UNKNOWN_L3_TARGET_ADDRESS',
    'NO_MATCHING_LOCAL_CONTAINER_FOUND',
    'ERROR_WHILE_CORRECTING_L3_CHECKSUM',
    'ERROR_WHILE_CORRECTING_L4_CHECKSUM',
    'INVALID_IPV6_EXTENSION_HEADER',
    'IP_FRAGMENTATION_NOT_SUPPORTED',
    'SOCKET_LOOKUP_FAILED',
  ],
} as const;
