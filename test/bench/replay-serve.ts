/**
 * `node replay-serve.js FILE FLOWS_PER_SECOND|max`, forked: serves a recording, and tells its parent where, and again with each message how
 * much CPU time it has taken.
 */
import { ReplayRecordingBuilder } from '../../src/hubble/replay-recording.js';
import { startReplay } from '../../src/hubble/replay-server.js';
import { readRecordings } from '../../src/recording/read.js';

export interface Served {
  readonly address: string;
  readonly cpuSeconds: number;
}

const [file = '', rate = 'max'] = process.argv.slice(2);
const builder = new ReplayRecordingBuilder();
for await (const batch of readRecordings([file], { keepRaw: true, sort: 'all' }).events)
  for (const { event, raw } of batch) if (raw !== undefined) builder.addMessage(event, raw);
const recording = builder.build();
const recordedPerSecond = (recording.entries.length * 1000) / (recording.end - recording.start);
const speed = rate === 'max' ? 'max' : Number(rate) / recordedPerSecond;
const { address } = await startReplay(recording, { listen: '127.0.0.1:0', speed });

function tell(): void {
  const { user, system } = process.cpuUsage();
  process.send?.({ address, cpuSeconds: (user + system) / 1e6 } satisfies Served);
}

process.on('message', tell);
tell();
