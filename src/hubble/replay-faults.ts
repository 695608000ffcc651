/**
 * What goes wrong while a recording is replayed: agents and the relay that restart, streams that break, nodes that fall silent, are slow or
 * have another clock. What changes the recording itself is done once; the rest happens when the replay's clock comes to it.
 */
import { status } from '@grpc/grpc-js';
import { LOST_SOURCE, NODE_STATE } from './event.js';
import { lostSourceName, nodeStateName } from './names.js';
import type { NodeJson } from './replay-nodes.js';
import type { ReplayEntry, ReplayRecording } from './replay-recording.js';
import { formatTime } from './time.js';
import type { Message } from './wire.js';
import { decodeMessage, encodeMessage, encodeResponseJson } from './wire.js';

/** `at`, `for`, `by` and `down` in milliseconds; `at` since the start of the recording. */
export type Fault =
  /** The agent goes down: its flows of that time are lost, and its observer begins anew. */
  | { readonly kind: 'restart'; readonly at: number; readonly node: string; readonly down: number }
  /** Streams that are open then get no flow of the node any more, though it is connected; later ones do. */
  | { readonly kind: 'silent'; readonly at: number; readonly node: string }
  /** Flows of the node come so much later, for a while. */
  | { readonly kind: 'slow'; readonly at: number; readonly node: string; readonly for: number; readonly by: number }
  /** The node's clock is so far ahead, all the time. */
  | { readonly kind: 'skew'; readonly node: string; readonly by: number }
  | {
      readonly kind: 'lost';
      readonly at: number;
      readonly node: string;
      readonly events: number;
      readonly source: number;
    }
  | {
      readonly kind: 'status';
      readonly at: number;
      readonly nodes: readonly string[];
      readonly state: number;
      readonly message: string;
    }
  /** All streams end, with this gRPC code. */
  | { readonly kind: 'disconnect'; readonly at: number; readonly code: number }
  /** All streams end, and nothing is answered but UNAVAILABLE for a while. */
  | { readonly kind: 'relay-restart'; readonly at: number; readonly for: number }
  /** Nothing is sent and nothing answered for a while, and no connection breaks. */
  | { readonly kind: 'hang'; readonly at: number; readonly for: number };

type OfKind<K extends Fault['kind']> = Extract<Fault, { readonly kind: K }>;

const only = <K extends Fault['kind']>(faults: readonly Fault[], kind: K): OfKind<K>[] =>
  faults.filter((fault): fault is OfKind<K> => fault.kind === kind);

/** A recording as these faults leave it, in the order in which it is sent. */
export function withFaults(recording: ReplayRecording, faults: readonly Fault[]): ReplayRecording {
  if (faults.length === 0) return recording;
  const { start } = recording;
  const restarts = only(faults, 'restart');
  const slow = only(faults, 'slow');
  const skews = new Map(only(faults, 'skew').map(({ node, by }) => [node, by]));
  const entries = recording.entries.flatMap((entry): ReplayEntry[] => {
    const since = entry.time - start;
    if (restarts.some(({ node, at, down }) => node === entry.node && since >= at && since < at + down)) return [];
    const late = slow.filter((one) => one.node === entry.node && since >= one.at && since < one.at + one.for);
    const by = late.reduce((sum, one) => sum + one.by, 0);
    const due = by === 0 ? {} : { due: entry.time + by };
    const ahead = entry.kind === 'flow' ? skews.get(entry.node) : undefined;
    if (ahead === undefined) return [{ ...entry, ...due }];
    return [{ ...entry, due: entry.time + by, time: entry.time + ahead, bytes: shifted(entry.bytes, ahead) }];
  });
  entries.push(...only(faults, 'lost').map((fault) => lostEntry(fault, start)));
  entries.push(...only(faults, 'status').map((fault) => statusEntry(fault, start)));
  return { ...recording, entries: entries.sort((a, b) => dueOf(a) - dueOf(b)) };
}

/** When an entry is sent, as a recorded time. */
export function dueOf({ due, time }: ReplayEntry): number {
  return due ?? time;
}

function shifted(bytes: Buffer, by: number): Buffer {
  const message = decodeMessage('observer.GetFlowsResponse', bytes);
  const flow = message['flow'] as Message | undefined;
  return encodeMessage('observer.GetFlowsResponse', {
    ...message,
    time: later(message['time'], by),
    ...(flow === undefined ? {} : { flow: { ...flow, time: later(flow['time'], by) } }),
  });
}

function later(timestamp: unknown, by: number): unknown {
  if (timestamp === undefined || timestamp === null) return timestamp;
  const { seconds = 0, nanos = 0 } = timestamp as Message;
  const all = BigInt(Number(seconds)) * 1_000_000_000n + BigInt(Number(nanos)) + BigInt(Math.round(by * 1e6));
  return { seconds: String(all / 1_000_000_000n), nanos: Number(all % 1_000_000_000n) };
}

function lostEntry({ at, node, events, source }: OfKind<'lost'>, start: number): ReplayEntry {
  const { bytes } = encodeResponseJson({
    lost_events: { source: lostSourceName(source), num_events_lost: String(events) },
    node_name: node,
    time: formatTime(start + at),
  });
  return { kind: 'lost', time: start + at, node, bytes };
}

function statusEntry({ at, nodes, state, message }: OfKind<'status'>, start: number): ReplayEntry {
  const { bytes } = encodeResponseJson({
    node_status: { state_change: nodeStateName(state), node_names: nodes, message },
    time: formatTime(start + at),
  });
  return { kind: 'node-status', time: start + at, node: '', bytes };
}

/** What GetNodes says of a node that has restarted by script, at a recorded time. */
export function restartedNode(json: NodeJson, faults: readonly Fault[], sinceStart: number): NodeJson {
  const last = only(faults, 'restart').findLast(({ node, at }) => node === json['name'] && sinceStart >= at);
  if (last === undefined) return json;
  const { name, version } = json;
  const up = sinceStart - last.at - last.down;
  if (up < 0) return { name, version, state: nodeStateName(NODE_STATE.UNAVAILABLE) };
  const was = Number(json['uptime_ns'] ?? Number.POSITIVE_INFINITY);
  return { ...json, uptime_ns: String(Math.min(was, Math.max(1, Math.round(up * 1e6)))) };
}

/** Why a call ends before its time. */
export class Interruption extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** What happens to calls: all times since the start of the recording, ms. */
export class Interruptions {
  readonly #breaks: readonly (OfKind<'disconnect'> | OfKind<'relay-restart'>)[];
  readonly #hangs: readonly OfKind<'hang'>[];
  readonly #silences: readonly OfKind<'silent'>[];

  constructor(faults: readonly Fault[]) {
    this.#breaks = [...only(faults, 'disconnect'), ...only(faults, 'relay-restart')].sort((a, b) => a.at - b.at);
    this.#hangs = only(faults, 'hang');
    this.#silences = only(faults, 'silent');
  }

  /** Is the relay away? */
  isAway(now: number): boolean {
    return this.#breaks.some((one) => one.kind === 'relay-restart' && now >= one.at && now < one.at + one.for);
  }

  /** Until when nothing is answered; undefined: it is answered. */
  hangsUntil(now: number): number | undefined {
    const ends = this.#hangs.filter((one) => now >= one.at && now < one.at + one.for).map((one) => one.at + one.for);
    return ends.length === 0 ? undefined : Math.max(...ends);
  }

  /** What breaks a stream that was opened then, and when; undefined: nothing more. */
  nextBreak(opened: number): { readonly at: number; readonly error: Interruption | undefined } | undefined {
    const next = this.#breaks.find(({ at }) => at > opened);
    if (next === undefined) return undefined;
    const code = next.kind === 'disconnect' ? next.code : status.UNAVAILABLE;
    return {
      at: next.at,
      error: code === (status.OK as number) ? undefined : new Interruption(code, 'ended by the script'),
    };
  }

  /** The next moment at which anything begins or ends, after `now`. */
  nextChange(now: number): number {
    const moments = [...this.#breaks, ...this.#hangs].flatMap((one) =>
      one.kind === 'disconnect' ? [one.at] : [one.at, one.at + one.for],
    );
    return Math.min(...moments.filter((at) => at > now), Number.POSITIVE_INFINITY);
  }

  /** Is an entry of this node kept from a stream that was opened then? */
  isSilent(node: string, due: number, opened: number): boolean {
    return this.#silences.some((one) => one.node === node && opened < one.at && due >= one.at);
  }
}

/** Where a script does not say. */
export const USUAL_LOSS = LOST_SOURCE.OBSERVER_EVENTS_QUEUE;
