import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markdownReport } from '../../src/report/markdown.js';
import { EMPTY, FAILED, HOSTILE, HUGE, PASSED, SAMPLES } from './documents.js';

/** What is left when blocks and spans of code are taken away: what GitHub reads as markup. */
function outsideCode(markdown: string): string {
  return markdown.replace(/^(`{3,})[^\n]*\n[^]*?^\1$/gm, '').replace(/(?<!`)(`+)(?!`)([^`]|[^`][^]*?[^`])\1(?!`)/g, '');
}

test('the heading has verdict and knob', () => {
  assert.match(markdownReport(PASSED), /^## ✅ PASS: `bpf\.masquerade`\n/);
  assert.match(markdownReport(FAILED), /^## ❌ FAIL: /);
  assert.match(markdownReport(EMPTY), /^## ⚠️ INCONCLUSIVE\n/);
});

test('every row of a table has as many cells as its head', () => {
  for (const one of [...SAMPLES.values(), HUGE]) {
    let wanted = 0;
    for (const line of markdownReport(one).split('\n')) {
      if (!line.startsWith('| ')) wanted = 0;
      else wanted ||= line.split('|').length;
      if (wanted > 0) assert.equal(line.split('|').length, wanted, line);
    }
  }
});

test('nothing of a hostile document is markup', () => {
  const outside = outsideCode(markdownReport(HOSTILE));
  for (const bad of ['<', '@', '](', '![', '://', 'www.', '`', '\n# ', '\n> ']) assert.ok(!outside.includes(bad), bad);
  assert.doesNotMatch(markdownReport(HOSTILE), /(?!\n)\p{Cc}/u);
});

test('it fits into a comment on GitHub, and says what it left out', () => {
  const markdown = markdownReport(HUGE);
  assert.ok(Buffer.byteLength(markdown) < 60_000, `${Buffer.byteLength(markdown)} bytes`);
  assert.match(markdown, /### Findings: 200 fail, 100 info/);
  assert.match(markdown, /\d+ more findings are left out here/);
  assert.match(markdown, /\d+ more nodes are left out here/);
  assert.match(markdown, /- and \d+ more/);
});
