import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import fc from 'fast-check';
import { mergeByTime } from '../../src/recording/merge.js';
import type { EventBatches, RecordedEvent } from '../../src/recording/read.js';
import { DisorderFound, readRecordings } from '../../src/recording/read.js';
import { sortByTime } from '../../src/recording/sort.js';
import { file, flow, flows, jsonLines, lost, read, readAll, sample, story, T0, tempDir } from './made-up.js';

const seconds = (events: readonly RecordedEvent[]): number[] => events.map(({ at }) => (at - T0) / 1000);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

test('newest first is sorted, and said so', async (t) => {
  const { events, input, counts } = await read(t, jsonLines(flows(100).reverse()));
  assert.deepEqual(seconds(events), upTo(100));
  assert.deepEqual(counts, { lines: 100, flows: 100, events: 0, broken: 0 });
  assert.deepEqual(input.notes, ['it is out of order by more than 30 s and was sorted by time']);
});

test('disorder of up to 30 s streams through as it is', async (t) => {
  const { events, input } = await read(t, jsonLines([flow(0), flow(40), flow(10), flow(41)]));
  assert.deepEqual(seconds(events), [0, 40, 10, 41]);
  assert.deepEqual(input.notes, []);
});

test('disorder that shows late, behind what is held back', async (t) => {
  const { events } = await read(t, jsonLines([...flows(3000), flow(0.5)]));
  assert.deepEqual(seconds(events), [0, 0.5, ...upTo(3000).slice(1)]);
});

test('readRecordings tells disorder by DisorderFound, or sorts where it is asked to', async (t) => {
  const path = await file(t, jsonLines(flows(100).reverse()));
  const drain = async (events: EventBatches): Promise<RecordedEvent[]> => {
    const all: RecordedEvent[] = [];
    for await (const batch of events) all.push(...batch);
    return all;
  };
  await assert.rejects(drain(readRecordings([path]).events), (error) => {
    return error instanceof DisorderFound && error.path === path;
  });
  for (const sort of ['all', new Set([path])] as const) {
    assert.deepEqual(seconds(await drain(readRecordings([path], { sort }).events)), upTo(100));
  }
});

test('stdin out of order is read twice, from memory or from disk', async (t) => {
  const bytes = Buffer.from(jsonLines(flows(5000).reverse()));
  async function* stdin(): AsyncGenerator<Buffer> {
    for (let from = 0; from < bytes.length; from += 10_000) yield Promise.resolve(bytes.subarray(from, from + 10_000));
  }
  const dir = await tempDir(t);
  const { events, inputs } = await readAll(['-'], { stdin: stdin(), tempDir: dir });
  assert.deepEqual(seconds(events), upTo(5000));
  assert.equal(inputs[0]?.lines, 5000);
  assert.deepEqual(await readdir(dir), []);
});

test('lost events keep their place in the file, whatever time they say', async (t) => {
  const content = jsonLines([flow(0), lost(500), flow(1), lost(-500), flow(2)]);
  assert.deepEqual(story((await read(t, content)).events), ['flow 0', 'lost 500', 'flow 1', 'lost -500', 'flow 2']);
});

test('lost events move with the flow before them when a file is sorted', async (t) => {
  const content = jsonLines([flow(200), lost(9), flow(100), flow(0), lost(8)]);
  assert.deepEqual(story((await read(t, content)).events), ['flow 0', 'lost 8', 'flow 100', 'flow 200', 'lost 9']);
});

test('lost events in front of everything stand in front of the first flow', async (t) => {
  const { events } = await read(t, jsonLines([lost(300), lost(300), flow(1), flow(2)]));
  assert.deepEqual(seconds(events), [1, 1, 1, 2]);
  assert.deepEqual(
    events.map(({ event }) => event.kind),
    ['lost', 'lost', 'flow', 'flow'],
  );
});

test('status messages go by their time, without one by their place', async (t) => {
  const status = { node_status: { state_change: 'NODE_GONE', node_names: ['worker-1'] } };
  const content = jsonLines([flow(200), { ...status, time: '2026-03-01T12:00:50Z' }, status, flow(0), flow(100)]);
  assert.deepEqual(
    (await read(t, content)).events.map(({ event, at }) => `${event.kind} ${(at - T0) / 1000}`),
    ['flow 0', 'node-status 50', 'flow 100', 'flow 200', 'node-status 200'],
  );
});

test('node samples behind all the flows of a file (cat flows samples) are put among them', async (t) => {
  const both = [...flows(300), ...[0, 100, 200].map((at) => sample(at + 0.5))];
  for (const messages of [both, [...both].reverse(), [...both.slice(300), ...both.slice(0, 300)]]) {
    const { events } = await read(t, jsonLines(messages));
    assert.deepEqual(
      seconds(events),
      seconds(events).toSorted((a, b) => a - b),
    );
  }
});

test('a sample from a clock that is a minute off does not make a file disordered', async (t) => {
  const { input } = await read(t, jsonLines([sample(60), ...flows(200), sample(140)]));
  assert.deepEqual(input.notes, []);
});

test('several files are merged by time, equal times in the order of the files', async (t) => {
  const odd = await file(t, jsonLines(flows(100).filter((_, i) => i % 2 === 1)));
  const even = await file(t, jsonLines(flows(100).filter((_, i) => i % 2 === 0)));
  const backwards = await file(t, jsonLines(flows(100).reverse()));
  const { events, inputs } = await readAll([odd, even, backwards]);
  assert.deepEqual(
    seconds(events),
    upTo(100).flatMap((i) => [i, i]),
  );
  assert.deepEqual(
    inputs.map(({ path, flows: count, notes }) => [path, count, notes.length]),
    [
      [odd, 50, 0],
      [even, 50, 0],
      [backwards, 100, 1],
    ],
  );
});

test('raw objects come along only when they are asked for, through every way of sorting', async (t) => {
  const messages = [...flows(50), lost(50)];
  const path = await file(t, jsonLines(messages));
  const backwards = await file(t, jsonLines([...messages].reverse()));
  for (const inMemory of [7, 1000]) {
    const { events } = await readAll([path, backwards], { keepRaw: true, inMemory });
    assert.deepEqual(
      new Set(events.map(({ raw }) => JSON.stringify(raw))),
      new Set(messages.map((message) => JSON.stringify(message))),
    );
  }
  assert.ok((await readAll([path])).events.every(({ raw }) => raw === undefined));
});

const batchesOf = (events: readonly RecordedEvent[], size: number): EventBatches => ({
  async *[Symbol.asyncIterator]() {
    for (let from = 0; from < events.length; from += size) yield Promise.resolve(events.slice(from, from + size));
  },
});

/** Events at these times; their node samples are numbered in the order they are given. */
const numbered = (times: readonly number[]): RecordedEvent[] =>
  times.map((at, i) => ({ at, event: { kind: 'lost', time: NaN, node: '', source: 0, count: i }, raw: undefined }));

const collect = async (batches: EventBatches): Promise<RecordedEvent[]> => {
  const all: RecordedEvent[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
};

test('sorting on disk gives what sorting in memory gives, and leaves nothing behind', async (t) => {
  const dir = await tempDir(t);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }),
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 2, max: 4 }),
      async (times, size, inMemory, fanIn) => {
        const events = numbered(times);
        const external = await collect(sortByTime(batchesOf(events, size), { tempDir: dir, inMemory, fanIn }));
        assert.deepEqual(
          external,
          events.toSorted((a, b) => a.at - b.at),
        );
      },
    ),
    { numRuns: 60 },
  );
  assert.deepEqual(await readdir(dir), []);
});

test('merging keeps every event once, in order of time, each stream in its own order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 30 }), { maxLength: 5 }),
      fc.integer({ min: 1, max: 10 }),
      async (streams, size) => {
        const sorted = streams.map((times) => numbered(times.toSorted((a, b) => a - b)));
        const merged = await collect(mergeByTime(sorted.map((events) => batchesOf(events, size))));
        assert.deepEqual(
          merged,
          sorted.flat().toSorted((a, b) => a.at - b.at),
        );
      },
    ),
  );
});

test('a reader that stops early closes what it has open', async (t) => {
  const path = await file(t, jsonLines(flows(5000)));
  const dir = await tempDir(t);
  for await (const batch of readRecordings([path, path], { sort: 'all', inMemory: 100, tempDir: dir }).events) {
    if (batch.length > 0) break;
  }
  assert.deepEqual(await readdir(dir), []);
});
