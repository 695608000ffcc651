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
  const repeats = CLIENT_REPEATS[attempt.edge.protocol];
  const server = new Server(attempt, packets, fates);
  let sent = at;
  for (let nth = 0; nth <= repeats.length; nth++) {
    const next = nth === 0 ? at : at + (repeats[nth - 1] ?? 0) * SECOND_US;
    const meanwhile = server.answersByItself(next);
    if (meanwhile !== undefined) return { answered: true, at: meanwhile };
    sent = next;
    const arrived = packets.ask(attempt, sent, fates.request(attempt, sent, nth));
    const answered = arrived === undefined ? undefined : server.answers(arrived);
    if (answered !== undefined) return { answered: true, at: answered };
  }
  const late = server.answersByItself(Infinity);
  return late === undefined ? { answered: false, at: sent } : { answered: true, at: late };
}

/** The server of an attempt; what it says it tells by when the client got it, undefined where the client did not. */
class Server {
  readonly #attempt: Attempt;
  readonly #packets: PacketWriter;
  readonly #fates: Fates;
  #firstAnswer: number | undefined;
  #answers = 0;
  #repeats = 0;

  constructor(attempt: Attempt, packets: PacketWriter, fates: Fates) {
    this.#attempt = attempt;
    this.#packets = packets;
    this.#fates = fates;
  }

  answers(at: number): number | undefined {
    this.#firstAnswer ??= at;
    return this.#packets.answer(this.#attempt, at, this.#fates.losesReply(this.#attempt, at, this.#answers++));
  }

  /** What it repeats before `until` because nothing came back. */
  answersByItself(until: number): number | undefined {
    if (this.#firstAnswer === undefined) return undefined;
    const repeats = SERVER_REPEATS[this.#attempt.edge.protocol];
    for (let after = repeats[this.#repeats]; after !== undefined; after = repeats[this.#repeats]) {
      const at = this.#firstAnswer + after * SECOND_US;
      if (at >= until) return undefined;
      this.#repeats += 1;
      const answered = this.answers(at);
      if (answered !== undefined) return answered;
    }
    return undefined;
  }
}
