import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { UsageError } from '../../src/errors.js';
import { file, flows, jsonLines, readAll, sample, tempDir } from './made-up.js';

const refuses = (paths: readonly string[], message: RegExp, stdin?: AsyncIterable<Buffer>): Promise<void> =>
  assert.rejects(readAll(paths, stdin === undefined ? {} : { stdin }), (error: Error) => {
    assert.ok(error instanceof UsageError, String(error));
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /[\u0000-\u001f\u007f-\u009f]/);
    return true;
  });

test('a missing file', async (t) => {
  await refuses([join(await tempDir(t), 'nowhere.jsonl')], /nowhere\.jsonl does not exist: check the path/);
});

test('a missing file among good ones, before anything is read', async (t) => {
  const good = await file(t, jsonLines(flows(3)));
  await refuses([good, join(await tempDir(t), 'nowhere.jsonl')], /nowhere\.jsonl does not exist/);
});

test('a directory', async (t) => {
  await refuses(
    [await tempDir(t)],
    / is a directory; give a recording, a soak directory with a journal, or a manifest/,
  );
});

test('a file where a folder is expected', async (t) => {
  await refuses([join(await file(t, 'x', 'plain'), 'below.jsonl')], /below\.jsonl cannot be read \(a part of its path/);
});

test('an empty file', async (t) => {
  await refuses([await file(t, '', 'empty.jsonl')], /empty\.jsonl is empty: give/);
});

test('an empty stdin', async () => {
  const nothing = { [Symbol.asyncIterator]: () => [][Symbol.iterator]() } as unknown as AsyncIterable<Buffer>;
  await refuses(['-'], /stdin \(-\) is empty/, nothing);
});

test('nothing but blank lines', async (t) => {
  await refuses([await file(t, ' \n\n\t\r\n  \n', 'blank.jsonl')], /blank\.jsonl has no flow in it, only blank lines/);
});

test('nothing but node samples', async (t) => {
  const content = jsonLines([sample(0), sample(2)]);
  await refuses(
    [await file(t, content, 'samples.jsonl')],
    /samples\.jsonl has no flow in it, only 2 node samples: give/,
  );
});

test('text that is no JSON, with its first line told', async (t) => {
  const message =
    /text\.jsonl has no flow in it, only 2 lines or objects that cannot be used \(line 1: not JSON: \\x1b\[1mbash/;
  await refuses([await file(t, '\u001b[1mbash: hubble: command not found\nbye\n', 'text.jsonl')], message);
});

test('JSON of other programs', async (t) => {
  const content = '{"a":1}\n[1,2,3]\n"text"\n42\nnull\n{"items":[{"kind":"Pod"}]}\n';
  await refuses([await file(t, content, 'other.jsonl')], /other\.jsonl has no flow in it, only 6 lines or objects/);
});

test('noise, whatever its name promises', async (t) => {
  const noise = Buffer.from(Array.from({ length: 60_000 }, (_, i) => (Math.imul(i + 1, 2_654_435_761) >>> 13) & 255));
  for (const name of ['noise.jsonl', 'noise.jsonl.gz', 'noise.jsonl.zst']) {
    await refuses([await file(t, noise, name)], /noise\.jsonl.* has no flow in it/);
  }
});

test('flows that all lack a time', async (t) => {
  const content = '{"flow":{"verdict":"FORWARDED"}}\n';
  await refuses(
    [await file(t, content)],
    /only 1 line or object that cannot be used \(line 1: a flow without a usable/,
  );
});

test('control characters of a file name are not printed', async (t) => {
  const dir = join(await tempDir(t), 'a\u001b]0;title\u0007\nb');
  await refuses([dir], /a\\x1b\]0;title\\x07\\x0ab does not exist/);
  await mkdir(dir);
  await refuses([dir], /a\\x1b\]0;title\\x07\\x0ab is a directory/);
});

test('stdin named twice, and no name at all', async () => {
  await refuses(['-', '-'], /stdin \(-\) can be given only once/);
  await refuses([], /no recording is given/);
});

test('a folder for temporary data that is not there', async (t) => {
  const backwards = await file(t, jsonLines(flows(100).reverse()));
  const tempDirectory = join(await tempDir(t), 'nowhere');
  await assert.rejects(
    readAll([backwards], { tempDir: tempDirectory, inMemory: 10 }),
    /cannot keep temporary data in .*nowhere .*: point TMPDIR to a folder with enough room/,
  );
});
