import type { Attempt } from './attempt.js';
import type { Fate, PacketWriter } from './packets.js';

const SECOND_US = 1e6;

/** When a client sends its packet again, seconds after the first one (Linux: TCP SYN; resolvers: half of their time-out). */
const CLIENT_REPEATS = { TCP: [1, 3, 7], UDP: [2.5], ICMP: [] } as const;

/** When a server sends its SYN-ACK again by itself, seconds after the first one. */
const SERVER_REPEATS = { TCP: [1, 3], UDP: [], ICMP: [] } as const;

/** What becomes of the `nth` packet (from 0) of either end of an attempt, sent at `at`. */
export interface Fates {
  request(attempt: Attempt, at: number, nth: number): Fate;
  losesReply(attempt: Attempt, at: number, nth: number): boolean;
}

export interface Opened {
  readonly answered: boolean;
  /** When the client had its answer, else when it sent its last packet; microseconds since the start. */
  readonly at: number;
}

/**
 * A client asks, and asks again, until it is answered or gives up. The server answers each packet that it gets, and repeats its first answer
 * by itself.
 */
export function openConnection(attempt: Attempt, at: number, packets: PacketWriter, fates: Fates): Opened {
  const { protocol } = attempt.edge;
  const repeats = CLIENT_REPEATS[protocol];
  let own: number[] | undefined;
  let replies = 0;
  let sent = at;
  const answer = (when: number): number | undefined =>
    packets.answer(attempt, when, fates.losesReply(attempt, when, replies++));
  const answerByItself = (until: number): number | undefined => {
    for (let next = own?.[0]; next !== undefined && next < until; next = own?.[0]) {
      own?.shift();
      const answered = answer(next);
      if (answered !== undefined) return answered;
    }
    return undefined;
  };

  for (let nth = 0; nth <= repeats.length; nth++) {
    const next = nth === 0 ? at : at + (repeats[nth - 1] ?? 0) * SECOND_US;
    const meanwhile = answerByItself(next);
    if (meanwhile !== undefined) return { answered: true, at: meanwhile };
    sent = next;
    const arrived = packets.ask(attempt, sent, fates.request(attempt, sent, nth));
    if (arrived === undefined) continue;
    const answered = answer(arrived);
    if (answered !== undefined) return { answered: true, at: answered };
    own ??= SERVER_REPEATS[protocol].map((seconds) => arrived + seconds * SECOND_US);
  }
  const late = answerByItself(Infinity);
  return late === undefined ? { answered: false, at: sent } : { answered: true, at: late };
}
