import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { decodeFlowMessage, encodeResponseJson, type FlowMessage } from '../../src/hubble/wire.js';
import { readRecordings } from '../../src/recording/read.js';
import { filesOf } from '../../src/soak-dir/files.js';
import { KeptFlows } from '../../src/soak-dir/kept-flows.js';
import { flowLine } from '../hubble/lines.js';

const MEGABYTE = 1_000_000;

function flow(i: number): FlowMessage {
  // Nothing that packs well: rotation goes by the size on disk.
  const noise = Array.from({ length: 12 }, (_, k) => Math.imul(i * 31 + k + 1, 2654435761).toString(36)).join('');
  return decodeFlowMessage(encodeResponseJson(flowLine(i, 'worker-1', `u-${i}-${noise}`)).bytes);
}

function open(t: TestContext, mostBytes: number) {
  const path = mkdtempSync(join(tmpdir(), 'kept-flows-'));
  t.after(() => rmSync(path, { recursive: true }));
  const troubles: string[] = [];
  let now = Date.parse('2026-06-11T02:00:00Z');
  const flows = new KeptFlows({ path, mostBytes, now: () => (now += 1000), onTrouble: (text) => troubles.push(text) });
  return { path, flows, troubles };
}

async function uuidsIn(directory: string): Promise<string[]> {
  const files = readdirSync(directory)
    .sort()
    .map((name) => join(directory, name));
  const uuids: string[] = [];
  for await (const batch of readRecordings(files, {}).events)
    for (const { event } of batch) if (event.kind === 'flow') uuids.push(event.uuid);
  return uuids;
}

describe('kept flows', () => {
  it('are a recording of all that came, the first message too', async (t) => {
    const { path, flows, troubles } = open(t, 10 * MEGABYTE);
    const messages = Array.from({ length: 50 }, (_, i) => flow(i));
    for (const message of messages) flows.take(message);
    await flows.close();
    assert.deepEqual(
      await uuidsIn(filesOf(path).flows),
      messages.map(({ event }) => (event.kind === 'flow' ? event.uuid : '')),
    );
    assert.deepEqual(troubles, []);
  });

  it('keep to their room: the oldest go first', async (t) => {
    const room = MEGABYTE;
    const { path, flows, troubles } = open(t, room);
    const count = 30_000;
    for (let i = 0; i < count; i++) {
      flows.take(flow(i));
      if (i % 1000 === 999) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await flows.close();
    const { flows: directory } = filesOf(path);
    const names = readdirSync(directory);
    const size = names.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
    assert.ok(names.length > 1, `${names.length} recordings`);
    // A block that waits goes into the present one as a whole.
    assert.ok(size <= 1.5 * room, `${size} bytes`);
    const uuids = await uuidsIn(directory);
    assert.ok(uuids.length > 0 && uuids.length < count);
    assert.ok(uuids.at(-1)?.startsWith(`u-${count - 1}-`), 'the newest is there');
    const numbers = uuids.map((uuid) => Number(uuid.split('-')[1]));
    assert.deepEqual(
      numbers,
      numbers.map((_, i) => (numbers[0] ?? 0) + i),
      'nothing is missing between',
    );
    assert.deepEqual(troubles, []);
  });

  it('that cannot be written cost nothing else, and are told', async (t) => {
    const { path, flows, troubles } = open(t, MEGABYTE);
    writeFileSync(filesOf(path).flows, 'a file in the place of the folder');
    for (let i = 0; i < 10; i++) {
      flows.take(flow(i));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await flows.close();
    assert.match(troubles[0] ?? '', /flows are not kept \(.*\); it is tried again each minute/);
    assert.equal(troubles.length, 1, troubles.join('\n'));
  });
});
