/** What may go wrong in a simulated soak, where and when: plain data, a part of scenarios. */
import type { EdgeSpec, Family, Levels, Path } from './scenario.js';

/** Where an effect applies; all that is given must hold. */
export interface Where {
  readonly from?: string | readonly string[];
  readonly to?: string | readonly string[];
  readonly protocol?: EdgeSpec['protocol'];
  readonly port?: number;
  readonly family?: Family;
  readonly path?: Path;
  /** Nodes of the initiating end, of the answering end, of either. */
  readonly sourceNodes?: readonly string[];
  readonly destinationNodes?: readonly string[];
  readonly nodes?: readonly string[];
}

/**
 * When an effect applies. `sinceRestart`: from the moment the agent of that end (`both`: of the later one) is back with the knob.
 * `untilRestart`: until the agent of that end goes down.
 */
export interface When {
  /** Minutes since the start. */
  readonly from?: number;
  readonly until?: number;
  readonly sinceRestart?: EndChoice;
  readonly untilRestart?: EndChoice;
  /** From the moment this node's agent is back with the knob, whichever end it is. Not together with `sinceRestart`. */
  readonly sinceRestartOf?: string;
  /** Seconds from that restart to the onset, and from the onset to the end. */
  readonly afterSeconds?: number;
  readonly forSeconds?: number;
  /** On for `forSeconds` of every `everySeconds` only. */
  readonly bursts?: { readonly everySeconds: number; readonly forSeconds: number };
}

export type EndChoice = 'source' | 'destination' | 'either' | 'both';

export interface EffectBase {
  readonly where: Where;
  readonly when: When;
  /** Share of attempts that meet it; without it all. */
  readonly share?: number;
  /** The same for connections that a client tries again. */
  readonly retriedShare?: number;
  /** Factors of the share over time. */
  readonly levels?: Levels;
  /** The share falls exponentially since the onset, with this time constant. */
  readonly fadeSeconds?: number;
  /** Only the first packet of an attempt meets it, the retransmission gets through. */
  readonly firstPacketOnly?: true;
  /** Each packet of an attempt meets it by itself: first ones, repeated ones, answers. Without it they all share the attempt's luck. */
  readonly perPacket?: true;
}

/** Packets are dropped by Cilium for `reason` (name of `flow.DropReason`), on the node of that end. */
export interface DropEffect extends EffectBase {
  readonly kind: 'drop';
  readonly reason: string;
  readonly at: 'source' | 'destination';
  /** Policies (`NAMESPACE/NAME`) that the verdict of a denial names. */
  readonly deniedBy?: readonly string[];
}

/** What policy would deny at that end goes on, and its verdict says so: audit mode. */
export interface AuditEffect extends EffectBase {
  readonly kind: 'audit';
  readonly at: 'source' | 'destination';
}

/** Packets get lost where Hubble sees nothing of it: those of the client on their way, or those of the server. */
export interface SilentEffect extends EffectBase {
  readonly kind: 'silent';
  readonly leg: 'request' | 'reply';
}

/** Packets of the client are gone before any observation point: nobody shows anything of the connection. */
export interface UnseenEffect extends EffectBase {
  readonly kind: 'unseen';
}

/** What was dropped for one reason is dropped for another one. */
export interface RenameEffect {
  readonly kind: 'rename';
  readonly where: Where;
  readonly when: When;
  readonly reason: string;
  readonly to: string;
}

/** A node loses this share of its events (not of its packets) and says so. Its `sinceRestart` and `untilRestart` are those of that node. */
export interface LostEventsEffect {
  readonly kind: 'lost-events';
  readonly nodes: readonly string[];
  readonly when: When;
  readonly share: number;
  readonly source: 'PERF_EVENT_RING_BUFFER' | 'OBSERVER_EVENTS_QUEUE';
}

/**
 * Agents show no packet of a server (monitor aggregation that changed with their restart, a one-sided view), but all that comes from clients.
 * `sinceRestart` and `untilRestart` are those of the agent's own node.
 */
export interface HideRepliesEffect {
  readonly kind: 'hide-replies';
  readonly nodes: readonly string[];
  readonly where: Where;
  readonly when: When;
}

/** This share of the answers that proxies see is bad: DNS rcode or HTTP status `code`. */
export interface AnswerEffect extends Omit<EffectBase, 'firstPacketOnly' | 'perPacket'> {
  readonly kind: 'answer';
  readonly code: number;
}

export type PacketEffect = DropEffect | AuditEffect | SilentEffect | UnseenEffect;
export type Effect = PacketEffect | RenameEffect | LostEventsEffect | HideRepliesEffect | AnswerEffect;
