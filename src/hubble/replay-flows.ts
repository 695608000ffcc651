/** GetFlows on a recording: which entries a request gets, and when. */
import type { FlowTest } from './replay-filters.js';
import { requestTest } from './replay-filters.js';
import type { MaskTree } from './field-mask.js';
import { applyMask, maskTree } from './field-mask.js';
import { dueOf } from './replay-fault-entries.js';
import type { ScriptedStream } from './replay-stream.js';
import type { Interruptions } from './replay-interruptions.js';
import { lowest } from './replay-nodes.js';
import type { ReplayClock } from './replay-clock.js';
import type { ReplayEntry, ReplayRecording } from './replay-recording.js';
import type { Pace } from './pace.js';
import { timestampToMs } from './time.js';
import type { Message } from './wire.js';
import { decodeFlowMessage, decodeMessage, encodeMessage, schemaOf } from './wire.js';

/** A GetFlowsRequest, understood. */
export interface FlowSelection {
  readonly follow: boolean;
  /** Recorded times in milliseconds; since wins over `number` for where to start. */
  readonly since: number | undefined;
  readonly until: number;
  /** Per node; undefined = all. */
  readonly number: number | undefined;
  readonly first: boolean;
  readonly test: FlowTest | undefined;
  readonly mask: MaskTree | undefined;
  /** A path of the mask is none of the schema's: an agent refuses such a request. */
  readonly maskRefused: boolean;
}

/** Throws UnsupportedFilter. */
export function readRequest(request: Message): FlowSelection {
  const number = Number(request['number'] ?? 0);
  const mask = request['field_mask'] as Message | undefined;
  const paths = (mask?.['paths'] ?? []) as readonly string[];
  const tree = paths.length === 0 ? undefined : maskTree(paths, schemaOf('flow.Flow'));
  return {
    follow: request['follow'] === true,
    since: timeOf(request['since']),
    until: timeOf(request['until']) ?? Infinity,
    number: number > 0 ? number : undefined,
    first: request['first'] === true,
    test: requestTest(request),
    mask: tree,
    maskRefused: paths.length > 0 && tree === undefined,
  };
}

function timeOf(timestamp: unknown): number | undefined {
  if (timestamp === undefined || timestamp === null) return undefined;
  const { seconds = 0, nanos = 0 } = timestamp as Message;
  return timestampToMs(Number(seconds), Number(nanos));
}

/** Entries looked at before others get their turn. */
const SLICE = 512;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lost events pass every filter. */
function matches(entry: ReplayEntry, test: FlowTest | undefined): boolean {
  if (test === undefined || entry.kind !== 'flow') return true;
  const { event } = decodeFlowMessage(entry.bytes);
  return event.kind === 'flow' && test(event);
}

/** The response to send: outside of the flow, a mask leaves the time and node name that it leaves in it. */
function responseOf(entry: ReplayEntry, mask: MaskTree | undefined): Buffer {
  if (mask === undefined || entry.kind !== 'flow') return entry.bytes;
  const { flow } = decodeMessage('observer.GetFlowsResponse', entry.bytes);
  const masked = applyMask(flow as Message, mask);
  const { node_name, time } = masked;
  return encodeMessage('observer.GetFlowsResponse', { flow: masked, node_name, time });
}

/** What a request without follow gets: of the whole recording, wherever the replay stands. */
export async function* storedResponses(recording: ReplayRecording, selection: FlowSelection): AsyncGenerator<Buffer> {
  const { since, until, number, first, mask } = selection;
  const from = since === undefined ? 0 : indexAt(recording, since);
  const to = lowest(recording.entries.length, (i) => dueAt(recording, i) > until);
  if (number === undefined) {
    for await (const entry of scan(recording, from, to, selection.test)) yield responseOf(entry, mask);
  } else if (first || since !== undefined) {
    for await (const entry of perNode(scan(recording, from, to, selection.test), number)) yield responseOf(entry, mask);
  } else {
    for (const entry of await lastPerNode(recording, to, number, selection.test)) yield responseOf(entry, mask);
  }
}

/** What a request with follow gets, each when the clock has come to it; ends after `until`, or when `signal` is aborted. */
export async function* followedResponses(
  recording: ReplayRecording,
  selection: FlowSelection,
  replay: {
    readonly clock: ReplayClock;
    readonly pace: Pace;
    readonly loopLength: number | undefined;
    readonly interruptions: Interruptions;
    /** What the script has for a stream that is opened now. */
    readonly script: (opened: number, selection: FlowSelection) => ScriptedStream | undefined;
  },
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const { clock, pace, loopLength, interruptions } = replay;
  const { entries, start } = recording;
  const { since, until, number, test, mask } = selection;
  let lap = loopLength === undefined ? 0 : Math.floor(clock.played() / loopLength);
  let index = positionOf(recording, clock, loopLength);
  clock.begin();
  const opened = clock.played();
  const ending = interruptions.nextBreak(opened);
  const script = replay.script(opened, selection);
  if (since !== undefined) index = Math.min(index, indexAt(recording, since - (script?.reach ?? 0)));
  else if (number !== undefined) {
    for (const entry of await lastPerNode(recording, index, number, test))
      if (script === undefined || script.delivers(entry, dueOf(entry) - start)) yield responseOf(entry, mask);
  }

  for (let looked = 1; !signal.aborted; looked++) {
    const now = clock.played();
    if (ending !== undefined && now >= ending.at) {
      if (ending.error !== undefined) throw ending.error;
      return;
    }
    const hangsUntil = interruptions.hangsUntil(now);
    const entry = entries[index];
    if (entry === undefined && loopLength !== undefined && entries.length > 0) {
      lap++;
      index = 0;
      continue;
    }
    const played = entry === undefined ? Number.POSITIVE_INFINITY : lap * (loopLength ?? 0) + dueOf(entry) - start;
    const acts = script?.actsAt(clock.isPaced) ?? Number.POSITIVE_INFINITY;
    const next = Math.min(played, acts, interruptions.nextChange(now));
    if (next === Number.POSITIVE_INFINITY || (entry === undefined && !clock.isPaced))
      return pace.sleep(FOREVER, signal);
    const wait = clock.waitFor(hangsUntil ?? next);
    if (wait > 0) {
      await pace.sleep(Math.min(wait, FOREVER), signal);
      continue;
    }
    if (script !== undefined && acts <= played) {
      const { responses, ends } = script.act((one) => matches(one, test));
      for (const response of responses) yield Buffer.isBuffer(response) ? response : responseOf(response, mask);
      if (ends) return;
      continue;
    }
    if (entry === undefined || (clock.isPaced && played > clock.played())) continue;
    if (entry.time > until) return;
    const isWanted = since === undefined || entry.time >= since;
    if (isWanted && (script === undefined || script.delivers(entry, played)) && matches(entry, test)) {
      const response = responseOf(entry, mask);
      if (script === undefined) yield response;
      else yield* script.sorted(entry.time, response, clock.isPaced ? clock.played() : played);
    }
    clock.sent(played);
    index++;
    if (looked % SLICE === 0) await nextTurn();
  }
}

/** The longest that a timer can wait. */
const FOREVER = 2 ** 31 - 1;

/** The first entry that the clock has not come to. */
function positionOf(recording: ReplayRecording, clock: ReplayClock, loopLength: number | undefined): number {
  const played = clock.played();
  if (played === 0) return 0;
  const time = recording.start + (loopLength === undefined ? played : played % loopLength);
  return lowest(recording.entries.length, (i) => dueAt(recording, i) > time);
}

function dueAt({ entries }: ReplayRecording, index: number): number {
  const entry = entries[index];
  return entry === undefined ? 0 : dueOf(entry);
}

function indexAt(recording: ReplayRecording, time: number): number {
  return lowest(recording.entries.length, (i) => dueAt(recording, i) >= time);
}

async function* scan(
  recording: ReplayRecording,
  from: number,
  to: number,
  test: FlowTest | undefined,
): AsyncGenerator<ReplayEntry> {
  for (let i = from; i < to; i++) {
    const entry = recording.entries[i];
    // The relay tells the state of its nodes now, not what it told others before.
    if (entry !== undefined && entry.kind !== 'node-status' && matches(entry, test)) yield entry;
    if (i % SLICE === 0) await nextTurn();
  }
}

/** The first `number` flows of each node. */
async function* perNode(entries: AsyncIterable<ReplayEntry>, number: number): AsyncGenerator<ReplayEntry> {
  const counts = new Map<string, number>();
  for await (const entry of entries) {
    const count = counts.get(entry.node) ?? 0;
    if (entry.kind !== 'flow' || count >= number) continue;
    counts.set(entry.node, count + 1);
    yield entry;
  }
}

/** The last `number` flows of each node before an index, in order of time. */
async function lastPerNode(
  recording: ReplayRecording,
  to: number,
  number: number,
  test: FlowTest | undefined,
): Promise<ReplayEntry[]> {
  const counts = new Map<string, number>();
  const found: ReplayEntry[] = [];
  let full = 0;
  for (let i = to - 1; i >= 0 && full < recording.nodes.length; i--) {
    const entry = recording.entries[i];
    if (i % SLICE === 0) await nextTurn();
    if (entry?.kind !== 'flow') continue;
    const count = counts.get(entry.node) ?? 0;
    if (count >= number || !matches(entry, test)) continue;
    counts.set(entry.node, count + 1);
    if (count + 1 >= number) full++;
    found.push(entry);
  }
  return found.reverse();
}
