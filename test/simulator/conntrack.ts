import { TCP_FLAG } from '../../src/hubble/event.js';
import type { Scenario } from './scenario.js';

/** Monitor aggregation shows a connection's packets again after this time. */
const INTERVAL_US = 5e6;

/** The end of a connection at which something is seen: of the client, or of the server. */
export type Side = 'near' | 'far';

/** Where packets of a connection are seen: each side's node sees both directions. */
export const SIGHT = { near: 0, far: 1, answerFar: 2, answerNear: 3 } as const;
export type Sight = (typeof SIGHT)[keyof typeof SIGHT];

/**
 * What the connection tracking of both sides' nodes remembers of one connection, and which of its packets monitor aggregation shows for that:
 * at `medium` the first one, those with a TCP flag not yet seen there, and else one each 5 s. It outlives a restart of the agent.
 */
export class Conntrack {
  readonly #level: NonNullable<Scenario['monitorAggregation']>;
  #isKnownNear = false;
  #isKnownFar = false;
  /** By sight: TCP flags seen so far, and when a packet was shown last. */
  readonly #flags = [0, 0, 0, 0];
  readonly #shownAt = [-Infinity, -Infinity, -Infinity, -Infinity];

  constructor(level: Scenario['monitorAggregation'] = 'medium') {
    this.#level = level;
  }

  /** That of a connection opened long ago. */
  static ofOld(level?: Scenario['monitorAggregation']): Conntrack {
    const known = new Conntrack(level);
    known.#isKnownNear = true;
    known.#isKnownFar = true;
    known.#flags.fill(TCP_FLAG.SYN | TCP_FLAG.ACK | TCP_FLAG.PSH);
    return known;
  }

  /** A packet of the client got past the policy of that side: is it the first one? */
  opens(side: Side): boolean {
    if (side === 'near' ? this.#isKnownNear : this.#isKnownFar) return false;
    if (side === 'near') this.#isKnownNear = true;
    else this.#isKnownFar = true;
    return true;
  }

  /** Is a packet with these flags shown there at `at`, microseconds since the start? Packets of one sight come in order of time. */
  shows(sight: Sight, at: number, flags: number): boolean {
    if (this.#level === 'none') return true;
    const seen = this.#flags[sight] ?? 0;
    if ((flags & ~seen) === 0 && at - (this.#shownAt[sight] ?? 0) < INTERVAL_US) return false;
    this.#flags[sight] = seen | flags;
    this.#shownAt[sight] = at;
    return true;
  }
}
