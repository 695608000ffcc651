import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printable } from '../src/printable.js';

test('ordinary text of any script stays as it is', () => {
  for (const text of ['recording.jsonl', 'Größe – 日本語 😀', '\\x1b as text', '']) assert.equal(printable(text), text);
});

test('control characters, line separators and marks that reorder text are spelt out', () => {
  assert.equal(printable('a\u001b[31m\r\n\tb\u0000\u007f\u009b'), 'a\\x1b[31m\\x0d\\x0a\\x09b\\x00\\x7f\\x9b');
  assert.equal(printable('\u2028\u202e\u2066\u200b\ufeff'), '\\u2028\\u202e\\u2066\\u200b\\ufeff');
});

test('half of a character is spelt out, a whole one is not', () => {
  assert.equal(printable('\ud83d!'), '\\ud83d!');
  assert.equal(printable('\ud83d\ude00'), '\ud83d\ude00');
});
