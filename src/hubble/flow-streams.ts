/**
 * The streams of flows of one relay, one after the other: what each asks for, what follows its end, and how one is renewed while it runs.
 * What real relays do has been measured; the reason stands with each rule.
 */
import { SourceError } from '../errors.js';
import { NODE_STATE, type SoakEvent } from './event.js';
import { maskFor } from './field-mask.js';
import type { FollowableRelay, FollowStatus } from './followable.js';
import type { Pace } from './pace.js';
import type { FlowsRequest } from './relay.js';
import { RelayError } from './relay-error.js';
import type { StreamClock } from './stream-clock.js';
import type { FlowMessage } from './wire.js';

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 5_000;

/** As far back as flows of a node are asked for again that the relay may have lost meanwhile. */
const FARTHEST_BACK_MS = 300_000;

/** The same for a stream that runs well: a node that sends less often is quiet. */
const QUIET_MS = 30_000;

/** A renewed stream goes on for so long beside the one that follows it: what was on its way may be had nowhere else. */
const BESIDE_MS = 5_000;

/** So many timeouts without a stream, and the source is lost; unless somebody has more patience. */
const TIMEOUTS_TO_LOSS = 6;

export interface FlowStreamsContext {
  readonly relay: FollowableRelay;
  readonly pace: Pace;
  readonly clock: StreamClock;
  /** Milliseconds since the epoch; until a flow has come. */
  readonly since: number | undefined;
  /** Whether the next request may leave out what is not needed, and what all agents know. */
  readonly versions: () => readonly string[] | undefined;
  /** From 0 to below 1, for the jitter of the back-off. */
  readonly random: () => number;
  /** How long the relay may be away, ms. */
  readonly patienceMs: number | undefined;
  /** Takes what came; resolves when there may be more. */
  readonly take: (batch: readonly FlowMessage[]) => Promise<void>;
  readonly tell: (kind: FollowStatus['kind'], message: string) => void;
}

/** The present stream. */
interface Current {
  /** From 1 on. */
  readonly number: number;
  /** When it was asked for, by the clock of the pace. */
  readonly opened: number;
  /** From when on; undefined: from then. */
  readonly since: number | undefined;
  /** Time of the first flow that came; NaN before. */
  first: number;
}

interface StreamEnd {
  readonly messages: number;
  readonly error: RelayError | undefined;
  /** Another one is to be opened at once. */
  readonly reopen: boolean;
}

export class FlowStreams {
  readonly #context: FlowStreamsContext;
  #current: Current = { number: 0, opened: NaN, since: undefined, first: NaN };
  /** Where the next request begins, when that is not what the clock says. */
  #resumeAt: number | undefined;
  #maskRefused = false;
  /** Ends the present stream, to open another at once. */
  #reopen: () => void = () => undefined;
  /** Lets the present stream go on by itself, to open another beside it. */
  #renew: () => void = () => undefined;
  #renewing = false;
  /** Streams that were renewed and have not ended yet. */
  readonly #beside = new Set<{ readonly abort: () => void; readonly ended: Promise<unknown> }>();

  constructor(context: FlowStreamsContext) {
    this.#context = context;
  }

  get current(): Readonly<Current> {
    return this.#current;
  }

  /** One stream after the other, until `signal`. Throws SourceError when none can be had for too long. */
  async run(signal: AbortSignal): Promise<void> {
    const { pace, relay, random } = this.#context;
    let backoff = FIRST_BACKOFF_MS;
    let lostFor = 0;
    try {
      while (!signal.aborted) {
        const opened = pace.now();
        const { messages, error, reopen } = await this.#stream(signal);
        if (signal.aborted) return;
        if (messages > 0 || error === undefined) lostFor = 0;
        if (reopen) continue;
        if (pace.now() - opened >= LONGEST_BACKOFF_MS) backoff = FIRST_BACKOFF_MS;
        // A clean end is normal: no node can be reached, or all of them were lost at once.
        this.#renewing = false;
        const why = error?.message ?? 'OK';
        this.#context.tell('interrupted', `the stream of ${relay.address} ended (${why}); it is opened again`);
        if (error !== undefined && lostFor >= this.#patienceMs) throw this.#lost(error);
        await pace.sleep(backoff * (0.5 + random() / 2), signal);
        // A machine that slept meanwhile has not waited.
        lostFor += Math.min(pace.now() - opened, relay.timeoutMs + LONGEST_BACKOFF_MS);
        backoff = Math.min(backoff * 2, LONGEST_BACKOFF_MS);
      }
    } finally {
      for (const { abort } of this.#beside) abort();
      await Promise.all([...this.#beside].map(({ ended }) => ended));
    }
  }

  /** Gives the present stream up, for one that asks from a time on, or from earlier where more is missing. */
  reopenFrom(time: number): void {
    this.#resumeFrom(time);
    this.#reopen();
  }

  reopen(): void {
    this.#reopen();
  }

  /** Makes the request anew. A node that hangs may hold that up for long: the present stream goes on until the new one has begun. */
  renew(): void {
    this.#resumeFrom(this.#context.clock.resumeAt(QUIET_MS));
    this.#renewing = true;
    this.#renew();
  }

  // ---- one stream --------------------------------------------------------------------------------------------------

  /** One GetFlows call, to its end, or until it is renewed and goes on beside the next. */
  async #stream(signal: AbortSignal): Promise<StreamEnd> {
    const own = new AbortController();
    const abort = (): void => own.abort();
    signal.addEventListener('abort', abort, { once: true });
    let reopen = false;
    this.#reopen = () => {
      reopen = true;
      abort();
    };
    let isRenewed = false;
    const renewed = new Promise<StreamEnd>((resolve) => {
      this.#renew = () => {
        isRenewed = true;
        resolve({ messages: 1, error: undefined, reopen: true });
      };
    });
    const ended = this.#read(own.signal, signal)
      .then((end) => ({ ...end, reopen }))
      .finally(() => signal.removeEventListener('abort', abort));
    const end = await Promise.race([ended, renewed]);
    if (!isRenewed) return end;
    // Its end is no news: the next one has the same, or goes on.
    const one = { abort, ended: ended.catch(() => undefined).finally(() => this.#beside.delete(one)) };
    this.#beside.add(one);
    return end;
  }

  async #read(own: AbortSignal, signal: AbortSignal): Promise<Omit<StreamEnd, 'reopen'>> {
    const request = this.#request();
    const current = this.#current;
    let messages = 0;
    try {
      for await (const batch of this.#context.relay.flows(request, own)) {
        if (messages === 0) this.#begun(signal);
        messages += batch.length;
        this.#look(batch, current);
        await this.#context.take(batch);
      }
      return { messages, error: undefined };
    } catch (error) {
      if (signal.aborted) return { messages, error: undefined };
      if (!(error instanceof RelayError)) throw error;
      if (error.isFieldMaskRefused) this.#refuseMask();
      return { messages, error };
    }
  }

  /** The first message of a stream has come: those beside it may go, soon. */
  #begun(signal: AbortSignal): void {
    const { relay, pace, tell } = this.#context;
    if (!this.#renewing) tell('connected', `flows of ${relay.address} are being followed`);
    this.#renewing = false;
    if (this.#beside.size === 0) return;
    const old = [...this.#beside];
    void pace.sleep(BESIDE_MS, signal).then(() => {
      for (const { abort } of old) abort();
    });
  }

  /**
   * `number: 1` shrinks the relay's sort buffer from 100 flows to one per node: a second of lag instead of 16 at 6 flows/s. It does not
   * limit a stream that follows.
   */
  #request(): FlowsRequest {
    const { clock, pace, versions } = this.#context;
    const isFirst = Number.isNaN(clock.newest);
    const since = isFirst ? this.#context.since : (this.#resumeAt ?? clock.resumeAt(FARTHEST_BACK_MS));
    this.#resumeAt = undefined;
    this.#current = { number: this.#current.number + 1, opened: pace.now(), since, first: NaN };
    const known = this.#maskRefused ? undefined : versions();
    return { follow: true, number: 1, since, fieldMask: known === undefined ? undefined : maskFor(known) };
  }

  #resumeFrom(time: number): void {
    this.#resumeAt = Math.min(this.#resumeAt ?? Infinity, time, this.#context.clock.resumeAt(QUIET_MS));
  }

  #look(batch: readonly FlowMessage[], current: Current): void {
    for (const message of batch) {
      const { kind, time } = message.head;
      if (kind === 'flow' && Number.isNaN(current.first)) current.first = time;
      else if (kind === 'node-status') this.#lookAtStatus(message.event);
    }
  }

  #lookAtStatus(event: SoakEvent): void {
    if (event.kind !== 'node-status' || event.state !== NODE_STATE.ERROR) return;
    if (/invalid field ?mask/i.test(event.message)) this.#refuseMask();
  }

  /** An agent does not know a path of the mask. It would send nothing at all, so all agents are asked for whole flows. */
  #refuseMask(): void {
    const { relay, clock, versions, tell } = this.#context;
    if (this.#maskRefused || versions() === undefined) return;
    this.#maskRefused = true;
    tell('mask-refused', `an agent behind ${relay.address} refuses the field mask; whole flows are asked for`);
    // It has sent nothing since the stream began, which is told late.
    const { since, first } = this.#current;
    if (!Number.isNaN(clock.newest)) this.#resumeFrom(since ?? first);
    this.#reopen();
  }

  get #patienceMs(): number {
    const { patienceMs, relay } = this.#context;
    return patienceMs ?? TIMEOUTS_TO_LOSS * relay.timeoutMs;
  }

  #lost(error: RelayError): SourceError {
    const { relay } = this.#context;
    const seconds = this.#patienceMs / 1000;
    return new SourceError(
      `relay ${relay.address} is lost: no stream of flows for ${seconds} s (${error.message}); check the relay, or raise --patience`,
      error,
    );
  }
}
