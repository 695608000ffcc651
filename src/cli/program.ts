/**
 * argv to a command to an exit code. Only the chosen command's own program is loaded: `--help` and `gate` never load gRPC.
 */
import yargs, { type Argv } from 'yargs';
import { SoakError, UsageError } from '../errors.js';
import { packageVersion } from '../package-root.js';
import { printable } from '../printable.js';
import type { Call, Command } from './command.js';
import { demoCommand } from './commands/demo.js';
import { doctorCommand } from './commands/doctor.js';
import { gateCommand } from './commands/gate.js';
import { recordCommand } from './commands/record.js';
import { replayCommand } from './commands/replay.js';
import { reportCommand } from './commands/report.js';
import { statusCommand } from './commands/status.js';
import { watchCommand } from './commands/watch.js';
import { commandHelp, programHelp, type ProgramHelp } from './help.js';
import { nearest } from './nearest.js';
import type { OptionTable } from './options/option.js';
import { addOptions, complaint, PARSING } from './options/to-yargs.js';

const COMMANDS: readonly Command[] = [
  watchCommand,
  gateCommand,
  recordCommand,
  replayCommand,
  reportCommand,
  statusCommand,
  doctorCommand,
  demoCommand,
];

const NAME = 'hubble-soak';
const COMPLETION = 'completion';

const HELP: ProgramHelp = {
  name: NAME,
  about:
    'Judges a Cilium datapath change: Hubble flows before and after each agent restart, and a verdict of pass, fail or inconclusive.',
  commands: COMMANDS,
  examples: [
    ['hubble-soak demo', 'see it work, without a cluster'],
    ['hubble-soak gate before-and-after.jsonl.zst', 'judge what was recorded'],
    ['hubble-soak watch --server localhost:4245 --knob bpf.masquerade', 'judge a roll while it runs'],
  ],
  closing: ['Exit codes: 0 pass, 1 fail, 2 bad usage or unreadable input, 3 inconclusive, 4 no data source.'],
};

/** Exit code of an error that nobody foresaw. */
const DEFECT = 2;

/** Runs the command that `args` name and gives the exit code; every error ends as one line on stderr. */
export async function runProgram(args: readonly string[], env: Call['env']): Promise<number> {
  try {
    return await dispatch(args, env);
  } catch (error) {
    return tell(error, args);
  }
}

/** The same, with errors thrown: SoakError for what a person can mend. */
export async function dispatch(args: readonly string[], env: Call['env']): Promise<number> {
  const help = helpFor(args);
  if (help !== undefined) {
    process.stdout.write(help);
    return 0;
  }
  let exitCode: number | undefined;
  const program = buildProgram(args, async (command, flags) => {
    exitCode = await command.run({ words: wordsOf(command, flags), flags, env });
  });
  const { _: words } = await program.parseAsync([...args]);
  // yargs itself did --version and completion; nobody did a command that does not exist.
  if (exitCode === undefined && words[0] !== undefined && !isYargsOwn(args))
    throw new UsageError(usageMessage('', args));
  return exitCode ?? 0;
}

function isYargsOwn(args: readonly string[]): boolean {
  return args[0] === COMPLETION || args.some((arg) => arg === '--version' || arg === '--get-yargs-completions');
}

/** The help that was asked for, of the program or of the command that is named; undefined when none was. */
function helpFor(args: readonly string[]): string | undefined {
  const end = args.indexOf('--');
  const before = end < 0 ? args : args.slice(0, end);
  if (!before.some((arg) => arg === '--help' || arg === '-h')) return undefined;
  const columns = process.stdout.columns || Infinity;
  const word = before.find((arg) => !arg.startsWith('-'));
  if (word === undefined) return programHelp(HELP, columns);
  const command = COMMANDS.find(({ name }) => name === word);
  return command && commandHelp(HELP, command, columns);
}

type Run = (command: Command, flags: Record<string, unknown>) => Promise<void>;

function buildProgram(args: readonly string[], run: Run): Argv {
  const program = yargs()
    .scriptName(NAME)
    .locale('en')
    .parserConfiguration(PARSING)
    .help(false)
    .version(packageVersion())
    .completion(COMPLETION, false)
    // Not strict(): it would refuse the words behind a command, and declared as positionals they lose `-`.
    .strictOptions()
    .demandCommand(1, 'want a command')
    .exitProcess(false)
    .fail((message: string | null, error: unknown) => {
      if (error instanceof Error && error.name !== 'YError') throw error;
      throw new UsageError(usageMessage(error instanceof Error ? error.message : (message ?? ''), args));
    });
  for (const command of COMMANDS) {
    program.command(
      command.name,
      command.summary,
      (builder) => {
        for (const { options } of command.groups) addOptions(builder, options);
      },
      (flags) => run(command, flags),
    );
  }
  return program;
}

/** What stands behind the command and is no option. */
function wordsOf({ name, words }: Command, flags: Readonly<Record<string, unknown>>): string[] {
  const list = Array.isArray(flags['_']) ? flags['_'].slice(1).map(String) : [];
  if (words === undefined && list.length > 0)
    throw new UsageError(`${name} does not take '${list[0]}'; see ${NAME} ${name} --help`);
  if (words !== undefined && list.length > words.most)
    throw new UsageError(`${name} takes ${words.most} ${words.name}, not ${list.length}; see ${NAME} ${name} --help`);
  return list;
}

/** yargs's complaint (a message, or an error of its own) as one sentence with the fix. */
function usageMessage(message: string, args: readonly string[]): string {
  const word = args.find((arg) => !arg.startsWith('-'));
  const command = COMMANDS.find(({ name }) => name === word);
  if (command) {
    const table = Object.assign({}, ...command.groups.map(({ options }) => options)) as OptionTable;
    return `${complaint(message, args, table)}; see ${NAME} ${command.name} --help`;
  }
  const [flag] = args;
  const problem =
    word !== undefined
      ? unknownCommand(word)
      : flag === undefined
        ? 'want a command'
        : `there is no option ${flag} here`;
  return `${problem}; see ${NAME} --help`;
}

function unknownCommand(word: string): string {
  const near = nearest(word, [...COMMANDS.map(({ name }) => name), COMPLETION]);
  return `there is no command '${word}'${near ? `; did you mean '${near}'?` : ''}`;
}

/** One line on stderr for a person, the stack only where it was asked for; gives the exit code. */
export function tell(error: unknown, args: readonly string[]): number {
  const known = error instanceof SoakError;
  const message = error instanceof Error ? error.message : String(error);
  const defect = known ? '' : `; this is a defect of ${NAME}: please report it with the output of --log-level debug`;
  process.stderr.write(`${NAME}: ${printable(message)}${defect}\n`);
  if (wantsDebug(args) && error instanceof Error) process.stderr.write(stackOf(error));
  return known ? error.exitCode : DEFECT;
}

/** Read from the raw arguments: the error may be about the arguments themselves. */
function wantsDebug(args: readonly string[]): boolean {
  return args.some((arg, i) => arg === '--log-level=debug' || (arg === '--log-level' && args[i + 1] === 'debug'));
}

function stackOf(error: Error): string {
  const own = (error.stack ?? error.message).split('\n').map((line) => `${printable(line)}\n`);
  const cause = error.cause instanceof Error ? `caused by: ${stackOf(error.cause)}` : '';
  return own.join('') + cause;
}
