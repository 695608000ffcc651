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
export function* rawFields(bytes: Buffer, from: number, to: number): Generator<RawField> {
  for (let at = from; at < to;) {
    const tag = readVarint(bytes, at, to);
    if (tag === undefined) return;
    const end = valueEnd(bytes, tag.value & 7, tag.next, to);
    if (end === undefined || end.to > to) return;
    yield { number: Math.floor(tag.value / 8), wireType: tag.value & 7, from: at, ...end };
    at = end.to;
  }
}

function valueEnd(
  bytes: Buffer,
  wireType: number,
  at: number,
  to: number,
): { readonly value: number; readonly to: number } | undefined {
  switch (wireType) {
    case VARINT: {
      const read = readVarint(bytes, at, to);
      return read && { value: at, to: read.next };
    }
    case FIXED64:
      return { value: at, to: at + 8 };
    case FIXED32:
      return { value: at, to: at + 4 };
    case LENGTH_DELIMITED: {
      const length = readVarint(bytes, at, to);
      return length && { value: length.next, to: length.next + length.value };
    }
    default:
      // Groups, which proto3 does not have.
      return undefined;
  }
}

export function readVarint(
  bytes: Buffer,
  at: number,
  to: number,
): { readonly value: number; readonly next: number } | undefined {
  const end = Math.min(at + 10, to);
  for (let i = at, value = 0, unit = 1; i < end; i++, unit *= 128) {
    const byte = bytes[i] ?? 0;
    value += (byte & 127) * unit;
    if (byte < 128) return { value, next: i + 1 };
  }
  return undefined;
}

export function varint(value: number): number[] {
  const out: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...out, rest];
    out.push((rest % 128) | 128);
  }
}
