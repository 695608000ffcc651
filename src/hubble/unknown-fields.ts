/**
 * Fields of a flow that a newer Cilium sends and our proto files do not declare. They are kept as raw bytes, so that recording and
 * replaying a flow loses nothing. Only the flow's own fields are looked at, not those of the messages in it. Pure.
 */
import { LENGTH_DELIMITED, rawFields, varint } from './raw-fields.js';
import type { MessageSchema } from './schema.js';

/** `flow` in GetFlowsResponse. */
const FLOW_FIELD = 1;
const FLOW_TAG = (FLOW_FIELD << 3) | LENGTH_DELIMITED;

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
