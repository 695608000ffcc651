import { dropReasonNumber } from '../../src/hubble/names.js';
import type { End, Node } from './cluster.js';
import { concerns, isOn, timeSinceOnset } from './applies.js';
import type { Attempt } from './attempt.js';
import type { Fate } from './packets.js';
import { LOST, PASS, UNSEEN } from './packets.js';
import { coin } from './random.js';
import type { Restarts } from './restarts.js';
import { levelAt } from './levels.js';
import type {
  AnswerEffect,
  EdgeSpec,
  Effect,
  EffectBase,
  HideRepliesEffect,
  PacketEffect,
  RenameEffect,
  Scenario,
  When,
} from './scenario.js';

const SECOND_US = 1e6;

const NOBODY: readonly string[] = [];
const NOERROR = 0;
const SERVFAIL = 2;
const OK = 200;
const SERVICE_UNAVAILABLE = 503;

/** Numbers of the coins of answers; those of single packets lie behind those of attempts. */
const ANSWER_COINS = 2049;
const PACKET_COINS = 4096;

/** Effects with their numbers. */
type Numbered<E> = readonly (readonly [number, E])[];

/** Effects that may meet packets of the client, and of the server. */
interface Concerning {
  readonly request: Numbered<PacketEffect>;
  readonly reply: Numbered<PacketEffect>;
}

/** Decides what becomes of packets: the first effect that applies has them, a loss of answers those that come so far. */
export class Effects {
  readonly #seed: number;
  readonly #packetEffects: readonly PacketEffect[];
  readonly #renames: readonly RenameEffect[];
  readonly #restarts: Restarts;
  readonly #losesReplies: boolean;
  readonly #hiding: readonly HideRepliesEffect[];
  readonly #answers: readonly AnswerEffect[];
  /** By edge and ends: effects that may meet such an attempt, with their numbers. */
  readonly #concerning = new Map<EdgeSpec, Map<End, Map<End, Concerning>>>();

  constructor(scenario: Scenario, restarts: Restarts) {
    this.#seed = scenario.seed;
    this.#restarts = restarts;
    this.#packetEffects = scenario.effects.filter(isPacketEffect);
    this.#losesReplies = this.#packetEffects.some(isReplyLoss);
    this.#hiding = scenario.effects.filter((e) => e.kind === 'hide-replies');
    this.#answers = scenario.effects.filter((e) => e.kind === 'answer');
    this.#renames = scenario.effects.filter((e) => e.kind === 'rename');
  }

  /** The fate of the `nth` packet (from 0) that a client sends for `attempt`, at `at` microseconds since the start. */
  request(attempt: Attempt, at: number, nth: number): Fate {
    const effect = this.#meets(this.#effectsOn(attempt).request, attempt, at, nth);
    if (effect === undefined) return PASS;
    switch (effect.kind) {
      case 'silent':
        return LOST;
      case 'unseen':
        return UNSEEN;
      case 'audit':
        return { kind: 'audit', at: effect.at };
      case 'drop': {
        const reason = dropReasonNumber(this.#nameNow(effect.reason, attempt, at));
        return { kind: 'drop', reason, at: effect.at, deniedBy: effect.deniedBy ?? NOBODY };
      }
    }
  }

  /** Is the `nth` answer of a server lost on its way back? */
  losesReply(attempt: Attempt, at: number, nth: number): boolean {
    if (!this.#losesReplies) return false;
    return this.#meets(this.#effectsOn(attempt).reply, attempt, at, nth) !== undefined;
  }

  /** The code of the answer to `attempt` that its proxy sees. */
  answerCode(attempt: Attempt, at: number): number {
    const { answers } = attempt.edge;
    const all = this.#answers.map((effect, i) => [ANSWER_COINS + i, effect] as const);
    const concerning = all.filter(([, { where }]) => concerns(where, attempt));
    const effect = this.#meets<AnswerEffect>(concerning, attempt, at, 0);
    if (effect !== undefined) return effect.code;
    const isBad = coin(this.#seed, ANSWER_COINS - 1, attempt.id) < (answers?.failing ?? 0);
    if (answers?.kind === 'dns') return isBad ? SERVFAIL : NOERROR;
    return isBad ? SERVICE_UNAVAILABLE : OK;
  }

  /** Does the agent of `node` keep the server's packets of `attempt` to itself? */
  hidesReplies(attempt: Attempt, { name }: Node, at: number): boolean {
    if (this.#hiding.length === 0) return false;
    const own = attempt.from.node?.name === name ? attempt.from : attempt.to;
    return this.#hiding.some(
      ({ nodes, where, when }) => nodes.includes(name) && concerns(where, attempt) && this.isOn(when, own, own, at),
    );
  }

  /** The first effect that has this packet. */
  #meets<E extends EffectBase>(effects: Numbered<E>, attempt: Attempt, at: number, nth: number): E | undefined {
    for (const [index, effect] of effects) {
      if (nth > 0 && effect.firstPacketOnly === true) continue;
      const since = timeSinceOnset(effect.when, attempt.from, attempt.to, at, this.#restarts);
      if (since === undefined) continue;
      const share = shareOf(effect, attempt, at, since);
      // The coin belongs to the attempt, whose packets share its luck, or to each of them.
      const what = effect.perPacket === true ? index + (nth + 1) * PACKET_COINS : index;
      if (share === undefined || coin(this.#seed, what, attempt.id) < share) return effect;
    }
    return undefined;
  }

  /** Is `when` on for a connection between these ends at `at`? */
  isOn(when: When, from: End, to: End, at: number): boolean {
    return isOn(when, from, to, at, this.#restarts);
  }

  #effectsOn(attempt: Attempt): Concerning {
    const bySource = inMap(this.#concerning, attempt.edge);
    const byDestination = inMap(bySource, attempt.from);
    let found = byDestination.get(attempt.to);
    if (found === undefined) {
      const all = [...this.#packetEffects.entries()].filter(([, effect]) => concerns(effect.where, attempt));
      found = {
        request: all.filter(([, effect]) => !isReplyLoss(effect)),
        reply: all.filter(([, e]) => isReplyLoss(e)),
      };
      byDestination.set(attempt.to, found);
    }
    return found;
  }

  #nameNow(reason: string, attempt: Attempt, at: number): string {
    for (const { reason: old, to, where, when } of this.#renames) {
      if (old === reason && concerns(where, attempt) && isOn(when, attempt.from, attempt.to, at, this.#restarts))
        return to;
    }
    return reason;
  }
}

function isPacketEffect(effect: Effect): effect is PacketEffect {
  const { kind } = effect;
  return kind === 'drop' || kind === 'silent' || kind === 'unseen' || kind === 'audit';
}

function isReplyLoss(effect: PacketEffect): boolean {
  return effect.kind === 'silent' && effect.leg === 'reply';
}

/** The share of attempts that an effect meets now; undefined: all. */
function shareOf(effect: EffectBase, attempt: Attempt, at: number, since: number): number | undefined {
  const { share, retriedShare, levels, fadeSeconds } = effect;
  const own = attempt.isRetry === true ? (retriedShare ?? share) : share;
  if (levels === undefined && fadeSeconds === undefined) return own;
  const fade = fadeSeconds === undefined ? 1 : Math.exp(-since / (fadeSeconds * SECOND_US));
  return (own ?? 1) * fade * (levels === undefined ? 1 : levelAt(levels, at));
}

function inMap<K, A, B>(map: Map<K, Map<A, B>>, key: K): Map<A, B> {
  let inner = map.get(key);
  if (inner === undefined) map.set(key, (inner = new Map<A, B>()));
  return inner;
}
