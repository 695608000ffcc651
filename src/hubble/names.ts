/**
 * Names of the Hubble API's enums. A number that this table does not know stays what it is and is named by the number as text, so a newer
 * Cilium's reasons and points are told apart without an update here.
 */
import { DROP_REASONS } from './drop-reasons.js';
import { LOST_SOURCE } from './event.js';

const VERDICTS = [
  'VERDICT_UNKNOWN',
  'FORWARDED',
  'DROPPED',
  'ERROR',
  'AUDIT',
  'REDIRECTED',
  'TRACED',
  'TRANSLATED',
] as const;

const DIRECTIONS = ['TRAFFIC_DIRECTION_UNKNOWN', 'INGRESS', 'EGRESS'] as const;

const TRACE_POINTS = [
  'UNKNOWN_POINT',
  'TO_PROXY',
  'TO_HOST',
  'TO_STACK',
  'TO_OVERLAY',
  'FROM_ENDPOINT',
  'FROM_PROXY',
  'FROM_HOST',
  'FROM_STACK',
  'FROM_OVERLAY',
  'FROM_NETWORK',
  'TO_NETWORK',
  'FROM_CRYPTO',
  'TO_CRYPTO',
] as const;

const TRACE_REASONS = [
  'TRACE_REASON_UNKNOWN',
  'NEW',
  'ESTABLISHED',
  'REPLY',
  'RELATED',
  'REOPENED',
  'SRV6_ENCAP',
  'SRV6_DECAP',
  'ENCRYPT_OVERLAY',
] as const;

const AUTH_TYPES = ['DISABLED', 'SPIRE', 'TEST_ALWAYS_FAIL'] as const;

const L7_TYPES = ['UNKNOWN_L7_TYPE', 'REQUEST', 'RESPONSE', 'SAMPLE'] as const;

const LOST_SOURCES = [
  'UNKNOWN_LOST_EVENT_SOURCE',
  'PERF_EVENT_RING_BUFFER',
  'OBSERVER_EVENTS_QUEUE',
  'HUBBLE_RING_BUFFER',
] as const;

const NODE_STATES = ['UNKNOWN_NODE_STATE', 'NODE_CONNECTED', 'NODE_UNAVAILABLE', 'NODE_GONE', 'NODE_ERROR'] as const;

/** Number 1 is reserved in the API. */
const AGENT_EVENTS: readonly (readonly [number, string])[] = [
  [0, 'AGENT_EVENT_UNKNOWN'],
  [2, 'AGENT_STARTED'],
  [3, 'POLICY_UPDATED'],
  [4, 'POLICY_DELETED'],
  [5, 'ENDPOINT_REGENERATE_SUCCESS'],
  [6, 'ENDPOINT_REGENERATE_FAILURE'],
  [7, 'ENDPOINT_CREATED'],
  [8, 'ENDPOINT_DELETED'],
  [9, 'IPCACHE_UPSERTED'],
  [10, 'IPCACHE_DELETED'],
  [11, 'SERVICE_UPSERTED'],
  [12, 'SERVICE_DELETED'],
];

interface EnumTable {
  readonly names: ReadonlyMap<number, string>;
  readonly numbers: ReadonlyMap<string, number>;
}

function table(entries: Iterable<readonly [number, string]>): EnumTable {
  const names = new Map(entries);
  const numbers = new Map<string, number>();
  for (const [number, name] of names) numbers.set(name, number);
  return { names, numbers };
}

const verdicts = table(VERDICTS.entries());
const directions = table(DIRECTIONS.entries());
const traceReasons = table(TRACE_REASONS.entries());
const authTypes = table(AUTH_TYPES.entries());
const l7Types = table(L7_TYPES.entries());
const lostSources = table([...LOST_SOURCES.entries(), [LOST_SOURCE.CLIENT_QUEUE, 'CLIENT_QUEUE']]);
const nodeStates = table(NODE_STATES.entries());
const agentEvents = table(AGENT_EVENTS);
const tracePoints = table([...TRACE_POINTS.entries(), [101, 'TO_ENDPOINT']]);
const dropReasons = table(DROP_REASONS.map(([code, name]) => [code, name]));
const dropTexts: ReadonlyMap<number, string> = new Map(DROP_REASONS.map(([code, , text]) => [code, text]));

/** Invented spellings of drop reasons (`Policy denied`, `policy-denied`), seen in people's documents and test data. */
const looseDropReasons: ReadonlyMap<string, number> = new Map(
  DROP_REASONS.flatMap(([code, name, text]) => [[loose(text), code] as const, [loose(name), code] as const]),
);

function loose(name: string): string {
  return name
    .trim()
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_');
}

const INT32 = 2 ** 31;
const LONGEST_NAME = 100;

function nameOf(names: ReadonlyMap<number, string>, number: number): string {
  return names.get(number) ?? String(number);
}

/** A number that fits an enum of the API (32 bits with sign, as a number or as decimal text), else undefined. */
function enumNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^-?\d{1,10}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= -INT32 && number < INT32
    ? number
    : undefined;
}

/** An enum value as JSON or a gRPC library has it (name, number, or number as text) as its number; 0 when it is none of them. */
function numberOf(numbers: ReadonlyMap<string, number>, value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value === 'string') {
    const known = numbers.get(value);
    if (known !== undefined) return known;
  }
  return enumNumber(value) ?? 0;
}

export const verdictName = (number: number): string => nameOf(verdicts.names, number);
export const verdictNumber = (value: unknown): number => numberOf(verdicts.numbers, value);

export const directionName = (number: number): string => nameOf(directions.names, number);
export const directionNumber = (value: unknown): number => numberOf(directions.numbers, value);

/** TO_ENDPOINT is 101 here, while the sub type of its event is 0. */
export const tracePointName = (number: number): string => nameOf(tracePoints.names, number);
export const tracePointNumber = (value: unknown): number => numberOf(tracePoints.numbers, value);

export const traceReasonName = (number: number): string => nameOf(traceReasons.names, number);
export const traceReasonNumber = (value: unknown): number => numberOf(traceReasons.numbers, value);

export const authTypeName = (number: number): string => nameOf(authTypes.names, number);
export const authTypeNumber = (value: unknown): number => numberOf(authTypes.numbers, value);

export const l7TypeName = (number: number): string => nameOf(l7Types.names, number);
export const l7TypeNumber = (value: unknown): number => numberOf(l7Types.numbers, value);

export const lostSourceName = (number: number): string => nameOf(lostSources.names, number);
export const lostSourceNumber = (value: unknown): number => numberOf(lostSources.numbers, value);

export const nodeStateName = (number: number): string => nameOf(nodeStates.names, number);
export const nodeStateNumber = (value: unknown): number => numberOf(nodeStates.numbers, value);

export const agentEventName = (number: number): string => nameOf(agentEvents.names, number);

/** `flow.DropReason` by name: 133 is `POLICY_DENIED`, an unknown 159 is `159`. */
export const dropReasonName = (code: number): string => nameOf(dropReasons.names, code);

/** The text of `cilium monitor` and of the metrics' label `reason`: 133 is `Policy denied`. Unknown codes are told by number. */
export const dropReasonText = (code: number): string => dropTexts.get(code) ?? String(code);

/** Name, number, number as text, or a loose spelling of name or text (`Policy denied`) to the code; 0 when it is none of them. */
export function dropReasonNumber(value: unknown): number {
  if (value === undefined) return 0;
  const strict = numberOf(dropReasons.numbers, value);
  if (strict !== 0 || typeof value !== 'string' || value.length > LONGEST_NAME) return strict;
  return looseDropReasons.get(loose(value)) ?? 0;
}
