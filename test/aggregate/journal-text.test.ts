import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeJournal, encodeJournal, encodeLine, JournalVersionError } from '../../src/aggregate/journal-text.js';
import { plainWindow } from '../../src/aggregate/packed-window.js';
import { Journal } from '../../src/aggregate/journal.js';
import { UsageError } from '../../src/errors.js';
import { VERDICT } from '../../src/hubble/event.js';
import {
  aggregator,
  beats,
  Connection,
  dns,
  http,
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
const six = pod('n1', 'web', { ip: 'fd00::1' });

/** A journal with something of everything, and its checkpoint before the end. */
function everything() {
  const into = aggregator();
  const flows = Array.from({ length: 60 }, (_, i) => {
    const c = new Connection(web, api, 40_000 + i);
    const out = new Connection(web, world('192.0.2.1'), 41_000 + i, 443);
    const over6 = new Connection(six, api, 42_000 + i);
    return [
      ...[c.syn('n1', i), c.synAck('n1', i + 0.1), c.drop('n2', i, 169), out.syn('n1', i), out.verdict('n1', i)],
      ...[over6.allowed('n2', i), over6.syn('n2', i), over6.synAck('n2', i + 0.01), over6.ackBack('n2', i + 0.2)],
      ...[over6.syn('n2', i + 2, { traceReason: 2 }), over6.syn('n1', i)],
      ...[c.response('n1', i + 0.2, http(200 + i * 10)), c.response('n1', i + 0.3, dns(i)), c.response('n1', i, {})],
      c.request('n1', i, http(0), { verdict: i % 2 === 0 ? VERDICT.DROPPED : VERDICT.ERROR }),
    ];
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

  test('has every kind of row', () => {
    const lines = journal.windows;
    const verdicts = lines.flatMap((line) => line.verdicts);
    const answers = lines.flatMap((line) => line.answers);
    const talk = lines.flatMap((line) => line.talk);
    assert.ok(verdicts.some(({ policies, revision, match }) => policies.length > 0 && revision > 0 && match > 0));
    assert.ok(answers.some(({ ok, clientErrors, dropped }) => ok > 0 && clientErrors > 0 && dropped > 0));
    assert.ok(answers.some(({ failed }) => failed.length > 0) && answers.some(({ unclear }) => unclear > 0));
    assert.ok(
      talk.some(({ edge, forward, reply, repeats }) => edge.family === 6 && forward > 0 && reply > 0 && repeats > 0),
    );
  });

  test('has one object for an edge in all its lines', () => {
    const { windows } = decodeJournal(text).journal;
    const edges = windows.flatMap((line) => line.talk.map(({ edge }) => edge));
    assert.equal(new Set(edges).size, new Set(edges.map(({ key }) => key)).size);
  });

  test('of IPv4 alone says nothing of families', () => {
    const c = new Connection(web, api, 40_000);
    const [, line = ''] = encodeJournal(journalOf([c.syn('n1', 1)]));
    assert.deepEqual((JSON.parse(line) as { edges: unknown }).edges, [
      ['w:shop/web', `p:shop/${api.here.pod}`, 'TCP', 8080],
    ]);
  });

  test('of an older version lacks what was not counted then', () => {
    const old =
      '{"kind":"window","node":"n1","window":3,"firstFlow":1,"lastFlow":2,"flows":9,"attemptsBegun":1,' +
      '"edges":[["w:a/b","p:a/c","TCP",80]],"attempts":[{"edge":0,"vantage":"source","window":3,"answered":1}]}';
    const [line] = decodeJournal([text[0] ?? '', old]).journal.windows;
    assert.deepEqual([line?.verdicts, line?.answers, line?.talk], [[], [], []]);
    assert.deepEqual(line?.attempts[0], {
      edge: { src: 'w:a/b', dst: 'p:a/c', protocol: 'TCP', port: 80, family: 4, key: 'w:a/b\tp:a/c\tTCP\t80' },
      vantage: 'source',
      window: 3,
      answered: 1,
      repeated: 0,
      unanswered: [],
      dropped: [],
      retransmissions: 0,
    });
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
    some.add({ ...plainWindow(line), window: 0, attempts: line.attempts.map((row) => ({ ...row, window: 0 })) });
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
  test('has numbers where numbers belong', () => {
    const odd =
      '{"kind":"window","node":"n1","window":3,"edges":[["a","b","TCP",1]],"talk":[[0,1,"7",null,{}]],' +
      '"verdicts":[{"edge":0,"outcome":"denied","events":"9","policies":["p",7,null]}],' +
      '"answers":[{"edge":0,"kind":"dns","ok":[],"failed":[null,{"code":2,"count":"x"}]}]}';
    const [line] = decodeJournal([text[0] ?? '', odd]).journal.windows;
    assert.deepEqual([line?.talk[0]?.forward, line?.talk[0]?.reply, line?.talk[0]?.repeats], [0, 0, 0]);
    assert.deepEqual([line?.verdicts[0]?.events, line?.verdicts[0]?.policies], [0, ['p']]);
    assert.deepEqual([line?.answers[0]?.ok, line?.answers[0]?.failed], [0, [{ code: 2, count: 0 }]]);
  });

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
      '{"kind":"window","node":"n1","window":3,"edges":[["a","b","TCP",1]],"verdicts":[{"edge":0,"outcome":"maybe"}]}',
      '{"kind":"window","node":"n1","window":3,"edges":[["a","b","TCP",1]],"verdicts":[{"edge":1,"outcome":"denied"}]}',
      '{"kind":"window","node":"n1","window":3,"edges":[["a","b","TCP",1]],"answers":[{"edge":0,"kind":"gopher"}]}',
      '{"kind":"window","node":"n1","window":3,"edges":[["a","b","TCP",1]],"answers":[null]}',
      '{"kind":"window","node":"n1","window":3,"edges":[["a","b","TCP",1]],"talk":[[0,9,1,1]]}',
      '{"kind":"window","node":"n1","window":3,"edges":[["a","b","TCP",1]],"talk":[{"edge":0}]}',
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
      'verdicts',
      'answers',
      'talk',
      'outcome',
      'examples',
      'places',
      'edge',
      '__proto__',
    );
    const kinds = fc.constantFrom('window', 'checkpoint', 'sample', 'n1');
    const values = fc.oneof(fc.jsonValue(), kinds, fc.constantFrom<fc.JsonValue>(0, 1, 'denied', 'dns', [0, 0, 1]));
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
