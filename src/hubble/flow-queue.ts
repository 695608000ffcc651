/**
 * What waits between the streams of a relay and the one who takes their messages. It never grows beyond its limits: a source that can
 * wait is made to wait, and of one that cannot, flows are shed and told as lost.
 *
 * A live relay cannot wait. Held back by flow control, it falls behind the rings of its nodes, which overrun, and then sends a message for
 * each flow that it missed: fewer and fewer flows, and losses that nobody counts by window. So flows of the present are read on and left
 * out here, where their node and time are known. A recording or backlog is held back, as its flows do not go away.
 *
 * Which flows are shed depends on nothing but when they come. Drops are not preferred: kept drops among shed answers would make every
 * edge look worse than it is, and a rate after the restart that rests on another choice than the one before it proves nothing. And they
 * are shed in long runs, until the queue is half empty again: a window that lacks one flow in two hundred proves no more than one that
 * lacks all of them, so that the same number of flows spoils fewer windows. Statuses, samples and lost events are never shed; where
 * they alone would double the limits, the source is held back.
 */
import { LOST_SOURCE } from './event.js';
import { Shed } from './shed.js';
import type { FlowMessage } from './wire.js';

export interface QueueLimits {
  readonly messages: number;
  readonly bytes: number;
}

export const QUEUE_LIMITS: QueueLimits = { messages: 65_536, bytes: 64 * 1024 * 1024 };

/** Taken at once: some 30 ms of work, after which the streams get their turn. */
const TAKE = 1_024;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class FlowQueue {
  readonly #limits: QueueLimits;
  readonly #isPresent: () => boolean;
  #waiting: FlowMessage[] = [];
  /** Of #waiting, how many are taken already. */
  #gone = 0;
  #bytes = 0;
  /** Messages put and taken since the beginning. */
  #put = 0;
  #taken = 0;
  #producers: { readonly until: number; readonly goOn: () => void }[] = [];
  /** What is being shed; undefined while there is room. */
  #shed: Shed | undefined;
  #shedFlows = 0;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  /** `isPresent`: are the flows that come now those of the present? */
  constructor(isPresent: () => boolean, limits = QUEUE_LIMITS) {
    this.#isPresent = isPresent;
    this.#limits = limits;
  }

  /** Messages that wait. */
  get length(): number {
    return this.#waiting.length - this.#gone;
  }

  /** Flows shed since the beginning. */
  get shedFlows(): number {
    return this.#shedFlows;
  }

  /**
   * Resolves when the producer may go on: at once for flows of the present; for what can wait, when it has been taken, or nobody will
   * take it any more.
   */
  put(batch: readonly FlowMessage[]): Promise<void> {
    if (this.#ended) return Promise.resolve();
    const isPresent = this.#isPresent();
    let mustWait = false;
    for (const message of batch) {
      const { kind } = message.head;
      if (kind === 'flow' && isPresent) this.#pushOrShed(message);
      else {
        this.#push(message);
        mustWait ||= kind === 'flow' || kind === 'node-samples' || this.#isFull(2);
      }
    }
    this.#wake?.();
    if (!mustWait) return Promise.resolve();
    return new Promise((goOn) => this.#producers.push({ until: this.#put, goOn }));
  }

  /** The next messages, in order; undefined at the end. Never more than it takes a moment to work through. */
  async take(): Promise<readonly FlowMessage[] | undefined> {
    if (this.length > 0) await nextTurn();
    for (;;) {
      if (this.length > 0) return this.#takeSome();
      if (this.#ended) {
        if (this.#error !== undefined) throw this.#error;
        return undefined;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = undefined;
    }
  }

  /** No more messages come; `error` is thrown to the consumer after those that have. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.#tellShed();
    this.#ended = true;
    if (error !== undefined)
      this.#error = error instanceof Error ? error : new Error('the source failed', { cause: error });
    this.#wake?.();
  }

  /** The consumer is gone: lets all producers go on. */
  drop(): void {
    this.end();
    for (const { goOn } of this.#producers.splice(0)) goOn();
  }

  #pushOrShed(message: FlowMessage): void {
    this.#shed ??= this.#isFull() ? new Shed() : undefined;
    if (this.#shed === undefined) {
      this.#push(message);
      return;
    }
    this.#shed.add(message.head);
    this.#shedFlows += 1;
  }

  #push(message: FlowMessage): void {
    this.#waiting.push(message);
    this.#put += 1;
    this.#bytes += message.size;
  }

  #takeSome(): readonly FlowMessage[] {
    const some = this.#waiting.slice(this.#gone, this.#gone + TAKE);
    this.#gone += some.length;
    this.#taken += some.length;
    for (const { size } of some) this.#bytes -= size;
    if (this.#gone * 2 >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#gone);
      this.#gone = 0;
    }
    if (!this.#isFull(0.5)) this.#tellShed();
    const [on, waiting] = partition(this.#producers, ({ until }) => until <= this.#taken);
    this.#producers = waiting;
    for (const { goOn } of on) goOn();
    return some;
  }

  /** Where they are missing: behind what came before them, ahead of what comes now that there is room again. */
  #tellShed(): void {
    if (this.#shed === undefined) return;
    for (const message of this.#shed.told(LOST_SOURCE.CLIENT_QUEUE)) this.#push(message);
    this.#shed = undefined;
  }

  /** Is this part of the limits reached? */
  #isFull(part = 1): boolean {
    const { messages, bytes } = this.#limits;
    return this.length >= messages * part || this.#bytes >= bytes * part;
  }
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
