/** The bench of the judge, on a few soaks: it is deterministic, a harmless soak passes, and what dies is found. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bench, type BenchOptions } from './verdict/bench.js';
import { clopperPearson, medianWithLow } from './verdict/intervals.js';

const OPTIONS: BenchOptions = {
  seed: 7,
  soaks: 3,
  quick: false,
  families: [],
  ends: 'two',
  markdown: false,
  levels: ['counts'],
  jobs: 1,
};

describe('the bench of the judge', () => {
  it('gives the same table for the same seed', async () => {
    const options: BenchOptions = { ...OPTIONS, soaks: 1, families: ['mixed', 'reason-1'] };
    const { text } = await bench(options);
    assert.equal((await bench({ ...options, jobs: 2 })).text, text);
    assert.notEqual((await bench({ ...options, markdown: true })).text, text);
  });

  it('sees steady soaks pass and a dead edge fail', async () => {
    const { tallies, broken } = await bench({ ...OPTIONS, families: ['steady', 'edge-dead'] });
    assert.deepEqual(broken, []);
    assert.deepEqual(
      tallies.map(({ family, pass, fail }) => [family.name, pass, fail]),
      [
        ['steady', 3, 0],
        ['edge-dead', 0, 3],
      ],
    );
  });

  it('sends a soak of flows through the whole product', async () => {
    const { text, tallies } = await bench({ ...OPTIONS, levels: ['flows'], families: ['steady-3'], soaks: 1 });
    assert.deepEqual(
      tallies.map(({ level, soaks, fail }) => [level, soaks, fail]),
      [['flows', 1, 0]],
    );
    assert.match(text, /harmless soaks of flows/);
  });

  it('has exact intervals', () => {
    const { low, high } = clopperPearson(0, 300);
    assert.equal(low, 0);
    assert.ok(Math.abs(high - (1 - 0.025 ** (1 / 300))) < 1e-9);
    assert.ok(Math.abs(clopperPearson(3, 10).low - 0.0667395111777345) < 1e-9);
    // Of six values the smallest lies below the median but for 1 chance in 64.
    assert.deepEqual(medianWithLow([6, 1, 2, 3, 4, 5]), { median: 3.5, low: 1 });
    assert.equal(medianWithLow([1, 2]).low, Number.NEGATIVE_INFINITY);
  });
});
