/** What a script does to connections, when the replay's clock comes to it. */
import type { Pace } from './pace.js';
import type { ReplayClock } from './replay-clock.js';
import { GOAWAY_CODES, type ConnectionFault, type Fault } from './replay-faults.js';
import type { TcpFront } from './tcp-front.js';

/** The port may be another's for a moment; it is asked for again after this, ms of the wall. */
const AGAIN_MS = 50;

export function connectionFaults(faults: readonly Fault[]): ConnectionFault[] {
  return faults.filter((fault): fault is ConnectionFault => {
    switch (fault.kind) {
      case 'relay-restart':
      case 'goaway':
      case 'reset':
      case 'half-open':
        return true;
      default:
        return false;
    }
  });
}

/** Plays them all, from the clock's beginning on. Times since the start of the recording, ms. */
export async function playConnectionFaults(
  front: TcpFront,
  faults: readonly ConnectionFault[],
  { clock, pace }: { readonly clock: ReplayClock; readonly pace: Pace },
  signal: AbortSignal,
): Promise<void> {
  const until = async (at: number): Promise<void> => {
    while (!signal.aborted && clock.played() < at) await pace.sleep(Math.max(1, clock.waitFor(at)), signal);
  };
  for (const fault of [...faults].sort((a, b) => a.at - b.at)) {
    await until(fault.at);
    if (signal.aborted) return;
    switch (fault.kind) {
      case 'relay-restart':
        front.close();
        await until(fault.at + fault.for);
        await listenAgain(front, pace, signal);
        break;
      case 'goaway':
        front.goaway(GOAWAY_CODES[fault.code], fault.code);
        break;
      case 'reset':
        front.reset();
        break;
      case 'half-open':
        front.silence();
        break;
    }
  }
}

async function listenAgain(front: TcpFront, pace: Pace, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      return await front.listen();
    } catch {
      front.close();
      await pace.sleep(AGAIN_MS, signal);
    }
  }
}
