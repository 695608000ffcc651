/** Soaks are made of counts, or of flows that go through the whole product. */
export type Level = 'counts' | 'flows';

/** What issue 4 asks of a family; each is broken only beyond its 95 % interval. */
export interface Bounds {
  /** Largest share of false FAILs; `none`: not a single one. */
  readonly falseFail?: number | 'none';
  /** Least share of PASSes. */
  readonly pass?: number;
  /** Least share found, with the right node, class and reason. */
  readonly detected?: number;
  /** Least share whose finding says the right scope. */
  readonly scope?: number;
  /** Largest median from onset to FAIL, minutes. */
  readonly minutes?: number;
  /** Never a PASS. */
  readonly neverPass?: boolean;
}

export interface Family {
  readonly name: string;
  readonly says: string;
  readonly bounds: Bounds;
  /** Words for where the harm is: the right one, and smaller ones that are right as well. */
  readonly scopes?: readonly string[];
  /** What the finding's sentences must say of it (a regular expression), where a scope says too little. */
  readonly tells?: string;
  /** What the study of the method measured: FAIL share, and median minutes. */
  readonly study?: string;
  /** Part of --quick, with this share of its soaks. */
  readonly quick?: number;
  /** Share of the soaks that the full bench gives it; without it all. */
  readonly full?: number;
}
