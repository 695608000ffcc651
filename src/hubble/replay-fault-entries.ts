/** What a script changes in the recording itself; done once, before it is served. */
import { LOST_SOURCE } from './event.js';
import { lostSourceName, nodeStateName } from './names.js';
import { only, type Fault, type OfKind } from './replay-faults.js';
import type { ReplayEntry, ReplayRecording } from './replay-recording.js';
import { formatTime } from './time.js';
import type { Message } from './wire.js';
import { decodeMessage, encodeMessage, encodeResponseJson } from './wire.js';

/** Where a script does not say. */
export const USUAL_LOSS = LOST_SOURCE.OBSERVER_EVENTS_QUEUE;

/** A recording as these faults leave it, in the order in which it is sent. */
export function withFaults(recording: ReplayRecording, faults: readonly Fault[]): ReplayRecording {
  if (faults.length === 0) return recording;
  const { start } = recording;
  const isMissing = missing(faults);
  const delay = delays(faults);
  const skews = new Map(only(faults, 'skew').map(({ node, by }) => [node, by]));
  const entries = recording.entries.flatMap((entry, index): ReplayEntry[] => {
    const since = entry.time - start;
    if (isMissing(entry.node, since)) return [];
    const by = delay(entry.node, since, index);
    const due = by === 0 ? {} : { due: entry.time + by };
    const ahead = entry.kind === 'flow' ? skews.get(entry.node) : undefined;
    if (ahead === undefined) return [{ ...entry, ...due }];
    return [{ ...entry, due: entry.time + by, time: entry.time + ahead, bytes: shifted(entry.bytes, ahead) }];
  });
  for (const fault of only(faults, 'lost')) entries.push(lostEntry(fault, start + fault.at, fault.events));
  for (const fault of only(faults, 'flood'))
    for (let i = 0; i < fault.events; i++)
      entries.push(lostEntry(fault, start + fault.at + Math.floor((i * fault.for) / fault.events), 1));
  entries.push(...only(faults, 'status').map((fault) => statusEntry(fault, start)));
  return { ...recording, entries: entries.sort((a, b) => dueOf(a) - dueOf(b)) };
}

/** When an entry is sent, as a recorded time. */
export function dueOf({ due, time }: ReplayEntry): number {
  return due ?? time;
}

/** Were the flows of that time never seen? */
function missing(faults: readonly Fault[]): (node: string, since: number) => boolean {
  const restarts = only(faults, 'restart');
  const joined = new Map(only(faults, 'peer-new').map(({ node, at }) => [node, at]));
  return (node, since) =>
    restarts.some((one) => one.node === node && since >= one.at && since < one.at + one.down) ||
    since < (joined.get(node) ?? Number.NEGATIVE_INFINITY);
}

/** How much later an entry of that time is sent, ms. */
function delays(faults: readonly Fault[]): (node: string, since: number, index: number) => number {
  const slow = only(faults, 'slow');
  const hangs = only(faults, 'node-hang');
  const disorder = only(faults, 'disorder').reduce((sum, { by }) => sum + by, 0);
  return (node, since, index) => {
    let late = disorder * scatter(index);
    for (const one of slow) if (one.node === node && since >= one.at && since < one.at + one.for) late += one.by;
    for (const { node: name, at, for: length } of hangs) {
      const sent = since + late;
      if (name === node && sent >= at && sent < at + length) late = at + length - since;
    }
    return late;
  };
}

/** From 0 to below 1, as if by chance, the same for the same entry (multiplicative hashing by the golden ratio). */
function scatter(index: number): number {
  return (index * 0.6180339887498949) % 1;
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

function lostEntry({ node, source }: OfKind<'lost' | 'flood'>, time: number, events: number): ReplayEntry {
  const { bytes } = encodeResponseJson({
    lost_events: { source: lostSourceName(source), num_events_lost: String(events) },
    node_name: node,
    time: formatTime(time),
  });
  // What a reader of the ring is too slow for is no event of the ring.
  return { kind: 'lost', time, node, bytes, isPassing: source === LOST_SOURCE.HUBBLE_RING_BUFFER };
}

function statusEntry({ at, nodes, state, message }: OfKind<'status'>, start: number): ReplayEntry {
  const { bytes } = encodeResponseJson({
    node_status: { state_change: nodeStateName(state), node_names: nodes, message },
    time: formatTime(start + at),
  });
  return { kind: 'node-status', time: start + at, node: '', bytes };
}
