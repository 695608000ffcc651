/** The thread behind `JudgeThread`: keeps the journal, and judges it when it is told to. */
import { parentPort, workerData } from 'node:worker_threads';
import { headerLine } from '../../aggregate/journal.js';
import { encodeLine, JournalReader } from '../../aggregate/journal-text.js';
import { judge } from '../../judge/judge.js';
import type { Judged, JudgeTask, ToJudge } from './judge-thread.js';

const { settings, version, now } = workerData as JudgeTask;
const reader = new JournalReader();
reader.add(encodeLine(headerLine(settings.windowMs)));

parentPort?.on('message', (message: ToJudge) => {
  switch (message.kind) {
    case 'lines':
      for (const line of message.lines) reader.add(line);
      return;
    case 'judge': {
      const { document, complete } = judge(reader.read().journal, settings, { inputs: [message.input], version, now });
      parentPort?.postMessage({ document, complete } satisfies Judged);
      return;
    }
  }
});
