import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeJournal, encodeJournal, encodeLine, JournalVersionError } from '../../src/aggregate/journal-text.js';
import { Journal } from '../../src/aggregate/journal.js';
import { UsageError } from '../../src/errors.js';
import {
  aggregator,
  beats,
  Connection,
  inTime,
  journalOf,
  lost,
  pod,
  samples,
  status,
  world,
  WINDOW_MS,
} from './flows.js';

const web = pod('n1', 'web');
const api = pod('n2', 'api');

/** A journal with something of everything, and its checkpoint before the end. */
function everything() {
  const into = aggregator();
  const flows = Array.from({ length: 60 }, (_, i) => {
    const c = new Connection(web, api, 40_000 + i);
    const out = new Connection(web, world('192.0.2.1'), 41_000 + i, 443);
    return [c.syn('n1', i), c.synAck('n1', i + 0.1), c.drop('n2', i, 169), out.syn('n1', i), out.verdict('n1', i)];
  }).flat();
  for (const flow of inTime(flows)) into.push(flow);
  for (const event of [lost('n1', 4), samples(60, { n1: 99, n2: undefined }), status(60, 4, 'n2')]) into.push(event);
  into.push({ kind: 'agent-event', node: 'n2', time: 1, type: 'AGENT_STARTED' });
  const checkpoint = into.checkpoint();
  into.finish();
  return { journal: into.journal, checkpoint };
}

const { journal, checkpoint } = everything();
const text = [...encodeJournal(journal, checkpoint)];

describe('a journal as text', () => {
  test('comes back as it was, edges and checkpoint and all', () => {
    const back = decodeJournal(text);
    assert.deepEqual([...back.journal.lines()], [...journal.lines()]);
    assert.deepEqual(back.checkpoints, checkpoint);
    assert.ok(checkpoint.some((node) => node.attempts.length > 0 && node.places.length > 0));
    assert.deepEqual([back.broken, back.isCut], [0, false]);
  });

  test('has one object a line, the header first, and is smaller than its lines', () => {
    assert.deepEqual(JSON.parse(text[0] ?? ''), {
      kind: 'journal',
      schema: 'hubble-soak/journal/v1',
      windowMs: WINDOW_MS,
    });
    assert.ok(text.every((line) => !line.includes('\n')));
    const [plain, compact] = [JSON.stringify([...journal.lines()]), [...encodeJournal(journal)].join('')];
    assert.ok(compact.length < plain.length / 1.5);
  });

  test('keeps any name', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (name, node) => {
        const evil = pod(node, name, { pod: name, namespace: name });
        const c = new Connection(evil, world('192.0.2.1'), 40_000);
        const some = journalOf(inTime([c.syn(node, 1), c.drop(node, 2), ...beats(node, 0, 60)]));
        assert.deepEqual([...decodeJournal(encodeJournal(some)).journal.lines()], [...some.lines()]);
      }),
      { seed: 7, numRuns: 60 },
    );
  });

  test('takes windows of the epoch, and of half a second', () => {
    const some = new Journal(500);
    const [line] = journal.windows;
    assert.ok(line !== undefined);
    some.add({ ...line, window: 0, attempts: line.attempts.map((row) => ({ ...row, window: 0 })) });
    assert.deepEqual([...decodeJournal(encodeJournal(some)).journal.lines()], [...some.lines()]);
  });

  test('has the last checkpoint of each node', () => {
    const older = checkpoint.map((node) => ({ ...node, nextWindow: 1, attempts: [] }));
    const lines = [text[0] ?? '', ...older.map(encodeLine), ...text.slice(1)];
    assert.deepEqual(decodeJournal(lines).checkpoints, checkpoint);
  });

  test('may be two journals, one behind the other', () => {
    const back = decodeJournal([...text, ...text]);
    assert.equal(back.journal.windows.length, 2 * journal.windows.length);
    assert.equal(back.broken, 0);
  });
});

describe('a journal that was hurt', () => {
  test('loses a cut last line, wherever it was cut', () => {
    const last = text.findLastIndex((line) => line.includes('"window"'));
    const line = text[last] ?? '';
    for (const length of [1, 2, 17, line.length >> 1, line.length - 1]) {
      const back = decodeJournal([...text.slice(0, last), line.slice(0, length)]);
      assert.deepEqual([back.broken, back.isCut], [0, true]);
      assert.equal(back.journal.windows.length, journal.windows.length - 1);
    }
  });

  test('counts what it cannot use, and goes on', () => {
    const bad = [
      '{"kind":"window","node":"n1"',
      'null',
      '[]',
      '7',
      '{}',
      '{"kind":"from tomorrow","node":"n1"}',
      '{"kind":"window","node":7,"window":3}',
      '{"kind":"window","node":"n1","window":"x"}',
      '{"kind":"window","node":"n1","window":3,"attempts":[{"edge":5}]}',
      '{"kind":"sample","node":"n1"}',
      '{"kind":"checkpoint","node":"n1"}',
    ];
    const back = decodeJournal([...text.slice(0, 3), ...bad, '', ...text.slice(3)]);
    assert.deepEqual([back.broken, back.isCut], [bad.length, false]);
    assert.deepEqual([...back.journal.lines()], [...journal.lines()]);
  });

  test('is read whatever a line holds', () => {
    const keys = fc.constantFrom(
      'kind',
      'node',
      'window',
      'edges',
      'drops',
      'attempts',
      'examples',
      'places',
      'edge',
      '__proto__',
    );
    const kinds = fc.constantFrom('window', 'checkpoint', 'sample', 'n1');
    const values = fc.oneof(fc.jsonValue(), kinds, fc.constant(1));
    fc.assert(
      fc.property(fc.dictionary(keys, fc.oneof(values, fc.array(fc.dictionary(keys, values)))), kinds, (row, kind) => {
        decodeJournal([text[0] ?? '', JSON.stringify({ ...row, kind, node: 'n1', window: 3, nextWindow: 3 })]);
      }),
      { seed: 8, numRuns: 300 },
    );
  });

  test('of another version is refused by its name', () => {
    const other = '{"kind":"journal","schema":"hubble-soak/journal/v2","windowMs":10000}';
    assert.throws(
      () => decodeJournal([other]),
      (error: unknown) => error instanceof JournalVersionError && error.found === 'hubble-soak/journal/v2',
    );
    assert.throws(() => decodeJournal([other]), /hubble-soak\/journal\/v2.*hubble-soak\/journal\/v1/);
    assert.ok(new JournalVersionError('', '') instanceof UsageError);
  });

  test('without a usable header is refused', () => {
    const headless = [
      [],
      [''],
      ['{"flow":{}}'],
      ['not JSON'],
      text.slice(1),
      ['{"kind":"journal"}'],
      ['{"kind":"journal","schema":"hubble-soak/journal/v1","windowMs":0}'],
      [...text, '{"kind":"journal","schema":"hubble-soak/journal/v1","windowMs":5000}'],
    ];
    for (const lines of headless) assert.throws(() => decodeJournal(lines), JournalVersionError);
  });
});
