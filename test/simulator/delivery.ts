/** What happens to events between their node and us: clocks that differ, delays, repeats. */
import type { SoakEvent } from '../../src/hubble/event.js';
import type { Random } from './random.js';
import type { DeliverySpec, NodeSpec } from './scenario.js';

/** Repeats come within this time of the first. */
const REPEATED_WITHIN_MS = 20_000;
/** Events are held back in pieces of this length. */
const PIECE_MS = 5_000;

/** Flows and losses as their nodes' own clocks date them. */
export function* onTheirClocks(events: Iterable<SoakEvent>, nodes: readonly NodeSpec[]): Generator<SoakEvent> {
  const ahead = new Map(nodes.map((node) => [node.name, (node.clockAheadSeconds ?? 0) * 1000]));
  for (const event of events) {
    if (event.kind !== 'flow' && event.kind !== 'lost') yield event;
    else yield { ...event, time: event.time + (ahead.get(event.node) ?? 0) };
  }
}

/** Flows late by chance, and some of them twice. Their times stay as they are. */
export function* delivered(events: Iterable<SoakEvent>, spec: DeliverySpec, random: Random): Generator<SoakEvent> {
  let held: { readonly at: number; readonly event: SoakEvent }[] = [];
  let told = Number.NEGATIVE_INFINITY;
  const tell = function* (until: number): Generator<SoakEvent> {
    const due = held.filter(({ at }) => at < until).sort((a, b) => a.at - b.at);
    held = held.filter(({ at }) => at >= until);
    for (const { event } of due) yield event;
  };
  for (const event of events) {
    const { time } = event;
    if (time - told >= PIECE_MS) {
      yield* tell(time);
      told = time;
    }
    if (event.kind !== 'flow') {
      held.push({ at: time, event });
      continue;
    }
    const at = time + random.next() * spec.lateSeconds * 1000;
    held.push({ at, event });
    if (random.chance(spec.repeatedShare)) held.push({ at: at + random.next() * REPEATED_WITHIN_MS, event });
  }
  yield* tell(Number.POSITIVE_INFINITY);
}
