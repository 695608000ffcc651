/**
 * A look of the judge beside the stream. On a long journal it takes seconds and much memory: on the thread that takes the flows they would
 * pile up in the relay and be lost, and a thread that stays would keep what it once needed. So each look has a thread of its own.
 */
import { Worker } from 'node:worker_threads';
import type { Journal } from '../../aggregate/journal.js';
import { partsOf, type JournalParts } from '../../aggregate/journal-parts.js';
import type { VerdictDocument } from '../../judge/document.js';
import type { JudgeContext } from '../../judge/judge.js';
import type { Settings } from '../../judge/settings.js';

export interface LookTask {
  readonly journal: JournalParts;
  readonly settings: Settings;
  readonly context: JudgeContext;
}

export interface Looked {
  readonly document: VerdictDocument;
  /** Every expected node has restarted and was soaked as long as the settings ask. */
  readonly complete: boolean;
}

/** Room for the young objects of a look, MB: more would only be kept longer. */
const YOUNG_MEGABYTES = 16;

/** The verdict on a journal as it is now. Rejects with what the judge throws, and when `signal` ends it before its time. */
export async function look(
  journal: Journal,
  settings: Settings,
  context: JudgeContext,
  signal?: AbortSignal,
): Promise<Looked> {
  const task: LookTask = { journal: partsOf(journal), settings, context };
  const worker = new Worker(new URL('./look-worker.js', import.meta.url), {
    workerData: task,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
  });
  const end = (): void => void worker.terminate();
  signal?.addEventListener('abort', end, { once: true });
  try {
    return await new Promise<Looked>((resolve, reject) => {
      worker.on('message', resolve);
      worker.on('error', reject);
      worker.on('exit', () => reject(new Error('the look of the judge was ended')));
      if (signal?.aborted === true) end();
    });
  } finally {
    signal?.removeEventListener('abort', end);
  }
}
