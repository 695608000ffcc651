import { readFileSync, statSync } from 'node:fs';
import { UsageError } from '../../errors.js';
import { formatTime } from '../../hubble/time.js';
import { printable } from '../../printable.js';
import { errorCode, reason } from '../../recording/file-errors.js';
import { jsonText } from '../../report/escape.js';
import { parseVerdictDocument } from '../../report/read-verdict.js';
import { filesOf } from '../../soak-dir/files.js';
import { isAlive, readHolder, type Holder } from '../../soak-dir/lock.js';
import { isSoakDir } from '../../soak-dir/stored-soak.js';
import type { VerdictDocument } from '../../judge/document.js';
import { createLogger } from '../logger.js';
import type { TellValues } from '../options/per-command.js';
import { Screen } from '../screen.js';
import { Publisher } from './publish.js';

/** Tells where the soak of a directory stands, without judging anything anew. */
export async function runStatus(
  path: string,
  options: TellValues,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const log = await createLogger(new Screen(process.stderr, env), options, env);
  const publisher = new Publisher({ ...options, json: false }, env, log);
  const { verdict, lock } = filesOf(path);
  if (!isSoakDir(path)) throw new UsageError(`${printable(path)} is no directory; give the --soak-dir of a watch`);
  const holder = readHolder(lock);
  const running = holder !== undefined && isAlive(holder) ? holder : undefined;
  const told = readVerdict(verdict);
  if (options.json) {
    const { updatedAt = null, document = null } = told ?? {};
    process.stdout.write(
      `${jsonText({ schema: 'hubble-soak/status/v1', running: running !== undefined, process: running ?? null, updatedAt, document })}\n`,
    );
    return 0;
  }
  process.stdout.write(`${printable(standing(path, running, told?.updatedAt))}\n`);
  if (told !== undefined) {
    process.stdout.write('\n');
    await publisher.publish(told.document);
  }
  return 0;
}

interface Told {
  /** RFC 3339. */
  readonly updatedAt: string;
  readonly document: VerdictDocument;
}

/** The verdict so far; undefined before the first one. @throws UsageError for a file that is no verdict. */
function readVerdict(file: string): Told | undefined {
  try {
    const updatedAt = formatTime(statSync(file).mtimeMs);
    return { updatedAt, document: parseVerdictDocument(readFileSync(file, 'utf8'), file) };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${printable(file)}: cannot be read (${reason(error)})`, error);
  }
}

function standing(path: string, running: Holder | undefined, updatedAt: string | undefined): string {
  const who =
    running === undefined
      ? 'nobody watches it now; the same watch command goes on with it'
      : `process ${running.pid} on ${running.host} watches it, since ${running.since}`;
  return `${path}: ${who}; ${updatedAt === undefined ? 'no verdict yet' : `verdict of ${updatedAt}`}`;
}
