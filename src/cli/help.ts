/** The help texts: everything about a command stands in its declaration. Pure. */
import { hanging, wrap } from '../report/layout.js';
import type { Command } from './command.js';
import { flagOf, isList, type ListOption, type Option, type OptionTable } from './options/option.js';

const WIDEST = 100;
const LABEL_WIDTH = 34;

export interface ProgramHelp {
  readonly name: string;
  readonly about: string;
  readonly commands: readonly Command[];
  readonly examples: Command['examples'];
  readonly closing: readonly string[];
}

export function programHelp({ name, about, commands, examples, closing }: ProgramHelp, columns: number): string {
  const width = Math.min(columns, WIDEST);
  const rows = [...commands.map((command) => [command.name, command.summary]), COMPLETION];
  return text([
    [`Usage: ${name} COMMAND [OPTIONS]`],
    wrap(about, width),
    [
      'Commands:',
      ...rows.flatMap(([command, summary]) => hanging(`  ${(command ?? '').padEnd(12)}`, summary ?? '', width)),
    ],
    exampleLines(examples, width),
    [...closing, `${name} COMMAND --help tells more; ${name} --version tells which this is.`],
  ]);
}

const COMPLETION = ['completion', 'Print a script that completes commands and options in bash or zsh'];

export function commandHelp(program: ProgramHelp, command: Command, columns: number): string {
  const width = Math.min(columns, WIDEST);
  return text([
    [`Usage: ${program.name} ${command.name} ${command.usage}`],
    ...command.about.map((paragraph) => wrap(paragraph, width)),
    ...command.groups.map(({ title, options }) => [title, ...optionLines(options, width)]),
    exampleLines(command.examples, width),
    [...program.closing],
  ]);
}

function text(blocks: readonly (readonly string[])[]): string {
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function exampleLines(examples: Command['examples'], width: number): string[] {
  return ['Examples:', ...examples.flatMap(([line, does]) => [...hanging('  # ', does, width), `  ${line}`])];
}

function optionLines(table: OptionTable, width: number): string[] {
  return Object.entries(table).flatMap(([name, option]) => {
    const label = `  ${labelOf(name, option)}`;
    const described = describe(option);
    if (label.length < LABEL_WIDTH) return hanging(label.padEnd(LABEL_WIDTH), described, width);
    return [label, ...hanging(' '.repeat(LABEL_WIDTH), described, width)];
  });
}

function labelOf(name: string, option: Option<unknown> | ListOption<unknown>): string {
  const alias = !isList(option) && option.alias !== undefined ? `-${option.alias}, ` : '';
  const value = isList(option) || option.takesValue ? ` ${option.kind.placeholder}` : '';
  return `${alias}--${flagOf(name)}${value}`;
}

/** What it does, whether it repeats, its default and its variable. */
function describe(option: Option<unknown> | ListOption<unknown>): string {
  const notes: string[] = [];
  if (isList(option)) notes.push('repeatable');
  else {
    const fallback =
      option.fallbackText ??
      (option.takesValue && option.fallback !== undefined ? option.kind.show(option.fallback) : undefined);
    if (fallback !== undefined) notes.push(`default: ${fallback}`);
  }
  if (option.env !== undefined) notes.push(`env: ${option.env}`);
  return notes.length === 0 ? option.describe : `${option.describe} [${notes.join('; ')}]`;
}
