/** Numbers, times and durations in the words of the reports. */

/** `12,345`; three significant digits below a hundred where it is no integer. */
export function count(value: number): string {
  if (!Number.isFinite(value)) return '?';
  if (!Number.isInteger(value) && Math.abs(value) < 100) return `${Number(value.toPrecision(3))}`;
  return Math.round(value)
    .toFixed(0)
    .replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 attempt`, `12 attempts`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A share in 0...1 as `0.42 %`. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return '? %';
  const value = share * 100;
  return `${Number(value.toPrecision(value >= 10 ? 3 : 2))} %`;
}

/** Seconds as `50 s`, `14 min`, `2 h 5 min`, `3 d 4 h`. */
export function spoken(seconds: number): string {
  return inUnits(seconds, ' s', ' min', ' h', ' d', ' ');
}

/** Seconds as `50s`, `14m`, `2h5m`, `3d4h`: for tables. */
export function compact(seconds: number): string {
  return inUnits(seconds, 's', 'm', 'h', 'd', '');
}

/** The two largest units that say something; seconds only below two minutes. */
function inUnits(seconds: number, s: string, min: string, h: string, d: string, between: string): string {
  if (!Number.isFinite(seconds)) return '?';
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}${s}`;
  if (whole < 120) return two(1, min, whole - 60, s, between);
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes}${min}`;
  if (minutes < 2880) return two(Math.floor(minutes / 60), h, minutes % 60, min, between);
  const hours = Math.round(minutes / 60);
  return two(Math.floor(hours / 24), d, hours % 24, h, between);
}

function two(large: number, largeUnit: string, small: number, smallUnit: string, between: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${between}${small}${smallUnit}`;
}

const ISO_DURATION = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** Seconds of an ISO 8601 duration of days and smaller units; NaN for anything else. */
export function isoSeconds(duration: string): number {
  const parts = ISO_DURATION.exec(duration);
  if (parts === null) return NaN;
  const [days, hours, minutes, seconds] = parts.slice(1).map((part: string | undefined) => Number(part ?? 0));
  return (((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0);
}

/** Seconds between two RFC 3339 times. */
export function secondsBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}

const TIME = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/;

/** `2026-01-01 00:17:20` of an RFC 3339 time in UTC; anything else as it is. */
export function dateAndTime(time: string): string {
  return time.replace(TIME, '$1 $2');
}

/** `00:17:20`, for times on a day that stands beside it. */
export function timeOfDay(time: string): string {
  return time.replace(TIME, '$2');
}

/** `2026-01-01`. */
export function day(time: string): string {
  return time.replace(TIME, '$1');
}

/** `a`, `a and b`, `a, b and c`, `a, b and 5 more`. */
export function listed(items: readonly string[], most = 4): string {
  if (items.length <= 1) return items[0] ?? '';
  const shown = items.length > most ? [...items.slice(0, most - 1), `${items.length - most + 1} more`] : items;
  return `${shown.slice(0, -1).join(', ')} and ${shown.at(-1) ?? ''}`;
}

/** "One in N" of a logarithm of an e-value: how seldom chance alone gets that far. */
export function odds(logE: number): string {
  if (logE >= Math.log(1e6)) return 'less than one in a million';
  return `one in ${count(Math.max(1, Math.round(Math.exp(logE))))}`;
}
