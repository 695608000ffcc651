import type { SoakEvent } from '../hubble/event.js';
import type { InputCounter } from './input-report.js';
import type { RecordedEvent } from './recorded-event.js';

interface Held {
  readonly event: SoakEvent;
  readonly raw: object | undefined;
  readonly line: number;
}

const SAMPLE = 1000;
/** Bounds what is held back where a file has hardly any flows. */
const HOLD = 200_000;
const DAY_MS = 86_400_000;
const PLAUSIBLE_MS = 31 * DAY_MS;

/**
 * Gives the events of one file their places in time, and rejects those whose time cannot be true: more than 31 days from the median of
 * the file's first 1,000 flows. Until that is known, events are held back. Counts every event as used or broken.
 */
export class Timeline {
  readonly #counter: InputCounter;
  #held: Held[] | undefined = [];
  #flowTimes: number[] = [];
  #middle = NaN;
  /** Place of events without a time of their own: that of the last flow (before the first flow, of anything); NaN at the beginning. */
  #place = NaN;
  /** Events in front of the first one with a time: they are put next to it. */
  #leading: RecordedEvent[] = [];
  #ready: RecordedEvent[] = [];

  constructor(counter: InputCounter) {
    this.#counter = counter;
  }

  add(event: SoakEvent, raw: object | undefined, line: number): void {
    if (this.#held === undefined) {
      this.#put(event, raw, line);
      return;
    }
    this.#held.push({ event, raw, line });
    if (event.kind === 'flow' && !Number.isNaN(event.time)) this.#flowTimes.push(event.time);
    if (this.#flowTimes.length >= SAMPLE || this.#held.length >= HOLD) this.#release();
  }

  /** The events that have their places by now; each is given once. */
  take(): readonly RecordedEvent[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  end(): void {
    this.#release();
    // Not one event had a time: any place is as good.
    for (const event of this.#leading) this.#ready.push({ ...event, at: 0 });
    this.#leading = [];
  }

  #release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#middle = median(this.#flowTimes);
    this.#flowTimes = [];
    for (const { event, raw, line } of held) this.#put(event, raw, line);
  }

  #put(event: SoakEvent, raw: object | undefined, line: number): void {
    switch (event.kind) {
      case 'flow':
        this.#putTimed(event, raw, line, 'a flow');
        return;
      case 'node-samples':
        this.#putTimed(event, raw, line, 'a node sample');
        return;
      case 'agent-event':
      case 'node-status':
        if (Number.isNaN(event.time)) this.#putHere(event, raw);
        else this.#putTimed(event, raw, line, `a message (${event.kind})`);
        return;
      case 'lost':
        // Its time may lie minutes off in good recordings; what was lost counts, whatever it says.
        this.#putHere(this.#isPlausible(event.time) ? event : { ...event, time: NaN }, raw);
        return;
      case 'other':
        this.#putHere(event, raw);
        return;
    }
  }

  #putTimed(event: SoakEvent, raw: object | undefined, line: number, what: string): void {
    const at = event.time;
    if (Number.isNaN(this.#middle) && event.kind === 'flow') this.#middle = at;
    if (!this.#isPlausible(at)) {
      this.#counter.reject(line, Number.isNaN(at) ? `${what} without a usable time` : `${what} ${this.#distance(at)}`);
      return;
    }
    this.#counter.use(event.kind);
    if (event.kind === 'flow' || Number.isNaN(this.#place)) this.#place = at;
    for (const leading of this.#leading) this.#ready.push({ ...leading, at });
    this.#leading = [];
    this.#ready.push({ at, event, raw });
  }

  #putHere(event: SoakEvent, raw: object | undefined): void {
    this.#counter.use(event.kind);
    const placed = { at: this.#place, event, raw };
    if (Number.isNaN(this.#place)) this.#leading.push(placed);
    else this.#ready.push(placed);
  }

  #isPlausible(time: number): boolean {
    // Without any flow there is nothing to compare with.
    return Math.abs(time - this.#middle) <= PLAUSIBLE_MS || (Number.isNaN(this.#middle) && !Number.isNaN(time));
  }

  #distance(time: number): string {
    return `${Math.round(Math.abs(time - this.#middle) / DAY_MS)} days away from the others`;
  }
}

/** NaN of nothing. */
function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1] ?? NaN;
}
