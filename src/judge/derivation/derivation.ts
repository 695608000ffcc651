/** How a finding came about, step by step and with every number: a reader with a calculator can follow it. */
export interface Derivation {
  /** Id of the finding. */
  readonly finding: string;
  readonly title: string;
  /** The finding's two sentences. */
  readonly says: string;
  readonly steps: readonly Step[];
}

export interface Step {
  readonly heading: string;
  /** What the step is for, in a sentence or two. */
  readonly why?: string;
  readonly rows: readonly Row[];
  /** How the last rows follow from those before, logs natural. */
  readonly formula?: string;
}

/** One number (or name, or time) with what it is called in the formulas. */
export interface Row {
  readonly name: string;
  readonly value: number | string;
  readonly unit?: string;
  readonly note?: string;
}

export function row(name: string, value: number | string, unit = '', note = ''): Row {
  return { name, value, ...(unit === '' ? {} : { unit }), ...(note === '' ? {} : { note }) };
}

/** `yes` or `no`, for what a rule asks. */
export function yesNo(holds: boolean): string {
  return holds ? 'yes' : 'no';
}
