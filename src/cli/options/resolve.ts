import { UsageError } from '../../errors.js';
import type { ConfigFile } from './config-file.js';
import type { Kind } from './kinds.js';
import { flagOf, isList, type ListOption, type Option, type OptionTable, type Values } from './option.js';

/** Where the values of options come from; each source wins over those after it. */
export interface Sources {
  /** As yargs parsed them, by flag. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Files of options; the first one that has an option counts. */
  readonly files: readonly ConfigFile[];
}

/** The value of one option, told for `--print-config`. */
export interface Origin {
  readonly flag: string;
  /** Safe to show; undefined when the option has no value. */
  readonly shown: string | undefined;
  /** `flag`, the name of a variable, `FILE:LINE` or `default`. */
  readonly from: string;
}

export interface Resolved<Table extends OptionTable> {
  readonly values: Values<Table>;
  readonly origins: readonly Origin[];
}

/** Raw texts of one option and the place they stand in. */
interface Given {
  readonly texts: readonly string[];
  /** As `--print-config` names it. */
  readonly from: string;
  /** As an error names it: `--window banana`, `HUBBLE_TIMEOUT=banana`, `hubble-soak.yaml:3: window banana`. */
  readonly place: (text: string) => string;
}

/** The value of every option of the table. Throws UsageError for the first one that cannot be. */
export function resolve<Table extends OptionTable>(table: Table, sources: Sources): Resolved<Table> {
  const values: Record<string, unknown> = {};
  const origins: Origin[] = [];
  for (const [name, option] of Object.entries(table)) {
    const flag = flagOf(name);
    const given = find(flag, option, sources);
    const value = isList(option) ? listValue(option, given) : singleValue(option, given);
    values[name] = value;
    origins.push({ flag, shown: shown(option, value), from: given?.from ?? 'default' });
  }
  return { values: values as Values<Table>, origins };
}

function find(flag: string, option: Option<unknown> | ListOption<unknown>, sources: Sources): Given | undefined {
  const flags = texts(sources.flags[flag]);
  if (flags.length > 0) return { texts: flags, from: 'flag', place: (text) => `--${flag} ${text}` };
  const variable = option.env === undefined ? undefined : sources.env[option.env];
  if (option.env !== undefined && variable !== undefined && variable !== '')
    return { texts: [variable], from: option.env, place: (text) => `${option.env}=${text}` };
  const file = option.inConfig ? sources.files.find(({ entries }) => entries.has(flag)) : undefined;
  const entry = file?.entries.get(flag);
  if (file === undefined || entry === undefined) return undefined;
  const from = `${file.path}:${entry.line}`;
  return { texts: entry.texts, from, place: (text) => `${from}: ${flag} ${text}` };
}

/** What yargs made of a flag: nothing, one value, or one for each time it was given. */
function texts(parsed: unknown): string[] {
  if (parsed === undefined) return [];
  return (Array.isArray(parsed) ? parsed : [parsed]).map(String);
}

function singleValue(option: Option<unknown>, given: Given | undefined): unknown {
  if (given === undefined) return option.fallback;
  if (given.from !== 'flag' && given.texts.length > 1)
    throw new UsageError(`${given.place(given.texts.join(', '))}: want one value, ${option.kind.wanted}`);
  // As with hubble's flags, the last one counts.
  return parse(option.kind, given.texts.at(-1) ?? '', given);
}

function listValue(option: ListOption<unknown>, given: Given | undefined): unknown[] {
  if (given === undefined) return [];
  const parts = option.commas ? given.texts.flatMap(splitAtCommas) : given.texts;
  return parts.map((text) => parse(option.kind, text, given));
}

function parse(kind: Kind<unknown>, text: string, given: Given): unknown {
  const value = kind.parse(text);
  if (value === undefined) throw new UsageError(`${given.place(text === '' ? "''" : text)}: want ${kind.wanted}`);
  return value;
}

/** `a,b{c,d}` is `a` and `b{c,d}`: a comma within a glob's braces belongs to the glob. */
export function splitAtCommas(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const character of text) {
    if (character === '{') depth++;
    else if (character === '}') depth--;
    if (character === ',' && depth <= 0) {
      parts.push(part.trim());
      part = '';
    } else part += character;
  }
  return [...parts, part.trim()].filter((piece, _, all) => piece !== '' || all.length === 1);
}

function shown(option: Option<unknown> | ListOption<unknown>, value: unknown): string | undefined {
  if (isList(option)) {
    const list = value as readonly unknown[];
    return list.length === 0 ? undefined : list.map((item) => option.kind.show(item)).join(',');
  }
  if (value === undefined) return undefined;
  return option.secret ? '(set)' : option.kind.show(value);
}
