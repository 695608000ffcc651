/** The thread of `Looks`. */
import { parentPort } from 'node:worker_threads';
import { journalOf } from '../../aggregate/journal-parts.js';
import { judge } from '../../judge/judge.js';
import type { Looked, LookTask } from './look.js';

parentPort?.on('message', ({ journal, settings, context }: LookTask) => {
  const { document, complete } = judge(journalOf(journal), settings, context);
  parentPort?.postMessage({ document, complete } satisfies Looked);
});
