/**
 * Counts of units (episodes) before and after a restart: has their rate risen?
 *
 * Everywhere: `nb` and `na` are units before and after, `eb` and `ea` the exposures in which they were seen (windows, seconds:
 * any unit, as long as both have the same). Counts may be fractions (donor baselines). All logarithms are natural.
 */
import { bisect } from './bisect.js';
import { amount, atLeastOne, level, within } from './domain.js';
import { incompleteBeta } from './incomplete-beta.js';
import { logSumExp } from './log-sum-exp.js';

/** The rises of the rate that are bet on, each with the same stake: from hardly more than nothing to a hundredfold. */
const TILTS = [1.5, 2, 3, 5, 8, 12, 20, 40, 100].map((theta) => ({ excess: theta - 1, log: Math.log(theta) }));
const LOG_TILTS = Math.log(TILTS.length);
/** Filled and read again within one call, so that the kernel allocates nothing. */
const terms = new Float64Array(TILTS.length);

/**
 * Log e-value against H0 "the rate after is at most `rho` times the rate before":
 *
 *     logM = (1/phi) ln mean over theta of theta^Na ((Eb + rho Ea) / (Eb + rho theta Ea))^(Na + Nb)
 *
 * Given Na + Nb, the units after are Binomial with the share q = rho Ea / (Eb + rho Ea) at most; every term is the likelihood
 * ratio of that binomial tilted by theta, and the mean is over theta in {1.5, 2, 3, 5, 8, 12, 20, 40, 100}. Neither rate is
 * estimated, so a short baseline costs power and not validity. It may be looked at after every window: P(ever logM >= ln(1/x)) <= x.
 *
 * 0 without exposure before or after. Falls with nb and rho, rises with na.
 *
 * @param phi dispersion, at least 1: how much burstier than Poisson the units come.
 * @throws RangeError for negative or infinite input, rho <= 0, phi < 1, and units in an exposure of 0.
 */
export function logM(nb: number, eb: number, na: number, ea: number, rho: number, phi: number): number {
  nb = amount('units before', nb);
  na = amount('units after', na);
  eb = amount('exposure before', eb);
  ea = amount('exposure after', ea);
  if (!(rho > 0 && rho < Infinity)) throw new RangeError(`rho must be finite and above 0, but it is ${rho}`);
  atLeastOne('phi', phi);
  if ((eb === 0 && nb > 0) || (ea === 0 && na > 0)) {
    throw new RangeError(`units without exposure: ${nb} in ${eb} before, ${na} in ${ea} after`);
  }
  if (eb === 0 || ea === 0) return 0;
  return tiltedBinomial(nb, na, (rho * ea) / (eb + rho * ea)) / phi;
}

/** ln mean over theta of theta^na / (1 + (theta - 1) q)^(na + nb), with q the share of units that H0 expects after. */
function tiltedBinomial(nb: number, na: number, q: number): number {
  const n = nb + na;
  let i = 0;
  for (const theta of TILTS) terms[i++] = na * theta.log - n * Math.log1p(theta.excess * q);
  return logSumExp(terms) - LOG_TILTS;
}

/**
 * ln of each term of the mean in `logM`, by theta ascending, for those who want to see them:
 * Na ln theta + (Na + Nb) ln((Eb + rho Ea) / (Eb + rho theta Ea)).
 */
export function logMTerms(nb: number, eb: number, na: number, ea: number, rho: number): number[] {
  const q = (rho * ea) / (eb + rho * ea);
  return TILTS.map((theta) => na * theta.log - (na + nb) * Math.log1p(theta.excess * q));
}

/** Interval of a ratio of rates; `high` is null where the data set no upper limit (nothing was seen before). */
export interface RatioInterval {
  readonly low: number;
  readonly high: number | null;
}

/**
 * Time-uniform interval of the rate ratio (rate after / rate before), for people and never for deciding: all r that are excluded
 * neither by logM(nb, eb, na, ea; r) nor by logM(na, ea, nb, eb; 1/r) at ln(2/alpha), phi = 1. Both ends are found by bisection.
 * The smallest rise that is bet on is 1.5, so each end stays about a fifth away from the observed ratio however much was seen.
 * `{ low: 0, high: null }` without exposure on one of the sides.
 *
 * @param alpha chance that the interval ever misses the true ratio, in 0...1.
 * @throws RangeError for impossible input.
 */
export function rateRatioInterval(nb: number, eb: number, na: number, ea: number, alpha: number): RatioInterval {
  const limit = Math.log(2 / level('alpha', alpha));
  const low = smallestRatio(nb, eb, na, ea, limit);
  const highInverse = smallestRatio(na, ea, nb, eb, limit);
  return { low, high: highInverse > 0 ? 1 / highInverse : null };
}

/** The smallest ratio that logM does not exclude; 0 if it excludes none. logM falls as the ratio rises, down to 0 or less. */
function smallestRatio(nb: number, eb: number, na: number, ea: number, limit: number): number {
  const isOpen = (ratio: number): boolean => logM(nb, eb, na, ea, ratio, 1) < limit;
  let high = 1;
  while (!isOpen(high)) high *= 2;
  return eb === 0 || ea === 0 || tiltedBinomial(nb, na, 0) < limit ? 0 : bisect(0, high, isOpen);
}

/**
 * One-sided p-value of the exact conditional test of "the rate has not risen", for one look at a time fixed beforehand:
 * P(X >= na), X ~ Binomial(na + nb, ea/(ea + eb)), which is I(ea/(ea + eb); na, nb + 1). For people and never for deciding: it does
 * not survive being looked at after every window. 1 if nothing was seen after.
 *
 * @throws RangeError for impossible input, and if there is no exposure at all.
 */
export function exactPValue(nb: number, eb: number, na: number, ea: number): number {
  nb = amount('units before', nb);
  na = amount('units after', na);
  const share = within(
    'share of the exposure after',
    amount('exposure after', ea) / (ea + amount('exposure before', eb)),
    0,
    1,
  );
  return na === 0 ? 1 : incompleteBeta(share, na, nb + 1);
}
