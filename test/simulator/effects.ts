import { dropReasonNumber } from '../../src/hubble/names.js';
import type { End } from './cluster.js';
import type { Attempt, Fate } from './packets.js';
import { PASS } from './packets.js';
import { coin } from './random.js';
import type { Restarts } from './restarts.js';
import type { EndChoice, PacketEffect, RenameEffect, Scenario, When, Where } from './scenario.js';

const SECOND_US = 1e6;
const MINUTE_US = 60e6;

/** Decides what becomes of packets: the first effect that applies has them. */
export class Effects {
  readonly #seed: number;
  readonly #packetEffects: readonly PacketEffect[];
  readonly #renames: readonly RenameEffect[];
  readonly #restarts: Restarts;

  constructor(scenario: Scenario, restarts: Restarts) {
    this.#seed = scenario.seed;
    this.#restarts = restarts;
    this.#packetEffects = scenario.effects.filter((e) => e.kind === 'drop' || e.kind === 'silent');
    this.#renames = scenario.effects.filter((e) => e.kind === 'rename');
  }

  /** The fate of a packet of `attempt`, sent at `at` (microseconds since the start) as its first one or again. */
  fate(attempt: Attempt, at: number, again: boolean): Fate {
    for (const [index, effect] of this.#packetEffects.entries()) {
      if (again && effect.firstPacketOnly === true) continue;
      if (!concerns(effect.where, attempt) || !isOn(effect.when, attempt.from, attempt.to, at, this.#restarts))
        continue;
      // The coin belongs to the attempt: its retransmissions share its luck.
      if (effect.share !== undefined && coin(this.#seed, index, attempt.id) >= effect.share) continue;
      if (effect.kind === 'silent') return { kind: 'lost', leg: effect.leg };
      return { kind: 'drop', reason: dropReasonNumber(this.#nameNow(effect.reason, attempt, at)), at: effect.at };
    }
    return PASS;
  }

  /** Is `when` on for a connection between these ends at `at`? */
  isOn(when: When, from: End, to: End, at: number): boolean {
    return isOn(when, from, to, at, this.#restarts);
  }

  #nameNow(reason: string, attempt: Attempt, at: number): string {
    for (const { reason: old, to, where, when } of this.#renames) {
      if (old === reason && concerns(where, attempt) && isOn(when, attempt.from, attempt.to, at, this.#restarts))
        return to;
    }
    return reason;
  }
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
  if (when.from !== undefined && at < when.from * MINUTE_US) return false;
  if (when.until !== undefined && at >= when.until * MINUTE_US) return false;
  if (when.untilRestart !== undefined && at >= endOfOld(when.untilRestart, from, to, restarts)) return false;
  if (when.sinceRestart === undefined) return inBurst(when, at);
  return onsets(when.sinceRestart, from, to, restarts).some((back) => {
    const since = at - back - (when.afterSeconds ?? 0) * SECOND_US;
    if (since < 0 || (when.forSeconds !== undefined && since >= when.forSeconds * SECOND_US)) return false;
    return inBurst(when, since);
  });
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
