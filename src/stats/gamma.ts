import { gammaln } from 'simple-statistics';

/**
 * ln Gamma(x) for x > 0.
 *
 * `gammaln` of simple-statistics (Lanczos, g = 607/128, 15 terms) was measured against 50-digit values: its error is below
 * 1e-15 x max(1, |ln Gamma|) for x from 0.5 to 1e15. Below 0.5 it loses digits (it works with x - 1), so the recurrence
 * Gamma(x) = Gamma(x + 1) / x takes over. Near the zeros at 1 and 2 that error is absolute, not relative.
 *
 * @throws RangeError unless x is finite and above 0.
 */
export function lgamma(x: number): number {
  if (!(x > 0 && x < Infinity)) throw new RangeError(`ln Gamma needs a finite x above 0, but it is ${x}`);
  return x < 0.5 ? gammaln(x + 1) - Math.log(x) : gammaln(x);
}

/** From here on Stirling's series with six terms is exact to a double's last digit (next term at 10: 6e-16). */
const STIRLING_FROM = 10;
const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** What Stirling's formula leaves over: ln Gamma(x) - [(x - 1/2) ln x - x + ln(2 pi) / 2], for x >= 10 (Abramowitz and Stegun 6.1.41). */
function stirlingRest(x: number): number {
  const y = 1 / (x * x);
  return (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y * (1 / 1188 - y * (691 / 360360)))))) / x;
}

/**
 * ln B(a, b) = ln Gamma(a) + ln Gamma(b) - ln Gamma(a + b) for a, b > 0.
 *
 * With a million trials the three logarithms are of size 1e7 and their difference would be good to 1e-9 only; Stirling's formula,
 * cancelled by hand, keeps the error near 1e-15 x max(1, |ln B|).
 *
 * @throws RangeError unless a and b are finite and above 0.
 */
export function lbeta(a: number, b: number): number {
  const p = Math.min(a, b);
  const q = Math.max(a, b);
  if (!(p > 0 && q < Infinity))
    throw new RangeError(`ln Beta needs finite arguments above 0, but they are ${a} and ${b}`);
  if (q < STIRLING_FROM) return lgamma(p) + lgamma(q) - lgamma(p + q);
  const share = p / (p + q);
  const rest = stirlingRest(q) - stirlingRest(p + q);
  if (p < STIRLING_FROM) {
    return lgamma(p) + rest + p - p * Math.log(p + q) + (q - 0.5) * Math.log1p(-share);
  }
  return (
    HALF_LOG_TWO_PI - 0.5 * Math.log(q) + stirlingRest(p) + rest + (p - 0.5) * Math.log(share) + q * Math.log1p(-share)
  );
}
