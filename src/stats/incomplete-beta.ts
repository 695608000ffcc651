import { lbeta } from './gamma.js';

const PRECISION = 1e-16;
/** Keeps Lentz's method away from a division by zero. */
const TINY = 1e-300;
/** The fraction needs some sqrt(max(a, b)) steps on its good side: this is enough for counts of 1e9. */
const MOST_STEPS = 500_000;

/**
 * Regularised incomplete beta function I_x(a, b) = 1/B(a, b) times the integral of t^(a-1) (1-t)^(b-1) over 0...x;
 * a > 0, b > 0, 0 <= x <= 1. It is P(X >= a) of a Binomial(a + b - 1, x).
 *
 * Continued fraction DLMF 8.17.22, evaluated by Lentz's method, on the side of the mean (a + 1)/(a + b + 2) where it converges fast.
 * The tail that is asked for is computed directly where it is the small one, so small values keep their digits; below 1e-308 it is 0.
 *
 * @throws RangeError for arguments outside of the domain.
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (!(x >= 0 && x <= 1)) throw new RangeError(`the incomplete beta function needs x in 0...1, but it is ${x}`);
  if (!(a > 0 && b > 0 && a < Infinity && b < Infinity)) {
    throw new RangeError(`the incomplete beta function needs finite a and b above 0, but they are ${a} and ${b}`);
  }
  if (x === 0 || x === 1) return x;
  const lower = x * (a + b + 2) < a + 1;
  const tail = lower ? smallTail(x, a, b) : smallTail(1 - x, b, a);
  return lower ? tail : 1 - tail;
}

function smallTail(x: number, a: number, b: number): number {
  const logFront = a * Math.log(x) + b * Math.log1p(-x) - lbeta(a, b) - Math.log(a);
  return Math.min(1, Math.exp(logFront) * fraction(x, a, b));
}

function fraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= MOST_STEPS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    const step = d * c;
    value *= step;
    if (Math.abs(step - 1) <= PRECISION) break;
  }
  return value;
}

function awayFromZero(x: number): number {
  return Math.abs(x) < TINY ? TINY : x;
}
