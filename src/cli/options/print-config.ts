import { printable } from '../../printable.js';
import type { Origin } from './resolve.js';

/** Tells the value of every option and where it comes from, on stdout. */
export function printOrigins(origins: readonly Origin[], json: boolean): void {
  process.stdout.write(json ? originsAsJson(origins) : originsAsText(origins));
}

function originsAsJson(origins: readonly Origin[]): string {
  const entries = origins.map(({ flag, shown, from }) => [flag, { value: shown ?? null, from }] as const);
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}

export function originsAsText(origins: readonly Origin[]): string {
  const rows = origins.map(({ flag, shown, from }) => [flag, printable(shown ?? '-'), printable(from)] as const);
  const width = (column: 0 | 1): number => Math.max(...rows.map((row) => row[column].length));
  const [first, second] = [width(0), width(1)];
  return rows.map(([flag, value, from]) => `${flag.padEnd(first)}  ${value.padEnd(second)}  ${from}\n`).join('');
}
