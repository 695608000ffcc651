import type { FindingClass, Scope, Verdict } from '../../src/judge/document.js';
import type { Scenario } from './scenario.js';

/** What must be found; only the keys that are given are compared. */
export interface ExpectedFinding {
  readonly class: FindingClass;
  readonly nodes?: readonly string[];
  readonly reasonName?: string | null;
  readonly scope?: Scope;
  readonly where?: string;
}

export interface ExpectedRestart {
  readonly node: string;
  /** RFC 3339. */
  readonly at: string;
  /** A duration, such as `5s`. */
  readonly within: string;
}

/** A recording and the truth about it. */
export interface Expectation {
  /** Below `recordings/`, without its ending. */
  readonly file: string;
  /** One line. */
  readonly shows: string;
  readonly args?: readonly string[];
  readonly verdict: Verdict;
  readonly findings: readonly ExpectedFinding[];
}

/** A recording that a scenario makes; its restarts are those of the scenario. */
export interface Fixture extends Expectation {
  readonly scenario: Scenario;
}

/** A recording that real agents made. */
export interface LabFixture extends Expectation {
  readonly restarts: readonly ExpectedRestart[];
}
