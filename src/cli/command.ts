import type { OptionTable } from './options/option.js';

/** What a command line says, before its options are read. */
export interface Call {
  readonly words: readonly string[];
  /** As yargs parsed them, by flag. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface OptionGroup {
  readonly title: string;
  readonly options: OptionTable;
}

/** One command of the program: what its help says and what it does. */
export interface Command {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** What stands in the usage line behind the name, for instance `[OPTIONS] RECORDING...`. */
  readonly usage: string;
  /** Paragraphs below the usage line. */
  readonly about: readonly string[];
  /** What may stand behind it besides options; nothing where it is left out. */
  readonly words?: { readonly name: string; readonly most: number };
  readonly groups: readonly OptionGroup[];
  /** Command lines that work, each with what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  /** Gives the exit code. Throws SoakError. */
  run(call: Call): Promise<number>;
}
