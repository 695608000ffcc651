import type { Effect, When } from './effect-specs.js';

export type * from './effect-specs.js';

/**
 * What a simulated soak is made of. Plain data: a scenario and its seed give the same bytes on every machine.
 *
 * An end of an edge is `NAMESPACE/WORKLOAD`, or one of
 * - `world`           addresses outside of the cluster
 * - `host`            the node's own address on the pod network (kubelet's and cilium-health's probes)
 * - `node`            the node's own address on its network (agents among themselves)
 * - `health`          the health endpoint of each node
 * - `kube-apiserver`  the control planes' addresses
 */
export interface Scenario {
  readonly seed: number;
  /** RFC 3339. */
  readonly startsAt: string;
  readonly minutes: number;
  /** Version of the agents, as in `1.19.4`. */
  readonly cilium: string;
  readonly nodes: readonly NodeSpec[];
  readonly workloads: readonly WorkloadSpec[];
  readonly edges: readonly EdgeSpec[];
  readonly noise: NoiseSpec;
  readonly restarts: readonly RestartSpec[];
  readonly effects: readonly Effect[];
  /** Policies change in the whole cluster: from that minute on verdicts carry this revision. */
  readonly policyChanges?: readonly { readonly at: number; readonly revision: number }[];
  /** `none` shows every packet; without it `medium`, as Cilium's chart sets it, with its interval of 5 s. Drops are always shown. */
  readonly monitorAggregation?: 'none' | 'medium';
  /** What happens to flows between their nodes and us; without it they arrive in order of their times. */
  readonly delivery?: DeliverySpec;
}

export interface DeliverySpec {
  /** Each flow is late by up to so long. */
  readonly lateSeconds: number;
  /** Share of the flows that come a second time. */
  readonly repeatedShare: number;
}

/** Factors one after the other, each for `stepSeconds`; the last one stays. */
export interface Levels {
  readonly stepSeconds: number;
  readonly factors: readonly number[];
}

export interface NodeSpec {
  readonly name: string;
  readonly role: 'control-plane' | 'worker';
  /** Minute in which an autoscaler adds the node; it is there from the start when absent. */
  readonly joinsAt?: number;
  /** Minute in which it is taken out of the cluster; its pods must have moved by then, or are gone with it. */
  readonly leavesAt?: number;
  /** Minutes between which the relay cannot reach its agent: none of its flows come, GetNodes has it unavailable. The agent runs on. */
  readonly blind?: { readonly from: number; readonly until: number };
  /** How far its clock is ahead of the relay's. */
  readonly clockAheadSeconds?: number;
}

export interface WorkloadSpec {
  /** `NAMESPACE/NAME`. */
  readonly name: string;
  readonly kind: 'Deployment' | 'DaemonSet' | 'StatefulSet';
  /** Pods, one node after the other; a DaemonSet has one on each node. */
  readonly replicas?: number;
  /** Nodes that may run it; without it all workers (a DaemonSet: all nodes). */
  readonly nodes?: readonly string[];
  readonly moves?: readonly MoveSpec[];
}

/** A pod is killed and comes back elsewhere, with another name and address; or never, and its connections end with it. */
export interface MoveSpec {
  /** Which of the workload's pods, from 0. */
  readonly pod: number;
  /** Minute in which it is killed; later moves of the same pod stand behind earlier ones. */
  readonly at: number;
  /** Its next node; without it, it is gone for good (scaled down). */
  readonly to?: string;
  /** How long it is away; at once when absent. */
  readonly goneSeconds?: number;
}

export interface EdgeSpec {
  readonly from: string;
  readonly to: string;
  readonly protocol: 'TCP' | 'UDP' | 'ICMP';
  /** IP version; 4 when absent. Every end has an address of each. */
  readonly family?: Family;
  /** 0 for ICMP. */
  readonly port: number;
  /** Attempts of the whole edge a minute; may be 0. */
  readonly perMinute: number;
  /** Probes come at fixed times; everything else is a Poisson process whose rates differ log-normally between pairs of pods. */
  readonly pace?: 'poisson' | 'steady';
  /** Only pairs of pods on different nodes, or on the same one. */
  readonly path?: Path;
  /** Only pairs whose initiating, or answering, pod is on one of these nodes (at the start, should it move). */
  readonly sourceNodes?: readonly string[];
  readonly destinationNodes?: readonly string[];
  /** Factors of `perMinute` over time; not for a steady pace. */
  readonly levels?: Levels;
  /** Policies (`NAMESPACE/NAME`) that allow it: each new connection then has a policy verdict event. */
  readonly allowedBy?: { readonly ingress?: string; readonly egress?: string };
  /**
   * A proxy of that side's node answers for the server: it shows a request and its response on each connection, all of them good (NOERROR, 200)
   * but for this share (SERVFAIL, 503).
   */
  readonly answers?: {
    readonly kind: 'dns' | 'http';
    readonly at: 'egress' | 'ingress';
    readonly failing: number;
  };
  /** Only then is there any traffic; without it always. */
  readonly when?: When;
  /**
   * Connections opened before the recording begins: their clients send data every `everySeconds`, their servers answer it. Without an answer
   * TCP repeats the data, more and more rarely. They end with their pods.
   */
  readonly lasting?: { readonly connections: number; readonly everySeconds: number };
  /** What the client does when it gave up: tries again, with a new connection, so often (`share` of the clients; without it all). */
  readonly retries?: { readonly afterSeconds: number; readonly times: number; readonly share?: number };
}

export type Family = 4 | 6;

export type Path = 'cross-node' | 'same-node';

export interface NoiseSpec {
  /** Router solicitations of pods on a node without IPv6 (reason 139), a node and minute. */
  readonly routerSolicitationsPerMinute: number;
  /** Share of TCP connections whose end (FIN) falls into the recording. */
  readonly closingShare: number;
  /** Share of first packets that get lost on the wire and are retransmitted in time. */
  readonly retransmittedShare: number;
  readonly scanner?: {
    /** Bursts at these minutes, and further ones at random. */
    readonly atMinutes: readonly number[];
    readonly burstsPerHour: number;
    readonly packetsPerBurst: number;
  };
}

export interface RestartSpec {
  readonly node: string;
  /** Minute in which the agent goes down. */
  readonly at: number;
  /** How long no flows of the node come. */
  readonly downSeconds: number;
  /** false: it comes back as it was (a crash before the roll), so that no effect begins with it. */
  readonly withKnob?: false;
}
