/**
 * Attempts (trials) before and after a restart: has the share that fails risen, or is it proved that it has not?
 *
 * Everywhere: `fb`, `gb` are failed and good trials before, `fa`, `ga` those after; real numbers, as a trial may fail in part.
 * `s` is the share of good trials, `c` the ratio s_after / s_before on which a null hypothesis ends. All logarithms are natural.
 * The method is universal inference (Wasserman, Ramdas and Balakrishnan, PNAS 2020): the evidence is a mixture likelihood over the
 * largest likelihood that the null hypothesis can give, which stays valid however often one looks.
 */
import { bisect } from './bisect.js';
import { logM } from './counts.js';
import { amount, atLeastOne, level, within } from './domain.js';
import { lbeta } from './gamma.js';
import { logMeanExp, logSumExp } from './log-sum-exp.js';

/** Beta(1/2, b) priors of the failing share, from "anything" to "one in a thousand", each with the same weight. */
const PRIORS = [0.5, 5, 50, 500].map((b) => ({ b, logNorm: lbeta(0.5, b) }));
const LOG_PRIORS = Math.log(PRIORS.length);
/** Filled and read again within one call, so that the kernel allocates nothing. */
const terms = new Float64Array(PRIORS.length);

/**
 * Log marginal likelihood of f failed and g good trials, L(f, g) = ln mean over b in {0.5, 5, 50, 500} of B(f + 1/2, g + b) / B(1/2, b).
 * 0 for no trials. @throws RangeError for negative or infinite input.
 */
export function logMarginal(f: number, g: number): number {
  f = amount('failed trials', f);
  g = amount('good trials', g);
  let i = 0;
  for (const { b, logNorm } of PRIORS) terms[i++] = lbeta(f + 0.5, g + b) - logNorm;
  return logSumExp(terms) - LOG_PRIORS;
}

/**
 * The good share before, s, that makes the trials most likely if the good share after is exactly c s: the smaller root of
 * c N s^2 - h s + G = 0 with G = ga + gb, N = G + fa + fb, h = G (1 + c) + fb + c fa.
 *
 * The discriminant h^2 - 4 c N G is written as (G + fb - c (G + fa))^2 + 4 c fa fb: a sum of squares cannot cancel.
 * 1 if there are no trials at all. c in 0...1.
 */
export function boundaryShare(fb: number, gb: number, fa: number, ga: number, c: number): number {
  const good = ga + gb;
  const before = good + fb;
  const after = c * (good + fa);
  const difference = before - after;
  const denominator = before + after + Math.sqrt(difference * difference + 4 * c * fa * fb);
  return denominator > 0 ? Math.min(1, (2 * good) / denominator) : 1;
}

/** x ln y with 0 ln 0 = 0. */
function timesLog(x: number, y: number): number {
  return x === 0 ? 0 : x * Math.log(y);
}

/** Log likelihood of f failed and g good trials at their own share. */
function logFreeMaximum(f: number, g: number): number {
  const n = f + g;
  return timesLog(f, f / n) + timesLog(g, g / n);
}

/** Largest log likelihood where the good share after is exactly c times the one before. */
function logBoundaryMaximum(fb: number, gb: number, fa: number, ga: number, c: number): number {
  const s = boundaryShare(fb, gb, fa, ga, c);
  return timesLog(fb, 1 - s) + timesLog(gb, s) + timesLog(fa, 1 - c * s) + timesLog(ga, c * s);
}

/** Is the observed good share after at least c times the one before? Both sides are true where one side has no trials. */
function keepsShare(fb: number, gb: number, fa: number, ga: number, c: number): boolean {
  return ga * (fb + gb) >= c * gb * (fa + ga);
}
function losesShare(fb: number, gb: number, fa: number, ga: number, c: number): boolean {
  return ga * (fb + gb) <= c * gb * (fa + ga);
}

/**
 * Log e-value against H0 "the good share after is at least c times the one before":
 *
 *     logE_bin = L(fb, gb) + L(fa, ga) - sup over s' >= c s of [fb ln(1-s) + gb ln s + fa ln(1-s') + ga ln s']
 *
 * At most 0 without trials after. @param c in 0...1. @throws RangeError for impossible input.
 */
export function logEBin(fb: number, gb: number, fa: number, ga: number, c: number): number {
  fb = amount('failed trials before', fb);
  gb = amount('good trials before', gb);
  fa = amount('failed trials after', fa);
  ga = amount('good trials after', ga);
  within('c', c, 0, 1);
  const supremum = keepsShare(fb, gb, fa, ga, c)
    ? logFreeMaximum(fb, gb) + logFreeMaximum(fa, ga)
    : logBoundaryMaximum(fb, gb, fa, ga, c);
  return logMarginal(fb, gb) + logMarginal(fa, ga) - supremum;
}

/**
 * Log e-value against H0 "no larger share of the trials fails after than before, apart from a changed mix of edges":
 *
 *     logE_fail = (1/phi) ln((e^logE_bin + e^logM(fb, nb, fa, na; rho = mix)) / 2),   n = f + g,
 *     c = (1 - mix pb) / (1 - pb), cut to 0...1,   pb = (fb + 1/2) / (nb + 1)
 *
 * The first e-value is strong for few trials, the second for rare failures; their average is an e-value.
 *
 * @param mix at least 1: the rise of the failing share that a changed mix of edges alone explains.
 * @param phi at least 1: dispersion of the failures.
 * @throws RangeError for impossible input.
 */
export function logEFail(fb: number, gb: number, fa: number, ga: number, mix: number, phi: number): number {
  fb = amount('failed trials before', fb);
  gb = amount('good trials before', gb);
  fa = amount('failed trials after', fa);
  ga = amount('good trials after', ga);
  atLeastOne('mix', mix);
  atLeastOne('phi', phi);
  const nb = fb + gb;
  const share = (fb + 0.5) / (nb + 1);
  const c = Math.max(0, (1 - mix * share) / (1 - share));
  const na = fa + ga;
  return logMeanExp(logEBin(fb, gb, fa, ga, c), logM(fb, nb, fa, na, mix, 1)) / phi;
}

/**
 * Log e-value against H0 "at least the share `tau` of the attempts that used to work fail now" (s_after <= (1 - tau) s_before):
 *
 *     logE_pass = (1/phi) (L(fb + fa, gb + ga) - sup over s' <= (1 - tau) s of the log likelihood)
 *
 * Large values prove non-inferiority: PASS needs ln 20. Rises with tau. Infinity at tau = 1 as soon as one trial after was good.
 *
 * @param tau tolerance, the added share of failed attempts, in 0...1.
 * @param phi at least 1: dispersion of the failures.
 * @throws RangeError for impossible input.
 */
export function logEPass(fb: number, gb: number, fa: number, ga: number, tau: number, phi: number): number {
  fb = amount('failed trials before', fb);
  gb = amount('good trials before', gb);
  fa = amount('failed trials after', fa);
  ga = amount('good trials after', ga);
  within('tau', tau, 0, 1);
  atLeastOne('phi', phi);
  return (logMarginal(fb + fa, gb + ga) - logHarmMaximum(fb, gb, fa, ga, tau)) / phi;
}

/** Largest log likelihood where at least the share tau of what worked before fails after. */
function logHarmMaximum(fb: number, gb: number, fa: number, ga: number, tau: number): number {
  const c = 1 - tau;
  return losesShare(fb, gb, fa, ga, c)
    ? logFreeMaximum(fb, gb) + logFreeMaximum(fa, ga)
    : logBoundaryMaximum(fb, gb, fa, ga, c);
}

/**
 * Time-uniform upper bound of the added failing share: the largest tau that logE_pass does not exclude at ln(1/alpha).
 * For people and never for deciding. 1 if nothing is excluded.
 *
 * @param alpha chance that the bound ever lies below the true added share, in 0...1.
 * @throws RangeError for impossible input.
 */
export function upperAddedShare(fb: number, gb: number, fa: number, ga: number, alpha: number, phi = 1): number {
  const limit = -Math.log(level('alpha', alpha));
  const isExcluded = (tau: number): boolean => logEPass(fb, gb, fa, ga, tau, phi) >= limit;
  return isExcluded(1) ? bisect(0, 1, isExcluded) : 1;
}

/** Level 5 % of a PASS, as a log e-value. */
export const LOG_20 = Math.log(20);

/** More trials than any soak will see: beyond this a forecast is "never". */
const MOST_TRIALS = 2 ** 40;

/**
 * Forecast: how many more trials until logE_pass reaches `limit`, if the share `p` of them fails (a real number; doubling, then
 * bisection). 0 if it is reached already; null if no number of trials suffices: the background fails too often for this tolerance.
 *
 * @param p failing share of the trials to come, in 0...1; the method takes (f + 1/2) / (n + 1) of all trials so far.
 * @param phi the dispersion with which PASS will be judged.
 * @throws RangeError for impossible input.
 */
export function trialsNeeded(
  fb: number,
  gb: number,
  fa: number,
  ga: number,
  tau: number,
  p: number,
  limit = LOG_20,
  phi = 1,
): number | null {
  within('p', p, 0, 1);
  const suffice = (x: number): boolean => logEPass(fb, gb, fa + p * x, ga + (1 - p) * x, tau, phi) >= limit;
  if (suffice(0)) return 0;
  let high = 1;
  while (!suffice(high)) {
    high *= 2;
    if (high > MOST_TRIALS) return null;
  }
  return bisect(high === 1 ? 0 : high / 2, high, suffice);
}

/**
 * Power: the smallest failing share tau of `na` trials after the restart that would have failed by now, that is, with
 * logE_fail(fb, gb, tau na, (1 - tau) na) >= threshold. null if not even a total failure would have.
 *
 * @throws RangeError for impossible input.
 */
export function smallestDetectable(
  fb: number,
  gb: number,
  na: number,
  threshold: number,
  mix: number,
  phi: number,
): number | null {
  const fails = (tau: number): boolean => logEFail(fb, gb, tau * na, (1 - tau) * na, mix, phi) >= threshold;
  if (!fails(1)) return null;
  return fails(0) ? 0 : bisect(0, 1, fails);
}
