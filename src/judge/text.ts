/** Small texts for people and for RFC formats. */

/** ISO 8601 duration in whole minutes from a minute up, else in whole seconds. */
export function isoDuration(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  if (seconds < 60) return `PT${seconds}S`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60
    ? `PT${minutes}M`
    : `PT${Math.floor(minutes / 60)}H${minutes % 60 === 0 ? '' : `${minutes % 60}M`}`;
}

/** A duration as a person says it: `50 s`, `14 min`, `2 h 5 min`. */
export function spoken(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A share as percent with two significant digits. */
export function percent(share: number): string {
  const value = share * 100;
  if (value === 0) return '0 %';
  return `${Number(value.toPrecision(value >= 10 ? 3 : 2))} %`;
}

/** A number with three significant digits. */
export function short(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en-US') : `${Number(value.toPrecision(3))}`;
}

/** `a`, `a and b`, `a, b and c`, `a, b and 5 more`. */
export function listed(items: readonly string[], most = 4): string {
  if (items.length <= 1) return items[0] ?? '';
  const shown = items.length > most ? [...items.slice(0, most - 1), `${items.length - most + 1} more`] : items;
  return `${shown.slice(0, -1).join(', ')} and ${shown.at(-1) ?? ''}`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${short(count)} ${count === 1 ? one : many}`;
}

/** A word for a shell: bare, in single quotes, or as `$'...'` where it holds control characters. */
export function shellWord(text: string): string {
  if (/^[A-Za-z0-9_./:=@%+,-]+$/.test(text)) return text;
  if (!/\p{Cc}/u.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  const escaped = text
    .replace(/[\\']/g, '\\$&')
    .replace(/\p{Cc}/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `$'${escaped}'`;
}

/** "Odds of 1 to N" from a log e-value. */
export function odds(logE: number): string {
  if (logE >= Math.log(1e6)) return 'less than one in a million';
  return `one in ${Math.max(1, Math.round(Math.exp(logE))).toLocaleString('en-US')}`;
}
