/** Made-up recordings for these tests, and what the reader makes of them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { formatTime } from '../../src/hubble/time.js';
import type { InputReport, ReadOptions, RecordedEvent } from '../../src/recording/read.js';
import { consumeRecordings } from '../../src/recording/read.js';

export const T0 = Date.parse('2026-03-01T12:00:00Z');

/** A flow as `hubble observe -o jsonpb` prints it, `seconds` after T0. */
export function flow(seconds: number, more: object = {}): { flow: object; node_name: string; time: string } {
  const time = formatTime(T0 + seconds * 1000);
  return {
    flow: {
      time,
      uuid: `00000000-0000-4000-8000-${String(Math.round(seconds * 1000)).padStart(12, '0')}`,
      verdict: 'FORWARDED',
      IP: { source: '10.0.1.7', destination: '10.0.2.9', ipVersion: 'IPv4' },
      l4: { TCP: { source_port: 40000, destination_port: 8080, flags: { SYN: true } } },
      source: {
        ID: 7,
        identity: 4711,
        namespace: 'shop',
        labels: ['k8s:app=web'],
        pod_name: 'web-0',
        workloads: [{ name: 'web', kind: 'StatefulSet' }],
      },
      destination: { identity: 4712, namespace: 'shop', labels: ['k8s:app=api'], pod_name: 'api-0' },
      Type: 'L3_L4',
      node_name: 'worker-1',
      event_type: { type: 4 },
      traffic_direction: 'INGRESS',
      is_reply: false,
      Summary: 'TCP Flags: SYN',
      ...more,
    },
    node_name: 'worker-1',
    time,
  };
}

export function lost(seconds: number, count = '3'): object {
  const time = formatTime(T0 + seconds * 1000);
  return { lost_events: { source: 'HUBBLE_RING_BUFFER', num_events_lost: count }, node_name: 'worker-1', time };
}

export function sample(seconds: number): object {
  return {
    nodes: [{ name: 'worker-1', state: 'NODE_CONNECTED', uptime_ns: '60000000000', seen_flows: '10' }],
    time: formatTime(T0 + seconds * 1000),
  };
}

export function flows(count: number): object[] {
  return Array.from({ length: count }, (_, i) => flow(i));
}

export const jsonLines = (messages: readonly object[]): string =>
  messages.map((m) => `${JSON.stringify(m)}\n`).join('');

export async function tempDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'hubble-soak-test-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export async function file(t: TestContext, content: string | Buffer, name = 'recording.jsonl'): Promise<string> {
  const path = join(await tempDir(t), name);
  await writeFile(path, content);
  return path;
}

export interface Read {
  readonly events: readonly RecordedEvent[];
  readonly inputs: readonly InputReport[];
}

export async function readAll(paths: readonly string[], options: Omit<ReadOptions, 'sort'> = {}): Promise<Read> {
  const { result, inputs } = await consumeRecordings(paths, options, async (batches) => {
    const events: RecordedEvent[] = [];
    for await (const batch of batches) events.push(...batch);
    return events;
  });
  return { events: result, inputs };
}

/** One file with this content, read. `counts` are what most tests look at. */
export async function read(
  t: TestContext,
  content: string | Buffer,
  name?: string,
): Promise<{ readonly events: readonly RecordedEvent[]; readonly input: InputReport; readonly counts: Counts }> {
  const { events, inputs } = await readAll([await file(t, content, name)]);
  const [input] = inputs;
  if (input === undefined) throw new Error('no input');
  const { lines, flows, events: others, broken } = input;
  return { events, input, counts: { lines, flows, events: others, broken } };
}

export interface Counts {
  readonly lines: number;
  readonly flows: number;
  readonly events: number;
  readonly broken: number;
}

/** `flow 3` for a flow 3 s after T0, and so on: an order in a form that shows a difference well. */
export function story(events: readonly RecordedEvent[]): string[] {
  return events.map(({ event, at }) => `${event.kind} ${((Number.isNaN(event.time) ? at : event.time) - T0) / 1000}`);
}
