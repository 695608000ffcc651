/**
 * The protobuf JSON mapping as hubble writes it, to and from the plain objects of proto-loader (option longs, enums and bytes as String).
 * Proto names, zero values left out, 64-bit numbers as text, wrappers bare (with a set false or 0 shown), unknown enum values by number,
 * times in RFC 3339 with 0, 3, 6 or 9 digits, keys in the order of declaration. Pure.
 */
import type { FieldSchema, MessageSchema } from './schema.js';
import { parseTime } from './time.js';

/** A message as a plain object, in either dialect. */
export type Message = Readonly<Record<string, unknown>>;

export interface FromJson {
  readonly message: Message;
  /** Keys that the schema does not have, and values that cannot be what their key wants: left out. */
  readonly dropped: number;
}

const TIMESTAMP = 'google.protobuf.Timestamp';
const ANY = 'google.protobuf.Any';
const WRAPPERS: ReadonlySet<string> = new Set(
  ['Double', 'Float', 'Int64', 'UInt64', 'Int32', 'UInt32', 'Bool', 'String', 'Bytes'].map(
    (type) => `google.protobuf.${type}Value`,
  ),
);

/** Deeper nesting than any message of the API has. */
const DEEPEST = 32;

const INT32 = 2 ** 31;
const UINT32 = 2 ** 32;
const INT64 = 2n ** 63n;
const UINT64 = 2n ** 64n;

// ---- to JSON -------------------------------------------------------------------------------------------------------

/** A decoded message as the JSON that hubble writes for it. */
export function messageToJson(schema: MessageSchema, message: Message): unknown {
  if (schema.name === TIMESTAMP) return timestampToText(message);
  if (schema.name === ANY) return { '@type': message['type_url'] ?? '', value: message['value'] ?? '' };
  if (WRAPPERS.has(schema.name)) return message['value'] ?? zeroOf(schema);
  const json: Record<string, unknown> = {};
  for (const field of schema.fields) {
    const value = message[field.name];
    if (value === undefined || value === null) continue;
    if (field.repeated) {
      if (Array.isArray(value) && value.length > 0) json[field.name] = value.map((one) => valueToJson(field, one));
    } else if (field.kind === 'message' || !isZero(field, value)) {
      json[field.name] = valueToJson(field, value);
    }
  }
  return json;
}

function valueToJson(field: FieldSchema, value: unknown): unknown {
  return field.kind === 'message' ? messageToJson(field.type, value as Message) : value;
}

function zeroOf(wrapper: MessageSchema): unknown {
  switch (wrapper.byName.get('value')?.kind) {
    case 'bool':
      return false;
    case 'string':
    case 'bytes':
      return '';
    case 'int64':
    case 'uint64':
      return '0';
    default:
      return 0;
  }
}

function isZero(field: FieldSchema, value: unknown): boolean {
  if (field.kind === 'enum') return value === 0 || (typeof value === 'string' && field.type.numbers.get(value) === 0);
  return value === 0 || value === false || value === '' || (value === '0' && field.kind.endsWith('int64'));
}

// ---- from JSON -----------------------------------------------------------------------------------------------------

/**
 * JSON as hubble, other protobuf JSON writers or a person wrote it, as an object that proto-loader serialises. What does not fit is left
 * out and counted, so that one odd value never costs the flow.
 */
export function messageFromJson(schema: MessageSchema, json: unknown): FromJson {
  const reader: Reader = { dropped: 0 };
  const message = readMessage(schema, json, reader, 0);
  return { message: message ?? {}, dropped: reader.dropped + (message === undefined ? 1 : 0) };
}

interface Reader {
  dropped: number;
}

function readMessage(schema: MessageSchema, json: unknown, reader: Reader, depth: number): Message | undefined {
  if (schema.name === TIMESTAMP) return timestampFromText(json);
  if (schema.name === ANY) return anyFromJson(json);
  if (WRAPPERS.has(schema.name)) return wrapperFromJson(schema, json, reader, depth);
  if (typeof json !== 'object' || json === null || Array.isArray(json) || depth > DEEPEST) return undefined;
  const message: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(json)) {
    // null is how protobuf JSON may spell the default.
    if (value === null) continue;
    const field = schema.byName.get(key);
    const read = field === undefined ? undefined : readField(field, value, reader, depth);
    if (field === undefined || read === undefined) reader.dropped++;
    else message[field.name] = read;
  }
  return message;
}

function readField(field: FieldSchema, value: unknown, reader: Reader, depth: number): unknown {
  if (!field.repeated) return readValue(field, value, reader, depth);
  if (!Array.isArray(value)) return undefined;
  const list: unknown[] = [];
  for (const entry of value as unknown[]) {
    const read = readValue(field, entry, reader, depth);
    if (read === undefined) reader.dropped++;
    else list.push(read);
  }
  return list;
}

function readValue(field: FieldSchema, value: unknown, reader: Reader, depth: number): unknown {
  switch (field.kind) {
    case 'message':
      return readMessage(field.type, value, reader, depth + 1);
    case 'enum':
      if (typeof value === 'string' && field.type.numbers.has(value)) return value;
      return integer(value, -INT32, INT32);
    case 'string':
      return typeof value === 'string' ? wellFormed(value) : undefined;
    case 'bytes':
      return typeof value === 'string' ? value : undefined;
    case 'bool':
      return typeof value === 'boolean' ? value : undefined;
    case 'int32':
      return integer(value, -INT32, INT32);
    case 'uint32':
      return integer(value, 0, UINT32);
    case 'int64':
      return longInteger(value, -INT64, INT64);
    case 'uint64':
      return longInteger(value, 0n, UINT64);
    case 'double':
      return typeof value === 'number' ? value : DOUBLES.get(value);
  }
}

/** Half a surrogate pair would make invalid UTF-8, for which a Go reader refuses the whole message. */
function wellFormed(text: string): string {
  return /[\ud800-\udfff]/.test(text)
    ? text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')
    : text;
}

const DOUBLES: ReadonlyMap<unknown, number> = new Map([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);

/** A whole number, or one as text, from `low` to below `high`. */
function integer(value: unknown, low: number, high: number): number | undefined {
  const number = typeof value === 'string' && /^-?\d{1,10}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= low && number < high ? number : undefined;
}

function longInteger(value: unknown, low: bigint, high: bigint): string | undefined {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== 'string' || !/^-?\d{1,20}$/.test(text)) return undefined;
  const number = BigInt(text);
  return number >= low && number < high ? text : undefined;
}

function wrapperFromJson(schema: MessageSchema, json: unknown, reader: Reader, depth: number): Message | undefined {
  const field = schema.byName.get('value');
  const value = field === undefined ? undefined : readField(field, json, reader, depth);
  return value === undefined ? undefined : { value };
}

/** Only what `messageToJson` wrote: the fields of an Any whose type nobody here knows cannot be made into bytes again. */
function anyFromJson(json: unknown): Message | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const { '@type': type, value } = json as Message;
  return typeof type === 'string' && typeof value === 'string' ? { type_url: wellFormed(type), value } : undefined;
}

// ---- times ---------------------------------------------------------------------------------------------------------

/** What a Timestamp can hold: years 1 to 9999. */
const FIRST_SECOND = Date.parse('0001-01-01T00:00:00Z') / 1000;
const LAST_SECOND = Date.parse('9999-12-31T23:59:59Z') / 1000;

function timestampFromText(json: unknown): Message | undefined {
  if (typeof json !== 'string' || Number.isNaN(parseTime(json))) return undefined;
  const fraction = /^.{19}\.(\d+)/.exec(json)?.[1] ?? '';
  const seconds = parseTime(fraction === '' ? json : json.slice(0, 19) + json.slice(20 + fraction.length)) / 1000;
  if (seconds < FIRST_SECOND || seconds > LAST_SECOND) return undefined;
  return { seconds: String(seconds), nanos: Number(fraction.slice(0, 9).padEnd(9, '0')) };
}

function timestampToText(timestamp: Message): string {
  const seconds = Math.min(Math.max(Number(timestamp['seconds'] ?? 0), FIRST_SECOND), LAST_SECOND);
  const text = new Date(seconds * 1000).toISOString().slice(0, 19);
  const nanos = Number(timestamp['nanos'] ?? 0);
  if (nanos === 0) return `${text}Z`;
  const digits = String(nanos).padStart(9, '0');
  if (digits.endsWith('000000')) return `${text}.${digits.slice(0, 3)}Z`;
  if (digits.endsWith('000')) return `${text}.${digits.slice(0, 6)}Z`;
  return `${text}.${digits}Z`;
}
