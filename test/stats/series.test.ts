/** The small rules that a series goes through: units, persistence, trend, dispersion, weights. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { opensNewUnit, opensUnit } from '../../src/stats/dead-time.js';
import { phiFromBlocks, phiOfTrials, phiOfUnits, PRIOR_PHI_NOISY, smoothedShare } from '../../src/stats/dispersion.js';
import { singletonUnits } from '../../src/stats/good-turing.js';
import { STILL_ON, stillOn } from '../../src/stats/still-on.js';
import { logThreshold } from '../../src/stats/thresholds.js';
import { trendFactor } from '../../src/stats/trend.js';
import { LAW } from './generators.js';

const ascending = fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 60 }).map((xs) => xs.sort((a, b) => a - b));

describe('dead time', () => {
  it('lets units open at least the dead time apart, and every event belong to one that began within it', () => {
    fc.assert(
      fc.property(ascending, fc.integer({ min: 1, max: 40 }), (windows, gap) => {
        let openedAt = -Infinity;
        opensUnit(windows, gap).forEach((opens, i) => {
          const window = windows[i] ?? NaN;
          assert.equal(opens, window - openedAt >= gap);
          if (opens) openedAt = window;
        });
      }),
      LAW,
    );
  });

  it('opens a unit at the first event', () => {
    assert.deepEqual(opensUnit([], 3), []);
    assert.equal(opensNewUnit(-Infinity, 0, 3), true);
    assert.equal(opensNewUnit(NaN, 0, 3), true);
  });

  it('refuses windows that go back', () => {
    assert.throws(() => opensUnit([3, 2], 3), RangeError);
    assert.throws(() => opensUnit([1], 0), RangeError);
  });
});

describe('singletonUnits', () => {
  it('counts the units of sources that came once', () => {
    assert.equal(singletonUnits([[5], [5, 5, 6, 22, 24, 41], [0, 100], []], 18, 30), 1 + 2);
  });

  it('goes on with a visit as long as drops keep coming', () => {
    const every20 = Array.from({ length: 50 }, (_, i) => 20 * i);
    assert.equal(singletonUnits([every20], 18, 30), 50);
  });

  it('refuses windows that go back', () => {
    assert.throws(() => singletonUnits([[3, 2]], 18, 30), RangeError);
  });
});

/** Cumulative sums of windows' counts. */
function cumulate(counts: readonly number[]): number[] {
  let sum = 0;
  return counts.map((count) => (sum += count));
}

describe('stillOn', () => {
  const windows = 120;
  const exposure = cumulate(Array.from({ length: windows }, () => 1));

  it('is true for a steady series in every window', () => {
    const steady = cumulate(Array.from({ length: windows }, () => 2));
    for (let at = 0; at < windows; at++) assert.equal(stillOn(steady, exposure, STILL_ON, at), true);
  });

  it('is true for one that grows and for one that has not begun', () => {
    assert.equal(stillOn(cumulate(Array.from({ length: windows }, (_, i) => i)), exposure), true);
    assert.equal(stillOn(cumulate(Array.from({ length: windows }, () => 0)), exposure), true);
  });

  it('is false for a transient that is over', () => {
    const burst = cumulate(Array.from({ length: windows }, (_, i) => (i < 12 ? 5 : 0)));
    assert.equal(stillOn(burst, exposure, STILL_ON, 12), true);
    assert.equal(stillOn(burst, exposure, STILL_ON, 30), false);
    assert.equal(stillOn(burst, exposure), false);
  });

  it('waits for enough expected events before it calls a rare series over', () => {
    // One event in 20 windows: three are expected in 60 windows, half of the exposure, and one came in them.
    const rare = cumulate(Array.from({ length: windows }, (_, i) => (i % 20 === 0 && i < 100 ? 1 : 0)));
    assert.equal(stillOn(rare, exposure), true);
    const over = cumulate(Array.from({ length: windows }, (_, i) => (i % 10 === 0 && i < 50 ? 1 : 0)));
    assert.equal(stillOn(over, exposure), false);
  });

  it('looks at the rate per exposure, not per window', () => {
    // Traffic stops and so do the failures: a third of the exposure lies far back, where all of it failed as always.
    const trials = cumulate(Array.from({ length: windows }, (_, i) => (i < 60 ? 4 : 0)));
    const failed = cumulate(Array.from({ length: windows }, (_, i) => (i < 60 ? 2 : 0)));
    assert.equal(stillOn(failed, trials), true);
  });

  it('refuses sums of different windows', () => {
    assert.throws(() => stillOn([1, 2], [1]), RangeError);
    assert.throws(() => stillOn([1], [1], STILL_ON, 1), RangeError);
  });
});

describe('trendFactor', () => {
  it('is 1 for controls that stay or fall, and rises with what they show', () => {
    assert.equal(trendFactor(0, 0), 1);
    assert.equal(trendFactor(2, 40), 1);
    assert.equal(trendFactor(17, 7), 2);
    assert.throws(() => trendFactor(-1, 1), RangeError);
  });
});

describe('dispersion', () => {
  it('is the prior where there is nothing to learn from', () => {
    assert.equal(phiOfUnits([]).phi, 1.5);
    assert.equal(phiOfUnits([[3]], PRIOR_PHI_NOISY).phi, 3);
    assert.equal(phiFromBlocks([[0, 0, 0]], 1.5, 10).phi, 1.5);
    assert.equal(phiOfTrials([]).phi, 1.25);
  });

  it('falls to 1, never below, for what is as regular as a clock', () => {
    assert.equal(phiFromBlocks([Array.from({ length: 100 }, () => 7)], 1.5, 10).phi, 1);
  });

  it('looks at blocks as long as two of them fit into the longest baseline', () => {
    const minutes = (length: number): number[] =>
      phiOfUnits([Array.from({ length }, () => 1), [1]]).blocks.map((block) => block.minutes);
    assert.deepEqual(minutes(1), []);
    assert.deepEqual(minutes(3), [5]);
    assert.deepEqual(minutes(7), [5, 10]);
    assert.deepEqual(minutes(12), [5, 10, 20, 30]);
  });

  it('finds bursts of minutes in long blocks', () => {
    const slow = Array.from({ length: 24 }, (_, i) => (i % 12 < 6 ? 10 : 2));
    const found = phiOfUnits([slow]);
    assert.ok(found.phi > (found.blocks[0]?.phi ?? NaN));
  });

  it('of trials: one for what fails at random, more for failures in bursts, and one burst counts at most 50', () => {
    const block = (failed: number): { trials: number; failed: number } => ({ trials: 20, failed });
    const even = Array.from({ length: 60 }, () => block(1));
    assert.equal(phiOfTrials([even, even]).phi, 1);
    const bursts = Array.from({ length: 60 }, (_, i) => block(i % 10 === 0 ? 10 : 0));
    assert.ok(phiOfTrials([bursts, bursts]).phi > 2);
    const once = Array.from({ length: 60 }, (_, i) => block(i === 0 ? 20 : 0));
    const { x2, df } = phiOfTrials([once]);
    assert.equal(df, 60);
    assert.ok(x2 < 50 + 60);
  });

  it('of trials: ignores blocks without any', () => {
    const blocks = [
      { trials: 0, failed: 0 },
      { trials: 5, failed: 1 },
    ];
    assert.equal(phiOfTrials([blocks]).df, 1);
  });

  it('smooths a share towards the pool', () => {
    assert.equal(smoothedShare(0, 0, 0.1), 0.1);
    assert.equal(smoothedShare(20, 20, 0), 0.5);
  });

  it('refuses impossible input', () => {
    assert.throws(() => phiFromBlocks([[-1, 2]], 1.5, 10), RangeError);
    assert.throws(() => phiFromBlocks([[1, 2]], 0.5, 10), RangeError);
    assert.throws(() => phiOfTrials([[{ trials: NaN, failed: 0 }]]), RangeError);
  });
});

describe('logThreshold', () => {
  it('asks for more where less of alpha may be spent', () => {
    assert.equal(logThreshold(1, 1), 0);
    assert.ok(logThreshold(0.01, 0.001) > logThreshold(0.01, 0.01));
    assert.ok(Math.abs(logThreshold(0.01, 0.5) - Math.log(200)) < 1e-12);
  });

  it('refuses a level or a weight that is none', () => {
    for (const bad of [0, -0.1, 1.5, NaN]) {
      assert.throws(() => logThreshold(bad, 0.5), RangeError);
      assert.throws(() => logThreshold(0.5, bad), RangeError);
    }
  });
});
