import type { AnswerRow } from './answer-rows.js';
import type { Edge, Vantage } from './edge.js';
import type { TalkRow } from './talk-rows.js';
import type { VerdictRow } from './verdict-rows.js';

export type { Vantage } from './edge.js';

/**
 * The journal: closed windows of counts, one line for each node and window, in any order. It is all that the judge reads.
 *
 * Its size follows nodes x edges x windows: flows are gone. Each line tells what ONE node saw, so journals of disjoint sets of nodes, or
 * of consecutive times, merge by being put together; what needs two nodes (an attempt that only the far side saw end) is joined by the
 * judge through hashes of the attempts' tuples. Windows are counted from the epoch, so that all journals of one window length align.
 */
export interface JournalHeader {
  readonly kind: 'journal';
  readonly schema: 'hubble-soak/journal/v1';
  readonly windowMs: number;
}

export type JournalLine = JournalHeader | NodeWindow | NodeSampleLine | NodeStatusLine | AgentStartLine;

/** What one node told in one window. In a journal it is packed (`packed-window.ts`): read it, and copy it with `plainWindow` alone. */
export interface NodeWindow {
  readonly kind: 'window';
  readonly node: string;
  /** floor(time / windowMs). */
  readonly window: number;
  readonly flows: number;
  /** Flows that came after this window was closed: known to exist, not counted above. */
  readonly late: number;
  /** Lost events charged to this window. */
  readonly lost: number;
  /** Times of the first and last flow, ms; null without flows. */
  readonly firstFlow: number | null;
  readonly lastFlow: number | null;
  /** Spans of at least SILENCE_MS without any flow of this node that ended in this window, ms. */
  readonly silences: readonly (readonly [number, number])[];
  /** Attempts that began in this window as this node saw it. */
  readonly attemptsBegun: number;
  readonly drops: readonly DropRow[];
  /** Attempts that this node saw end (or wait in vain) during this window; they may have begun in an earlier one. */
  readonly attempts: readonly AttemptRow[];
  /** Hashes of attempts from another node that were answered here. */
  readonly answered: readonly number[];
  /** What leaves no drop event: policy verdicts, answers that proxies saw, and who talked at all. */
  readonly verdicts: readonly VerdictRow[];
  readonly answers: readonly AnswerRow[];
  readonly talk: readonly TalkRow[];
  readonly places: readonly Place[];
  readonly examples: readonly Example[];
  /** Attempts, drops, verdicts, answers and trace events of edges beyond the cap of this window, counted without their edge. */
  readonly overflow: number;
  /** Attempts forgotten because too many were in flight. */
  readonly evicted: number;
}

/** Drops of one reason and direction on one edge; their source is the edge's `src`. */
export interface DropRow {
  /** flow.DropReason number. */
  readonly reason: number;
  /** flow.TrafficDirection number. */
  readonly direction: number;
  readonly edge: Edge;
  readonly events: number;
  /** Time of the first of them, ms. */
  readonly first: number;
}

/**
 * Attempts of one edge, by the ends that live on the observing node.
 *
 * How far a failed attempt got is told by its hash (of its tuple), the rows of both ends' nodes, and the node of its destination being
 * visible from its begin until the timeout:
 * - `unanswered` with vantage `source`, and the destination's node has the hash in `unanswered` too: it ARRIVED and nothing answered.
 * - ... has it in `dropped`: it arrived and was dropped there.
 * - ... has it in the window's `answered`: the answer left the destination's node; the source's node saw none, so it was lost on its way
 *   back, or the source's node could not show it.
 * - ... has it nowhere: forwarded at the source, NEVER SEEN at the destination.
 * - `unanswered` with vantage `destination`, and nowhere at the source's node: the source is outside, or its address was translated.
 * The destination's node shows an arrival at any level of monitor aggregation where it tracks the connection (all that goes to a pod). It
 * need not for its own host: an edge whose attempts it never told of before tells nothing by their absence.
 */
export interface AttemptRow {
  readonly edge: Edge;
  /** All that this node saw of the attempt, both ways. */
  readonly vantage: Vantage;
  /** Window in which the attempts began. */
  readonly window: number;
  readonly answered: number;
  /**
   * Those of `answered` that came through only when repeated: with `answered` the trials of a retransmission rate, which partial loss raises
   * long before attempts fail. A repeat was shown, or a SYN-ACK came 900 ms or more after the first SYN: a kernel answers within a round
   * trip, and with monitor aggregation the repeats after 1 and 3 s have no flow.
   */
  readonly repeated: number;
  /** Hashes of attempts that nothing answered within the timeout of their protocol. */
  readonly unanswered: readonly number[];
  /** Hashes of attempts whose last word was a drop, by reason. */
  readonly dropped: readonly { readonly reason: number; readonly hashes: readonly number[] }[];
  /**
   * Packets beyond the first (SYN retransmissions, repeated datagrams) before the attempt ended, of answered attempts as of failed ones. With
   * monitor aggregation a repeat within 5 s of another packet of its connection has no flow: Linux repeats a SYN after 1, 3 and 7 s, and
   * the first that shows is often the third.
   */
  readonly retransmissions: number;
}

/** "This pod, or this address, is on this node", and the workload where the flow named it. */
export interface Place {
  /** `NAMESPACE/POD`, or `@IP` for the node's own addresses and reserved endpoints. */
  readonly what: string;
  readonly workload: string;
}

/** A flow cut down to what a person needs to find it again. */
export interface Example {
  readonly time: number;
  readonly verdict: number;
  readonly reason: number;
  readonly direction: number;
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly port: number;
  readonly uuid: string;
  /** Edge it belongs to. */
  readonly edge: string;
}

/** One node of a GetNodes answer. */
export interface NodeSampleLine {
  readonly kind: 'sample';
  readonly node: string;
  readonly time: number;
  /** relay.NodeState number. */
  readonly state: number;
  /** When the node's Hubble began (sample time less uptime), ms; null when the node did not answer. */
  readonly startedAt: number | null;
  readonly version: string;
}

export interface NodeStatusLine {
  readonly kind: 'status';
  readonly node: string;
  readonly time: number;
  readonly state: number;
}

/** AGENT_STARTED of an exporter file. */
export interface AgentStartLine {
  readonly kind: 'agent-start';
  readonly node: string;
  readonly time: number;
}
