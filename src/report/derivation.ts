/** Derivations of findings: aligned text that a reader with a calculator can follow, or one JSON document. */
import type { Derivation, Row, Step } from '../judge/derivation/derivation.js';
import { jsonText, plainName, plainSentence } from './escape.js';
import { columns, hanging, wrap } from './layout.js';
import { painter, type Paint } from './paint.js';
import type { TextOptions } from './text.js';

const DEFAULT_TEXT: TextOptions = { color: false, width: 100 };
const INDENT = '   ';
const NAME = 44;
const VALUE = 26;

/** Every derivation as text, one below the other. */
export function derivationText(
  derivations: readonly Derivation[],
  { color, width }: TextOptions = DEFAULT_TEXT,
): string {
  if (derivations.length === 0) return 'There is no finding to explain.\n';
  const paint = painter(color);
  return derivations.map((one) => `${lines(one, width, paint).join('\n')}\n`).join('\n\n');
}

/** `hubble-soak/derivation/v1`. */
export function derivationJson(derivations: readonly Derivation[]): string {
  return `${jsonText({ schema: 'hubble-soak/derivation/v1', derivations })}\n`;
}

function lines({ finding, title, says, steps }: Derivation, width: number, paint: Paint): string[] {
  return [
    paint('bold', plainSentence(title)),
    paint('dim', `id ${plainName(finding)}`),
    '',
    ...wrap(plainSentence(says), width),
    ...steps.flatMap((step, i) => ['', ...stepLines(step, i + 1, width, paint)]),
  ];
}

function stepLines({ heading, why, rows, formula }: Step, number: number, width: number, paint: Paint): string[] {
  const shown = rows.map(cells);
  const widest = (i: 0 | 1, most: number) => Math.min(most, Math.max(0, ...shown.map((row) => columns(row[i]))));
  const [nameWidth, valueWidth] = [widest(0, NAME), widest(1, VALUE)];
  return [
    paint('bold', plainSentence(`${number}. ${heading}`)),
    ...(why === undefined
      ? []
      : wrap(plainSentence(why), width - INDENT.length).map((line) => INDENT + paint('dim', line))),
    ...shown.flatMap(([name, value, note]) => {
      const label = `${INDENT}${padEnd(name, nameWidth)}  ${padStart(value, valueWidth)}`;
      return note === '' ? [label.trimEnd()] : hanging(`${label}  `, note, width);
    }),
    ...(formula === undefined
      ? []
      : formula.split('\n').flatMap((line) => hanging(`${INDENT}| `, plainSentence(line), width))),
  ];
}

/** Name, value, and unit with note. */
function cells({ name, value, unit = '', note = '' }: Row): [name: string, value: string, note: string] {
  const about = [unit, note].filter((part) => part !== '').join(unit === '%' ? ' ' : ', ');
  return [plainName(name), typeof value === 'number' ? digits(value) : plainName(value), plainSentence(about)];
}

/** Seven significant digits: enough to follow each step to the fifth. */
function digits(value: number): string {
  return Number.isInteger(value) ? `${value}` : `${Number(value.toPrecision(7))}`;
}

function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columns(text)));
}

function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - columns(text))) + text;
}
