import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { constants, gunzipSync } from 'node:zlib';
import { UsageError } from '../../src/errors.js';
import { packerFor } from '../../src/recording/packer.js';
import { unpack } from '../../src/recording/unpack.js';
import { file, flows, jsonLines, read, readAll } from './made-up.js';

const HUNDRED = { lines: 100, flows: 100, events: 0, broken: 0 };
const content = Buffer.from(jsonLines(flows(100)));
const half = content.indexOf(10, content.length / 2) + 1;
const halves = [content.subarray(0, half), content.subarray(half)] as const;

const gzip = await packerFor('.gz');
const zstd = await packerFor('.zst');
/** Each part packed by itself, one behind the other. */
const gz = async (...parts: readonly Buffer[]): Promise<Buffer> => Buffer.concat(await Promise.all(parts.map(gzip)));
const zst = async (...parts: readonly Buffer[]): Promise<Buffer> => Buffer.concat(await Promise.all(parts.map(zstd)));
/** A zstd frame that readers skip. */
const skippable = Buffer.from([0x52, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

for (const [name, pack] of [
  ['gz', gz],
  ['zst', zst],
] as const) {
  test(`.${name} of one and of several parts`, async (t) => {
    const one = await read(t, await pack(content), `r.jsonl.${name}`);
    const parts = await read(t, await pack(...halves), `r.jsonl.${name}`);
    assert.deepEqual(one.counts, HUNDRED);
    assert.deepEqual(parts.counts, HUNDRED);
    assert.deepEqual(parts.events, one.events);
  });

  test(`.${name} under another name is known by its first bytes`, async (t) => {
    assert.deepEqual((await read(t, await pack(content), 'recording')).counts, HUNDRED);
  });

  test(`.${name} with an empty part`, async (t) => {
    const empty = Buffer.alloc(0);
    assert.deepEqual((await read(t, await pack(empty, content, empty))).counts, HUNDRED);
  });

  test(`.${name} that is cut is judged up to the cut, which counts as one broken`, async (t) => {
    const packed = await pack(...halves);
    for (const share of [0.6, 0.8, 0.95]) {
      const { counts, input } = await read(t, packed.subarray(0, packed.length * share), `r.jsonl.${name}`);
      assert.equal(counts.broken, 1, `${share}`);
      assert.ok(counts.flows >= 50 && counts.flows < 100, `${counts.flows} flows of ${share}`);
      assert.match(input.notes.join(), /cannot be unpacked to its end/);
    }
  });

  test(`.${name} that is cut between its parts is whole as far as it goes`, async (t) => {
    assert.deepEqual((await read(t, await pack(halves[0]))).counts.broken, 0);
  });

  test(`.${name} with garbage behind it is one broken`, async (t) => {
    const many = Buffer.from(jsonLines(flows(1000)));
    const { counts } = await read(t, Buffer.concat([await pack(many), Buffer.from('garbage and more garbage')]));
    assert.equal(counts.broken, 1);
    // zlib keeps the last 64 KiB to itself when it meets the garbage.
    assert.ok(counts.flows > 850, `${counts.flows} of 1000 flows`);
  });

  test(`.${name} cut in its header is refused by name`, async (t) => {
    const path = await file(t, (await pack(content)).subarray(0, 6), `head.jsonl.${name}`);
    await assert.rejects(readAll([path]), (error: Error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, /head\.jsonl.*cannot be unpacked/);
      return true;
    });
  });

  test(`.${name} bytes may come in any chunks`, async () => {
    const packed = Buffer.concat([name === 'zst' ? skippable : Buffer.alloc(0), await pack(...halves)]);
    for (const size of [1, 3, 1000]) {
      const { bytes, cut } = await unpack('x', chunks(packed, size));
      assert.deepEqual(await all(bytes), content, `chunks of ${size}`);
      assert.equal(cut(), undefined);
    }
  });
}

test('.gz padded with zeros, as tapes and block devices do', async (t) => {
  assert.deepEqual((await read(t, Buffer.concat([await gz(content), Buffer.alloc(512)]))).counts, HUNDRED);
});

test('.zst with frames to skip', async (t) => {
  const packed = Buffer.concat([
    skippable,
    await zst(halves[0]),
    skippable,
    skippable,
    await zst(halves[1]),
    skippable,
  ]);
  assert.deepEqual((await read(t, packed)).counts, HUNDRED);
});

test('.gz cut anywhere gives all that zlib can unpack', async () => {
  const packed = await gz(...halves);
  for (let length = 20; length < packed.length; length += 31) {
    const cut = packed.subarray(0, length);
    const best = gunzipSync(cut, { finishFlush: constants.Z_SYNC_FLUSH });
    const { bytes } = await unpack('x', chunks(cut, 100));
    if (best.length === 0) await assert.rejects(all(bytes), UsageError);
    else assert.deepEqual(await all(bytes), best);
  }
});

test('.zst cut anywhere gives a beginning of the whole', async () => {
  const packed = await zst(...halves);
  const first = (await zst(halves[0])).length;
  for (let length = first + 20; length < packed.length; length += 7) {
    const { bytes, cut } = await unpack('x', chunks(packed.subarray(0, length), 100));
    const got = await all(bytes);
    assert.ok(got.length >= halves[0].length);
    assert.deepEqual(got, content.subarray(0, got.length));
    assert.ok(cut() !== undefined);
  }
});

test('the hash is of the bytes on disk, unpacked or not, whole or cut', async (t) => {
  const gzipped = await gz(...halves);
  const zstandard = await zst(...halves);
  for (const bytes of [content, gzipped, zstandard, gzipped.subarray(0, -50), zstandard.subarray(0, -50)]) {
    const { inputs } = await readAll([await file(t, bytes)]);
    assert.equal(inputs[0]?.sha256, createHash('sha256').update(bytes).digest('hex'));
  }
});

test('stdin may be packed, and its first bytes may come one by one', async () => {
  for (const bytes of [content, await gz(content), await zst(content)]) {
    const { inputs } = await readAll(['-'], { stdin: drip(bytes) });
    assert.deepEqual(
      { ...inputs[0], notes: 0, brokenExamples: 0 },
      {
        ...HUNDRED,
        path: '-',
        sha256: createHash('sha256').update(bytes).digest('hex'),
        notes: 0,
        brokenExamples: 0,
      },
    );
  }
});

for (const [what, magic] of [
  ['a zip', 'PK\u0003\u0004'],
  ['a bzip2', 'BZh9'],
  ['an xz', '\u00fd7zXZ\u0000'],
] as const) {
  test(`${what} archive is refused with what to do`, async (t) => {
    const path = await file(t, Buffer.from(`${magic}${'x'.repeat(100)}`, 'latin1'), 'sysdump.zip');
    await assert.rejects(readAll([path]), new RegExp(`sysdump\\.zip is ${what} archive.*: unpack it`));
  });
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream that is at hand
async function* chunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

/** The first bytes one by one. */
async function* drip(bytes: Buffer): AsyncGenerator<Buffer> {
  yield* chunks(bytes.subarray(0, 20), 1);
  yield bytes.subarray(20);
}

async function all(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}
