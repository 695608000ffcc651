/** Writes flows for ever, each flush confirmed on stdout, until it is killed. */
import { RecordingWriter } from '../../src/recording/write.js';
import { flow } from './made-up.js';

const writer = await RecordingWriter.open(process.argv[2] ?? '-');
for (let written = 0; ;) {
  for (const end = written + 100; written < end; written++) writer.write(JSON.stringify(flow(written)));
  await writer.flush();
  process.stdout.write(`${written}\n`);
}
