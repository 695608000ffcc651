import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { logAbove, lookAtRate } from '../../src/judge/expected-rate.js';
import type { ObservedNode } from '../../src/judge/observed.js';
import { Random } from '../simulator/random.js';

const WINDOW_MS = 10_000;
const HOUR = 360;

/** An hour after settle, all of it in sight. */
const NODE: ObservedNode = {
  name: 'n1',
  expected: true,
  segments: [{ down: -10, back: -7, after: 0, end: Number.POSITIVE_INFINITY }],
  visible: new Uint8Array(HOUR).fill(1),
  visibleBefore: Float64Array.from({ length: HOUR + 1 }, (_, w) => w),
};

function look(opened: readonly number[], perMinute: number, deadWindows = 3) {
  return lookAtRate(opened, NODE, { perMinute, deadWindows, windowMs: WINDOW_MS, limit: Math.log(100) });
}

describe('the rate of expected drops', () => {
  it('is tested by a mixture of Poisson likelihood ratios', () => {
    const direct = (n: number, mu: number) => {
      const terms = [1.5, 2, 3, 5, 8, 12, 20, 40, 100].map((theta) => n * Math.log(theta) - (theta - 1) * mu);
      const most = Math.max(...terms);
      return most + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - most), 0) / terms.length);
    };
    for (const [n, minutes, perMinute] of [
      [1, 0.5, 1],
      [12, 3, 2],
      [40, 30, 0.5],
      [300, 60, 2],
    ] as const)
      assert.ok(Math.abs(logAbove(n, minutes, perMinute) * 1.5 - direct(n, minutes * perMinute)) < 1e-5);
  });

  it('is not broken by one episode more than allowed, however short the time', () => {
    for (const perMinute of [0.02, 0.1, 1, 6, 30])
      for (const minutes of [1, 5, 20, 60]) {
        const allowed = Math.floor(perMinute * minutes);
        const opened = Array.from({ length: allowed + 1 }, (_, i) => Math.floor((i * minutes * 6) / (allowed + 1)));
        assert.equal(look(opened, perMinute).isAbove, false, `${allowed + 1} in ${minutes} min`);
      }
  });

  it('is not broken by sources that retry all the time and are first seen together', () => {
    const opened = Array.from({ length: 60 }, (_, minute) => new Array<number>(20).fill(minute * 6)).flat();
    assert.equal(look(opened, 20, 6).isAbove, false);
    assert.equal(look(opened, 5, 6).isAbove, true);
  });

  it('is broken for good: what comes later does not mend it', () => {
    const burst = Array.from({ length: 30 }, (_, i) => i);
    const early = look(burst, 1);
    assert.equal(early.isAbove, true);
    assert.deepEqual(look([...burst, 300], 1).then, early.then);
    assert.equal(look([...burst, 300], 1).isAbove, true);
    assert.ok(early.then.units / (early.then.seconds / 60) > 1);
  });

  it('kept to the letter is hardly ever taken for broken', () => {
    let above = 0;
    const soaks = 2000;
    for (let soak = 0; soak < soaks; soak++) {
      const random = new Random(soak, 'rate');
      const opened: number[] = [];
      for (let time = random.exponential(6); time < HOUR; time += random.exponential(6)) opened.push(Math.floor(time));
      if (look(opened, 1).isAbove) above += 1;
    }
    assert.ok(above <= soaks * 0.01, `${above} of ${soaks}`);
  });

  it('three times as high is found within the hour', () => {
    const opened = Array.from({ length: 180 }, (_, i) => i * 2);
    assert.equal(look(opened, 1).isAbove, true);
  });
});
