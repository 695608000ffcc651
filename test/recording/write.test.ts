import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { UsageError } from '../../src/errors.js';
import { RecordingWriter, sampleLine } from '../../src/recording/write.js';
import { flow, flows, readAll, story, T0, tempDir } from './made-up.js';

const lines = flows(300).map((one) => JSON.stringify(one));
const EXTENSIONS = ['jsonl', 'jsonl.gz', 'jsonl.zst'] as const;

/** A clock that stands until the test says otherwise. */
class FakeTimer {
  due: (() => void) | undefined;
  ms = NaN;
  readonly schedule = (callback: () => void, ms: number): (() => void) => {
    this.due = callback;
    this.ms = ms;
    return () => (this.due = undefined);
  };
}

for (const extension of EXTENSIONS) {
  test(`what is written to .${extension} is read again`, async (t) => {
    const path = join(await tempDir(t), `out.${extension}`);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(lines.length), { minLength: 1, maxLength: 10 }), async (cuts) => {
        const writer = await RecordingWriter.open(path);
        for (const [i, line] of lines.entries()) {
          writer.write(line);
          if (cuts.includes(i)) await writer.flush();
        }
        await writer.close();
        const { events, inputs } = await readAll([path]);
        assert.deepEqual(
          story(events),
          lines.map((_, i) => `flow ${i}`),
        );
        assert.deepEqual([inputs[0]?.lines, inputs[0]?.flows, inputs[0]?.broken], [300, 300, 0]);
      }),
      { numRuns: 10 },
    );
  });

  test(`.${extension}: every flush leaves a file that is whole`, async (t) => {
    const path = join(await tempDir(t), `out.${extension}`);
    const writer = await RecordingWriter.open(path, { schedule: new FakeTimer().schedule });
    for (let written = 100; written <= 300; written += 100) {
      for (const line of lines.slice(written - 100, written)) writer.write(line);
      await writer.flush();
      const [input] = (await readAll([path])).inputs;
      assert.deepEqual([input?.flows, input?.broken], [written, 0]);
    }
    await writer.close();
  });

  test(`.${extension}: kill -9 leaves all that was flushed`, async (t) => {
    const path = join(await tempDir(t), `out.${extension}`);
    const child = spawn(process.execPath, [fileURLToPath(new URL('writer-child.js', import.meta.url)), path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    // It says how many lines were flushed, and goes on writing.
    let said = '';
    for await (const text of child.stdout) {
      said += String(text);
      if (said.split('\n').length > 20) break;
    }
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    const flushed = Number(said.split('\n').at(-2));
    const [input] = (await readAll([path])).inputs;
    assert.ok(flushed > 0 && input !== undefined && input.flows >= flushed, `${input?.flows} of ${flushed}`);
    // A block may have been cut by the kill itself.
    assert.ok(input.broken <= 1);
  });

  test(`.${extension}: an existing file is replaced`, async (t) => {
    const path = join(await tempDir(t), `out.${extension}`);
    await writeFile(path, 'x'.repeat(100_000));
    const writer = await RecordingWriter.open(path);
    writer.write(JSON.stringify(flow(0)));
    await writer.close();
    assert.deepEqual(story((await readAll([path])).events), ['flow 0']);
  });
}

test('lines are written a second after the first of them', async (t) => {
  const path = join(await tempDir(t), 'out.jsonl');
  const timer = new FakeTimer();
  const writer = await RecordingWriter.open(path, { schedule: timer.schedule });
  writer.write('{"a":1}');
  writer.write('{"b":2}');
  assert.equal(timer.ms, 1000);
  assert.equal(await readFile(path, 'utf8'), '');
  timer.due?.();
  await writer.flush();
  assert.equal(await readFile(path, 'utf8'), '{"a":1}\n{"b":2}\n');
  writer.write('{"c":3}');
  assert.ok(timer.due !== undefined, 'the next line starts the timer again');
  await writer.close();
  assert.equal(timer.due, undefined, 'closing stops the timer');
  assert.equal(await readFile(path, 'utf8'), '{"a":1}\n{"b":2}\n{"c":3}\n');
});

test('a full block is written without waiting', async (t) => {
  const path = join(await tempDir(t), 'out.jsonl');
  const blocks: string[] = [];
  const stdout = new Writable({
    write(block: Buffer, _encoding, done) {
      blocks.push(block.toString());
      done();
    },
  });
  const writer = await RecordingWriter.open('-', { stdout, flushBytes: 10, schedule: new FakeTimer().schedule });
  for (const line of ['12345', '67890', 'abc']) writer.write(line);
  await new Promise(setImmediate);
  assert.deepEqual(blocks, ['12345\n67890\n']);
  await writer.close();
  assert.deepEqual(blocks, ['12345\n67890\n', 'abc\n']);
  assert.ok(path !== writer.path && writer.path === '-');
});

test('what cannot be opened is refused by name, with what to do', async (t) => {
  const dir = await tempDir(t);
  const refuses = (path: string, message: RegExp): Promise<void> =>
    assert.rejects(RecordingWriter.open(path), (error: Error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  await refuses(
    join(dir, 'nowhere', 'out.jsonl'),
    /nowhere.out\.jsonl cannot be written \(no such.*: create its folder/,
  );
  await refuses(dir, /cannot be written \(it is a folder\): give another place/);
  await refuses(join(dir, 'x\u001b', 'y'), /x\\x1b/);
});

test('a failed write is told by the next write, flush and close', async () => {
  const stdout = new Writable({
    write: (_block, _encoding, done) => done(Object.assign(new Error(), { code: 'EPIPE' })),
  });
  const writer = await RecordingWriter.open('-', { stdout });
  const message = /writing - failed \(the reader has gone\): the recording ends there/;
  writer.write('{}');
  await assert.rejects(writer.flush(), message);
  assert.throws(() => writer.write('{}'), message);
  await assert.rejects(writer.flush(), message);
  await assert.rejects(writer.close(), message);
});

test('a sample line is what hubble would skip and the reader understands', () => {
  const line = sampleLine([{ name: 'worker-1', state: 'NODE_CONNECTED' }], T0 + 0.25);
  assert.equal(line, '{"nodes":[{"name":"worker-1","state":"NODE_CONNECTED"}],"time":"2026-03-01T12:00:00.000250Z"}');
});
