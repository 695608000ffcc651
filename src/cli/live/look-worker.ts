/** The thread of one `Look`. */
import { parentPort, workerData } from 'node:worker_threads';
import { journalOf } from '../../aggregate/journal-parts.js';
import { judge } from '../../judge/judge.js';
import type { Looked, LookTask } from './look.js';

const { journal, settings, context } = workerData as LookTask;
const { document, complete } = judge(journalOf(journal), settings, context);
parentPort?.postMessage({ document, complete } satisfies Looked);
