/** The two e-processes taken apart: what goes in, the parts, and log e. */
import { boundaryShare, logEBin, logEFail, logMarginal } from '../../stats/attempts.js';
import { logM, logMTerms } from '../../stats/counts.js';
import { logThreshold } from '../../stats/thresholds.js';
import type { Trials } from '../edge-series.js';
import { odds } from '../text.js';
import { row, type Row, type Step } from './derivation.js';
import type { Factor } from './weights.js';

const COUNTS =
  'log M = (1/phi) ln mean over theta of [theta^Na ((Eb + rho Ea) / (Eb + rho theta Ea))^(Na + Nb)], theta in {1.5, 2, 3, 5, 8, 12, 20, 40, 100}';

const ATTEMPTS = [
  'pb = (fb + 1/2) / (nb + 1), c = (1 - mix pb) / (1 - pb), not below 0',
  'L(f, g) = ln mean over b in {0.5, 5, 50, 500} of [B(f + 1/2, g + b) / B(1/2, b)], B the beta function',
  "sup = largest fb ln(1 - s) + gb ln s + fa ln(1 - s') + ga ln s' with s' >= c s",
  'log e_bin = L(fb, gb) + L(fa, ga) - sup',
  'log M = log M of the counts with Nb = fb, Eb = nb, Na = fa, Ea = na, rho = mix, phi = 1:',
  COUNTS,
  'log e = (1/phi) ln((e^(log e_bin) + e^(log M)) / 2)',
].join('\n');

export interface Attempts {
  readonly before: Trials;
  readonly after: Trials;
  readonly mix: number;
  readonly phi: number;
}

/** log e of attempts. */
export function attemptsStep(heading: string, why: string, { before, after, mix, phi }: Attempts): Step {
  const [fb, nb, fa, na] = [before.failed, before.trials, after.failed, after.trials];
  const [gb, ga] = [nb - fb, na - fa];
  const pb = (fb + 0.5) / (nb + 1);
  const c = Math.max(0, (1 - mix * pb) / (1 - pb));
  const bin = logEBin(fb, gb, fa, ga, c);
  const [marginalBefore, marginalAfter] = [logMarginal(fb, gb), logMarginal(fa, ga)];
  const kept = ga * nb >= c * gb * na;
  const s = boundaryShare(fb, gb, fa, ga, c);
  const logE = logEFail(fb, gb, fa, ga, mix, phi);
  return {
    heading,
    why,
    rows: [
      ...trialRows(before, after),
      row('mix', mix, '', 'rise of the failing share that another mix of edges may explain'),
      row('phi', phi, '', 'dispersion of the failures'),
      row('pb', pb, '', 'smoothed failing share before'),
      row('c', c, '', 'H0: the share that works after is at least c times the one before'),
      row('L(fb, gb)', marginalBefore),
      row('L(fa, ga)', marginalAfter),
      kept
        ? row('sup', marginalBefore + marginalAfter - bin, '', 'at the shares that were seen: they are within H0')
        : row('sup', marginalBefore + marginalAfter - bin, '', `at s = ${digits(s)}, s' = c s`),
      row('log e_bin', bin, '', 'universal inference'),
      row('log M', logM(fb, nb, fa, na, mix, 1), '', termsNote(fb, nb, fa, na, mix)),
      row('log e', logE, '', chanceNote(logE)),
    ],
    formula: ATTEMPTS,
  };
}

export function trialRows(before: Trials, after: Trials): Row[] {
  return [
    row('fb', before.failed, 'trials', 'failed before the restart'),
    row('gb', before.trials - before.failed, 'trials', 'good before'),
    row('nb', before.trials, 'trials', 'fb + gb'),
    row('fa', after.failed, 'trials', 'failed since it settled'),
    row('ga', after.trials - after.failed, 'trials', 'good since'),
    row('na', after.trials, 'trials', 'fa + ga'),
  ];
}

export interface Counts {
  readonly nb: number;
  readonly eb: number;
  readonly na: number;
  readonly ea: number;
  readonly rho: number;
  readonly phi: number;
}

/** log M of counts; exposures are in windows. */
export function countsStep(heading: string, why: string, { nb, eb, na, ea, rho, phi }: Counts): Step {
  const logE = eb > 0 && ea > 0 ? logM(nb, eb, na, ea, rho, phi) : 0;
  return {
    heading,
    why,
    rows: [
      row('Nb', nb, 'episodes', 'before'),
      row('Eb', eb, 'windows', 'seen before'),
      row('Na', na, 'episodes', 'after'),
      row('Ea', ea, 'windows', 'seen after'),
      row('rho', rho, '', 'H0: the rate after is at most rho times the one before'),
      row('phi', phi, '', 'dispersion'),
      row('log M', logE * phi, '', `times phi; ${eb > 0 && ea > 0 ? termsNote(nb, eb, na, ea, rho) : 'no exposure'}`),
      row('log e', logE, '', chanceNote(logE)),
    ],
    formula: COUNTS.replace('log M =', 'log e ='),
  };
}

function termsNote(nb: number, eb: number, na: number, ea: number, rho: number): string {
  return `ln of the terms, theta ascending: ${logMTerms(nb, eb, na, ea, rho).map(digits).join(', ')}`;
}

function chanceNote(logE: number): string {
  return logE > 0 ? `${odds(logE)} by chance` : 'says nothing';
}

/** A step whose formulas stand above already. */
export function again({ heading, why = '', rows }: Step): Step {
  return { heading, why, rows };
}

/** From the share of alpha that a series may spend to the log e that it must reach. */
export function limitStep(
  factors: readonly Factor[],
  alpha: number,
  found: { logE: number; limit: number; watch: number },
): Step {
  const weight = factors.reduce((product, { value }) => product * value, 1);
  return {
    heading: 'The limit',
    why: 'All series share one chance of a false FAIL, so each has a weight; the weights add up to 1 at most.',
    rows: [
      row('alpha', alpha, '', 'chance of a false FAIL for the whole soak'),
      ...factors.map(({ name, value, note }) => row(name, value, '', note)),
      row('w', weight, '', 'the weight: their product'),
      row('limit', logThreshold(alpha, weight), '', `a FAIL needs ${odds(found.limit)} by chance`),
      row('watch', -Math.log(weight), '', 'from here on it is worth watching'),
      row('log e', found.logE, '', found.logE >= found.limit ? 'reaches the limit' : 'below the limit'),
    ],
    formula: 'limit = ln(1 / (alpha w)), watch = ln(1 / w)',
  };
}

/** A number with six significant digits. */
export function digits(value: number): string {
  return `${Number(value.toPrecision(6))}`;
}
