import type { SoakEvent } from '../hubble/event.js';

/** One message of a recording and its place in time. */
export interface RecordedEvent {
  /**
   * Where it belongs among the others, in milliseconds since the epoch: its own time, or that of the flow before it where its own says
   * nothing about that (lost events are charged at their receipt) or is missing.
   */
  readonly at: number;
  readonly event: SoakEvent;
  /** The message as parsed from JSON, envelope included; only where it was asked for (`keepRaw`). */
  readonly raw: object | undefined;
}

/** Events in order, in pieces of handy size: per event, an asynchronous border would cost more than its parsing. */
export type EventBatches = AsyncIterable<readonly RecordedEvent[]>;
