/** Texts of as many columns as there is room for. Texts must be safe to print. */
import { stripVTControlCharacters } from 'node:util';
import { columns } from '../report/layout.js';
import type { Paint, Style } from '../report/paint.js';

const ELLIPSIS = '\u2026';
/** Characters as people see them: a letter is never parted from its marks. */
const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** At most `width` columns; where something is cut off, the last one is an ellipsis. */
export function cut(text: string, width: number): string {
  if (columns(text) <= width) return text;
  return width < 1 ? '' : `${first(graphemes(text), width - 1)}${ELLIPSIS}`;
}

/** The same for names, which are often told apart by their ends: what is left out is their middle. */
export function cutMiddle(text: string, width: number): string {
  if (columns(text) <= width) return text;
  if (width < 1) return '';
  const characters = graphemes(text);
  const tail = first(characters.toReversed(), Math.floor((width - 1) / 2));
  const end = graphemes(tail).toReversed().join('');
  return `${first(characters, width - 1 - columns(tail))}${ELLIPSIS}${end}`;
}

export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(width - columns(text), 0));
}

export interface Cell {
  readonly text: string;
  readonly style?: Style | undefined;
}

/** Cells one behind the other, at most `width` columns of them, without blanks at the end. */
export function lineOf(cells: readonly Cell[], width: number, paint: Paint): string {
  const last = cells.findLastIndex(({ text }) => text.trim() !== '');
  let line = '';
  let room = width;
  for (const [i, { text, style }] of cells.slice(0, last + 1).entries()) {
    const shown = cut(i === last ? text.trimEnd() : text, room);
    line += style === undefined ? shown : paint(style, shown);
    room -= columns(shown);
    if (room < 1) break;
  }
  return line;
}

/** Rows that a line takes on a terminal that wraps what is wider than it. */
export function rowsTaken(line: string, width: number): number {
  let rows = 1;
  let used = 0;
  for (const character of stripVTControlCharacters(line)) {
    const size = columns(character);
    if (used + size > width) {
      rows += 1;
      used = 0;
    }
    used += size;
  }
  return rows;
}

function graphemes(text: string): string[] {
  return Array.from(GRAPHEMES.segment(text), ({ segment }) => segment);
}

function first(characters: readonly string[], width: number): string {
  let kept = '';
  let used = 0;
  for (const character of characters) {
    used += columns(character);
    if (used > width) break;
    kept += character;
  }
  return kept;
}
