/** What the verdict must not depend on: how often one asks, the order of arrival, the names of nodes, and who watched which node. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { merge } from '../../src/aggregate/journal.js';
import type { SoakEvent } from '../../src/hubble/event.js';
import { Random } from '../simulator/random.js';
import { renamed } from './renamed.js';
import {
  DOWN,
  eventsOf,
  journalOf,
  NODES,
  usualEdges,
  usualSoak,
  verdictOn,
  type Fate,
  type SoakSpec,
} from './soak.js';

/** A soak with some of everything: a broken edge, noise, loss, a transient. */
function eventful(seed: number): SoakSpec {
  const edges = usualEdges(({ from, to }, minute, random): Fate | undefined => {
    if (random.chance(0.01)) return { reason: 133, at: 'source' };
    if (from.node === 'n1' && to.node === 'n2' && minute > DOWN.n2 && seed % 2 === 0) return 'silent';
    if (to.node === 'n3' && minute > DOWN.n3 && minute < DOWN.n3 + 1) return { reason: 140, at: 'destination' };
    return undefined;
  });
  return usualSoak({ seed, minutes: 20, edges, lost: [{ node: 'n2', from: 3, to: 4, perMinute: 60 }] });
}

/** Every event comes up to `ms` late. */
function shaken(events: readonly SoakEvent[], seed: number, ms: number): SoakEvent[] {
  const random = new Random(seed, 'shake');
  return events
    .map((event) => ({ event, at: event.time + (event.kind === 'flow' ? random.between(0, ms) : 0) }))
    .sort((a, b) => a.at - b.at)
    .map(({ event }) => event);
}

const seeds = fc.integer({ min: 1, max: 1000 });
const RUNS = { numRuns: 4 };

describe('the same soak gives the same document', () => {
  it('when it is judged twice', () => {
    const journal = journalOf(eventsOf(eventful(2)));
    assert.equal(JSON.stringify(verdictOn(journal)), JSON.stringify(verdictOn(journal)));
  });

  it('when flows come out of order within the lateness', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const events = eventsOf(eventful(seed)).filter((event) => event.kind !== 'lost');
        const inOrder = JSON.stringify(verdictOn(journalOf(events)));
        assert.equal(JSON.stringify(verdictOn(journalOf(shaken(events, seed, 14_000)))), inOrder);
      }),
      RUNS,
    );
  });

  it('when its journal is taken in another order', () => {
    const journal = journalOf(eventsOf(eventful(2)));
    const before = JSON.stringify(verdictOn(journal));
    journal.windows.reverse();
    journal.samples.reverse();
    assert.equal(JSON.stringify(verdictOn(journal)), before);
  });

  it('when nodes have other names in the same order', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const events = eventsOf(eventful(seed));
        const other = (name: string) => name.replace(/^n(\d)$/, 'node-$1-x');
        const text = JSON.stringify(verdictOn(journalOf(events)));
        const renamedText = JSON.stringify(verdictOn(journalOf(renamed(events, other))));
        assert.equal(renamedText, text.replace(/\bn([123])\b/g, 'node-$1-x'));
      }),
      RUNS,
    );
  });

  it('when every node was watched by another process', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const events = eventsOf(eventful(seed));
        const whole = JSON.stringify(verdictOn(journalOf(events)));
        const parts = NODES.map((node) => journalOf(events.flatMap((event) => ofNode(event, node))));
        assert.equal(JSON.stringify(verdictOn(merge(parts))), whole);
        assert.equal(JSON.stringify(verdictOn(merge([...parts].reverse()))), whole);
      }),
      RUNS,
    );
  });
});

function ofNode(event: SoakEvent, node: string): SoakEvent[] {
  switch (event.kind) {
    case 'flow':
    case 'lost':
    case 'agent-event':
    case 'other':
      return event.node === node ? [event] : [];
    case 'node-status':
      return event.nodes.includes(node) ? [{ ...event, nodes: [node] }] : [];
    case 'node-samples': {
      const nodes = event.nodes.filter((sample) => sample.name === node);
      return nodes.length > 0 ? [{ ...event, nodes }] : [];
    }
  }
}
