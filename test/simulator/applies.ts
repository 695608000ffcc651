/** Whether an effect applies: where, and when. */
import type { Attempt } from './attempt.js';
import type { End } from './cluster.js';
import type { Restarts } from './restarts.js';
import type { EndChoice, When, Where } from './scenario.js';

const SECOND_US = 1e6;
const MINUTE_US = 60e6;

export function concerns(where: Where, { edge, from, to }: Attempt): boolean {
  if (where.from !== undefined && !names(where.from, edge.from)) return false;
  if (where.to !== undefined && !names(where.to, edge.to)) return false;
  if (where.protocol !== undefined && where.protocol !== edge.protocol) return false;
  if (where.port !== undefined && where.port !== edge.port) return false;
  if (where.family !== undefined && where.family !== (edge.family ?? 4)) return false;
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
export function timeSinceOnset(when: When, from: End, to: End, at: number, restarts: Restarts): number | undefined {
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
