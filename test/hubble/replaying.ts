/** Recordings served by a replay, and asked by a client that can send anything, for the tests of the replay. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { Client, credentials } from '@grpc/grpc-js';
import { decodeResponse } from '../../src/hubble/decode.js';
import { RelayClient } from '../../src/hubble/relay.js';
import { ReplayRecordingBuilder } from '../../src/hubble/replay-recording.js';
import type { ReplayRecording } from '../../src/hubble/replay-recording.js';
import type { ReplayOptions } from '../../src/hubble/replay-server.js';
import { startReplay } from '../../src/hubble/replay-server.js';
import { decodeMessage, encodeMessage, fromJson, toJson } from '../../src/hubble/wire.js';
import type { MessageName } from '../../src/hubble/wire.js';
import type { Json } from './lines.js';
import { at, DENIED, flowLine, nodesLine, plain } from './lines.js';

export const SECOND = 1000;

/** 20 s of three nodes with a flow each 100 ms in turn; every tenth is denied. worker-2 restarts at 8 s and is blind for 4 s. */
export function lines(): Json[] {
  const all: Json[] = [];
  for (let i = 0; i < 200; i++) {
    const ms = i * 100;
    const node = `worker-${(i % 3) + 1}`;
    if (node === 'worker-2' && ms >= 8 * SECOND && ms < 12 * SECOND) continue;
    all.push(plain(flowLine(ms, node, `u-${i}`, i % 10 === 0 ? DENIED : {})));
    if (ms % (2 * SECOND) === 0) {
      const restarted = ms >= 12 * SECOND ? ms - 11 * SECOND : 3600 * SECOND + ms;
      const nodes = nodesLine(ms, {
        'worker-1': 3600 * SECOND + ms,
        'worker-2': restarted,
        'worker-3': 3600 * SECOND + ms,
      });
      if (ms >= 8 * SECOND && ms < 12 * SECOND)
        (nodes['nodes'] as Json[])[1] = { name: 'worker-2', state: 'NODE_UNAVAILABLE', tls: {} };
      all.push(nodes);
    }
  }
  all.push({
    lost_events: { source: 'OBSERVER_EVENTS_QUEUE', num_events_lost: '5' },
    node_name: 'worker-1',
    time: at(10_050),
  });
  all.push({
    node_status: { state_change: 'NODE_ERROR', node_names: ['worker-2'], message: 'EOF' },
    node_name: 'relay',
    time: at(8_050),
  });
  return all;
}

export const flowsIn = (all: readonly Json[]): Json[] => all.filter((line) => line['flow'] !== undefined);

export function recordingOf(all: readonly object[]): ReplayRecording {
  const builder = new ReplayRecordingBuilder();
  for (const line of all) {
    const event = decodeResponse(line);
    assert.ok(event);
    builder.addMessage(event, line);
  }
  return builder.build();
}

export class Asker {
  readonly address: string;
  readonly #client: Client;
  readonly relay: RelayClient;

  constructor(address: string) {
    this.address = address;
    this.relay = new RelayClient({ server: address, timeoutMs: 5000 });
    // A client of its own, to send what ours never would.
    this.#client = new Client(address, credentials.createInsecure());
  }

  /** All messages of a request, as protobuf JSON; `enough` ends a stream that follows. */
  async flows(request: Json, enough: (messages: Json[]) => boolean = () => false): Promise<Json[]> {
    const { message } = fromJson('observer.GetFlowsRequest', request);
    const messages: Json[] = [];
    const stream = this.#client.makeServerStreamRequest(
      '/observer.Observer/GetFlows',
      (value: object) => encodeMessage('observer.GetFlowsRequest', value as Json),
      (bytes: Buffer) => toJson('observer.GetFlowsResponse', decodeMessage('observer.GetFlowsResponse', bytes)),
      message,
    );
    return new Promise((resolve, reject) => {
      stream.on('data', (one: Json) => {
        messages.push(one);
        if (!enough(messages)) return;
        stream.cancel();
        resolve(messages);
      });
      stream.on('error', reject);
      stream.on('end', () => resolve(messages));
    });
  }

  async ask(method: string, response: MessageName): Promise<Json> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        `/observer.Observer/${method}`,
        () => Buffer.alloc(0),
        (bytes: Buffer) => toJson(response, decodeMessage(response, bytes)),
        {},
        (error, answer) => (error ? reject(error) : resolve(answer ?? {})),
      );
    });
  }

  raw(path: string, request: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => bytes,
        request,
        (error, answer) => (error ? reject(error) : resolve(answer ?? Buffer.alloc(0))),
      );
    });
  }

  close(): void {
    this.relay.close();
    this.#client.close();
  }
}

export async function replaying(
  t: TestContext,
  options: Partial<ReplayOptions> = {},
  recording: readonly object[] = lines(),
): Promise<Asker> {
  const replay = await startReplay(recordingOf(recording), { listen: '127.0.0.1:0', speed: 'max', ...options });
  const asker = new Asker(replay.address);
  t.after(async () => {
    asker.close();
    await replay.close();
  });
  return asker;
}

export const flowOf = (message: Json): Json => message['flow'] as Json;
export const ids = (messages: readonly Json[]): unknown[] =>
  flowsIn(messages).map((message) => flowOf(message)['uuid']);
export const timeOf = (message: Json): number => Date.parse(message['time'] as string);
export const ALL = flowsIn(lines());
export const idsWhere = (test: (flow: Json, index: number) => boolean): unknown[] =>
  ids(ALL.filter((line, index) => test(flowOf(line), index)));
