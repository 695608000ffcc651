/** Flows that the client left out, and told as lost. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LOST_SOURCE, type SoakEvent } from '../../src/hubble/event.js';
import type { VerdictDocument } from '../../src/judge/document.js';
import { eventsOf, failures, journalOf, MINUTE, START, usualSoak, verdictOn } from './soak.js';

const EVENTS = eventsOf(usualSoak());

/** The verdict when flows of these times (ms since START) are left out, as the queue of a slow client does it. */
function verdictWithout(isShed: (ms: number) => boolean): VerdictDocument {
  const events: SoakEvent[] = [];
  let shed = new Map<string, { readonly time: number; readonly node: string; count: number }>();
  for (const event of EVENTS) {
    if (event.kind === 'flow' && isShed(event.time - START)) {
      const key = `${event.node} ${Math.floor(event.time / 1000)}`;
      const missing = shed.get(key) ?? { time: event.time, node: event.node, count: 0 };
      missing.count += 1;
      shed.set(key, missing);
      continue;
    }
    if (event.kind === 'flow') {
      for (const missing of shed.values()) events.push({ kind: 'lost', source: LOST_SOURCE.CLIENT_QUEUE, ...missing });
      shed = new Map();
    }
    events.push(event);
  }
  return verdictOn(journalOf(events));
}

describe('flows that a slow client left out', () => {
  it('stand in the way of a pass, and are no failure', () => {
    const document = verdictWithout((ms) => ms > 16 * MINUTE && ms % 10_000 > 5_000);
    assert.equal(document.verdict, 'inconclusive');
    assert.deepEqual(failures(document), []);
  });

  it('to the end of the soak keep it from passing, which it would', () => {
    assert.equal(verdictWithout(() => false).verdict, 'pass');
    const all = verdictWithout((ms) => ms > 13 * MINUTE);
    assert.notEqual(all.verdict, 'pass');
    assert.deepEqual(failures(all), []);
  });

  it('in a short stall cost neither the pass nor make a failure, wherever it begins', () => {
    for (const began of [20 * MINUTE, 20 * MINUTE + 1, 20 * MINUTE + 4_999, 20 * MINUTE + 9_990, 9 * MINUTE + 30_000])
      for (const length of [300, 7_000, 25_000]) {
        const document = verdictWithout((ms) => ms >= began && ms < began + length);
        assert.deepEqual(failures(document), [], `${length} ms from ${began}`);
        assert.equal(document.verdict, 'pass', `${length} ms from ${began}`);
        assert.deepEqual(
          document.nodes.map(({ restarts }) => restarts.length),
          [1, 1, 1],
        );
      }
  });
});
