/**
 * Follows a relay through everything that ends a stream: agents and relays that restart, all nodes lost at once, connections that die, a
 * node that the relay forgets. Flows and node samples come as one sequence of batches. What real relays do has been measured; the reason
 * stands with each rule.
 */
import { status } from '@grpc/grpc-js';
import { SourceError } from '../errors.js';
import { NODE_STATE, type SoakEvent } from './event.js';
import { maskFor } from './field-mask.js';
import type { QueueLimits } from './flow-queue.js';
import { FlowQueue } from './flow-queue.js';
import { Overload, type OverloadStatus } from './overload.js';
import type { Pace } from './pace.js';
import { WALL_PACE } from './pace.js';
import type { FlowsRequest, NodesAnswer } from './relay.js';
import { RelayError } from './relay-error.js';
import { SilenceWatch } from './silence-watch.js';
import { StreamClock } from './stream-clock.js';
import { formatTime } from './time.js';
import { messageOf, type FlowMessage } from './wire.js';

/** What `follow` needs of a relay; RelayClient is one. */
export interface FollowableRelay {
  readonly address: string;
  readonly timeoutMs: number;
  waitForReady(): Promise<void>;
  flows(request: FlowsRequest, signal: AbortSignal): AsyncIterable<FlowMessage[]>;
  nodes(timeoutMs?: number, signal?: AbortSignal): Promise<NodesAnswer>;
  reconnect(): void;
}

export interface FollowStatus {
  readonly kind:
    'connected' | 'interrupted' | 'mask-refused' | 'node-silent' | 'connection-dead' | OverloadStatus['kind'];
  /** One sentence for a log. */
  readonly message: string;
}

export interface FollowOptions {
  /** Milliseconds since the epoch; the first request asks for flows from then on. Without it, from now. */
  readonly since?: number | undefined;
  /** `needed`: only the fields that judging reads, where all agents can leave out the others. Default: all. */
  readonly fields?: 'all' | 'needed' | undefined;
  /** Ends the sequence, without an error. */
  readonly signal: AbortSignal;
  readonly onStatus?: ((status: FollowStatus) => void) | undefined;
  readonly pace?: Pace | undefined;
  readonly queueLimits?: QueueLimits | undefined;
  /** From 0 to below 1, for the jitter of the back-off. */
  readonly random?: (() => number) | undefined;
}

/** A restarted agent shows by its uptime within this time, also one that is back at once. */
const POLL_MS = 1_000;

/** A poll waits so long for a hanging node, which holds up the answer for all; flows go on meanwhile. */
const POLL_DEADLINE_MS = 10_000;

/** Polls begin when the stream has shown where in time it is, or after this. */
const POLL_DELAY_MS = 15_000;

/** Without a flow or an answer for this long, the connection is given up: a dead one may not say so for many minutes. */
const DEAD_MS = 30_000;

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 5_000;

/** A reopened stream asks for what came shortly before as well: order is only approximate. Repeats are known by their uuid. */
const OVERLAP_MS = 10_000;

/** As far back as flows of a forgotten node are asked for again. */
const FARTHEST_BACK_MS = 300_000;

/** So many timeouts without a stream, and the source is lost. */
const TIMEOUTS_TO_LOSS = 6;

/**
 * Flows, node statuses, lost events and node samples as they come, in batches. Throws SourceError when the relay cannot be had within its
 * timeout at first, or within 6 of them later on.
 */
export async function* follow(
  relay: FollowableRelay,
  options: FollowOptions,
): AsyncGenerator<readonly FlowMessage[], void, void> {
  const { signal } = options;
  await Promise.race([relay.waitForReady(), aborted(signal)]);
  if (!signal.aborted) yield* new Follower(relay, options).run();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

class Follower {
  readonly #relay: FollowableRelay;
  readonly #options: FollowOptions;
  readonly #pace: Pace;
  readonly #clock: StreamClock;
  readonly #silence = new SilenceWatch();
  readonly #queue: FlowQueue;
  readonly #overload: Overload;
  #versions: readonly string[] = [];
  #maskRefused = false;
  /** Wall time of the last message of a stream or answer to a poll. */
  #heardAt: number;
  /** Where the next request begins, when that is not shortly before the newest flow. */
  #resumeAt: number | undefined;
  /** Ends the present stream, to open another at once. */
  #reopen: () => void = () => undefined;

  constructor(relay: FollowableRelay, options: FollowOptions) {
    this.#relay = relay;
    this.#options = options;
    this.#pace = options.pace ?? WALL_PACE;
    this.#clock = new StreamClock(() => this.#pace.now());
    this.#queue = new FlowQueue(() => this.#clock.isPresent, options.queueLimits);
    this.#overload = new Overload(relay.address);
    this.#heardAt = this.#pace.now();
  }

  async *run(): AsyncGenerator<readonly FlowMessage[], void, void> {
    const stop = new AbortController();
    const abort = (): void => stop.abort();
    this.#options.signal.addEventListener('abort', abort, { once: true });
    if (this.#options.signal.aborted) abort();
    const streams = this.#streams(stop.signal).then(
      () => this.#queue.end(),
      (error: unknown) => this.#queue.end(error),
    );
    const polls = this.#polls(stop.signal).catch((error: unknown) => this.#queue.end(error));
    try {
      for (let batch = await this.#queue.take(); batch !== undefined; batch = await this.#queue.take()) yield batch;
    } finally {
      this.#options.signal.removeEventListener('abort', abort);
      abort();
      this.#queue.drop();
      await Promise.all([streams, polls]);
      this.#tellOverload(this.#overload.ended(this.#pace.now()));
    }
  }

  // ---- flows -------------------------------------------------------------------------------------------------------

  /** One stream after the other. Throws SourceError when none can be had for too long. */
  async #streams(signal: AbortSignal): Promise<void> {
    if (this.#options.fields === 'needed') await this.#learnVersions(signal);
    let backoff = FIRST_BACKOFF_MS;
    let lostSince: number | undefined;
    while (!signal.aborted) {
      const opened = this.#pace.now();
      const { messages, error, reopen } = await this.#stream(signal);
      if (signal.aborted) return;
      if (messages > 0 || error === undefined) lostSince = undefined;
      if (reopen) continue;
      if (this.#pace.now() - opened >= LONGEST_BACKOFF_MS) backoff = FIRST_BACKOFF_MS;
      // A clean end is normal: no node can be reached, or all of them were lost at once.
      this.#tell(
        'interrupted',
        `the stream of ${this.#relay.address} ended (${error?.message ?? 'OK'}); it is opened again`,
      );
      if (error !== undefined) {
        lostSince ??= this.#pace.now();
        if (this.#pace.now() - lostSince >= TIMEOUTS_TO_LOSS * this.#relay.timeoutMs) throw this.#lost(error);
      }
      await this.#pace.sleep(backoff * (0.5 + this.#random() / 2), signal);
      backoff = Math.min(backoff * 2, LONGEST_BACKOFF_MS);
    }
  }

  /** One GetFlows call, to its end. */
  async #stream(signal: AbortSignal): Promise<{
    readonly messages: number;
    readonly error: RelayError | undefined;
    readonly reopen: boolean;
  }> {
    const own = new AbortController();
    const abort = (): void => own.abort();
    signal.addEventListener('abort', abort, { once: true });
    let reopen = false;
    this.#reopen = () => {
      reopen = true;
      abort();
    };
    let messages = 0;
    try {
      for await (const batch of this.#relay.flows(this.#request(), own.signal)) {
        if (messages === 0) this.#tell('connected', `flows of ${this.#relay.address} are being followed`);
        messages += batch.length;
        this.#note(batch);
        await this.#put(batch);
      }
      return { messages, error: undefined, reopen };
    } catch (error) {
      if (signal.aborted) return { messages, error: undefined, reopen };
      if (!(error instanceof RelayError)) throw error;
      if (error.isFieldMaskRefused) this.#refuseMask();
      return { messages, error, reopen };
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /**
   * `number: 1` shrinks the relay's sort buffer from 100 flows to one per node: a second of lag instead of 16 at 6 flows/s. It does not
   * limit a stream that follows.
   */
  #request(): FlowsRequest {
    const { newest } = this.#clock;
    const since = Number.isNaN(newest) ? this.#options.since : (this.#resumeAt ?? newest - OVERLAP_MS);
    this.#resumeAt = undefined;
    const mask = this.#options.fields === 'needed' && !this.#maskRefused ? maskFor(this.#versions) : undefined;
    return { follow: true, number: 1, since, fieldMask: mask };
  }

  #note(batch: readonly FlowMessage[]): void {
    const now = this.#pace.now();
    this.#heardAt = now;
    for (const message of batch) {
      const { kind, time, node } = message.head;
      if (kind === 'flow') {
        this.#clock.note(time);
        this.#silence.heard(node, time, now);
      } else if (kind === 'node-status') this.#noteStatus(message.event);
    }
  }

  #noteStatus(event: SoakEvent): void {
    if (event.kind !== 'node-status' || event.state !== NODE_STATE.ERROR) return;
    if (/invalid field ?mask/i.test(event.message)) this.#refuseMask();
  }

  #put(batch: readonly FlowMessage[]): Promise<void> {
    const taken = this.#queue.put(batch);
    this.#tellOverload(this.#overload.noted(this.#queue.shedFlows, this.#pace.now()));
    return taken;
  }

  /** An agent does not know a path of the mask. It would send nothing at all, so all agents are asked for whole flows. */
  #refuseMask(): void {
    if (this.#maskRefused || this.#options.fields !== 'needed') return;
    this.#maskRefused = true;
    this.#tell(
      'mask-refused',
      `an agent behind ${this.#relay.address} refuses the field mask; whole flows are asked for`,
    );
    this.#reopen();
  }

  // ---- nodes -------------------------------------------------------------------------------------------------------

  /** Asks for the nodes again and again; never fails, and never holds up the flows. */
  async #polls(signal: AbortSignal): Promise<void> {
    await this.#untilOriented(signal);
    while (!signal.aborted) {
      const asked = this.#pace.now();
      try {
        const answer = await this.#relay.nodes(POLL_DEADLINE_MS, signal);
        if (signal.aborted) return;
        await this.#sampled(answer);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof RelayError)) throw error;
        // A single agent, or a proxy that lets only flows through.
        if (error.code === status.UNIMPLEMENTED) return;
        this.#checkConnection();
      }
      await this.#pace.sleep(Math.max(POLL_MS - (this.#pace.now() - asked), 0), signal);
    }
  }

  /** What time a sample belongs to is known when flows have come: all of the backlog, where one was asked for. */
  async #untilOriented(signal: AbortSignal): Promise<void> {
    const end = this.#pace.now() + POLL_DELAY_MS;
    const oriented = (): boolean =>
      !Number.isNaN(this.#clock.newest) && (this.#options.since === undefined || this.#clock.live);
    while (!signal.aborted && !oriented() && this.#pace.now() < end) await this.#pace.sleep(100, signal);
  }

  async #sampled(answer: NodesAnswer): Promise<void> {
    const now = this.#pace.now();
    this.#heardAt = now;
    this.#keepVersions(answer);
    const time = this.#clock.stamp();
    const event = { ...answer.event, time };
    const silent = this.#silence.sampled(event.nodes, now);
    if (silent.length > 0) {
      const earliest = Math.min(
        ...silent.map(({ lastFlow }) => (Number.isNaN(lastFlow) ? this.#clock.newest : lastFlow)),
      );
      this.#resumeAt = Math.max(earliest, this.#clock.newest - FARTHEST_BACK_MS) - OVERLAP_MS;
      const names = silent.map(({ name }) => name).join(', ');
      this.#tell(
        'node-silent',
        `${names}: connected and busy, but not in the stream of ${this.#relay.address}, which is opened again`,
      );
      this.#reopen();
    }
    await this.#put([messageOf(event, () => ({ nodes: answer.raw['nodes'] ?? [], time: formatTime(time) }))]);
  }

  #checkConnection(): void {
    const now = this.#pace.now();
    // While nobody takes the flows, the relay is held back and its answers with it.
    if (this.#queue.length > 0) this.#heardAt = now;
    if (now - this.#heardAt < DEAD_MS) return;
    this.#heardAt = now;
    this.#tell('connection-dead', `${this.#relay.address} neither sends nor answers; a new connection is made`);
    this.#relay.reconnect();
    this.#reopen();
  }

  async #learnVersions(signal: AbortSignal): Promise<void> {
    try {
      this.#keepVersions(await this.#relay.nodes(this.#relay.timeoutMs, signal));
    } catch {
      // Without versions there is no mask.
    }
  }

  #keepVersions({ event }: NodesAnswer): void {
    this.#versions = event.nodes.filter((node) => node.state === NODE_STATE.CONNECTED).map((node) => node.version);
  }

  // ---- telling -----------------------------------------------------------------------------------------------------

  #tellOverload(status: OverloadStatus | undefined): void {
    if (status !== undefined) this.#options.onStatus?.(status);
  }

  #tell(kind: FollowStatus['kind'], message: string): void {
    this.#options.onStatus?.({ kind, message });
  }

  #lost(error: RelayError): SourceError {
    const seconds = (TIMEOUTS_TO_LOSS * this.#relay.timeoutMs) / 1000;
    return new SourceError(
      `relay ${this.#relay.address} is lost: no stream of flows for ${seconds} s (${error.message}); check the relay, or raise --timeout`,
      error,
    );
  }

  #random(): number {
    return (this.#options.random ?? Math.random)();
  }
}
