/** Protobuf without its schema: where the fields of a message stand in its bytes. Pure. */

const VARINT = 0;
const FIXED64 = 1;
export const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

export interface RawField {
  readonly number: number;
  readonly wireType: number;
  /** Where the tag begins, where the value begins (after a length), and where it ends. */
  readonly from: number;
  readonly value: number;
  readonly to: number;
}

/** The fields between two offsets; ends early where the bytes are no protobuf. */
export function* rawFields(bytes: Buffer, begin: number, end: number): Generator<RawField> {
  for (let from = begin; from < end;) {
    const typed = varintEnd(bytes, from, end);
    if (typed < 0) return;
    const tag = varintAt(bytes, from, typed);
    const wireType = tag % 8;
    const value = wireType === LENGTH_DELIMITED ? varintEnd(bytes, typed, end) : typed;
    const to = value < 0 ? value : valueEnd(bytes, wireType, typed, value, end);
    if (to < 0 || to > end) return;
    yield { number: Math.floor(tag / 8), wireType, from, value, to };
    from = to;
  }
}

/** -1: no such value. */
function valueEnd(bytes: Buffer, wireType: number, typed: number, value: number, end: number): number {
  switch (wireType) {
    case VARINT:
      return varintEnd(bytes, value, end);
    case FIXED64:
      return value + 8;
    case FIXED32:
      return value + 4;
    case LENGTH_DELIMITED:
      return value + varintAt(bytes, typed, value);
    default:
      // Groups, which proto3 does not have.
      return -1;
  }
}

/** Where the varint at an offset ends; -1: nowhere. */
function varintEnd(bytes: Buffer, at: number, end: number): number {
  const last = Math.min(at + 10, end);
  for (let i = at; i < last; i++) if ((bytes[i] ?? 0) < 128) return i + 1;
  return -1;
}

/** The varint between two offsets; beyond 2^53 it is near enough. */
export function varintAt(bytes: Buffer, from: number, to: number): number {
  let value = 0;
  for (let i = from, unit = 1; i < to; i++, unit *= 128) value += ((bytes[i] ?? 0) & 127) * unit;
  return value;
}

export function varint(value: number): number[] {
  const out: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...out, rest];
    out.push((rest % 128) | 128);
  }
}
