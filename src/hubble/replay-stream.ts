/** One stream that follows while a script is played: what of the recording it gets, and what relay does to it meanwhile. */
import { nodeStateName } from './names.js';
import { dueOf } from './replay-fault-entries.js';
import { only, type Fault } from './replay-faults.js';
import { lowest } from './replay-nodes.js';
import type { Outages } from './replay-outages.js';
import type { ReplayEntry, ReplayRecording } from './replay-recording.js';
import { SortBuffer } from './replay-sort-buffer.js';
import { Subscription, type StreamAction } from './replay-subscription.js';
import { formatTime } from './time.js';
import { encodeResponseJson } from './wire.js';

export interface ScriptedRequest {
  /** Milliseconds since the start of the recording. */
  readonly opened: number;
  /** Recorded time, ms. */
  readonly since: number | undefined;
  readonly number: number | undefined;
  readonly masked: boolean;
}

export interface ScriptedRelay {
  readonly recording: ReplayRecording;
  readonly outages: Outages;
  readonly faults: readonly Fault[];
  /** What relay calls itself. */
  readonly name: string;
}

/** What an act brings: messages, and entries that are still to be masked. */
interface Act {
  readonly responses: readonly (ReplayEntry | Buffer)[];
  readonly ends: boolean;
}

export class ScriptedStream {
  /** How much earlier than its time an entry may be sent, ms: clocks that are ahead. */
  readonly reach: number;
  readonly #relay: ScriptedRelay;
  readonly #request: ScriptedRequest;
  readonly #subscription: Subscription;
  readonly #buffer: SortBuffer | undefined;
  /** For each node: from when on (ms since the start) it held its flows when the stream was opened. */
  readonly #heldFrom = new Map<string, number>();
  #next = 0;

  constructor(relay: ScriptedRelay, request: ScriptedRequest) {
    const { recording, faults, outages } = relay;
    const { opened, masked, number } = request;
    this.#relay = relay;
    this.#request = request;
    this.#subscription = new Subscription(outages, faults, {
      opened,
      masked,
      horizon: recording.end - recording.start,
    });
    this.reach = Math.max(0, ...only(faults, 'skew').map(({ by }) => by));
    const [lag] = only(faults, 'lag');
    // As relay does, where a number is asked for.
    const size = Math.min(lag?.flows ?? 0, number === undefined ? Infinity : number * outages.nodes.length);
    this.#buffer = lag === undefined ? undefined : new SortBuffer(size);
  }

  /** Does the stream get an entry that is sent then? */
  delivers({ node, isPassing }: ReplayEntry, played: number): boolean {
    if (played >= this.#request.opened) return this.#subscription.isLive(node, played);
    if (isPassing === true) return false;
    return node === '' || (this.#subscription.isAskedFirst(node) && played >= this.#held(node, this.#request.opened));
  }

  /** When something is to be done next, ms since the start; what waits to be sorted waits for nobody where there is no clock. */
  actsAt(isPaced: boolean): number {
    return Math.min(this.#action?.at ?? Infinity, isPaced ? (this.#buffer?.drainsAt ?? Infinity) : Infinity);
  }

  /** Does what is next. */
  act(matches: (entry: ReplayEntry) => boolean): Act {
    const action = this.#action;
    if (action === undefined || (this.#buffer?.drainsAt ?? Infinity) < action.at)
      return { responses: this.#buffer?.drain() ?? [], ends: false };
    this.#next++;
    return this.#do(action, matches);
  }

  /** What may be sent now that this message has come. */
  *sorted(time: number, bytes: Buffer, now: number): Generator<Buffer> {
    const leaving = this.#buffer === undefined ? bytes : this.#buffer.enter(time, bytes, now);
    if (leaving !== undefined) yield leaving;
  }

  get #action(): StreamAction | undefined {
    return this.#subscription.actions[this.#next];
  }

  #do(action: StreamAction, matches: (entry: ReplayEntry) => boolean): Act {
    switch (action.kind) {
      case 'status':
        return { responses: [this.#status(action)], ends: false };
      case 'repeat':
        return { responses: this.#repeat(action.node, action.at, matches), ends: false };
      case 'end':
        return { responses: this.#buffer?.drain() ?? [], ends: true };
    }
  }

  #status({ time, state, nodes, message }: Extract<StreamAction, { readonly kind: 'status' }>): Buffer {
    const ahead = only(this.#relay.faults, 'relay-skew').reduce((sum, { by }) => sum + by, 0);
    return encodeResponseJson({
      node_status: { state_change: nodeStateName(state), node_names: nodes, message },
      node_name: this.#relay.name,
      time: formatTime(this.#relay.recording.start + time + ahead),
    }).bytes;
  }

  /** What the node holds then, as far as the request asks for it. */
  #repeat(node: string, at: number, matches: (entry: ReplayEntry) => boolean): ReplayEntry[] {
    const { entries, start } = this.#relay.recording;
    const { since, number } = this.#request;
    const held = start + this.#held(node, at);
    const found: ReplayEntry[] = [];
    for (let i = indexFrom(entries, start + at) - 1; i >= 0; i--) {
      const entry = entries[i];
      if (entry === undefined || dueOf(entry) < held) break;
      if (since === undefined ? found.length >= (number ?? 1) : dueOf(entry) < since - this.reach) break;
      if (entry.isPassing === true) continue;
      if (entry.node === node && (since === undefined || entry.time >= since) && matches(entry)) found.push(entry);
    }
    return found.reverse();
  }

  /** From when on the node holds its flows at that time: since its agent began, or so many. */
  #held(node: string, at: number): number {
    const known = at === this.#request.opened ? this.#heldFrom.get(node) : undefined;
    if (known !== undefined) return known;
    const { recording, outages, faults } = this.#relay;
    const began = outages.began(node, at);
    const size = Math.min(Infinity, ...only(faults, 'ring').map(({ flows }) => flows));
    const held = size === Infinity ? began : Math.max(began, oldestHeld(recording, node, at, size));
    if (at === this.#request.opened) this.#heldFrom.set(node, held);
    return held;
  }
}

/** When the oldest of the newest `size` entries of a node at that time was sent, ms since the start. */
function oldestHeld({ entries, start }: ReplayRecording, node: string, at: number, size: number): number {
  let count = 0;
  for (let i = indexFrom(entries, start + at) - 1; i >= 0; i--) {
    const entry = entries[i];
    if (entry?.node === node && ++count >= size) return dueOf(entry) - start;
  }
  return Number.NEGATIVE_INFINITY;
}

/** The first entry that is sent at a recorded time or later. */
function indexFrom(entries: readonly ReplayEntry[], time: number): number {
  return lowest(entries.length, (i) => dueOf(entries[i] as ReplayEntry) >= time);
}
