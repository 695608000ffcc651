/**
 * A client of hubble-relay: one stream of flows at a time, and the calls that tell about nodes. It knows nothing of resuming; that is
 * `follow.ts`.
 */
import { Client, connectivityState, status } from '@grpc/grpc-js';
import type { ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import { SourceError, UsageError } from '../errors.js';
import { decodeNodes } from './decode.js';
import type { Connection, RelayOptions } from './connection.js';
import { connectionFor, stateOfFiles } from './connection.js';
import type { NodeSamples } from './event.js';
import { explain, RelayError } from './relay-error.js';
import type { FlowMessage, MessageName } from './wire.js';
import { decodeFlowMessage, decodeMessage, encodeMessage, toJson } from './wire.js';

export interface FlowsRequest {
  /** Milliseconds since the epoch; flows from then on, as far as the nodes still hold them. */
  readonly since?: number | undefined;
  /** Per node: the last so many. A stream that follows is not limited by it. */
  readonly number?: number | undefined;
  readonly follow: boolean;
  /** Proto names of the fields of a flow to send; an agent that does not know one of them refuses the request. */
  readonly fieldMask?: readonly string[] | undefined;
}

export interface NodesAnswer {
  /** `time` is the wall clock at the answer. */
  readonly event: NodeSamples;
  /** `{"nodes":[...]}` as protobuf JSON. */
  readonly raw: Record<string, unknown>;
}

/** ServerStatus, summed by the relay over its nodes. */
export interface RelayStatus {
  /** The relay's own, for instance `hubble-relay v1.19.4+g...`. */
  readonly version: string;
  readonly connectedNodes: number;
  readonly unavailableNodes: number;
  readonly seenFlows: number;
  readonly numFlows: number;
  readonly maxFlows: number;
  readonly flowsPerSecond: number;
}

const SERVICE = '/observer.Observer';

/** Messages that wait for the consumer before the stream is paused; gRPC's flow control then holds the relay back. */
const BATCH_LIMIT = 4_096;

export class RelayClient {
  /** `host:port` or the name that was given for it: as messages name it. */
  readonly address: string;
  readonly timeoutMs: number;
  readonly #options: RelayOptions;
  #connection: Connection;
  /** The files that the connection was made from, as they were then. */
  #files: string;
  #client: Client;
  #closed = false;

  /** Does not connect yet. Throws UsageError for options that cannot work. */
  constructor(options: RelayOptions) {
    this.#options = options;
    this.#files = stateOfFiles(options);
    this.#connection = connectionFor(options);
    this.address = this.#connection.name;
    this.timeoutMs = options.timeoutMs;
    this.#client = this.#open();
  }

  #open(): Client {
    return new Client(this.#connection.address, this.#connection.credentials, this.#connection.channelOptions);
  }

  /**
   * Resolves when a relay answers within the timeout. Throws SourceError that names the address and the likely fix. A relay whose answer
   * is held up by a hanging node counts as there.
   */
  async waitForReady(): Promise<void> {
    const deadline = Date.now() + this.timeoutMs;
    const connected = await this.#connected(deadline);
    try {
      // When it did not connect, the call fails at once and says why.
      await this.nodes(connected ? Math.max(deadline - Date.now(), 1_000) : 1_000);
    } catch (error) {
      if (!(error instanceof RelayError)) throw error;
      if (connected && error.code === status.DEADLINE_EXCEEDED) return;
      throw new SourceError(explain(error, this.#connection, this.timeoutMs), error);
    }
  }

  /** Whether there is a connection before the deadline. Gives up sooner where waiting cannot help. */
  async #connected(deadline: number): Promise<boolean> {
    const channel = this.#client.getChannel();
    for (;;) {
      const state = channel.getConnectivityState(true);
      if (state === connectivityState.READY) return true;
      if (state === connectivityState.SHUTDOWN) return false;
      if (state === connectivityState.TRANSIENT_FAILURE && (await this.#isHopeless())) return false;
      const changed = await new Promise<boolean>((resolve) => {
        channel.watchConnectivityState(state, deadline, (error) => resolve(error === undefined));
      });
      if (!changed) return channel.getConnectivityState(false) === connectivityState.READY;
    }
  }

  /** A call on a failed connection fails at once, with the reason. */
  async #isHopeless(): Promise<boolean> {
    try {
      await this.nodes(1_000);
      return false;
    } catch (error) {
      return error instanceof RelayError && error.isPermanent;
    }
  }

  /**
   * One GetFlows call as batches of messages, in the order of arrival. Ends when the relay ends the stream with OK or `signal` is
   * aborted; throws RelayError when the call fails.
   */
  async *flows(request: FlowsRequest, signal: AbortSignal): AsyncGenerator<FlowMessage[], void, void> {
    if (signal.aborted || this.#closed) return;
    this.#renew();
    const stream = this.#client.makeServerStreamRequest(
      `${SERVICE}/GetFlows`,
      (message: object) => encodeMessage('observer.GetFlowsRequest', message as Record<string, unknown>),
      decodeFlowMessage,
      requestMessage(request),
      this.#connection.metadata(),
    );
    const batches = new Batches(stream);
    const cancel = (): void => stream.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      for (;;) {
        const batch = await batches.next();
        if (signal.aborted || batch === undefined) return;
        yield batch;
      }
    } catch (error) {
      // Cancelled by ourselves.
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', cancel);
      stream.cancel();
    }
  }

  /** GetNodes. Throws RelayError. */
  async nodes(timeoutMs = this.timeoutMs, signal?: AbortSignal): Promise<NodesAnswer> {
    const answer = await this.#ask(
      'GetNodes',
      'observer.GetNodesRequest',
      'observer.GetNodesResponse',
      timeoutMs,
      signal,
    );
    const time = Date.now();
    return { event: decodeNodes(answer, time) ?? { kind: 'node-samples', time, nodes: [] }, raw: answer };
  }

  /** ServerStatus. Throws RelayError. */
  async status(timeoutMs = this.timeoutMs): Promise<RelayStatus> {
    const answer = await this.#ask(
      'ServerStatus',
      'observer.ServerStatusRequest',
      'observer.ServerStatusResponse',
      timeoutMs,
    );
    return {
      version: typeof answer['version'] === 'string' ? answer['version'] : '',
      connectedNodes: Number(answer['num_connected_nodes'] ?? 0),
      unavailableNodes: Number(answer['num_unavailable_nodes'] ?? 0),
      seenFlows: Number(answer['seen_flows'] ?? 0),
      numFlows: Number(answer['num_flows'] ?? 0),
      maxFlows: Number(answer['max_flows'] ?? 0),
      flowsPerSecond: Number(answer['flows_rate'] ?? 0),
    };
  }

  /** Gives up the present connection, which may be dead without saying so, and takes a new one for the calls to come. */
  reconnect(): void {
    if (this.#closed) return;
    this.#client.close();
    this.#client = this.#open();
  }

  /** Certificates are renewed on disk while a soak runs for days: a new stream takes those that are there. */
  #renew(): void {
    const files = stateOfFiles(this.#options);
    if (files === this.#files) return;
    try {
      this.#connection = connectionFor(this.#options);
    } catch (error) {
      // A certificate may be there before its key: the next stream tries again.
      if (error instanceof UsageError) return;
      throw error;
    }
    this.#files = files;
    this.reconnect();
  }

  /** Calls that run end, later ones fail; `flows` is over at once. */
  close(): void {
    this.#closed = true;
    this.#client.close();
  }

  #ask(
    method: string,
    request: MessageName,
    response: MessageName,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Record<string, unknown>> {
    if (this.#closed) return Promise.reject(new RelayError(status.CANCELLED, 'the client is closed'));
    return new Promise((resolve, reject) => {
      const call = this.#client.makeUnaryRequest(
        `${SERVICE}/${method}`,
        (message: object) => encodeMessage(request, message as Record<string, unknown>),
        (bytes: Buffer) => toJson(response, decodeMessage(response, bytes)),
        {},
        this.#connection.metadata(),
        { deadline: Date.now() + timeoutMs },
        (error, answer) => {
          signal?.removeEventListener('abort', cancel);
          if (error) reject(RelayError.from(error));
          else resolve(answer ?? {});
        },
      );
      const cancel = (): void => call.cancel();
      if (signal?.aborted) cancel();
      else signal?.addEventListener('abort', cancel, { once: true });
    });
  }
}

function requestMessage(request: FlowsRequest): object {
  return {
    follow: request.follow,
    ...(request.number === undefined ? {} : { number: String(request.number) }),
    ...(request.since === undefined ? {} : { since: timestamp(request.since) }),
    ...(request.fieldMask === undefined ? {} : { field_mask: { paths: [...request.fieldMask] } }),
  };
}

function timestamp(ms: number): object {
  const seconds = Math.floor(ms / 1000);
  return { seconds: String(seconds), nanos: Math.min(Math.round((ms - seconds * 1000) * 1e6), 999_999_999) };
}

/** Collects what a stream brings until it is asked for; pauses the stream while too much waits. */
class Batches {
  readonly #stream: ClientReadableStream<FlowMessage>;
  #waiting: FlowMessage[] = [];
  #error: RelayError | undefined;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(stream: ClientReadableStream<FlowMessage>) {
    this.#stream = stream;
    stream.on('data', (message: FlowMessage) => {
      this.#waiting.push(message);
      if (this.#waiting.length >= BATCH_LIMIT) stream.pause();
      this.#wake?.();
    });
    // The status of the call overtakes messages that still wait in the stream; `end` comes after them.
    stream.on('error', (error: ServiceError) => (this.#error ??= RelayError.from(error)));
    stream.on('end', () => {
      this.#ended = true;
      this.#wake?.();
    });
  }

  /** What has come since the last call, at least one message; undefined = the stream has ended with OK. */
  async next(): Promise<FlowMessage[] | undefined> {
    for (;;) {
      if (this.#waiting.length > 0) {
        const batch = this.#waiting;
        this.#waiting = [];
        if (this.#stream.isPaused()) this.#stream.resume();
        return batch;
      }
      if (this.#ended && this.#error) throw this.#error;
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = undefined;
      // Messages arrive one by one; the rest of what the socket brought belongs to the same batch.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }
}
