/**
 * Looks of the judge beside the stream. On a long journal one takes seconds and much memory: on the thread that takes the flows they would
 * pile up in the relay and be lost.
 */
import { Worker } from 'node:worker_threads';
import type { Journal } from '../../aggregate/journal.js';
import { partsOf, type JournalParts } from '../../aggregate/journal-parts.js';
import type { VerdictDocument } from '../../judge/document.js';
import type { Settings } from '../../judge/settings.js';
import type { JudgeContext } from '../../judge/soak-told.js';

/** What the thread is told. */
export interface LookTask {
  readonly journal: JournalParts;
  readonly settings: Settings;
  readonly context: JudgeContext;
}

/** What it answers. */
export interface Looked {
  readonly document: VerdictDocument;
  /** Every expected node has restarted and was soaked as long as the settings ask. */
  readonly complete: boolean;
}

/** Room for the young objects of a look, MB: more would only be kept longer. */
const YOUNG_MEGABYTES = 16;
/** A thread that has looked before is warm, and saves a second; one that stays keeps what its largest look needed. So it stays so long. */
const LOOKS_A_THREAD = 30;
/** After a look that took longer it is ended at once, ms: that needed much, and the next one is far off. */
const SHORT_LOOK_MS = 500;

export class Looks {
  readonly #settings: Settings;
  #worker: Worker | undefined;
  #taken = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /**
   * The verdict on a journal as it is now; one at a time. Rejects with what the judge throws, and when `signal` ends it before its time.
   */
  async look(journal: Journal, context: JudgeContext, signal?: AbortSignal): Promise<Looked> {
    const task: LookTask = { journal: partsOf(journal), settings: this.#settings, context };
    try {
      const began = performance.now();
      const looked = await answerOf(this.#ready(), task, signal);
      if (performance.now() - began > SHORT_LOOK_MS) await this.close();
      return looked;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #ready(): Worker {
    if (this.#worker !== undefined && this.#taken++ < LOOKS_A_THREAD) return this.#worker;
    void this.#worker?.terminate();
    this.#taken = 1;
    this.#worker = new Worker(new URL('./look-worker.js', import.meta.url), {
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
    });
    return this.#worker;
  }
}

async function answerOf(worker: Worker, task: LookTask, signal: AbortSignal | undefined): Promise<Looked> {
  const stop = new AbortController();
  const options = { once: true, signal: stop.signal };
  try {
    return await new Promise<Looked>((resolve, reject) => {
      const ended = (): void => reject(new Error('the look of the judge was ended'));
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', ended);
      signal?.addEventListener('abort', ended, options);
      if (signal?.aborted === true) ended();
      else worker.postMessage(task);
    });
  } finally {
    stop.abort();
    for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
  }
}
