/** The formulas against numbers that were computed independently, in double precision and with 60 decimal digits. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../src/package-root.js';
import {
  boundaryShare,
  logEBin,
  logEFail,
  logEPass,
  logMarginal,
  trialsNeeded,
  upperAddedShare,
} from '../../src/stats/attempts.js';
import { exactPValue, logM, rateRatioInterval } from '../../src/stats/counts.js';
import { opensUnit } from '../../src/stats/dead-time.js';
import { phiFromBlocks, phiOfUnits } from '../../src/stats/dispersion.js';
import { lbeta, lgamma } from '../../src/stats/gamma.js';
import { stillOn } from '../../src/stats/still-on.js';
import { logThreshold } from '../../src/stats/thresholds.js';

interface Counts {
  readonly Nb: number;
  readonly Eb: number;
  readonly Na: number;
  readonly Ea: number;
}
interface Trials {
  readonly fb: number;
  readonly gb: number;
  readonly fa: number;
  readonly ga: number;
}
interface Value {
  readonly value: number;
}
interface BlockPhi {
  readonly x2: number;
  readonly df: number;
  readonly phi: number;
}
interface Vectors {
  readonly lgamma: readonly (Value & { readonly x: number })[];
  readonly lbeta: readonly (Value & { readonly a: number; readonly b: number })[];
  readonly log_m_cond: readonly (Value & Counts & { readonly rho: number; readonly phi: number })[];
  readonly log_marg_bin: readonly (Value & { readonly f: number; readonly g: number })[];
  readonly log_e_bin: readonly (Value & Trials & { readonly c: number; readonly sRoot: number })[];
  readonly log_e_fail: readonly (Value & Trials & { readonly mix: number; readonly phi: number })[];
  readonly log_e_pass: readonly (Value & Trials & { readonly tau: number; readonly phi: number })[];
  readonly upper_added: readonly (Value & Trials & { readonly alpha: number })[];
  readonly trials_needed: readonly (Value & Trials & { readonly tau: number; readonly p: number })[];
  readonly rate_ratio_interval: readonly (Counts & {
    readonly alpha: number;
    readonly low: number;
    readonly high: number | null;
  })[];
  readonly dead_time: readonly {
    readonly windows: readonly number[];
    readonly gapWindows: number;
    readonly opensUnit: readonly boolean[];
  }[];
  readonly dispersion: readonly [
    BlockPhi & {
      readonly blocksPerNode: readonly (readonly number[])[];
      readonly prior: number;
      readonly priorWeight: number;
    },
    {
      readonly unitsPer5Minutes: readonly (readonly number[])[];
      readonly prior: number;
      readonly priorWeight: number;
      readonly blocks: readonly (BlockPhi & { readonly minutes: number })[];
      readonly phi: number;
    },
  ];
  readonly still_on: readonly {
    readonly cumulative: readonly number[];
    readonly exposure: readonly number[];
    readonly frac: number;
    readonly minWindows: number;
    readonly need: number;
    readonly value: readonly boolean[];
  }[];
  readonly fixed_time_p_value: readonly (Counts & { readonly p: number })[];
  readonly threshold: readonly {
    readonly alpha: number;
    readonly weight: number;
    readonly logThreshold: number;
  }[];
}

const vectors = JSON.parse(
  readFileSync(join(packageRoot(), 'test', 'vectors', 'stats-vectors.json'), 'utf8'),
) as Vectors;

const EXACT = 1e-9;
const BOUND = 1e-7;

/** Equal to `tolerance`, relative where the number is above 1. */
function near(actual: number, expected: number, tolerance: number, message: string): void {
  const error = Math.abs(actual - expected) / Math.max(1, Math.abs(expected));
  assert.ok(error <= tolerance, `${message}: ${actual} instead of ${expected}`);
}

describe('the formulas give the independently computed numbers', () => {
  for (const v of vectors.lgamma) it(`lgamma(${v.x})`, () => near(lgamma(v.x), v.value, EXACT, 'ln Gamma'));

  for (const v of vectors.lbeta) it(`lbeta(${v.a}, ${v.b})`, () => near(lbeta(v.a, v.b), v.value, EXACT, 'ln Beta'));

  for (const v of vectors.log_m_cond) {
    it(`logM: ${v.Nb} in ${v.Eb}, then ${v.Na} in ${v.Ea}, rho ${v.rho}, phi ${v.phi}`, () => {
      near(logM(v.Nb, v.Eb, v.Na, v.Ea, v.rho, v.phi), v.value, EXACT, 'logM');
    });
  }

  for (const v of vectors.log_marg_bin) {
    it(`logMarginal(${v.f}, ${v.g})`, () => near(logMarginal(v.f, v.g), v.value, EXACT, 'L'));
  }

  for (const v of vectors.log_e_bin) {
    it(`logEBin: ${v.fb}/${v.gb}, then ${v.fa}/${v.ga}, c ${v.c}`, () => {
      near(boundaryShare(v.fb, v.gb, v.fa, v.ga, v.c), v.sRoot, EXACT, 'boundary root');
      near(logEBin(v.fb, v.gb, v.fa, v.ga, v.c), v.value, EXACT, 'logE_bin');
    });
  }

  for (const v of vectors.log_e_fail) {
    it(`logEFail: ${v.fb}/${v.gb}, then ${v.fa}/${v.ga}, mix ${v.mix}, phi ${v.phi}`, () => {
      near(logEFail(v.fb, v.gb, v.fa, v.ga, v.mix, v.phi), v.value, EXACT, 'logE_fail');
    });
  }

  for (const v of vectors.log_e_pass) {
    it(`logEPass: ${v.fb}/${v.gb}, then ${v.fa}/${v.ga}, tau ${v.tau}, phi ${v.phi}`, () => {
      near(logEPass(v.fb, v.gb, v.fa, v.ga, v.tau, v.phi), v.value, EXACT, 'logE_pass');
    });
  }

  for (const v of vectors.upper_added) {
    it(`upperAddedShare: ${v.fb}/${v.gb}, then ${v.fa}/${v.ga}, alpha ${v.alpha}`, () => {
      near(upperAddedShare(v.fb, v.gb, v.fa, v.ga, v.alpha), v.value, BOUND, 'upper bound');
    });
  }

  for (const v of vectors.trials_needed) {
    it(`trialsNeeded: ${v.fb}/${v.gb}, then ${v.fa}/${v.ga}, tau ${v.tau}, share ${v.p}`, () => {
      const needed = trialsNeeded(v.fb, v.gb, v.fa, v.ga, v.tau, v.p);
      assert.ok(needed !== null);
      near(needed, v.value, BOUND, 'trials needed');
    });
  }

  for (const v of vectors.rate_ratio_interval) {
    it(`rateRatioInterval: ${v.Nb} in ${v.Eb}, then ${v.Na} in ${v.Ea}`, () => {
      const interval = rateRatioInterval(v.Nb, v.Eb, v.Na, v.Ea, v.alpha);
      near(interval.low, v.low, BOUND, 'low');
      if (v.high === null || interval.high === null) assert.equal(interval.high, v.high);
      else near(interval.high, v.high, BOUND, 'high');
    });
  }

  for (const v of vectors.dead_time) {
    it(`opensUnit with a dead time of ${v.gapWindows} windows`, () => {
      assert.deepEqual(opensUnit(v.windows, v.gapWindows), v.opensUnit);
    });
  }

  it('phiFromBlocks, one length of blocks', () => {
    const v = vectors.dispersion[0];
    const result = phiFromBlocks(v.blocksPerNode, v.prior, v.priorWeight);
    near(result.x2, v.x2, EXACT, 'x2');
    assert.equal(result.df, v.df);
    near(result.phi, v.phi, EXACT, 'phi');
  });

  it('phiOfUnits, the greatest over lengths of blocks', () => {
    const v = vectors.dispersion[1];
    const result = phiOfUnits(v.unitsPer5Minutes, v.prior, v.priorWeight);
    near(result.phi, v.phi, EXACT, 'phi');
    assert.deepEqual(
      result.blocks.map(({ minutes, df }) => ({ minutes, df })),
      v.blocks.map(({ minutes, df }) => ({ minutes, df })),
    );
    v.blocks.forEach((block, i) => {
      near(result.blocks[i]?.x2 ?? NaN, block.x2, EXACT, `x2 of ${block.minutes} minutes`);
      near(result.blocks[i]?.phi ?? NaN, block.phi, EXACT, `phi of ${block.minutes} minutes`);
    });
  });

  for (const v of vectors.still_on) {
    it('stillOn at the end of every window', () => {
      const rule = { share: v.frac, minWindows: v.minWindows, minExpected: v.need };
      const answers = v.cumulative.map((_, at) => stillOn(v.cumulative, v.exposure, rule, at));
      assert.deepEqual(answers, v.value);
    });
  }

  for (const v of vectors.fixed_time_p_value) {
    it(`exactPValue: ${v.Nb} in ${v.Eb}, then ${v.Na} in ${v.Ea}`, () => {
      const p = exactPValue(v.Nb, v.Eb, v.Na, v.Ea);
      assert.ok(Math.abs(p / v.p - 1) <= EXACT, `${p} instead of ${v.p}`);
    });
  }

  for (const v of vectors.threshold) {
    it(`logThreshold(${v.alpha}, ${v.weight})`, () => {
      near(logThreshold(v.alpha, v.weight), v.logThreshold, EXACT, 'threshold');
    });
  }
});
