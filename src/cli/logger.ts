import pino, { type Logger } from 'pino';
import { printable } from '../printable.js';
import { wantsColors } from './colors.js';
import type { LogValues } from './options/output.js';
import type { Screen } from './screen.js';

export type { Logger } from 'pino';

type Entry = Readonly<Record<string, unknown>>;
type Formatter = (entry: Entry) => string;

/** Talk on stderr, written at once: nothing is lost at the end. */
export async function createLogger(
  screen: Screen,
  values: LogValues,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Logger> {
  const form = values.logFormat ?? (screen.isTerminal ? 'pretty' : 'plain');
  const format = form === 'json' ? asJson : form === 'plain' ? asPlainLine : await prettyFormatter(values, env);
  const write = (line: string): void => screen.print(format(JSON.parse(line) as Entry));
  return pino(
    {
      level: values.logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    { write },
  );
}

/** JSON.stringify escapes neither DEL nor C1 nor what reorders text. */
function asJson(entry: Entry): string {
  return JSON.stringify(entry).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
    character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}

/** `09:00:05Z info  restart of worker-1 ...`, further fields as `key=value`. */
function asPlainLine({ time, level, msg, ...fields }: Entry): string {
  const clock = `${String(time).slice(11, 19)}Z`;
  const rest = Object.entries(fields).map(
    ([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return printable(`${clock} ${String(level).padEnd(5)} ${String(msg)}${rest.join('')}`);
}

async function prettyFormatter(
  values: LogValues,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Formatter> {
  const { prettyFactory } = await import('pino-pretty');
  const pretty = prettyFactory({
    colorize: wantsColors(process.stderr, env, values.noColor),
    translateTime: 'UTC:HH:MM:ss',
    singleLine: true,
  });
  return (entry) => pretty(printableFields(entry)).trimEnd();
}

function printableFields(entry: Entry): Record<string, unknown> {
  const safe = (value: unknown): unknown => (typeof value === 'string' ? printable(value) : value);
  return Object.fromEntries(Object.entries(entry).map(([key, value]) => [printable(key), safe(value)]));
}
