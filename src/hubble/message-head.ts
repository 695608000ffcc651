/** What a message of a GetFlows stream is, and whose: read off the envelope, at a hundredth of what it takes to decode a flow. Pure. */
import type { SoakEvent } from './event.js';
import { LENGTH_DELIMITED, rawFields, varintAt } from './raw-fields.js';
import { timestampToMs } from './time.js';

export interface MessageHead {
  readonly kind: SoakEvent['kind'];
  /** Milliseconds since the epoch; NaN when the message has none. */
  readonly time: number;
  /** Observing node of a flow or loss; '' when it is not told. */
  readonly node: string;
}

/** Fields of GetFlowsResponse. */
const FIELD = { FLOW: 1, NODE_NAME: 1000, TIME: 1001 } as const;
/** Fields of google.protobuf.Timestamp. */
const SECONDS = 1;
const NANOS = 2;

/** undefined: these bytes are no flow, or one whose envelope does not say its time and node. */
export function flowHeadIn(response: Buffer): MessageHead | undefined {
  let isFlow = false;
  let time = NaN;
  let node = '';
  for (const { number, wireType, value, to } of rawFields(response, 0, response.length)) {
    if (wireType !== LENGTH_DELIMITED) continue;
    if (number === FIELD.FLOW) isFlow = true;
    else if (number === FIELD.NODE_NAME) node = response.toString('utf8', value, to);
    else if (number === FIELD.TIME) time = timestampIn(response, value, to);
  }
  return isFlow && node !== '' && !Number.isNaN(time) ? { kind: 'flow', time, node } : undefined;
}

export function headOf(event: SoakEvent): MessageHead {
  const node = 'node' in event ? event.node : '';
  return { kind: event.kind, time: event.time, node };
}

function timestampIn(bytes: Buffer, from: number, to: number): number {
  let [seconds, nanos] = [0, 0];
  for (const field of rawFields(bytes, from, to)) {
    const value = varintAt(bytes, field.value, field.to);
    if (field.number === SECONDS) seconds = value;
    else if (field.number === NANOS) nanos = value;
  }
  // Before 1970, or made up: decoding knows better.
  return Number.isSafeInteger(seconds) ? timestampToMs(seconds, nanos) : NaN;
}
