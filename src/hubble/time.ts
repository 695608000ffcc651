/**
 * Times as the API writes them (RFC 3339 with 0 to 9 fraction digits) to and from milliseconds since the epoch. A double keeps them to a
 * quarter of a microsecond, which Date and its parser do not.
 */

const DAY_MS = 86_400_000;
const ZERO = 48;
const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** What RFC 3339 can write: years 0 to 9999. */
const EARLIEST = Date.parse('0000-01-01T00:00:00Z');
const END = Date.parse('9999-12-31T23:59:59.999Z') + 1;

/** Days from 0000-03-01 of the proleptic Gregorian calendar; years begin in March, so that a leap day ends one. */
function daysBefore(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1;
  const m = month > 2 ? month - 3 : month + 9;
  return 365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + Math.floor((153 * m + 2) / 5) + day;
}

const EPOCH_DAY = daysBefore(1970, 1, 1);

/** The number that `count` digits from `at` spell, or -1. */
function digits(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    // NaN (past the end) fails this as well.
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Days since the epoch of the date in front of `text`; NaN when there is none. */
function parseDay(text: string): number {
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  if (year < 0 || month < 1 || month > 12 || day < 1) return NaN;
  if (text[4] !== '-' || text[7] !== '-') return NaN;
  if (day > (DAYS_IN_MONTH[month - 1] ?? 0) || (month === 2 && day === 29 && !isLeap(year))) return NaN;
  return daysBefore(year, month, day) - EPOCH_DAY;
}

/** Minutes east of UTC that the text from `at` to its end says; NaN when it says none. */
function parseOffset(text: string, at: number): number {
  const sign = text[at];
  if ((sign === 'Z' || sign === 'z') && text.length === at + 1) return 0;
  if ((sign !== '+' && sign !== '-') || text.length !== at + 6 || text[at + 3] !== ':') return NaN;
  const hours = digits(text, at + 1, 2);
  const minutes = digits(text, at + 4, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return NaN;
  return (sign === '+' ? 1 : -1) * (hours * 60 + minutes);
}

/**
 * RFC 3339 (`2026-01-01T00:00:00.123456789Z`, any number of fraction digits, any offset) as milliseconds since the epoch with their
 * fraction; NaN for everything else. A leap second counts as the first second of the next minute.
 */
export function parseTime(text: unknown): number {
  if (typeof text !== 'string' || text.length < 20) return NaN;
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const second = digits(text, 17, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return NaN;
  if (text[13] !== ':' || text[16] !== ':') return NaN;
  const separator = text[10];
  if (separator !== 'T' && separator !== 't' && separator !== ' ') return NaN;

  let at = 19;
  let nanos = 0;
  if (text[at] === '.') {
    const from = ++at;
    for (let scale = 1e8; ; scale /= 10, at++) {
      const digit = text.charCodeAt(at) - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      if (scale >= 1) nanos += digit * scale;
    }
    if (at === from) return NaN;
  }
  const offset = parseOffset(text, at);
  const wholeMs = parseDay(text) * DAY_MS + ((hour * 60 + minute - offset) * 60 + second) * 1000;
  return wholeMs + nanos / 1e6;
}

/** A protobuf Timestamp as milliseconds since the epoch, rounded exactly as `parseTime` rounds. */
export function timestampToMs(seconds: number, nanos: number): number {
  return seconds * 1000 + nanos / 1e6;
}

/**
 * Milliseconds since the epoch as RFC 3339 in UTC with 3 fraction digits, or 6 or 9 where `parseTime` would else give another number
 * (9 are enough for any time since 1971). '' for what RFC 3339 cannot say: NaN and years outside 0 to 9999.
 */
export function formatTime(ms: number): string {
  if (!(ms >= EARLIEST && ms < END)) return '';
  const whole = Math.floor(ms);
  const iso = new Date(whole).toISOString();
  if (whole === ms) return iso;
  const base = iso.slice(0, -1);
  const micros = Math.round((ms - whole) * 1e3);
  const short = `${base}${String(micros).padStart(3, '0')}Z`;
  if (micros < 1000 && parseTime(short) === ms) return short;
  const nanos = Math.min(Math.round((ms - whole) * 1e6), 999_999);
  return `${base}${String(nanos).padStart(6, '0')}Z`;
}
