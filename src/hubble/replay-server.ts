/**
 * A recording served as hubble-relay would: observer.Observer, health and reflection, with or without TLS. What a request without follow
 * gets is the whole recording; a follower gets it as the replay's clock goes on, which starts with the first of them.
 */
import { ReflectionService } from '@grpc/reflection';
import { Server, status } from '@grpc/grpc-js';
import type { sendUnaryData, ServerUnaryCall, ServiceDefinition } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { SourceError, UsageError } from '../errors.js';
import { packageVersion } from '../package-root.js';
import { NODE_STATE } from './event.js';
import { nodeStateName } from './names.js';
import type { Pace } from './pace.js';
import { WALL_PACE } from './pace.js';
import { batchesOn, type BatchedCall, type ResponseBatch } from './replay-batches.js';
import type { ReplaySpeed } from './replay-clock.js';
import { ReplayClock } from './replay-clock.js';
import { connectionFaults, playConnectionFaults } from './replay-connections.js';
import { withFaults } from './replay-fault-entries.js';
import { only, type Fault } from './replay-faults.js';
import { Interruption, Interruptions } from './replay-interruptions.js';
import { Outages } from './replay-outages.js';
import { ReplayPeers } from './replay-peers.js';
import { ScriptedStream } from './replay-stream.js';
import { TcpFront } from './tcp-front.js';
import { UnsupportedFilter } from './replay-filters.js';
import { followedResponses, readRequest, storedResponses } from './replay-flows.js';
import type { FlowSelection } from './replay-flows.js';
import { bindReason, parseListen, serverCredentials, type ReplayTls } from './replay-listen.js';
import type { NodeJson } from './replay-nodes.js';
import { ReplayNodes } from './replay-nodes.js';
import type { ReplayRecording } from './replay-recording.js';
import { formatTime } from './time.js';
import type { Message, MessageName } from './wire.js';
import { encodeResponseJson, fromJson, observerService, packageDefinition } from './wire.js';

export interface ReplayOptions {
  /** `HOST:PORT`; port 0 takes a free one, no host means all addresses. */
  readonly listen: string;
  readonly speed: ReplaySpeed;
  /** Begin again at the end, with the same recorded times. */
  readonly loop?: boolean | undefined;
  readonly tls?: ReplayTls | undefined;
  /** What goes wrong meanwhile; not together with `loop`. */
  readonly faults?: readonly Fault[] | undefined;
  readonly log?: ((message: string) => void) | undefined;
  readonly pace?: Pace | undefined;
}

export interface Replay {
  /** `HOST:PORT` with the port that was taken. */
  readonly address: string;
  /** Ends all streams. */
  close(): Promise<void>;
}

/** What the relay calls itself in status messages. */
const RELAY_NAME = 'hubble-soak-replay';

/** Pause between the last entry of a loop and the first one of the next lap. */
const LOOP_PAUSE_MS = 1_000;

/** The same for all servers, and slow to make. */
let reflection: ReflectionService | undefined;

/** Throws UsageError for options that cannot work, SourceError when the address cannot be had. */
export async function startReplay(recording: ReplayRecording, options: ReplayOptions): Promise<Replay> {
  const { host, port } = parseListen(options.listen);
  const toBreak = connectionFaults(options.faults ?? []);
  if (toBreak[0] !== undefined && options.speed === 'max')
    throw new UsageError(`--speed max has no clock, and ${toBreak[0].kind} needs a clock; give --speed a number`);
  const credentials = serverCredentials(options.tls);
  const replay = new ReplayService(recording, options);
  const server = new Server({ interceptors: [batchesOn('/observer.Observer/GetFlows')] });
  server.addService(flowBytes(observerService()), {
    GetFlows: (call: BatchedCall) => void replay.getFlows(call),
    GetNodes: replay.answer('observer.GetNodesResponse', () => replay.getNodes()),
    GetNamespaces: replay.answer('observer.GetNamespacesResponse', () => ({ namespaces: recording.namespaces })),
    ServerStatus: replay.answer('observer.ServerStatusResponse', () => replay.serverStatus()),
  });
  // The name that hubble-relay registers, which is not that of the service.
  new HealthImplementation({ '': 'SERVING', 'hubble.server.Observer': 'SERVING' }).addToServer(server);
  reflection ??= new ReflectionService(packageDefinition(), { services: ['observer.Observer'] });
  reflection.addToServer(server);

  const bind = (where: string): Promise<number> =>
    new Promise((resolve, reject) =>
      server.bindAsync(where, credentials, (error, taken) => (error === null ? resolve(taken) : reject(error))),
    );
  const stop = new AbortController();
  try {
    if (toBreak.length === 0) return replayAt(`${host}:${await bind(`${host}:${port}`)}`, () => server.forceShutdown());
    const behind = await bind('127.0.0.1:0');
    const front = await TcpFront.open({ host, port, target: () => behind });
    void replay.begun.then(() => playConnectionFaults(front, toBreak, replay, stop.signal));
    return replayAt(`${host}:${front.port}`, () => {
      stop.abort();
      front.close();
      server.forceShutdown();
    });
  } catch (error) {
    server.forceShutdown();
    if (!(error instanceof Error)) throw error;
    throw new SourceError(`cannot listen on ${options.listen}: ${bindReason(error)}`, error);
  }
}

function replayAt(address: string, close: () => void): Replay {
  return {
    address,
    close: () => {
      close();
      return Promise.resolve();
    },
  };
}

/** GetFlows sends bytes that are encoded already. */
function flowBytes(service: ServiceDefinition): ServiceDefinition {
  const { GetFlows: getFlows } = service;
  if (getFlows === undefined) throw new Error('proto/ does not declare GetFlows');
  return { ...service, GetFlows: { ...getFlows, responseSerialize: (bytes: Buffer) => bytes } };
}

class ReplayService {
  readonly #recording: ReplayRecording;
  readonly #peers: ReplayPeers;
  readonly #outages: Outages;
  readonly clock: ReplayClock;
  readonly pace: Pace;
  /** When the first follower has come. */
  readonly begun: Promise<void>;
  #begin: () => void = () => undefined;
  readonly #loopLength: number | undefined;
  readonly #log: (message: string) => void;
  readonly #faults: readonly Fault[];
  readonly #interruptions: Interruptions;

  constructor(untouched: ReplayRecording, options: ReplayOptions) {
    this.#faults = options.faults ?? [];
    this.#interruptions = new Interruptions(this.#faults);
    const recording = withFaults(untouched, this.#faults);
    this.#recording = recording;
    this.#outages = new Outages(recording.nodes, this.#faults);
    this.#peers = new ReplayPeers(new ReplayNodes(recording), this.#outages, recording.start);
    this.begun = new Promise((resolve) => (this.#begin = resolve));
    this.pace = options.pace ?? WALL_PACE;
    this.clock = new ReplayClock(recording.start, recording.end, options.speed, () => this.pace.now());
    this.#loopLength = options.loop === true ? recording.end - recording.start + LOOP_PAUSE_MS : undefined;
    this.#log = options.log ?? (() => undefined);
  }

  async getFlows(call: BatchedCall): Promise<void> {
    const stop = new AbortController();
    call.on('cancelled', () => stop.abort());
    call.on('error', () => stop.abort());
    try {
      await this.#whileBlocked(stop.signal);
      const selection = this.#understood(call.request);
      if (selection.first && selection.follow) throw new UnsupportedFilter('first cannot be used with follow');
      await write(call, this.#openingStatus(), stop.signal);
      if (selection.maskRefused) await write(call, this.#maskRefusal(), stop.signal);
      else await this.#sendFlows(call, selection, stop.signal);
      call.end();
    } catch (error) {
      const isMeant = error instanceof UnsupportedFilter || error instanceof Interruption;
      if (!isMeant) this.#log(`a request failed: ${String(error)}`);
      const code =
        error instanceof Interruption
          ? error.code
          : error instanceof UnsupportedFilter
            ? status.INVALID_ARGUMENT
            : status.INTERNAL;
      call.emit('error', { code, details: error instanceof Error ? error.message : 'replay failed' });
    }
  }

  async #sendFlows(call: BatchedCall, selection: FlowSelection, signal: AbortSignal): Promise<void> {
    const replay = {
      clock: this.clock,
      pace: this.pace,
      loopLength: this.#loopLength,
      interruptions: this.#interruptions,
      script: (opened: number, asked: FlowSelection) => this.#script(opened, asked),
    };
    if (selection.follow) this.#begin();
    const responses = selection.follow
      ? followedResponses(this.#recording, selection, replay, signal)
      : storedResponses(this.#recording, selection);
    for await (const batch of responses) {
      if (signal.aborted) return;
      await write(call, batch, signal);
    }
  }

  #understood(request: Message): FlowSelection {
    const selection = readRequest(request);
    if (only(this.#faults, 'mask-ignored').length === 0) return selection;
    return { ...selection, mask: undefined, maskRefused: false };
  }

  #script(opened: number, { since, number, mask }: FlowSelection): ScriptedStream | undefined {
    if (this.#faults.length === 0) return undefined;
    const relay = { recording: this.#recording, outages: this.#outages, faults: this.#faults, name: RELAY_NAME };
    return new ScriptedStream(relay, { opened, since, number, masked: mask !== undefined });
  }

  getNodes(): { readonly nodes: readonly NodeJson[] } {
    return { nodes: this.#peers.at(this.#time()) };
  }

  /** Answers a call, unless the script is against it. */
  answer(name: MessageName, json: () => object) {
    return (call: ServerUnaryCall<Message, Message>, callback: sendUnaryData<Message>): void => {
      const stop = new AbortController();
      call.on('cancelled', () => stop.abort());
      void this.#whileBlocked(stop.signal).then(() => {
        if (stop.signal.aborted) return;
        if (name === 'observer.GetNodesResponse' && this.#interruptions.knowsNoNodes(this.clock.played()))
          callback({ code: status.UNIMPLEMENTED, details: 'GetNodes not implemented' });
        else callback(null, fromJson(name, json()).message);
      });
    };
  }

  async #whileBlocked(signal: AbortSignal): Promise<void> {
    for (;;) {
      const until = this.#interruptions.isBlockedUntil(this.clock.played());
      if (until === undefined || signal.aborted || !this.clock.isPaced) return;
      await this.pace.sleep(Math.max(1, this.clock.waitFor(until)), signal);
    }
  }

  serverStatus(): object {
    const { nodes } = this.getNodes();
    const connected = nodes.filter(isConnected);
    const sum = (key: string): string => String(connected.reduce((total, node) => total + Number(node[key] ?? 0), 0));
    return {
      num_flows: String(this.#recording.entries.filter((entry) => entry.kind === 'flow').length),
      max_flows: sum('max_flows'),
      seen_flows: sum('seen_flows'),
      uptime_ns: String(connected.reduce((most, node) => Math.max(most, Number(node['uptime_ns'] ?? 0)), 0)),
      num_connected_nodes: connected.length,
      num_unavailable_nodes: nodes.length - connected.length,
      unavailable_nodes: nodes.filter((node) => !isConnected(node)).map((node) => node['name']),
      version: `hubble-soak replay ${packageVersion()}`,
    };
  }

  #time(): number {
    return this.clock.time(this.#loopLength);
  }

  /** Like a relay: the nodes it asks, then those it cannot. */
  #openingStatus(): Buffer[] {
    const { nodes } = this.getNodes();
    const names = (wanted: boolean): unknown[] =>
      nodes.filter((node) => isConnected(node) === wanted).map((node) => node['name']);
    return [
      ...this.#nodeStatus(NODE_STATE.CONNECTED, names(true)),
      ...this.#nodeStatus(NODE_STATE.UNAVAILABLE, names(false)),
    ];
  }

  #maskRefusal(): Buffer[] {
    return this.#nodeStatus(NODE_STATE.ERROR, this.#recording.nodes, 'invalid fieldmask');
  }

  #nodeStatus(state: number, names: readonly unknown[], message?: string): Buffer[] {
    if (names.length === 0) return [];
    const { bytes } = encodeResponseJson({
      node_status: { state_change: nodeStateName(state), node_names: names, message },
      node_name: RELAY_NAME,
      time: formatTime(this.#time() + only(this.#faults, 'relay-skew').reduce((sum, { by }) => sum + by, 0)),
    });
    return [bytes];
  }
}

function isConnected(node: NodeJson): boolean {
  return node['state'] === nodeStateName(NODE_STATE.CONNECTED);
}

/** Resolves when HTTP/2 has taken the batch, which waits for a follower that is slower than the replay. */
function write(call: BatchedCall, batch: ResponseBatch, signal: AbortSignal): Promise<void> | undefined {
  if (signal.aborted || batch.length === 0) return undefined;
  return new Promise((resolve) => {
    const done = (): void => {
      signal.removeEventListener('abort', done);
      resolve();
    };
    signal.addEventListener('abort', done, { once: true });
    call.write(batch, done);
  });
}
