import { dropReasonNumber } from '../../src/hubble/names.js';
import type { End, Node } from './cluster.js';
import type { Attempt } from './attempt.js';
import type { Fate } from './packets.js';
import { LOST, PASS, UNSEEN } from './packets.js';
import { coin } from './random.js';
import type { Restarts } from './restarts.js';
import { levelAt } from './levels.js';
import type {
  AnswerEffect,
  EdgeSpec,
  EffectBase,
  EndChoice,
  HideRepliesEffect,
  PacketEffect,
  RenameEffect,
  Scenario,
  When,
  Where,
} from './scenario.js';

const SECOND_US = 1e6;
const MINUTE_US = 60e6;

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
    this.#packetEffects = scenario.effects.filter(
      (e) => e.kind === 'drop' || e.kind === 'silent' || e.kind === 'unseen',
    );
    this.#losesReplies = this.#packetEffects.some(isReplyLoss);
    this.#hiding = scenario.effects.filter((e) => e.kind === 'hide-replies');
    this.#answers = scenario.effects.filter((e) => e.kind === 'answer');
    this.#renames = scenario.effects.filter((e) => e.kind === 'rename');
  }

  /** The fate of the `nth` packet (from 0) that a client sends for `attempt`, at `at` microseconds since the start. */
  request(attempt: Attempt, at: number, nth: number): Fate {
    const effect = this.#meets(this.#effectsOn(attempt).request, attempt, at, nth);
    if (effect === undefined) return PASS;
    if (effect.kind === 'silent') return LOST;
    if (effect.kind === 'unseen') return UNSEEN;
    return { kind: 'drop', reason: dropReasonNumber(this.#nameNow(effect.reason, attempt, at)), at: effect.at };
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

function isReplyLoss(effect: PacketEffect): boolean {
  return effect.kind === 'silent' && effect.leg === 'reply';
}

function concerns(where: Where, { edge, from, to }: Attempt): boolean {
  if (where.from !== undefined && !names(where.from, edge.from)) return false;
  if (where.to !== undefined && !names(where.to, edge.to)) return false;
  if (where.protocol !== undefined && where.protocol !== edge.protocol) return false;
  if (where.port !== undefined && where.port !== edge.port) return false;
  if (where.path !== undefined && (where.path === 'same-node') !== (from.node === to.node)) return false;
  if (where.sourceNodes !== undefined && !liesOn(where.sourceNodes, from)) return false;
  if (where.destinationNodes !== undefined && !liesOn(where.destinationNodes, to)) return false;
  return where.nodes === undefined || liesOn(where.nodes, from) || liesOn(where.nodes, to);
}

function names(asked: string | readonly string[], name: string): boolean {
  return typeof asked === 'string' ? asked === name : asked.includes(name);
}

function liesOn(nodes: readonly string[], end: End): boolean {
  return end.node !== undefined && nodes.includes(end.node.name);
}

/** Is `when` on for a packet between these ends at `at`, microseconds since the start? */
export function isOn(when: When, from: End, to: End, at: number, restarts: Restarts): boolean {
  return timeSinceOnset(when, from, to, at, restarts) !== undefined;
}

/** Microseconds since the latest onset (since the start where there is none), undefined where `when` is off. */
function timeSinceOnset(when: When, from: End, to: End, at: number, restarts: Restarts): number | undefined {
  if (when.from !== undefined && at < when.from * MINUTE_US) return undefined;
  if (when.until !== undefined && at >= when.until * MINUTE_US) return undefined;
  if (when.untilRestart !== undefined && at >= endOfOld(when.untilRestart, from, to, restarts)) return undefined;
  const begins =
    when.sinceRestartOf !== undefined
      ? restarts.backWithKnob(when.sinceRestartOf)
      : when.sinceRestart === undefined
        ? undefined
        : onsets(when.sinceRestart, from, to, restarts);
  if (begins === undefined) return inBurst(when, at) ? at : undefined;
  let latest: number | undefined;
  for (const back of begins) {
    const since = at - back - (when.afterSeconds ?? 0) * SECOND_US;
    if (since < 0 || (when.forSeconds !== undefined && since >= when.forSeconds * SECOND_US)) continue;
    if (inBurst(when, since) && (latest === undefined || since < latest)) latest = since;
  }
  return latest;
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

function inBurst({ bursts }: When, since: number): boolean {
  return bursts === undefined || since % (bursts.everySeconds * SECOND_US) < bursts.forSeconds * SECOND_US;
}

/** The moments at which a changed agent of the chosen end was back. */
function onsets(choice: EndChoice, from: End, to: End, restarts: Restarts): readonly number[] {
  const source = from.node === undefined ? [] : restarts.backWithKnob(from.node.name);
  const destination = to.node === undefined ? [] : restarts.backWithKnob(to.node.name);
  switch (choice) {
    case 'source':
      return source;
    case 'destination':
      return destination;
    case 'either':
      return [...source, ...destination];
    case 'both': {
      const [a, b] = [source[0], destination[0]];
      return a === undefined || b === undefined ? [] : [Math.max(a, b)];
    }
  }
}

function endOfOld(choice: EndChoice, from: End, to: End, restarts: Restarts): number {
  const source = from.node === undefined ? Infinity : restarts.firstDown(from.node.name);
  const destination = to.node === undefined ? Infinity : restarts.firstDown(to.node.name);
  switch (choice) {
    case 'source':
      return source;
    case 'destination':
      return destination;
    case 'either':
      return Math.min(source, destination);
    case 'both':
      return Math.max(source, destination);
  }
}
