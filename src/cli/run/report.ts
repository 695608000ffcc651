import { readFileSync } from 'node:fs';
import { UsageError } from '../../errors.js';
import type { VerdictDocument } from '../../judge/document.js';
import { reason } from '../../recording/file-errors.js';
import { createLogger } from '../logger.js';
import type { TellValues } from '../options/per-command.js';
import { parseVerdictDocument } from '../../report/read-verdict.js';
import { Screen } from '../screen.js';
import { Publisher } from './publish.js';

/** Tells a stored verdict document. */
export async function runReport(
  path: string,
  options: TellValues,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const log = await createLogger(new Screen(process.stderr, env), options, env);
  const publisher = new Publisher(options, env, log);
  await publisher.publish(readVerdict(path));
  return 0;
}

/** Throws UsageError when the file holds no verdict document. */
function readVerdict(path: string): VerdictDocument {
  const name = path === '-' ? 'stdin (-)' : path;
  let text: string;
  try {
    text = readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    throw new UsageError(`${name}: cannot be read (${reason(error)}); give a file that gate --json wrote`, error);
  }
  return parseVerdictDocument(text, name);
}
