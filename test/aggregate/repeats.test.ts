/** Relay asks a node again with the request as it was: everything since then comes a second time, hours of it perhaps. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Journal } from '../../src/aggregate/journal.js';
import { RecentUuids } from '../../src/aggregate/recent.js';
import { LOST_SOURCE, type FlowRecord, type LostEvents, type SoakEvent } from '../../src/hubble/event.js';
import { at, beat, beats, Connection, journalOf, lost, pod } from './flows.js';

/** As many uuids of a node as are certain to be forgotten. */
const FORGOTTEN = 70_000;

const linesOf = (journal: Journal): unknown[] => [...journal.lines()];

/** Connections of a node to another, each with its answer, so many a second. */
function talk(seconds: number, rate: number): FlowRecord[] {
  const [web, api] = [pod('n1', 'web'), pod('n2', 'api')];
  return Array.from({ length: seconds * rate }, (_, i) => {
    const connection = new Connection(web, api, 20_000 + (i % 40_000));
    return [connection.syn('n1', i / rate), connection.synAck('n1', i / rate + 0.01)];
  }).flat();
}

describe('a cut after hours', () => {
  test('leaves the journal as it is without, beyond all that is remembered of uuids', () => {
    const seconds = 3_600;
    const flows = talk(seconds, 12);
    assert.ok(flows.length > FORGOTTEN);
    const middle = flows.findIndex(({ time }) => time >= at(seconds - 100));
    const cut = [...flows.slice(0, middle), ...flows.slice(0, middle), ...flows.slice(middle)];
    assert.deepEqual(linesOf(journalOf(cut)), linesOf(journalOf(flows)));
  });

  test('leaves it so for a busy node whose open windows alone are more than is remembered', () => {
    const flows = beats('n1', 0, 90, 0.001);
    const middle = flows.findIndex(({ time }) => time >= at(80));
    const cut = [...flows.slice(0, middle), ...flows.slice(0, middle), ...flows.slice(middle)];
    assert.deepEqual(linesOf(journalOf(cut)), linesOf(journalOf(flows)));
  });

  test('leaves it so wherever it comes', () => {
    const flows = talk(150, 2);
    const clean = linesOf(journalOf(flows));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(flows.length - 1), fc.nat(flows.length - 1)), { minLength: 1, maxLength: 5 }),
        (cuts) => {
          const played: FlowRecord[] = [];
          for (const [i, flow] of flows.entries()) {
            played.push(flow);
            for (const [when, from] of cuts) if (when === i) played.push(...flows.slice(Math.min(from, i), i));
          }
          assert.deepEqual(linesOf(journalOf(played)), clean);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('hides no flow that comes late for the first time', () => {
    const flows = beats('n1', 0, 300);
    const journal = journalOf([...flows, beat('n1', 100.5), ...flows]);
    assert.equal(
      journal.windows.reduce((sum, { late }) => sum + late, 0),
      1,
    );
  });
});

describe('losses that come again', () => {
  const total = (events: readonly SoakEvent[]) =>
    journalOf([...beats('n1', 0, 60), ...events, ...beats('n1', 60, 120)]).windows.reduce(
      (sum, line) => sum + line.lost,
      0,
    );
  const one = { ...lost('n1', 5), time: at(50) } satisfies LostEvents;

  test('count once when the agent keeps them', () => {
    assert.equal(total([one, one]), 5);
    assert.equal(total([one, { ...one, time: at(51) }]), 10);
    assert.equal(total([one, { ...one, count: 6 }]), 11);
    assert.equal(total([one, { ...one, node: 'n2' }]), 5);
  });

  test('count each time when a reader was too slow, or their time is not told', () => {
    const ring = { ...one, source: LOST_SOURCE.HUBBLE_RING_BUFFER };
    assert.equal(total([ring, ring]), 10);
    const untold = { ...one, time: NaN };
    assert.equal(total([untold, untold]), 10);
  });
});

describe('uuids remembered', () => {
  const NOW = 100;

  test('are known in two generations, and forgotten behind them', () => {
    const recent = new RecentUuids(2);
    const add = (uuid: string, window: number) => recent.add(uuid, window, NOW);
    for (const i of [1, 2, 3, 4, 5]) assert.equal(add(`u-${i}`, i), 'new');
    assert.equal(add('u-5', 5), 'known');
    assert.equal(add('u-3', 3), 'known');
    assert.equal(add('u-1', 1), 'forgotten');
    assert.equal(add('u-6', 2), 'forgotten');
    assert.equal(add('u-7', 4), 'new');
  });

  test('are kept while their windows are open', () => {
    const recent = new RecentUuids(2);
    for (let i = 0; i < 20; i++) assert.equal(recent.add(`u-${i}`, NOW, NOW), 'new');
    for (let i = 0; i < 20; i++) assert.equal(recent.add(`u-${i}`, NOW, NOW), 'known');
  });

  test('are all forgotten at once when a node has gone', () => {
    const recent = new RecentUuids(2);
    recent.add('u-1', 7, NOW);
    recent.forget();
    assert.equal(recent.add('u-1', 7, NOW), 'forgotten');
    assert.equal(recent.add('u-2', 8, NOW), 'new');
  });
});
