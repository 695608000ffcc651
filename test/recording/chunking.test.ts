import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MessageReader } from '../../src/recording/message-reader.js';
import { flow, jsonLines, lost, sample } from './made-up.js';

interface Seen {
  readonly messages: readonly string[];
  readonly broken: readonly number[];
  readonly lines: number;
}

/** What a reader sees when its bytes come in pieces of these sizes, over and over. */
function readIn(bytes: Buffer, sizes: readonly number[], wholeLine?: number): Seen {
  const messages: string[] = [];
  const broken: number[] = [];
  const reader = new MessageReader(
    {
      message: (event, _raw, line) => messages.push(`${line} ${JSON.stringify(event)}`),
      broken: (line) => broken.push(line),
    },
    wholeLine,
  );
  for (let from = 0, i = 0; from < bytes.length; i++) {
    const to = from + (sizes[i % sizes.length] ?? 1);
    reader.push(bytes.subarray(from, to));
    from = to;
  }
  reader.end();
  return { messages, broken, lines: reader.lines };
}

const message = fc.oneof(
  fc.nat(100).map((at) => flow(at)),
  fc.nat(100).map((at) => flow(at, { node_name: 'ä"}{\\😀', Summary: '"}\\' })),
  fc.constant(lost(3)),
  fc.constant(sample(4)),
);

/** A stretch of a file in one of its forms. */
const stretch = fc.oneof(
  { weight: 4, arbitrary: message.map((one) => `${JSON.stringify(one)}\n`) },
  message.map((one) => `${JSON.stringify(one, null, 2)}\n`),
  message.map((one) => `[pod/x] ${JSON.stringify(one)}\r\n`),
  fc.array(message, { maxLength: 3 }).map((list) => `${JSON.stringify(list)}\n`),
  fc.array(message, { maxLength: 3 }).map((list) => `${JSON.stringify(list, null, 1)}\n`),
  message.map((one) => JSON.stringify(one)),
  message.map((one) => `${JSON.stringify({ log: JSON.stringify(one) })}\n`),
  fc.tuple(message, fc.nat(200)).map(([one, length]) => `${JSON.stringify(one).slice(0, length)}\n`),
  fc.constantFrom('\n', ' \t\r\n', 'text\n', '{"a":1}\n', '}\n', '{\n', '\u0000\n'),
);

const recording = fc.array(stretch, { maxLength: 12 }).map((parts) => Buffer.from(parts.join('')));
const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 });

test('however the bytes are cut into chunks, the events, counts and line numbers are the same', () => {
  fc.assert(
    fc.property(recording, sizes, (bytes, chunks) => {
      assert.deepEqual(readIn(bytes, chunks), readIn(bytes, [bytes.length + 1]));
    }),
  );
});

test('lines too long to be kept whole give the same messages', () => {
  const lines = fc.array(
    fc.oneof(
      message.map((one) => [one]),
      fc.array(message, { maxLength: 3 }),
    ),
    { maxLength: 8 },
  );
  const forms = lines.map((all) =>
    Buffer.from(all.map((list) => `${list.length === 1 ? JSON.stringify(list[0]) : JSON.stringify(list)}\n`).join('')),
  );
  fc.assert(
    fc.property(forms, sizes, fc.integer({ min: 1, max: 500 }), (bytes, chunks, wholeLine) => {
      assert.deepEqual(readIn(bytes, chunks, wholeLine), readIn(bytes, [bytes.length + 1]));
    }),
  );
});

test('no bytes make it throw, and good lines around them are read', () => {
  const good = jsonLines([flow(1), flow(2), flow(3)]);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.boolean(), (noise, breaks) => {
      const end = breaks ? '\n' : '';
      const { messages } = readIn(Buffer.concat([Buffer.from(good), noise, Buffer.from(`${end}\n${good}`)]), [50]);
      assert.ok(messages.length >= 6);
    }),
    { numRuns: 300 },
  );
});

test('pieces of JSON in any order make no line swallow the lines behind it', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '{"a":1}',
    '{"flow":',
    '{"',
    ' ',
    'x',
    '1',
    '\n  ',
    '\n',
  );
  const good = jsonLines([flow(1), flow(2), flow(3)]);
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const { messages } = readIn(Buffer.from(`${good}${pieces.join('')}\n${good}`), [1000]);
      assert.ok(messages.filter((one) => one.includes('"kind":"flow"')).length >= 6);
    }),
    { numRuns: 1000 },
  );
});
