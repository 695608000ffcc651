/** Windows as bytes: whatever is packed comes back as it was. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteReader, ByteWriter } from '../../src/aggregate/bytes.js';
import { makeEdge } from '../../src/aggregate/edge.js';
import { Journal, merge, type NodeWindow } from '../../src/aggregate/journal.js';
import { KINDS, OUTCOMES, VANTAGES } from '../../src/aggregate/packed-rows.js';
import { plainWindow } from '../../src/aggregate/packed-window.js';
import { WindowPacker } from '../../src/aggregate/window-packer.js';

/** Any number but -0, which is no count. */
const anyNumber = fc.oneof(
  { weight: 6, arbitrary: fc.nat(70) },
  fc.nat(),
  fc.nat(2 ** 31),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true }).map((x) => x + 0),
);
const hash = fc.oneof({ weight: 5, arbitrary: fc.nat(2 ** 32 - 1) }, anyNumber);
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 5 }), fc.constantFrom('app/web', '@10.0.0.1', ''));
const edge = fc
  .tuple(text, text, fc.constantFrom('TCP' as const, 'UDP' as const, 'ICMPv6' as const), fc.nat(300))
  .chain(([src, dst, protocol, port]) =>
    fc.constantFrom(4 as const, 6 as const).map((family) => makeEdge(src, dst, protocol, port, family)),
  );
const few = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(of, { maxLength: 4 });
const vantage = fc.constantFrom(...VANTAGES);
const rowOf = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<T>;

const anyWindow: fc.Arbitrary<NodeWindow> = fc.nat(2 ** 28).chain((window) =>
  rowOf({
    kind: fc.constant('window' as const),
    node: fc.constantFrom('n1', 'n2'),
    window: fc.constant(window),
    flows: anyNumber,
    late: anyNumber,
    lost: anyNumber,
    firstFlow: fc.option(anyNumber),
    lastFlow: fc.option(anyNumber),
    silences: few(fc.tuple(anyNumber, anyNumber)),
    attemptsBegun: anyNumber,
    drops: few(rowOf({ reason: anyNumber, direction: anyNumber, edge, events: anyNumber, first: anyNumber })),
    attempts: few(
      rowOf({
        edge,
        vantage,
        window: fc.oneof(fc.constant(window), fc.nat(2 ** 28)),
        answered: anyNumber,
        repeated: fc.oneof(fc.constant(0), anyNumber),
        retransmissions: fc.oneof(fc.constant(0), anyNumber),
        unanswered: few(hash),
        dropped: few(rowOf({ reason: anyNumber, hashes: few(hash) })),
      }),
    ),
    answered: few(hash),
    verdicts: few(
      rowOf({
        edge,
        direction: anyNumber,
        outcome: fc.constantFrom(...OUTCOMES),
        reason: anyNumber,
        authType: anyNumber,
        match: anyNumber,
        events: anyNumber,
        policies: few(text),
        revision: anyNumber,
      }),
    ),
    answers: few(
      rowOf({
        edge,
        kind: fc.constantFrom(...KINDS),
        direction: anyNumber,
        ok: anyNumber,
        clientErrors: anyNumber,
        unclear: anyNumber,
        dropped: anyNumber,
        errors: anyNumber,
        failed: few(rowOf({ code: anyNumber, count: anyNumber })),
      }),
    ),
    talk: few(
      rowOf({ edge, vantage, forward: anyNumber, reply: anyNumber, repeats: fc.oneof(fc.constant(0), anyNumber) }),
    ),
    places: few(rowOf({ what: text, workload: text })),
    examples: few(
      rowOf({
        time: anyNumber,
        verdict: anyNumber,
        reason: anyNumber,
        direction: anyNumber,
        source: text,
        destination: text,
        protocol: text,
        port: anyNumber,
        uuid: fc.oneof(fc.uuid(), text),
        edge: text,
      }),
    ),
    overflow: anyNumber,
    evicted: anyNumber,
  }),
);

test('windows come back as they were, whatever is packed beside them', () => {
  fc.assert(
    fc.property(fc.array(anyWindow, { maxLength: 5 }), (lines) => {
      const packer = new WindowPacker();
      const packed = lines.map((line) => packer.pack(line));
      assert.deepEqual(packed.map(plainWindow), lines);
      // In any order, and again.
      assert.deepEqual([...packed].reverse().map(plainWindow), [...lines].reverse());
      assert.deepEqual(JSON.parse(JSON.stringify(packed)), JSON.parse(JSON.stringify(lines)));
    }),
    { seed: 11, numRuns: 300 },
  );
});

test('each list is found without the others', () => {
  fc.assert(
    fc.property(
      anyWindow,
      fc.constantFrom<keyof NodeWindow>('talk', 'answered', 'attempts', 'lastFlow'),
      (line, key) => {
        assert.deepEqual(new WindowPacker().pack(line)[key], line[key]);
      },
    ),
    { seed: 12, numRuns: 200 },
  );
});

test('a journal of more bytes than a block, and one merged of several, hold what they were given', () => {
  const [line] = fc.sample(anyWindow, { seed: 13, numRuns: 1 });
  assert.ok(line !== undefined);
  const many = Array.from({ length: 3000 }, (_, i) => ({
    ...line,
    window: i,
    answered: Array.from({ length: 200 }, () => i),
  }));
  const [even, odd] = [new Journal(10_000), new Journal(10_000)];
  for (const one of many) (one.window % 2 === 0 ? even : odd).add(one);
  assert.deepEqual(merge([odd, even]).windows.map(plainWindow), many);
});

test('any number comes back from bytes', () => {
  const [to, from] = [new ByteWriter(), new ByteReader()];
  fc.assert(
    fc.property(fc.array(anyNumber), fc.array(fc.nat(2 ** 32 - 1)), (numbers, words) => {
      to.clear();
      for (const number of numbers) to.number(number);
      for (const word of words) {
        to.whole(word);
        to.word(word);
      }
      from.open(Uint8Array.from(to.written()), 0);
      assert.deepEqual(
        numbers.map(() => from.number()),
        numbers,
      );
      for (const word of words) assert.deepEqual([from.whole(), from.word()], [word, word]);
    }),
    { seed: 14 },
  );
});
