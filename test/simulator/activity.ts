/** Something that happens over and over: everything before `untilUs` that has not been written yet. */
export interface Activity {
  fill(untilUs: number): void;
}

/** Attempt numbers of one edge lie within this range; those of its lasting connections in the upper half of it. */
export const ATTEMPTS_PER_EDGE = 2 ** 24;
