/** What holds calls up or ends them while a script is played: all times since the start of the recording, ms. */
import { status } from '@grpc/grpc-js';
import { lasts, only, type Fault, type OfKind } from './replay-faults.js';

/** Why a call ends before its time. */
export class Interruption extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export class Interruptions {
  readonly #breaks: readonly OfKind<'disconnect'>[];
  readonly #hangs: readonly OfKind<'hang'>[];
  readonly #nodeHangs: readonly OfKind<'node-hang'>[];
  readonly #unknown: readonly OfKind<'no-nodes'>[];

  constructor(faults: readonly Fault[]) {
    this.#breaks = only(faults, 'disconnect').sort((a, b) => a.at - b.at);
    this.#hangs = only(faults, 'hang');
    this.#nodeHangs = only(faults, 'node-hang');
    this.#unknown = only(faults, 'no-nodes');
  }

  /** Until when nothing is sent at all; undefined: it is sent. */
  hangsUntil(now: number): number | undefined {
    return lastEnd(this.#hangs, now);
  }

  /** Until when no answer and no new stream can be had; undefined: they can. One hanging node is enough. */
  isBlockedUntil(now: number): number | undefined {
    return lastEnd([...this.#hangs, ...this.#nodeHangs], now);
  }

  /** Is GetNodes unknown then? */
  knowsNoNodes(now: number): boolean {
    return this.#unknown.some((one) => lasts(one, now));
  }

  /** What breaks a stream that was opened then, and when; undefined: nothing more. */
  nextBreak(opened: number): { readonly at: number; readonly error: Interruption | undefined } | undefined {
    const next = this.#breaks.find(({ at }) => at > opened);
    if (next === undefined) return undefined;
    const { at, code } = next;
    return { at, error: code === (status.OK as number) ? undefined : new Interruption(code, 'ended by the script') };
  }

  /** The next moment at which anything begins or ends, after `now`. */
  nextChange(now: number): number {
    const moments = [...this.#breaks.map(({ at }) => at), ...this.#hangs.flatMap((one) => [one.at, one.at + one.for])];
    return Math.min(...moments.filter((at) => at > now), Number.POSITIVE_INFINITY);
  }
}

function lastEnd(spans: readonly { readonly at: number; readonly for: number }[], now: number): number | undefined {
  const ends = spans.filter((one) => lasts(one, now)).map((one) => one.at + one.for);
  return ends.length === 0 ? undefined : Math.max(...ends);
}
