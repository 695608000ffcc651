/** Lines of a terminal report: width, wrapping, aligned columns. Texts must be safe to print (escape.ts). */

/** Scripts and symbols that take two columns; rather too many than too few, so that no line is wider than it was meant to be. */
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{16fe0}-\u{1b2ff}\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]/u;
/** Marks that stand on the character before them; those that stand beside it take a column. */
const ABOVE = /[\p{Mn}\p{Me}]/u;
const NARROW = /^[\u0020-\u024f]*$/;

/** Columns that a text takes on a terminal. */
export function columns(text: string): number {
  if (NARROW.test(text)) return text.length;
  let sum = 0;
  for (const character of text) sum += ABOVE.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return sum;
}

/** Between words, but not between a number and its unit. */
const BREAK = / (?!(?:%|s|min|h|d)(?![\w/]))/;

/** Lines of at most `width` columns, broken between words; a longer word has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const word of text.split(BREAK)) {
    const size = columns(word);
    if (line !== '' && used + 1 + size > width) {
      lines.push(line);
      line = word;
      used = size;
    } else {
      used += line === '' ? size : 1 + size;
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** A text under a label: the first line behind it, the others indented as far. */
export function hanging(label: string, text: string, width: number): string[] {
  const indent = columns(label);
  const lines = wrap(text, Math.max(20, width - indent));
  return lines.map((line, i) => (i === 0 ? `${label}${line}` : `${' '.repeat(indent)}${line}`));
}

export interface Column {
  readonly title: string;
  readonly right?: boolean;
}

const GAP = '  ';
const LEAST_LAST_COLUMN = 24;

/**
 * A table as padded cells, row by row, the titles first. The last column wraps at `width`, or later where that would make it very narrow.
 * `dress` may add what takes no column (colours) to a padded cell.
 */
export function table(
  header: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
  dress: (cell: string, row: number, column: number) => string = (cell) => cell,
): string[] {
  const all = [header.map(({ title }) => title), ...rows];
  const widths = header.map((_, i) => Math.max(...all.map((row) => columns(row[i] ?? ''))));
  const last = header.length - 1;
  const before = widths.slice(0, last).reduce((sum, one) => sum + one + GAP.length, 0);
  const room = Math.max(LEAST_LAST_COLUMN, width - before);
  return all.flatMap((row, at) => {
    const [first = '', ...more] = wrap(row[last] ?? '', room);
    const cells = [...row.slice(0, last), first];
    const line = header
      .map(({ right }, i) =>
        dress(pad(cells[i] ?? '', i === last && !right ? 0 : (widths[i] ?? 0), right === true), at - 1, i),
      )
      .join(GAP);
    return [line.trimEnd(), ...more.map((text) => ' '.repeat(before) + dress(text, at - 1, last))];
  });
}

function pad(text: string, width: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, width - columns(text)));
  return right ? space + text : text + space;
}
