import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { columns, hanging, table, wrap } from '../../src/report/layout.js';

const words = fc.array(fc.constantFrom('a', 'node', 'worker-1', '12', 'min', '%', 'größe', '節点', 'x'.repeat(30)), {
  minLength: 1,
  maxLength: 40,
});

test('wrapping keeps every word and the width', () => {
  fc.assert(
    fc.property(words, fc.integer({ min: 20, max: 60 }), (parts, width) => {
      const text = parts.join(' ');
      const lines = wrap(text, width);
      assert.equal(lines.join(' '), text);
      for (const line of lines) assert.ok(columns(line) <= width || !/ (?!%|min)/.test(line), line);
    }),
  );
});

test('a number and its unit stay together', () => {
  assert.deepEqual(wrap('failed 33.8 % of', 11), ['failed', '33.8 % of']);
  assert.deepEqual(wrap('soaked for 14 min, then', 13), ['soaked for', '14 min, then']);
  assert.deepEqual(wrap('seen 14 minutes', 7), ['seen 14', 'minutes']);
});

test('columns count what a terminal shows', () => {
  assert.equal(columns('abc'), 3);
  assert.equal(columns('節点'), 4);
  assert.equal(columns('e\u0301'), 1);
  assert.equal(columns('✅'), 2);
});

test('lines behind a label hang', () => {
  assert.deepEqual(hanging('since  ', 'one two three four five six', 27), [
    'since  one two three four',
    '       five six',
  ]);
});

test('a table is aligned, and dressing does not move it', () => {
  const header = [{ title: 'node' }, { title: 'flows', right: true }, { title: 'says' }];
  const rows = [
    ['a', '1', 'fine'],
    ['worker-1', '12,345', 'nothing that could be told in one short line'],
  ];
  assert.deepEqual(
    table(header, rows, 50, (cell, row) => (row < 0 ? cell.toUpperCase() : cell)),
    [
      'NODE       FLOWS  SAYS',
      'a              1  fine',
      'worker-1  12,345  nothing that could be told in',
      '                  one short line',
    ],
  );
});
