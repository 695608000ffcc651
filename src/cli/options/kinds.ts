import type { ReplaySpeed } from '../../hubble/replay-clock.js';
import { formatTime, parseTime } from '../../hubble/time.js';
import { formatDuration, parseDuration } from './durations.js';

/** A kind of value that an option can have: how it is read from text, told back, and asked for. */
export interface Kind<T> {
  /** Stands for the value in a help text. */
  readonly placeholder: string;
  /** Ends the sentence "--window banana: want ...". */
  readonly wanted: string;
  /** From one text (a flag, a variable, a value of the config file); undefined when it is none. */
  parse(text: string): T | undefined;
  show(value: T): string;
}

export const TEXT: Kind<string> = {
  placeholder: 'TEXT',
  wanted: 'a text that is not empty',
  parse: (text) => (text === '' ? undefined : text),
  show: (value) => value,
};

export const YES_NO: Kind<boolean> = {
  placeholder: 'BOOL',
  wanted: 'true or false',
  parse: (text) => BOOLEANS.get(text.toLowerCase()),
  show: String,
};

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['false', false],
  ['0', false],
  ['no', false],
  ['', false],
]);

/** Milliseconds from `leastMs` to `mostMs`. */
export function duration({ leastMs = 1, mostMs = Infinity } = {}): Kind<number> {
  const limits = [
    ...(leastMs > 1 ? [`at least ${formatDuration(leastMs)}`] : []),
    ...(mostMs < Infinity ? [`at most ${formatDuration(mostMs)}`] : []),
  ];
  return {
    placeholder: 'DURATION',
    wanted: ['a duration such as 90s, 15m or 1h30m', ...limits].join(', '),
    parse: (text) => {
      const ms = parseDuration(text);
      return ms !== undefined && ms >= leastMs && ms <= mostMs ? ms : undefined;
    },
    show: formatDuration,
  };
}

/** A share between 0 and 1, both excluded, as `1%` or `0.01`. */
export const SHARE: Kind<number> = {
  placeholder: 'SHARE',
  wanted: 'a share between 0 and 1 such as 1% or 0.01',
  parse: (text) => {
    const [, digits, percent] = /^(\d*\.?\d+(?:e-?\d+)?)(%?)$/i.exec(text) ?? [];
    const share = Number(digits ?? NaN) / (percent === '%' ? 100 : 1);
    return share > 0 && share < 1 ? share : undefined;
  },
  show: (value) => `${Number((value * 100).toPrecision(12))}%`,
};

/** RFC 3339 as milliseconds since the epoch. */
export const TIME: Kind<number> = {
  placeholder: 'TIME',
  wanted: 'an RFC 3339 time such as 2026-01-31T09:00:00Z',
  parse: (text) => {
    const ms = parseTime(text);
    return Number.isNaN(ms) ? undefined : ms;
  },
  show: formatTime,
};

/** Of TCP; 0 stands for a free one. */
export const PORT: Kind<number> = {
  placeholder: 'PORT',
  wanted: 'a port from 0 to 65535',
  parse: (text) => (/^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined),
  show: String,
};

export function oneOf<const Word extends string>(...words: readonly Word[]): Kind<Word> {
  return {
    placeholder: 'WORD',
    wanted: `one of ${words.join(', ')}`,
    parse: (text) => words.find((word) => word === text),
    show: (value) => value,
  };
}

/** Bytes, as `500MB` or `2GiB`. */
export const SIZE: Kind<number> = {
  placeholder: 'SIZE',
  wanted: 'a size of at least 1MB such as 500MB or 2GiB',
  parse: (text) => {
    const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([KMGT]i?)?B?$/i.exec(text) ?? [];
    const base = /i$/i.test(unit) ? 1024 : 1000;
    const bytes = Number(digits) * base ** ' KMGT'.indexOf(unit.charAt(0).toUpperCase() || ' ');
    return digits !== '' && bytes >= 1e6 ? Math.round(bytes) : undefined;
  },
  show: (bytes) => (bytes % 2 ** 20 === 0 ? `${bytes / 2 ** 20}MiB` : `${bytes / 1e6}MB`),
};

/** Times real time. */
export const SPEED: Kind<ReplaySpeed> = {
  placeholder: 'FACTOR',
  wanted: 'a factor such as 1x, 10x or 0.5x, or max',
  parse: (text) => {
    if (text === 'max') return 'max';
    const factor = Number(/^(\d+(?:\.\d+)?)x?$/.exec(text)?.[1] ?? NaN);
    return factor > 0 && factor <= 1e6 ? factor : undefined;
  },
  show: (value) => (value === 'max' ? value : `${value}x`),
};

/** The same kind under another name in the help. */
export function named<T>(placeholder: string, kind: Kind<T>): Kind<T> {
  return { ...kind, placeholder };
}
