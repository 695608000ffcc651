/** GetFlows on a recording: which entries a request gets, and when. */
import type { FlowTest } from './replay-filters.js';
import { requestTest } from './replay-filters.js';
import type { MaskTree } from './field-mask.js';
import { maskResponse, maskTree } from './field-mask.js';
import { dueOf } from './replay-fault-entries.js';
import type { Interruptions } from './replay-interruptions.js';
import { lowest } from './replay-nodes.js';
import type { ResponseBatch } from './replay-batches.js';
import type { ReplayClock } from './replay-clock.js';
import type { ReplayEntry, ReplayRecording } from './replay-recording.js';
import type { ScriptedStream } from './replay-stream.js';
import type { Pace } from './pace.js';
import { timestampToMs } from './time.js';
import type { Message } from './wire.js';
import { decodeFlowMessage, schemaOf } from './wire.js';

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

/** Entries looked at, and at most sent together, before others get their turn. */
const SLICE = 512;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lost events pass every filter. */
function matches(entry: ReplayEntry, test: FlowTest | undefined): boolean {
  if (test === undefined || entry.kind !== 'flow') return true;
  const { event } = decodeFlowMessage(entry.bytes);
  return event.kind === 'flow' && test(event);
}

function responseOf({ kind, bytes }: ReplayEntry, mask: MaskTree | undefined): Buffer {
  return mask === undefined || kind !== 'flow' ? bytes : maskResponse(bytes, mask);
}

function responsesOf(
  entries: readonly ReplayEntry[],
  isKept: (entry: ReplayEntry) => boolean,
  mask: MaskTree | undefined,
): ResponseBatch {
  return entries.filter(isKept).map((entry) => responseOf(entry, mask));
}

/** What a request without follow gets: of the whole recording, wherever the replay stands. */
export async function* storedResponses(
  recording: ReplayRecording,
  selection: FlowSelection,
): AsyncGenerator<ResponseBatch> {
  const { since, until, number, first, test, mask } = selection;
  const from = since === undefined ? 0 : indexAt(recording, since);
  const to = lowest(recording.entries.length, (i) => dueAt(recording, i) > until);
  if (number !== undefined && !first && since === undefined) {
    yield* inBatches(await lastPerNode(recording, to, number, test), mask);
    return;
  }
  const isWanted = number === undefined ? () => true : firstPerNode(number);
  // The relay tells the state of its nodes now, not what it told others before.
  const isKept = (entry: ReplayEntry): boolean =>
    entry.kind !== 'node-status' && matches(entry, test) && isWanted(entry);
  yield* inBatches(recording.entries.slice(from, to), mask, isKept);
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
    /** What befalls this stream; undefined: nothing. */
    readonly script: (opened: number, selection: FlowSelection) => ScriptedStream | undefined;
  },
  signal: AbortSignal,
): AsyncGenerator<ResponseBatch> {
  const { clock, pace, loopLength, interruptions } = replay;
  const { entries, start } = recording;
  const { since, until, number, test, mask } = selection;
  let lap = loopLength === undefined ? 0 : Math.floor(clock.played() / loopLength);
  let index = positionOf(recording, clock, loopLength);
  clock.begin();
  const opened = clock.played();
  const ending = interruptions.nextBreak(opened);
  const script = replay.script(opened, selection);
  const delivers = (entry: ReplayEntry, played: number): boolean => script?.delivers(entry, played) ?? true;
  if (since !== undefined) index = Math.min(index, indexAt(recording, since - (script?.reach ?? 0)));
  else if (number !== undefined) {
    const last = await lastPerNode(recording, index, number, test);
    yield* inBatches(last, mask, (entry) => delivers(entry, dueOf(entry) - start));
  }

  /** How much is played when an entry is due. */
  const playedAt = (entry: ReplayEntry | undefined): number =>
    entry === undefined ? Number.POSITIVE_INFINITY : lap * (loopLength ?? 0) + dueOf(entry) - start;
  const isKept = (entry: ReplayEntry): boolean =>
    (since === undefined || entry.time >= since) && delivers(entry, playedAt(entry)) && matches(entry, test);
  const firstAfter = (isAfter: (played: number) => boolean): number =>
    lowest(entries.length, (i) => isAfter(playedAt(entries[i])));

  while (!signal.aborted) {
    const now = clock.played();
    if (ending !== undefined && now >= ending.at) {
      if (ending.error !== undefined) throw ending.error;
      return;
    }
    const first = entries[index];
    if (first === undefined && loopLength !== undefined && entries.length > 0) {
      lap++;
      index = 0;
      continue;
    }
    const acts = script?.actsAt(clock.isPaced) ?? Number.POSITIVE_INFINITY;
    const next = Math.min(playedAt(first), acts, interruptions.nextChange(now));
    if (next === Number.POSITIVE_INFINITY || (first === undefined && !clock.isPaced))
      return pace.sleep(FOREVER, signal);
    const wait = clock.waitFor(interruptions.hangsUntil(now) ?? next);
    if (wait > 0) {
      await pace.sleep(Math.min(wait, FOREVER), signal);
      continue;
    }
    if (script !== undefined && acts <= playedAt(first)) {
      const { responses, ends } = script.act((one) => matches(one, test));
      if (responses.length > 0) yield responses.map((one) => (Buffer.isBuffer(one) ? one : responseOf(one, mask)));
      if (ends) return;
      continue;
    }
    const end = clock.isPaced
      ? firstAfter((played) => played > now)
      : // The clock follows the entries: that which brings it to the break is the last.
        firstAfter((played) => ending !== undefined && played >= ending.at) + 1;
    const untilAct =
      acts === Number.POSITIVE_INFINITY
        ? end
        : Math.min(
            end,
            firstAfter((played) => played >= acts),
          );
    const due = entries.slice(index, Math.min(index + SLICE, untilAct));
    const late = due.findIndex((entry) => entry.time > until);
    const kept = late < 0 ? due : due.slice(0, late);
    const batch =
      script === undefined
        ? responsesOf(kept, isKept, mask)
        : kept.filter(isKept).flatMap((entry) => {
            const enters = clock.isPaced ? clock.played() : playedAt(entry);
            return [...script.sorted(entry.time, responseOf(entry, mask), enters)];
          });
    if (batch.length > 0) yield batch;
    if (late >= 0) return;
    if (due.length > 0) clock.sent(playedAt(due.at(-1)));
    index += due.length;
    await nextTurn();
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

/** Responses of entries, some at a time. */
async function* inBatches(
  entries: readonly ReplayEntry[],
  mask: MaskTree | undefined,
  isKept: (entry: ReplayEntry) => boolean = () => true,
): AsyncGenerator<ResponseBatch> {
  for (let from = 0; from < entries.length; from += SLICE) {
    const batch = responsesOf(entries.slice(from, from + SLICE), isKept, mask);
    if (batch.length > 0) yield batch;
    await nextTurn();
  }
}

/** The first `number` flows of each node. */
function firstPerNode(number: number): (entry: ReplayEntry) => boolean {
  const counts = new Map<string, number>();
  return ({ kind, node }) => {
    const count = counts.get(node) ?? 0;
    if (kind !== 'flow' || count >= number) return false;
    counts.set(node, count + 1);
    return true;
  };
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
