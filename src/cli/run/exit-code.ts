import type { Verdict } from '../../judge/document.js';

/** The exit code that tells a verdict. */
export function exitCodeOf(verdict: Verdict, allowInconclusive: boolean): number {
  switch (verdict) {
    case 'pass':
      return 0;
    case 'fail':
      return 1;
    case 'inconclusive':
      return allowInconclusive ? 0 : 3;
  }
}
