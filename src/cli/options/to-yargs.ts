import yargs, { type Argv, type Options, type ParserConfigurationOptions } from 'yargs';
import { UsageError } from '../../errors.js';
import { nearest } from '../nearest.js';
import { flagOf, isList, type ListOption, type Option, type OptionTable } from './option.js';

/** Values stay text: what they mean is for the option's kind to say. */
export const PARSING: Partial<ParserConfigurationOptions> = {
  'boolean-negation': false,
  'camel-case-expansion': false,
  'dot-notation': false,
  'greedy-arrays': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
};

export function addOptions(builder: Argv, table: OptionTable): void {
  for (const [name, option] of Object.entries(table)) builder.option(flagOf(name), yargsOption(option));
}

function yargsOption(option: Option<unknown> | ListOption<unknown>): Options {
  const describe = option.env === undefined ? option.describe : `${option.describe} (${option.env})`;
  if (isList(option)) return { describe, nargs: 1, requiresArg: true };
  const { alias, fallback, fallbackText } = option;
  const named = alias === undefined ? {} : { alias };
  if (!option.takesValue) return { describe, boolean: true, ...named };
  const shown = fallbackText ?? (fallback === undefined ? undefined : option.kind.show(fallback));
  return {
    describe,
    nargs: 1,
    requiresArg: true,
    ...named,
    ...(shown === undefined ? {} : { defaultDescription: shown }),
  };
}

/** Flags that stand in a file instead of on the command line. Throws UsageError. */
export function parseFlags(args: readonly string[], table: OptionTable): Readonly<Record<string, unknown>> {
  const parser = yargs()
    .locale('en')
    .parserConfiguration(PARSING)
    .help(false)
    .version(false)
    .strict()
    .exitProcess(false)
    .fail((message: string | null, error: unknown) => {
      throw new UsageError(complaint(error instanceof Error ? error.message : (message ?? ''), args, table));
    });
  addOptions(parser, table);
  const flags = parser.parseSync([...args]);
  const [word] = flags._;
  if (word !== undefined) throw new UsageError(`'${word}' is no option`);
  return flags;
}

/** A complaint of yargs as one sentence. */
export function complaint(message: string, args: readonly string[], table: OptionTable): string {
  const [, unknown] = /^Unknown (?:argument|command)s?: (.*)$/s.exec(message) ?? [];
  if (unknown !== undefined) return unknownArgument(unknown.split(', ')[0] ?? '', args, table);
  const [, flag] = /^(?:Not enough arguments following|Missing argument value): (.*)$/s.exec(message) ?? [];
  if (flag !== undefined) return `${flag.length > 1 ? '--' : '-'}${flag} needs a value`;
  return message.split('\n')[0] ?? '';
}

function unknownArgument(word: string, args: readonly string[], table: OptionTable): string {
  const flag = args.map((arg) => arg.split('=')[0]).find((arg) => arg === `--${word}` || arg === `-${word}`);
  if (flag === undefined) return `'${word}' is no option`;
  const near = nearest(word, [...Object.keys(table).map(flagOf), 'help', 'version']);
  return `there is no option ${flag}${near ? `; did you mean --${near}?` : ''}`;
}
