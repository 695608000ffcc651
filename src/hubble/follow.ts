/**
 * Follows a relay through everything that ends a stream: agents and relays that restart, all nodes lost at once, connections that die, a
 * node that the relay forgets. Flows and node samples come as one sequence of batches. What real relays do has been measured; the reason
 * stands with each rule.
 */
import { status } from '@grpc/grpc-js';
import type { NodeSample } from './event.js';
import { NODE_STATE } from './event.js';
import { FlowStreams } from './flow-streams.js';
import type { FollowableRelay, FollowStatus } from './followable.js';
import type { QueueLimits } from './flow-queue.js';
import { FlowQueue } from './flow-queue.js';
import { Overload, type OverloadStatus } from './overload.js';
import type { Pace } from './pace.js';
import { WALL_PACE } from './pace.js';
import type { NodesAnswer } from './relay.js';
import { RelayError } from './relay-error.js';
import { SilenceWatch } from './silence-watch.js';
import { StreamClock } from './stream-clock.js';
import { formatTime } from './time.js';
import { messageOf, type FlowMessage } from './wire.js';

export type { FollowableRelay, FollowStatus } from './followable.js';

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
  /** A poll waits so long for a hanging node, which holds up the answer for all; flows go on meanwhile. Wall ms; default: 10 s. */
  readonly pollTimeoutMs?: number | undefined;
  /** How long the relay may be away before the sequence ends with an error, ms; default: 6 of its timeouts. */
  readonly patienceMs?: number | undefined;
  /** From 0 to below 1, for the jitter of the back-off. */
  readonly random?: (() => number) | undefined;
}

/** A restarted agent shows by its uptime within this time, also one that is back at once. */
const POLL_MS = 1_000;

const POLL_TIMEOUT_MS = 10_000;

/** What knows no nodes is asked again with the next stream, which may be another relay's, or to see whether it is still there. */
const PROBE_MS = 120_000;

/** Polls begin when the stream has shown where in time it is, or after this. */
const POLL_DELAY_MS = 15_000;

/** Without a flow or an answer for this long, the connection is given up: a dead one may not say so for many minutes. */
const DEAD_MS = 30_000;

/** As far back as flows of a forgotten node are asked for again. */
const FARTHEST_BACK_MS = 300_000;

/** Flows of a forgotten node are asked for again from so much before its last one. */
const SILENT_OVERLAP_MS = 10_000;

/**
 * A relay asks a node that returns with the request as it was. Without \`since\`, what the node saw before that is lost; with an old one, all
 * since then comes again. So the request is made anew after this: repeats are 2 % of all flows, and never of more than so long.
 */
const RENEWED_MS = 600_000;
const FIRST_RENEWED_MS = 240_000;

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
  readonly #streams: FlowStreams;
  #versions: readonly string[] = [];
  /** Wall time of the last message of a stream or answer to a poll. */
  #heardAt: number;

  constructor(relay: FollowableRelay, options: FollowOptions) {
    this.#relay = relay;
    this.#options = options;
    this.#pace = options.pace ?? WALL_PACE;
    this.#clock = new StreamClock(() => this.#pace.now());
    this.#queue = new FlowQueue(() => this.#clock.isPresent, options.queueLimits);
    this.#overload = new Overload(relay.address);
    this.#heardAt = this.#pace.now();
    this.#streams = new FlowStreams({
      relay,
      pace: this.#pace,
      clock: this.#clock,
      since: options.since,
      versions: () => (options.fields === 'needed' ? this.#versions : undefined),
      random: options.random ?? Math.random,
      patienceMs: options.patienceMs,
      take: (batch) => this.#take(batch),
      tell: (kind, message) => this.#tell(kind, message),
    });
  }

  async *run(): AsyncGenerator<readonly FlowMessage[], void, void> {
    const stop = new AbortController();
    const abort = (): void => stop.abort();
    this.#options.signal.addEventListener('abort', abort, { once: true });
    if (this.#options.signal.aborted) abort();
    const streams = this.#follow(stop.signal).then(
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

  async #follow(signal: AbortSignal): Promise<void> {
    if (this.#options.fields === 'needed') await this.#learnVersions(signal);
    await this.#streams.run(signal);
  }

  #take(batch: readonly FlowMessage[]): Promise<void> {
    const now = this.#pace.now();
    this.#heardAt = now;
    for (const { head } of batch) {
      if (head.kind !== 'flow') continue;
      this.#clock.note(head.node, head.time);
      this.#silence.heard(head.node, head.time, now);
    }
    return this.#put(batch);
  }

  #put(batch: readonly FlowMessage[]): Promise<void> {
    const taken = this.#queue.put(batch);
    this.#tellOverload(this.#overload.noted(this.#queue.shedFlows, this.#pace.now()));
    return taken;
  }

  // ---- nodes -------------------------------------------------------------------------------------------------------

  /** Asks for the nodes again and again; never fails, and never holds up the flows. */
  async #polls(signal: AbortSignal): Promise<void> {
    await this.#untilOriented(signal);
    while (!signal.aborted) {
      const asked = this.#pace.now();
      try {
        const answer = await this.#relay.nodes(this.#options.pollTimeoutMs ?? POLL_TIMEOUT_MS, signal);
        if (signal.aborted) return;
        await this.#sampled(answer);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof RelayError)) throw error;
        if (error.code === status.UNIMPLEMENTED) await this.#untilWorthAsking(signal);
        else this.#checkConnection();
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

  /** A single agent knows no nodes, nor does a proxy that lets only flows through. */
  async #untilWorthAsking(signal: AbortSignal): Promise<void> {
    this.#heardAt = this.#pace.now();
    const { number } = this.#streams.current;
    while (!signal.aborted && this.#streams.current.number === number && this.#pace.now() - this.#heardAt < PROBE_MS)
      await this.#pace.sleep(POLL_MS, signal);
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
      const names = silent.map(({ name }) => name).join(', ');
      this.#tell(
        'node-silent',
        `${names}: connected and busy, but not in the stream of ${this.#relay.address}, which is opened again`,
      );
      this.#streams.reopenFrom(Math.max(earliest, this.#clock.newest - FARTHEST_BACK_MS) - SILENT_OVERLAP_MS);
    } else if (this.#isRenewalDue(event.nodes, now)) this.#streams.renew();
    await this.#put([messageOf(event, () => ({ nodes: answer.raw['nodes'] ?? [], time: formatTime(time) }))]);
  }

  /** Only behind an answer of the relay: while a node hangs, it opens no stream, but those that run go on. */
  #isRenewalDue(nodes: readonly NodeSample[], now: number): boolean {
    if (Number.isNaN(this.#clock.newest)) return false;
    const { opened, since } = this.#streams.current;
    const age = now - opened;
    if (since !== undefined) return age >= RENEWED_MS;
    const isAway = ({ state, name }: NodeSample): boolean => state !== NODE_STATE.CONNECTED && this.#clock.knows(name);
    return age >= FIRST_RENEWED_MS || nodes.some(isAway);
  }

  #checkConnection(): void {
    const now = this.#pace.now();
    // While nobody takes the flows, the relay is held back and its answers with it.
    if (this.#queue.length > 0) this.#heardAt = now;
    if (now - this.#heardAt < DEAD_MS) return;
    this.#heardAt = now;
    this.#tell('connection-dead', `${this.#relay.address} neither sends nor answers; a new connection is made`);
    this.#relay.reconnect();
    this.#streams.reopen();
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
}
