import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { exactPValue, logM, rateRatioInterval } from '../../src/stats/counts.js';
import { amounts, binomial, exposures, LAW, uniform } from './generators.js';

const rhos = fc.double({ min: 0.5, max: 5, noNaN: true });
/** Rounding of the terms, whose size is that of the counts. */
const slack = (nb: number, na: number): number => 1e-11 * (1 + nb + na);

describe('logM', () => {
  it('starts at 0 and is 0 without exposure on one side', () => {
    assert.equal(logM(7, 120, 0, 0, 1.1, 1.5), 0);
    assert.equal(logM(0, 0, 7, 120, 1.1, 1.5), 0);
    assert.equal(logM(0, 0, 0, 0, 1, 1), 0);
  });

  it('has an expectation of 1 where the null hypothesis ends, and below inside of it', () => {
    for (const [eb, ea, rho] of [
      [120, 30, 1],
      [10, 60, 1.1],
      [100, 100, 2],
    ] as const) {
      const expectation = (ratio: number): number =>
        binomial(25, (ratio * ea) / (eb + ratio * ea)).reduce(
          (sum, chance, na) => sum + chance * Math.exp(logM(25 - na, eb, na, ea, rho, 1)),
          0,
        );
      assert.ok(Math.abs(expectation(rho) - 1) < 1e-9);
      assert.ok(expectation(0.7 * rho) < 1);
      assert.ok(expectation(2 * rho) > 1, 'and above 1 outside of it: it has power');
    }
  });

  it('crosses 1/x in at most a share x of harmless soaks, although every window is looked at', () => {
    const random = uniform(4);
    const soaks = 2000;
    const x = 0.05;
    let crossed = 0;
    for (let soak = 0; soak < soaks; soak++) {
      let nb = 0;
      for (let window = 0; window < 40; window++) nb += random() < 0.2 ? 1 : 0;
      let na = 0;
      for (let window = 1; window <= 80; window++) {
        na += random() < 0.2 ? 1 : 0;
        if (logM(nb, 40, na, window, 1, 1) >= -Math.log(x)) {
          crossed++;
          break;
        }
      }
    }
    assert.ok(crossed / soaks <= x, `${crossed} of ${soaks}`);
  });

  it('knows only the ratio of the exposures: windows or seconds give the same', () => {
    fc.assert(
      fc.property(amounts, exposures, amounts, exposures, rhos, (nb, eb, na, ea, rho) => {
        const seconds = logM(nb, 10 * eb, na, 10 * ea, rho, 1);
        assert.ok(Math.abs(seconds - logM(nb, eb, na, ea, rho, 1)) <= slack(nb, na));
      }),
      LAW,
    );
  });

  it('rises with units after, falls with units before and with rho', () => {
    fc.assert(
      fc.property(amounts, exposures, amounts, exposures, rhos, (nb, eb, na, ea, rho) => {
        const log = logM(nb, eb, na, ea, rho, 1);
        const most = slack(nb, na);
        assert.ok(logM(nb, eb, na + 1, ea, rho, 1) >= log - most);
        assert.ok(logM(nb + 1, eb, na, ea, rho, 1) <= log + most);
        assert.ok(logM(nb, eb, na, ea, rho * 1.5, 1) <= log + most);
      }),
      LAW,
    );
  });

  it('is divided by phi', () => {
    assert.equal(logM(2, 144, 35, 240, 1.1, 2), logM(2, 144, 35, 240, 1.1, 1) / 2);
  });

  it('takes the dust of rounding for 0 and refuses the impossible', () => {
    assert.equal(logM(-1e-12, 10, 3, 10, 1, 1), logM(0, 10, 3, 10, 1, 1));
    for (const [nb, eb, na, ea, rho, phi] of [
      [-1, 10, 1, 10, 1, 1],
      [1, 10, NaN, 10, 1, 1],
      [1, Infinity, 1, 10, 1, 1],
      [1, 10, 1, -10, 1, 1],
      [1, 10, 1, 10, 0, 1],
      [1, 10, 1, 10, 1, 0.9],
      [1, 0, 1, 10, 1, 1],
      [1, 10, 1, 0, 1, 1],
    ] as const) {
      assert.throws(() => logM(nb, eb, na, ea, rho, phi), RangeError);
    }
  });
});

describe('rateRatioInterval', () => {
  it('holds the observed ratio', () => {
    const some = fc.integer({ min: 1, max: 500 });
    fc.assert(
      fc.property(some, exposures, some, exposures, (nb, eb, na, ea) => {
        const { low, high } = rateRatioInterval(nb, eb, na, ea, 0.05);
        const ratio = na / ea / (nb / eb);
        assert.ok(low <= ratio && (high === null || ratio <= high));
      }),
      LAW,
    );
  });

  it('turns round when before and after are exchanged', () => {
    const { low, high } = rateRatioInterval(18, 144, 140, 239, 0.05);
    const exchanged = rateRatioInterval(140, 239, 18, 144, 0.05);
    assert.ok(high !== null && exchanged.high !== null);
    assert.ok(Math.abs(low * exchanged.high - 1) < 1e-9 && Math.abs(high * exchanged.low - 1) < 1e-9);
  });

  it('shrinks with more data of the same rates', () => {
    let before = Infinity;
    for (const times of [1, 3, 10, 100, 1000]) {
      const { low, high } = rateRatioInterval(10 * times, 100 * times, 20 * times, 100 * times, 0.05);
      assert.ok(high !== null && high / low < before);
      before = high / low;
    }
    // The smallest bet is on a rise by half: a rise by less is told from none at its geometric middle.
    assert.ok(before < 1.51);
  });

  it('is open where nothing was seen', () => {
    assert.deepEqual(rateRatioInterval(0, 100, 0, 100, 0.05), { low: 0, high: null });
    assert.deepEqual(rateRatioInterval(9, 100, 0, 0, 0.05), { low: 0, high: null });
    assert.equal(rateRatioInterval(50, 100, 0, 100, 0.05).low, 0);
  });

  it('refuses impossible input', () => {
    assert.throws(() => rateRatioInterval(1, 1, 1, 1, 0), RangeError);
    assert.throws(() => rateRatioInterval(1, 1, -1, 1, 0.05), RangeError);
    assert.throws(() => rateRatioInterval(1, 1, 1, 0, 0.05), RangeError);
  });
});

describe('exactPValue', () => {
  it('is the upper tail of the units after, given all units', () => {
    for (let na = 0; na <= 12; na++) {
      const tail = binomial(12, 0.25)
        .slice(na)
        .reduce((sum, chance) => sum + chance, 0);
      assert.ok(Math.abs(exactPValue(12 - na, 300, na, 100) / tail - 1) < 1e-12);
    }
  });

  it('falls with units after and never leaves 0...1', () => {
    fc.assert(
      fc.property(amounts, exposures, amounts, exposures, (nb, eb, na, ea) => {
        const p = exactPValue(nb, eb, na, ea);
        assert.ok(p >= 0 && p <= 1);
        assert.ok(exactPValue(nb, eb, na + 1, ea) <= p + 1e-12);
      }),
      LAW,
    );
  });

  it('refuses impossible input', () => {
    assert.throws(() => exactPValue(1, 1, -1, 1), RangeError);
    assert.throws(() => exactPValue(1, 0, 1, 0), RangeError);
  });
});
