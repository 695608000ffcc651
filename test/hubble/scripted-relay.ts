/** A relay that plays scripts under a clock that jumps, for the tests of following. */
import assert from 'node:assert/strict';
import { status } from '@grpc/grpc-js';
import { decodeNodes, decodeResponse } from '../../src/hubble/decode.js';
import { follow } from '../../src/hubble/follow.js';
import type { FollowableRelay, FollowOptions, FollowStatus } from '../../src/hubble/follow.js';
import type { FlowsRequest, NodesAnswer } from '../../src/hubble/relay.js';
import { RelayError } from '../../src/hubble/relay-error.js';
import { messageOf, type FlowMessage } from '../../src/hubble/wire.js';
import type { Json } from './lines.js';
import type { VirtualPace } from './virtual-pace.js';

export const SECOND = 1000;
export const UNAVAILABLE = new RelayError(status.UNAVAILABLE, 'connect ECONNREFUSED');

export function message(line: Json): FlowMessage {
  const event = decodeResponse(line);
  assert.ok(event);
  return messageOf(event, () => line);
}

/** One GetFlows call: what it brings; a call that returns ends with OK. */
export type Call = (signal: AbortSignal) => AsyncGenerator<FlowMessage[]>;

/** A relay that plays one script per call, the last one again and again, under a clock that jumps. */
export class ScriptedRelay implements FollowableRelay {
  readonly address = 'relay:4245';
  readonly timeoutMs = 5 * SECOND;
  readonly requests: { readonly request: FlowsRequest; readonly at: number }[] = [];
  readonly polls: number[] = [];
  reconnects = 0;
  readonly pace: VirtualPace;
  readonly #calls: readonly Call[];
  readonly #nodes: (signal?: AbortSignal) => Promise<Json>;

  constructor(pace: VirtualPace, calls: readonly Call[], nodes: (signal?: AbortSignal) => Promise<Json> = noNodes) {
    this.pace = pace;
    this.#calls = calls;
    this.#nodes = nodes;
  }

  waitForReady(): Promise<void> {
    return Promise.resolve();
  }

  flows(request: FlowsRequest, signal: AbortSignal): AsyncIterable<FlowMessage[]> {
    const call = this.#calls[Math.min(this.requests.length, this.#calls.length - 1)];
    this.requests.push({ request, at: this.pace.now() });
    assert.ok(call);
    return call(signal);
  }

  async nodes(_timeoutMs?: number, signal?: AbortSignal): Promise<NodesAnswer> {
    this.polls.push(this.pace.now());
    const raw = await this.#nodes(signal);
    const event = decodeNodes(raw, this.pace.now());
    assert.ok(event);
    return { event, raw };
  }

  reconnect(): void {
    this.reconnects++;
  }
}

export function noNodes(): Promise<Json> {
  return Promise.reject(new RelayError(status.UNIMPLEMENTED, 'no GetNodes'));
}

export interface Heard {
  readonly messages: readonly FlowMessage[];
  readonly statuses: readonly FollowStatus[];
}

/** Follows until so much (virtual) time has passed. */
export async function followFor(
  relay: ScriptedRelay,
  ms: number,
  options: Partial<FollowOptions> = {},
): Promise<Heard> {
  const stop = new AbortController();
  const messages: FlowMessage[] = [];
  const statuses: FollowStatus[] = [];
  void relay.pace.sleep(ms).then(() => stop.abort());
  const all = {
    signal: stop.signal,
    pace: relay.pace,
    random: () => 0.5,
    onStatus: (s: FollowStatus) => statuses.push(s),
  };
  for await (const batch of follow(relay, { ...all, ...options })) messages.push(...batch);
  return { messages, statuses };
}

export const samples = ({ messages }: Heard): readonly FlowMessage[] =>
  messages.filter(({ event }) => event.kind === 'node-samples');

/** A call that brings these lines at once, then ends in some way. */
export function call(lines: readonly Json[], end?: (signal: AbortSignal) => Promise<void>): Call {
  return async function* (signal) {
    if (lines.length > 0) yield lines.map(message);
    await end?.(signal);
  };
}

export const open = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
export const failing = (): Promise<void> => Promise.reject(UNAVAILABLE);
