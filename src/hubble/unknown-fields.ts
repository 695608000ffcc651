/**
 * Fields of a flow that a newer Cilium sends and our proto files do not declare. They are kept as raw bytes, so that recording and
 * replaying a flow loses nothing. Only the flow's own fields are looked at, not those of the messages in it. Pure.
 */
import type { MessageSchema } from './schema.js';

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** `flow` in GetFlowsResponse. */
const FLOW_FIELD = 1;
const FLOW_TAG = (FLOW_FIELD << 3) | LENGTH_DELIMITED;

interface RawField {
  readonly number: number;
  readonly wireType: number;
  /** Where the tag begins, where the value begins (after a length), and where it ends. */
  readonly from: number;
  readonly value: number;
  readonly to: number;
}

/** The undeclared fields of the flow in a GetFlowsResponse: number -> tag and value, repeated ones joined. Empty for broken bytes. */
export function flowUnknownFields(response: Buffer, flow: MessageSchema): ReadonlyMap<number, Buffer> {
  const unknown = new Map<number, Buffer>();
  for (const field of rawFields(response, 0, response.length)) {
    if (field.number !== FLOW_FIELD || field.wireType !== LENGTH_DELIMITED) continue;
    for (const inner of rawFields(response, field.value, field.to)) {
      if (flow.byNumber.has(inner.number)) continue;
      const raw = response.subarray(inner.from, inner.to);
      const before = unknown.get(inner.number);
      unknown.set(inner.number, before === undefined ? raw : Buffer.concat([before, raw]));
    }
  }
  return unknown;
}

/**
 * A GetFlowsResponse of an encoded flow, the recorded `unknown_fields` of it (number -> base64), and the encoded rest of the response.
 * Entries that are not whole fields of their number are left out.
 */
export function withUnknownFields(flow: Buffer, unknown: unknown, envelope: Buffer): Buffer {
  const extra: Buffer[] = [];
  if (typeof unknown === 'object' && unknown !== null) {
    for (const [number, base64] of Object.entries(unknown)) {
      const raw = typeof base64 === 'string' ? Buffer.from(base64, 'base64') : Buffer.alloc(0);
      if (isFieldsOf(Number(number), raw)) extra.push(raw);
    }
  }
  const length = extra.reduce((sum, raw) => sum + raw.length, flow.length);
  return Buffer.concat([Buffer.from([FLOW_TAG, ...varint(length)]), flow, ...extra, envelope]);
}

function isFieldsOf(number: number, raw: Buffer): boolean {
  let end = 0;
  for (const field of rawFields(raw, 0, raw.length)) {
    if (field.number !== number) return false;
    end = field.to;
  }
  return end === raw.length && end > 0;
}

/** The fields between two offsets; ends early where the bytes are no protobuf. */
function* rawFields(bytes: Buffer, from: number, to: number): Generator<RawField> {
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

function readVarint(
  bytes: Buffer,
  at: number,
  to: number,
): { readonly value: number; readonly next: number } | undefined {
  let value = 0;
  for (let i = 0; i < 10 && at + i < to; i++) {
    const byte = bytes[at + i] ?? 0;
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return { value, next: at + i + 1 };
  }
  return undefined;
}

function varint(value: number): number[] {
  const out: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...out, rest];
    out.push((rest % 128) | 128);
  }
}
