import type { Verdict } from '../../../src/judge/document.js';

/** What came of one soak. */
export interface Outcome {
  readonly seed: number;
  readonly verdict: Verdict;
  /** FAIL at or after the onset: minutes until then. */
  readonly minutes: number | undefined;
  /** Exactly the harmed nodes are named (the soak's harm on all: any), and a finding has the class and reason of the harm. */
  readonly rightNodes: boolean;
  readonly rightClass: boolean;
  /** A finding's scope is the harm's; of no account where the family names none. */
  readonly rightScope: boolean;
  readonly mannWhitney: boolean;
  readonly twice: boolean;
  /** What stands against a PASS, a line each: for those who ask why. */
  readonly told: readonly string[];
}
