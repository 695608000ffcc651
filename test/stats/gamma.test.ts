import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { lbeta, lgamma } from '../../src/stats/gamma.js';
import { incompleteBeta } from '../../src/stats/incomplete-beta.js';
import { logMeanExp, logSumExp } from '../../src/stats/log-sum-exp.js';
import { binomial, LAW } from './generators.js';

const positive = fc.double({ min: 1e-9, max: 1e9, noNaN: true });

function near(actual: number, expected: number, tolerance: number): void {
  const error = Math.abs(actual - expected) / Math.max(1, Math.abs(expected));
  assert.ok(error <= tolerance, `${actual} instead of ${expected}`);
}

describe('lgamma', () => {
  it('knows factorials and the half', () => {
    let logFactorial = 0;
    for (let n = 1; n <= 170; n++) {
      near(lgamma(n), logFactorial, 1e-14);
      logFactorial += Math.log(n);
    }
    near(lgamma(0.5), Math.log(Math.PI) / 2, 1e-14);
  });

  it('keeps its digits for tiny arguments, where Gamma(x) is 1/x', () => {
    for (const x of [1e-300, 1e-17, 1e-12]) near(lgamma(x), -Math.log(x), 1e-11);
  });

  it('obeys Gamma(x + 1) = x Gamma(x)', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), (x) =>
        near(lgamma(x + 1), lgamma(x) + Math.log(x), 1e-12),
      ),
      LAW,
    );
  });

  it('refuses what has no logarithm of Gamma', () => {
    for (const x of [0, -1, NaN, Infinity]) assert.throws(() => lgamma(x), RangeError);
  });
});

describe('lbeta', () => {
  it('is symmetric', () => {
    fc.assert(
      fc.property(positive, positive, (a, b) => assert.equal(lbeta(a, b), lbeta(b, a))),
      LAW,
    );
  });

  it('obeys B(a + 1, b) = B(a, b) a / (a + b), across the change of method at 10 as well', () => {
    const near10 = fc.double({ min: 0.1, max: 25, noNaN: true });
    fc.assert(
      fc.property(near10, near10, (a, b) => near(lbeta(a + 1, b), lbeta(a, b) + Math.log(a / (a + b)), 1e-12)),
      LAW,
    );
  });

  it('keeps its digits for a million trials: B(1, b) is 1/b', () => {
    for (const b of [10, 1e3, 1e6, 1e9, 1e12]) near(lbeta(1, b), -Math.log(b), 1e-14);
  });

  it('refuses arguments of 0 and below', () => {
    assert.throws(() => lbeta(0, 1), RangeError);
    assert.throws(() => lbeta(1, -1), RangeError);
    assert.throws(() => lbeta(1, Infinity), RangeError);
    assert.throws(() => lbeta(NaN, 1), RangeError);
  });
});

describe('incompleteBeta', () => {
  it('is the upper tail of a binomial', () => {
    for (const p of [0.01, 0.2, 0.5, 0.9]) {
      const chances = binomial(30, p);
      for (let k = 1; k <= 30; k++) {
        const tail = chances.slice(k).reduce((sum, chance) => sum + chance, 0);
        const found = incompleteBeta(p, k, 31 - k);
        assert.ok(Math.abs(found / tail - 1) < 1e-11, `P(X >= ${k}): ${found} instead of ${tail}`);
      }
    }
  });

  it('mirrors: I_x(a, b) = 1 - I_(1-x)(b, a)', () => {
    const shape = fc.double({ min: 0.1, max: 1e4, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: 1e-4, max: 0.9999, noNaN: true }), shape, shape, (x, a, b) =>
        assert.ok(Math.abs(incompleteBeta(x, a, b) + incompleteBeta(1 - x, b, a) - 1) < 1e-9),
      ),
      LAW,
    );
  });

  it('knows its ends, and 0.5 in the middle of a symmetric one, up to counts of a million', () => {
    assert.equal(incompleteBeta(0, 3, 4), 0);
    assert.equal(incompleteBeta(1, 3, 4), 1);
    for (const a of [0.5, 1, 40, 1e3, 1e6]) near(incompleteBeta(0.5, a, a), 0.5, 1e-9);
  });

  it('refuses arguments outside of its domain', () => {
    for (const [x, a, b] of [
      [-0.1, 1, 1],
      [1.1, 1, 1],
      [NaN, 1, 1],
      [0.5, 0, 1],
      [0.5, 1, Infinity],
    ] as const) {
      assert.throws(() => incompleteBeta(x, a, b), RangeError);
    }
  });
});

describe('logSumExp and logMeanExp', () => {
  it('neither overflow nor underflow', () => {
    near(logSumExp([1000, 1000]), 1000 + Math.LN2, 1e-15);
    near(logSumExp([-2000, -2000, -Infinity]), -2000 + Math.LN2, 1e-15);
    assert.equal(logSumExp([]), -Infinity);
    assert.equal(logSumExp([3, Infinity]), Infinity);
  });

  it('agree with each other', () => {
    const log = fc.double({ min: -1e4, max: 1e4, noNaN: true });
    fc.assert(
      fc.property(log, log, (a, b) => near(logMeanExp(a, b), logSumExp([a, b]) - Math.LN2, 1e-12)),
      LAW,
    );
  });

  it('average what is infinite', () => {
    assert.equal(logMeanExp(-Infinity, -Infinity), -Infinity);
    assert.equal(logMeanExp(Infinity, 3), Infinity);
    near(logMeanExp(-Infinity, 3), 3 - Math.LN2, 1e-15);
  });
});
