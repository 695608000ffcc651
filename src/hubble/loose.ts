/**
 * Reading values that may be anything: out of JSON.parse, or out of a gRPC decoder. What is not of the wanted type counts as absent, and
 * nothing here throws. Pure.
 */
import { parseTime, timestampToMs } from './time.js';

/** An object of which nothing is known but that it is one. */
export type Loose = Readonly<Record<string, unknown>>;

export const NO_STRINGS: readonly string[] = Object.freeze([]);
export const NOTHING: Loose = Object.freeze({});

const UINT32 = 2 ** 32;
const UINT64 = 2 ** 64;
const INT32 = 2 ** 31;

export function isObject(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isEmpty(value: Loose): boolean {
  return Object.keys(value).length === 0;
}

export function object(value: unknown): Loose {
  return isObject(value) ? value : NOTHING;
}

export function string(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The list itself where it holds nothing but strings. */
export function strings(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) return NO_STRINGS;
  const list = value as unknown[];
  for (let i = 0; i < list.length; i++) {
    if (typeof list[i] !== 'string') return list.filter((entry) => typeof entry === 'string');
  }
  return list as string[];
}

/** RFC 3339, or a Timestamp of the gRPC decoder; NaN when it is neither. */
export function timeOf(value: unknown): number {
  if (typeof value === 'string') return parseTime(value);
  if (!isObject(value)) return NaN;
  // Zero seconds are left out; a Timestamp of nothing at all is no time but a missing one.
  return isEmpty(value) ? NaN : timestampToMs(decimal(value['seconds'] ?? 0), uint(value['nanos']));
}

export function decimal(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.length <= 20 && /^-?\d+$/.test(value) ? Number(value) : NaN;
}

export function int(value: unknown): number {
  const number = decimal(value);
  return Number.isInteger(number) && number >= -INT32 && number < INT32 ? number : 0;
}

export function uint(value: unknown): number {
  const number = decimal(value);
  return Number.isInteger(number) && number >= 0 && number < UINT32 ? number : 0;
}

export function port(value: unknown): number {
  const number = uint(value);
  return number < 65_536 ? number : 0;
}

/** 64-bit numbers come as text; beyond 2^53 a double is near enough for counts and nanoseconds. */
export function uint64(value: unknown): number | undefined {
  const number = decimal(value);
  return number >= 0 && number < UINT64 ? number : undefined;
}
