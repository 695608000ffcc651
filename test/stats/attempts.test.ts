import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  boundaryShare,
  LOG_20,
  logEBin,
  logEFail,
  logEPass,
  logMarginal,
  smallestDetectable,
  trialsNeeded,
  upperAddedShare,
} from '../../src/stats/attempts.js';
import { amounts, binomial, LAW, uniform } from './generators.js';

const ratios = fc.double({ min: 0, max: 1, noNaN: true });
const shares = fc.double({ min: 0.001, max: 0.999, noNaN: true });
const slack = (...trials: number[]): number => 1e-11 * (1 + trials.reduce((sum, n) => sum + n, 0));

/** Expectation of e^log over Binomial failures before and after, by enumeration. */
function expectation(
  nb: number,
  na: number,
  goodBefore: number,
  goodAfter: number,
  log: (fb: number, gb: number, fa: number, ga: number) => number,
): number {
  let sum = 0;
  binomial(nb, 1 - goodBefore).forEach((before, fb) => {
    binomial(na, 1 - goodAfter).forEach((after, fa) => {
      sum += before * after * Math.exp(log(fb, nb - fb, fa, na - fa));
    });
  });
  return sum;
}

describe('logMarginal', () => {
  it('is a probability: over all outcomes of n trials it adds up to 1', () => {
    for (const n of [0, 1, 7, 60]) {
      let sum = 0;
      let ways = 1;
      for (let f = 0; f <= n; f++) {
        sum += ways * Math.exp(logMarginal(f, n - f));
        ways = (ways * (n - f)) / (f + 1);
      }
      assert.ok(Math.abs(sum - 1) < 1e-12, `n = ${n}: ${sum}`);
    }
  });
});

describe('boundaryShare', () => {
  it('is where the likelihood on the boundary is largest', () => {
    fc.assert(
      fc.property(amounts, amounts, amounts, amounts, shares, (fb, gb, fa, ga, c) => {
        fc.pre(gb + ga > 0 && fb + fa > 0);
        const term = (n: number, share: number): number => (n === 0 ? 0 : n * Math.log(share));
        const likelihood = (s: number): number => term(fb, 1 - s) + term(gb, s) + term(fa, 1 - c * s) + term(ga, c * s);
        const s = boundaryShare(fb, gb, fa, ga, c);
        const best = likelihood(s);
        for (const other of [s * 0.99, s * 0.9, s + (1 - s) * 0.01, s + (1 - s) * 0.1]) {
          if (other > 0 && other < 1) assert.ok(likelihood(other) <= best + slack(fb, gb, fa, ga));
        }
      }),
      LAW,
    );
  });

  it('is 1 without trials and with good ones alone', () => {
    assert.equal(boundaryShare(0, 0, 0, 0, 0.9), 1);
    assert.equal(boundaryShare(0, 30, 0, 5, 1), 1);
  });
});

describe('logEBin', () => {
  it('has an expectation of at most 1 on the boundary of the null hypothesis and inside of it', () => {
    for (const c of [1, 0.95, 0.5]) {
      for (const before of [0.5, 0.9, 0.99]) {
        const log = (fb: number, gb: number, fa: number, ga: number): number => logEBin(fb, gb, fa, ga, c);
        assert.ok(expectation(18, 12, before, c * before, log) <= 1);
        assert.ok(expectation(18, 12, before, (c * before + 1) / 2, log) <= 1);
      }
    }
  });

  it('is at most 0 without trials after', () => {
    fc.assert(
      fc.property(amounts, amounts, ratios, (fb, gb, c) => assert.ok(logEBin(fb, gb, 0, 0, c) <= slack(fb, gb))),
      LAW,
    );
    assert.equal(logEBin(0, 0, 0, 0, 1), 0);
  });

  it('falls as the null hypothesis grows', () => {
    fc.assert(
      fc.property(amounts, amounts, amounts, amounts, ratios, ratios, (fb, gb, fa, ga, c, d) => {
        const [wide, narrow] = [Math.min(c, d), Math.max(c, d)];
        assert.ok(logEBin(fb, gb, fa, ga, wide) <= logEBin(fb, gb, fa, ga, narrow) + slack(fb, gb, fa, ga));
      }),
      LAW,
    );
  });

  it('refuses impossible input', () => {
    assert.throws(() => logEBin(-1, 1, 1, 1, 1), RangeError);
    assert.throws(() => logEBin(1, 1, 1, NaN, 1), RangeError);
    assert.throws(() => logEBin(1, 1, 1, 1, 1.1), RangeError);
  });
});

describe('logEFail', () => {
  it('rises as a good trial after turns into a failed one', () => {
    fc.assert(
      fc.property(amounts, amounts, amounts, amounts, fc.integer({ min: 1, max: 50 }), (fb, gb, fa, ga, more) => {
        // Of a known-good edge, and above the baseline's share: below it the evidence of "something else" may fall first.
        fc.pre(gb >= 3 && fb <= 0.2 * (fb + gb) && fa * (fb + gb) >= (fa + ga + more) * fb);
        const before = logEFail(fb, gb, fa, ga + more, 1.1, 1);
        assert.ok(logEFail(fb, gb, fa + more, ga, 1.1, 1) >= before - slack(fb, gb, fa, ga));
      }),
      LAW,
    );
  });

  it('is at most 0 before anything was seen after the restart', () => {
    assert.ok(logEFail(1, 300, 0, 0, 1.1, 1) <= 0);
    assert.equal(logEFail(0, 0, 0, 0, 1, 1), 0);
  });

  it('fails at most a share x of harmless soaks at 1/x, although every trial is looked at', () => {
    const random = uniform(11);
    const soaks = 1000;
    const x = 0.05;
    let failed = 0;
    for (let soak = 0; soak < soaks; soak++) {
      const share = [0, 0.01, 0.1, 0.3][soak % 4] ?? 0;
      let fb = 0;
      for (let trial = 0; trial < 40; trial++) fb += random() < share ? 1 : 0;
      let fa = 0;
      for (let trial = 1; trial <= 120; trial++) {
        fa += random() < share ? 1 : 0;
        if (logEFail(fb, 40 - fb, fa, trial - fa, 1, 1) >= -Math.log(x)) {
          failed++;
          break;
        }
      }
    }
    assert.ok(failed / soaks <= x, `${failed} of ${soaks}`);
  });

  it('is weakened by a mix that explains failures, and by phi', () => {
    assert.ok(logEFail(2, 300, 40, 260, 3, 1) < logEFail(2, 300, 40, 260, 1, 1));
    assert.equal(logEFail(2, 300, 40, 260, 1.1, 2), logEFail(2, 300, 40, 260, 1.1, 1) / 2);
  });

  it('takes a mix that explains every failure: nothing is left to show', () => {
    assert.ok(logEFail(5, 5, 10, 0, 2, 1) <= 0);
  });

  it('takes the dust of rounding for 0 and refuses the impossible', () => {
    assert.equal(logEFail(0, 30, 5, -1e-13, 1.1, 1), logEFail(0, 30, 5, 0, 1.1, 1));
    assert.throws(() => logEFail(0, 30, 5, -1, 1.1, 1), RangeError);
    assert.throws(() => logEFail(0, 30, 5, 1, 0.9, 1), RangeError);
    assert.throws(() => logEFail(0, 30, 5, 1, 1.1, 0), RangeError);
  });
});

describe('logEPass', () => {
  it('has an expectation of at most 1 where exactly the tolerated share is added, and where more is', () => {
    for (const tau of [0.01, 0.1, 0.5]) {
      const log = (fb: number, gb: number, fa: number, ga: number): number => logEPass(fb, gb, fa, ga, tau, 1);
      for (const before of [0.6, 0.95, 1]) {
        assert.ok(expectation(15, 20, before, (1 - tau) * before, log) <= 1);
        assert.ok(expectation(15, 20, before, 0.5 * (1 - tau) * before, log) <= 1);
      }
    }
  });

  it('rises with tau', () => {
    fc.assert(
      fc.property(amounts, amounts, amounts, amounts, ratios, ratios, (fb, gb, fa, ga, one, other) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        assert.ok(logEPass(fb, gb, fa, ga, low, 1) <= logEPass(fb, gb, fa, ga, high, 1) + slack(fb, gb, fa, ga));
      }),
      LAW,
    );
  });

  it('never proves a tolerance of 0, and one good trial disproves a total loss', () => {
    fc.assert(
      fc.property(amounts, amounts, amounts, amounts, (fb, gb, fa, ga) =>
        assert.ok(logEPass(fb, gb, fa, ga, 0, 1) <= slack(fb, gb, fa, ga)),
      ),
      LAW,
    );
    assert.equal(logEPass(0, 10, 5, 1, 1, 1), Infinity);
    assert.ok(logEPass(0, 10, 5, 0, 1, 1) < Infinity);
  });

  it('refuses impossible input', () => {
    assert.throws(() => logEPass(0, 1, 0, 1, 1.5, 1), RangeError);
    assert.throws(() => logEPass(0, 1, 0, 1, 0.1, 0.5), RangeError);
    assert.throws(() => logEPass(0, 1, 0, Infinity, 0.1, 1), RangeError);
  });
});

describe('upperAddedShare', () => {
  it('is where logEPass begins to exclude, and holds the observed added share', () => {
    const trials = fc.integer({ min: 0, max: 3000 });
    fc.assert(
      fc.property(trials, trials, trials, trials, (fb, gb, fa, ga) => {
        fc.pre(gb > 0 && ga > 0);
        const upper = upperAddedShare(fb, gb, fa, ga, 0.05);
        const observed = 1 - ga / (fa + ga) / (gb / (fb + gb));
        assert.ok(upper >= observed && upper <= 1);
        if (upper < 1) assert.ok(logEPass(fb, gb, fa, ga, upper, 1) >= LOG_20);
        assert.ok(logEPass(fb, gb, fa, ga, upper * (1 - 1e-9), 1) < LOG_20 + 1e-4);
      }),
      LAW,
    );
  });

  it('shrinks with data, is 1 without any, and grows with phi', () => {
    assert.equal(upperAddedShare(0, 300, 0, 0, 0.05), 1);
    assert.equal(upperAddedShare(0, 300, 9, 0, 0.05), 1);
    let before = 1;
    for (const trials of [10, 100, 1000, 10_000]) {
      const upper = upperAddedShare(0, trials, 0, trials, 0.05);
      assert.ok(upper < before);
      assert.ok(upperAddedShare(0, trials, 0, trials, 0.05, 1.5) > upper);
      before = upper;
    }
    assert.ok(before < 0.001);
  });
});

describe('trialsNeeded', () => {
  it('is the smallest number that suffices', () => {
    const needed = trialsNeeded(2, 398, 1, 199, 0.01, 0.005);
    assert.ok(needed !== null);
    const after = (x: number): number => logEPass(2, 398, 1 + 0.005 * x, 199 + 0.995 * x, 0.01, 1);
    assert.ok(after(needed) >= LOG_20);
    assert.ok(after(needed * (1 - 1e-9)) < LOG_20);
  });

  it('is 0 when enough was seen, and null when no number suffices', () => {
    assert.equal(trialsNeeded(0, 300, 0, 450, 0.01, 0), 0);
    assert.equal(trialsNeeded(0, 300, 0, 100, 0.01, 0.05), null);
    assert.equal(trialsNeeded(0, 0, 0, 100, 0.01, 0.02), null);
  });

  it('grows with the failing share, with phi and with a finer tolerance', () => {
    const needed = (tau: number, p: number, phi: number): number => {
      const trials = trialsNeeded(1, 399, 0, 0, tau, p, LOG_20, phi);
      assert.ok(trials !== null);
      return trials;
    };
    assert.ok(needed(0.01, 0.002, 1) > needed(0.01, 0, 1));
    assert.ok(needed(0.01, 0, 1.3) > needed(0.01, 0, 1));
    assert.ok(needed(0.01, 0, 1) > needed(0.05, 0, 1));
  });

  it('refuses impossible input', () => {
    assert.throws(() => trialsNeeded(0, 300, 0, 0, 0.01, -0.1), RangeError);
    assert.throws(() => trialsNeeded(0, 300, 0, 0, 2, 0.1), RangeError);
  });
});

describe('smallestDetectable', () => {
  it('is the smallest share that would have failed', () => {
    const tau = smallestDetectable(1, 299, 200, 8, 1.1, 1.2);
    assert.ok(tau !== null && tau > 0 && tau < 1);
    assert.ok(logEFail(1, 299, tau * 200, (1 - tau) * 200, 1.1, 1.2) >= 8);
    assert.ok(logEFail(1, 299, tau * 0.999 * 200, (1 - tau * 0.999) * 200, 1.1, 1.2) < 8);
  });

  it('falls with trials, and is null where even a total failure would not do', () => {
    assert.equal(smallestDetectable(0, 30, 1, 8, 1.1, 1), null);
    assert.equal(smallestDetectable(0, 30, 0, 8, 1.1, 1), null);
    const few = smallestDetectable(0, 300, 20, 8, 1.1, 1);
    const many = smallestDetectable(0, 300, 500, 8, 1.1, 1);
    assert.ok(few !== null && many !== null && many < few);
  });
});
