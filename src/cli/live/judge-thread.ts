/**
 * Judging beside the stream. A look at a long journal takes seconds: on the thread that takes the flows they would pile up in the relay,
 * and be lost. So another thread keeps the journal and judges it; this one only counts.
 */
import { Worker } from 'node:worker_threads';
import type { InputSummary, VerdictDocument } from '../../judge/document.js';
import type { Settings } from '../../judge/settings.js';

/** What the thread is started with. */
export interface JudgeTask {
  readonly settings: Settings;
  readonly version: string;
  /** Clock of the judgement, ms since the epoch; the last event time where it is not given. */
  readonly now: number | undefined;
}

/** What the thread is told: lines of the journal as text, and when to judge them. */
export type ToJudge =
  | { readonly kind: 'lines'; readonly lines: readonly string[] }
  | { readonly kind: 'judge'; readonly input: InputSummary };

/** What it answers to each `judge`. */
export interface Judged {
  readonly document: VerdictDocument;
  /** Every expected node has restarted and was soaked as long as the settings ask. */
  readonly complete: boolean;
}

/** Lines that are handed over together. */
const BATCH = 256;

interface Waiting {
  readonly resolve: (judged: Judged) => void;
  readonly reject: (error: Error) => void;
}

export class JudgeThread {
  readonly #worker: Worker;
  #lines: string[] = [];
  #waiting: Waiting[] = [];
  #failure: Error | undefined;

  constructor(task: JudgeTask) {
    this.#worker = new Worker(new URL('./judge-worker.js', import.meta.url), { workerData: task });
    this.#worker.on('message', (judged: Judged) => this.#waiting.shift()?.resolve(judged));
    this.#worker.on('error', (error) => this.#fail(error));
  }

  /** One line of the journal, as text. */
  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length >= BATCH) this.#handOver();
  }

  /** The verdict on all lines so far. Rejects with what broke in the thread, now or before. */
  judge(input: InputSummary): Promise<Judged> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#handOver();
    this.#tell({ kind: 'judge', input });
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #handOver(): void {
    if (this.#lines.length > 0) this.#tell({ kind: 'lines', lines: this.#lines });
    this.#lines = [];
  }

  #tell(message: ToJudge): void {
    this.#worker.postMessage(message);
  }

  #fail(error: unknown): void {
    this.#failure = error instanceof Error ? error : new Error(`the judging thread broke: ${String(error)}`);
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}
