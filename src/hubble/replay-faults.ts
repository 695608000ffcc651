/**
 * What can go wrong while a recording is replayed, as a script lists it: all that real agents and relays have been seen to do. What
 * changes the recording itself is in replay-fault-entries.ts; what relay knows of its nodes in replay-outages.ts; what one stream gets of
 * it in replay-subscription.ts; what holds calls up or ends them in replay-interruptions.ts; what happens to connections in
 * replay-connections.ts.
 */

/** `at`, `for`, `by` and `down` in milliseconds; `at` since the start of the recording. */
export type Fault = AgentFault | PeerFault | FlowFault | AnswerFault | ConnectionFault;

type AgentFault =
  /** The agent goes down: its flows of that time are lost, its ring and its observer begin anew. */
  | { readonly kind: 'restart'; readonly at: number; readonly node: string; readonly down: number }
  /** The agent goes on, but relay cannot reach it. */
  | { readonly kind: 'cut'; readonly at: number; readonly node: string; readonly for: number }
  /** As `cut`, of all nodes at once: streams end. */
  | { readonly kind: 'all-lost'; readonly at: number; readonly for: number }
  /** Relay cannot reach the node from the start on. */
  | { readonly kind: 'unavailable'; readonly node: string; readonly for: number }
  /** The agent stops and goes on: its flows come late and at once, and whoever asks relay for its nodes or for new flows waits. */
  | { readonly kind: 'node-hang'; readonly at: number; readonly node: string; readonly for: number };

type PeerFault =
  /** Streams that are open then get no flow of the node any more, though it is connected; later ones do. */
  | { readonly kind: 'silent'; readonly at: number; readonly node: string }
  /** Relay's peers no longer have the node; nobody is told. */
  | { readonly kind: 'peer-gone'; readonly at: number; readonly node: string }
  /** The node is new then: it has no flows from before, and streams that are open get its flows. */
  | { readonly kind: 'peer-new'; readonly at: number; readonly node: string }
  /** Relay knows no peer at all. */
  | { readonly kind: 'empty'; readonly at: number; readonly for: number };

type FlowFault =
  /** Flows of the node come so much later, for a while. */
  | { readonly kind: 'slow'; readonly at: number; readonly node: string; readonly for: number; readonly by: number }
  /** Each flow comes later by some time up to this, so that they come out of order. */
  | { readonly kind: 'disorder'; readonly by: number }
  /** Flows wait in relay's sort buffer until so many newer ones came, or none for a second. */
  | { readonly kind: 'lag'; readonly flows: number }
  /** A node holds no more of its flows than these, the newest. */
  | { readonly kind: 'ring'; readonly flows: number }
  /** The node's clock is so far ahead, all the time. */
  | { readonly kind: 'skew'; readonly node: string; readonly by: number }
  | {
      readonly kind: 'lost';
      readonly at: number;
      readonly node: string;
      readonly events: number;
      readonly source: number;
    }
  /** As `lost`, but one message for each event, spread over a while. */
  | {
      readonly kind: 'flood';
      readonly at: number;
      readonly node: string;
      readonly for: number;
      readonly events: number;
      readonly source: number;
    }
  | {
      readonly kind: 'status';
      readonly at: number;
      readonly nodes: readonly string[];
      readonly state: number;
      readonly message: string;
    };

type AnswerFault =
  /** The node's agent knows no field mask that it is asked with from then on; without a node, none does. */
  | { readonly kind: 'mask-refused'; readonly at: number; readonly node: string | undefined }
  /** Agents send whole flows whatever the mask. */
  | { readonly kind: 'mask-ignored' }
  /** GetNodes is not implemented for a while. */
  | { readonly kind: 'no-nodes'; readonly at: number; readonly for: number }
  /** The relay's own clock is so far ahead, all the time. */
  | { readonly kind: 'relay-skew'; readonly by: number }
  /** All streams end, with this gRPC code. */
  | { readonly kind: 'disconnect'; readonly at: number; readonly code: number }
  /** Nothing is sent and nothing answered for a while, and no connection breaks. */
  | { readonly kind: 'hang'; readonly at: number; readonly for: number };

export type ConnectionFault =
  /** All connections are closed, and new ones refused for a while. */
  | { readonly kind: 'relay-restart'; readonly at: number; readonly for: number }
  /** HTTP/2 GOAWAY with this reason, then the end of all connections. */
  | { readonly kind: 'goaway'; readonly at: number; readonly code: GoawayCode }
  /** All connections are reset. */
  | { readonly kind: 'reset'; readonly at: number }
  /** All connections stay open but carry nothing any more, either way; new ones work. */
  | { readonly kind: 'half-open'; readonly at: number };

/** With their HTTP/2 error codes (RFC 9113, section 7): NO_ERROR, and the ENHANCE_YOUR_CALM of a gRPC server that is pinged too often. */
export const GOAWAY_CODES = { no_error: 0x0, too_many_pings: 0xb } as const;
export type GoawayCode = keyof typeof GOAWAY_CODES;

export type OfKind<K extends Fault['kind']> = Extract<Fault, { readonly kind: K }>;

export function only<K extends Fault['kind']>(faults: readonly Fault[], kind: K): OfKind<K>[] {
  return faults.filter((fault): fault is OfKind<K> => fault.kind === kind);
}

/** Does a fault with a beginning and a length last at this time? */
export function lasts(one: { readonly at: number; readonly for: number }, now: number): boolean {
  return now >= one.at && now < one.at + one.for;
}
