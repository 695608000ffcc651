import { Aggregator } from '../../aggregate/aggregator.js';
import type { InputSummary } from '../../judge/document.js';
import { judge, type Judgement } from '../../judge/judge.js';
import type { Settings } from '../../judge/settings.js';
import { packageVersion } from '../../package-root.js';
import { consumeRecordings, type InputReport } from '../../recording/read.js';
import type { Logger } from '../logger.js';

/**
 * Reads recordings as one soak and judges it. What could not be read is told to the log.
 * @throws UsageError when one of them cannot be read or has no flow in it.
 */
export async function judgeRecordings(
  paths: readonly string[],
  settings: Settings,
  now: number | undefined,
  log: Logger,
): Promise<Judgement> {
  const { result: aggregator, inputs } = await consumeRecordings(paths, {}, async (events) => {
    const aggregator = new Aggregator({ windowMs: settings.windowMs });
    for await (const batch of events) for (const { event } of batch) aggregator.push(event);
    aggregator.finish();
    return aggregator;
  });
  for (const input of inputs) tellInput(input, log);
  const summaries = inputs.map(summaryOf);
  const judgement = judge(aggregator.journal, settings, { inputs: summaries, version: packageVersion(), now });
  for (const { place } of judgement.idle) log.debug(`${place}: this soak shows none of these expected drops`);
  return judgement;
}

/** How an input was read, where a person should know. */
export function tellInput({ path, broken, brokenExamples, notes }: InputReport, log: Logger): void {
  for (const note of notes) log.warn(`${path}: ${note}`);
  if (broken === 0) return;
  for (const { line, why } of brokenExamples) log.warn(`${path}:${line}: ${why}`);
  const more = broken - brokenExamples.length;
  log.warn(
    `${path}: ${broken} ${broken === 1 ? 'piece' : 'pieces'} could not be used${more > 0 ? `, the first ${brokenExamples.length} are shown` : ''}`,
  );
}

function summaryOf({ path, sha256, lines, flows, events, broken }: InputReport): InputSummary {
  return { path, sha256, lines, flows, events, broken };
}
