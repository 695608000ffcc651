/**
 * Text from outside (names of pods, nodes and files, DNS names, policies) made inert for the medium that shows it. Everything here gives
 * one line: line ends and other control characters become visible escapes.
 */
import { printable } from '../printable.js';

/** Longest name, and longest sentence, that a report for people shows, in characters. */
export const NAME_LENGTH = 120;
export const SENTENCE_LENGTH = 1200;

/** At most `most` characters, the last an ellipsis where something was cut. */
export function clip(text: string, most: number): string {
  // Two units make a character at most: what lies behind them need not be looked at.
  if (text.length <= most) return text;
  const characters = Array.from(text.slice(0, 2 * most + 2));
  return characters.length <= most ? characters.join('') : `${characters.slice(0, most - 1).join('')}…`;
}

/** A name for the terminal. */
export function plainName(name: string): string {
  return clip(printable(clip(name, NAME_LENGTH)), 2 * NAME_LENGTH);
}

/** A sentence for the terminal. */
export function plainSentence(sentence: string): string {
  return printable(clip(sentence, SENTENCE_LENGTH));
}

/** JSON in which no control or formatting character stands as itself; the value is the same. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(/(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
    character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}

/** A Markdown code span, in which nothing has a meaning. */
export function markdownCode(text: string): string {
  const content = printable(clip(text, SENTENCE_LENGTH));
  const fence = fenceFor(content, 1);
  const pad = fence.length > 1 || content === '' ? ' ' : '';
  return `${fence}${pad}${content}${pad}${fence}`;
}

/** A Markdown code block of one line. */
export function markdownBlock(text: string, language: string): string {
  const content = printable(clip(text, 2 * SENTENCE_LENGTH));
  const fence = fenceFor(content, 3);
  return `${fence}${language}\n${content}\n${fence}`;
}

/** More backticks than stand together in the content. */
function fenceFor(content: string, least: number): string {
  const longest = (content.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
  return '`'.repeat(Math.max(least, longest + 1));
}

/** A sentence in Markdown: plain words stay, every other one becomes a code span. */
export function markdownProse(sentence: string): string {
  return prose(sentence, markdownCode);
}

/** What stands in a cell of a Markdown table: a bar would end it, even in a code span. */
export function markdownCell(markdown: string): string {
  return markdown.replaceAll('|', '\\x7c');
}

/** A Slack code span: nothing in it is a mention, a link or emphasis. */
export function slackCode(text: string): string {
  const content = printable(clip(text, SENTENCE_LENGTH)).replaceAll('`', '\\x60');
  return `\`${slackText(content === '' ? ' ' : content)}\``;
}

/** A sentence in Slack's mrkdwn: plain words stay, every other one becomes a code span. */
export function slackProse(sentence: string): string {
  return prose(sentence, slackCode);
}

/** What Slack asks of all text. */
function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Words that mean nothing in Markdown or mrkdwn. */
const PLAIN_WORD = /^[\p{L}\p{M}\p{N}(),.;:%+\-'"/=?!→…]*$/u;
/** Links, emoji, references to issues and commits that are made of such characters. */
const SPECIAL_WORD = /:\/\/|www\.|:[\d_]*[a-z+-][\w+-]*:|^gh-\d|^[0-9a-f]{7,40}$/iu;
/** What opens a list, a heading's underline or a rule at the start of a line. */
const OPENS_BLOCK = /^(?:[-+=]+|\d+[.)])$/;
/** A closing parenthesis belongs to the punctuation where one was opened before the word. */
const WITH_PUNCTUATION = /^(\()(.*?)(\)?[,.;:!?]*)$|^(.*?)([,.;:!?]*)$/su;

function prose(sentence: string, code: (word: string) => string): string {
  const words = printable(clip(sentence, SENTENCE_LENGTH)).trim().split(' ');
  return words.map((word, at) => (at === 0 && OPENS_BLOCK.test(word) ? code(word) : proseWord(word, code))).join(' ');
}

function proseWord(word: string, code: (word: string) => string): string {
  if (word === '->') return '→';
  if (PLAIN_WORD.test(word) && !SPECIAL_WORD.test(word)) return word;
  const [, open = '', enclosed = '', close = '', bare = '', end = ''] = WITH_PUNCTUATION.exec(word) ?? [];
  return `${open}${code(enclosed + bare)}${close}${end}`;
}
