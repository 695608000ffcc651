import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Journal } from '../../aggregate/journal.js';
import { judge, type Judgement } from '../../judge/judge.js';
import type { Settings } from '../../judge/settings.js';
import { packageVersion } from '../../package-root.js';
import { filesOf } from '../../soak-dir/files.js';
import { readSoak } from '../../soak-dir/stored-soak.js';
import type { Logger } from '../logger.js';

/** Judges what a `watch --soak-dir` has counted, while it runs or later. @throws UsageError when the directory holds no soak. */
export function judgeSoakDir(path: string, settings: Settings, now: number | undefined, log: Logger): Judgement {
  const { journal, broken } = readSoak(path);
  if (broken > 0) log.warn(`${path}: ${broken} ${broken === 1 ? 'line' : 'lines'} of the journal could not be used`);
  const sha256 = createHash('sha256')
    .update(readFileSync(filesOf(path).journal))
    .digest('hex');
  const input = { path, sha256, broken, ...countsOf(journal) };
  return judge(
    journal,
    { ...settings, windowMs: journal.windowMs },
    { inputs: [input], version: packageVersion(), now },
  );
}

/** A journal has no flows any more: what was counted of them stands for them. */
function countsOf({ windows, samples, statuses, starts }: Journal): { lines: number; flows: number; events: number } {
  const events = samples.length + statuses.length + starts.length;
  let flows = 0;
  for (const line of windows) flows += line.flows + line.late;
  return { lines: windows.length + events + 1, flows, events };
}
