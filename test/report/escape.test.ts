import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  clip,
  jsonText,
  markdownBlock,
  markdownCell,
  markdownCode,
  markdownProse,
  plainName,
  plainSentence,
  slackCode,
  slackProse,
} from '../../src/report/escape.js';
import { ATTACKS } from './documents.js';

/** Control characters, line separators, marks that reorder text. */
const DANGEROUS = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** Text with more than its share of what has a meaning somewhere. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(fc.constantFrom(...'`*_~|<>&[]()!#@:\\/.-=+ \n\u001b\u009b\u202eab1', 'www.', '://', '->'), {
      maxLength: 40,
    })
    .map(join),
  fc.array(fc.constantFrom(...ATTACKS), { maxLength: 4 }).map((parts) => parts.join(' ')),
);

function join(parts: readonly string[]): string {
  return parts.join('');
}

/** CommonMark's code spans: a run of backticks up to the next run of the same length. What is left is read as markup. */
function outsideCodeSpans(markdown: string): string {
  const runs = [...markdown.matchAll(/`+/g)];
  let rest = '';
  let from = 0;
  for (let i = 0; i < runs.length; i++) {
    const open = runs[i];
    const close = runs.slice(i + 1).find((run) => run[0] === open?.[0]);
    if (open === undefined || close === undefined) continue;
    rest += markdown.slice(from, open.index);
    from = close.index + close[0].length;
    i = runs.indexOf(close);
  }
  return rest + markdown.slice(from);
}

test('nothing that a terminal obeys survives', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      for (const escape of [plainName, plainSentence, markdownCode, markdownProse, slackCode, slackProse])
        assert.doesNotMatch(escape(text), DANGEROUS);
    }),
  );
});

test('JSON text holds no control character and the same value', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const json = jsonText({ text });
      assert.doesNotMatch(json.replaceAll('\n', ''), DANGEROUS);
      assert.deepEqual(JSON.parse(json), { text: JSON.parse(JSON.stringify(text)) as string });
    }),
  );
});

test('a Markdown code span is one span, whatever is in it', () => {
  fc.assert(fc.property(anyText, (text) => assert.equal(outsideCodeSpans(markdownCode(text)), '')));
});

test('outside of code spans Markdown prose is made of plain words', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const outside = outsideCodeSpans(markdownProse(text));
      assert.doesNotMatch(outside, /[`*_~|<>&[\]#@\\^$]|:\/\/|www\./i);
      assert.doesNotMatch(outside, /^(?:[-+=]+|\d+[.)]) /);
    }),
  );
});

test('a cell of a table has no bar', () => {
  fc.assert(fc.property(anyText, (text) => assert.doesNotMatch(markdownCell(markdownProse(text)), /\|/)));
});

test('a code block is closed by its own fence only', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const [fence = '', content = '', close = '', ...more] = markdownBlock(text, 'sh').split('\n');
      assert.equal(more.length, 0);
      assert.equal(`${close}sh`, fence);
      assert.ok(!content.includes(close));
    }),
  );
});

test('Slack sees no markup but code spans', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      for (const escaped of [slackProse(text), slackCode(text)]) {
        assert.doesNotMatch(escaped, /[<>]|&(?!amp;|lt;|gt;)/);
        assert.doesNotMatch(escaped.replace(/`[^`]*`/g, ''), /[`*_~@#&]/);
      }
    }),
  );
});

test('plain sentences stay as they are', () => {
  const sentence = "33.8 % of 210 trials on worker-1 failed (301 attempts), since 2026-01-31 21:26:18; that's 2.6/min.";
  for (const escape of [plainSentence, markdownProse, slackProse]) assert.equal(escape(sentence), sentence);
  assert.equal(markdownProse('shop/web -> shop/api'), 'shop/web → shop/api');
});

test('words with a meaning become code', () => {
  assert.equal(markdownProse('dropped (POLICY_DENIED), see'), 'dropped (`POLICY_DENIED`), see');
  assert.equal(markdownProse('by @octocat, :tada: #12 GH-12'), 'by `@octocat`, `:tada`: `#12` `GH-12`');
  assert.equal(markdownProse('1. first'), '`1.` first');
  assert.equal(markdownCode('a`b'), '`` a`b ``');
  assert.equal(slackProse('a <b> & c'), 'a `&lt;b&gt;` `&amp;` c');
  assert.equal(slackCode('a`b'), '`a\\x60b`');
});

test('clipping keeps characters whole', () => {
  assert.equal(clip('abcdef', 6), 'abcdef');
  assert.equal(clip('abcdefg', 6), 'abcde…');
  assert.equal(clip('😀😀😀', 3), '😀😀😀');
  assert.equal(clip('😀😀😀😀', 3), '😀😀…');
  assert.ok(plainName('\u0000'.repeat(1e6)).length < 1000);
});
