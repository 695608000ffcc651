import { createWriteStream, readdirSync, readFileSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

interface FlowLine {
  flow: { time?: string; uuid?: string };
  time: string;
}

/** The largest .jsonl.gz of a folder; undefined if it has none. */
export function largestRecording(folder: string): string | undefined {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl.gz'))
    .map((name) => join(folder, name))
    .sort((a, b) => statSync(b).size - statSync(a).size)[0];
}

/**
 * Writes a recording of exactly `flows` flows: those of `source` again and again, each round later in time and under other uuids, so
 * that no flow is a duplicate and the soak goes on.
 *
 * @returns the bytes written.
 */
export async function writeLargeRecording(source: string, target: string, flows: number): Promise<number> {
  const lines = flowLines(source);
  const times = lines.map((line) => Date.parse((JSON.parse(line) as FlowLine).time));
  const first = times.reduce((a, b) => Math.min(a, b), Infinity);
  const last = times.reduce((a, b) => Math.max(a, b), -Infinity);
  const length = last - first + 1000;

  const out = createWriteStream(target);
  for (let written = 0; written < flows;) {
    const round = Math.floor(written / lines.length);
    const batch = lines
      .slice(written % lines.length, (written % lines.length) + Math.min(1000, flows - written))
      .map((line) => later(line, round, length));
    written += batch.length;
    if (!out.write(batch.join('\n') + '\n')) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
  return out.bytesWritten;
}

function flowLines(source: string): string[] {
  const lines = gunzipSync(readFileSync(source))
    .toString('utf8')
    .split('\n')
    .filter((line) => line.startsWith('{"flow"'));
  if (lines.length === 0) throw new Error(`${source} has no lines that start with {"flow"`);
  return lines;
}

/** The same flow `round` recordings later. */
function later(line: string, round: number, length: number): string {
  if (round === 0) return line;
  const message = JSON.parse(line) as FlowLine;
  const time = new Date(Date.parse(message.time) + round * length).toISOString();
  message.time = time;
  message.flow.time = time;
  if (message.flow.uuid !== undefined) {
    message.flow.uuid = round.toString(16).padStart(8, '0') + message.flow.uuid.slice(8);
  }
  return JSON.stringify(message);
}
