/** The parts of a line that only records of proxies have. */
import type { FlowRecord, L7 } from '../../src/hubble/event.js';
import { L7_TYPE } from '../../src/hubble/event.js';
import { l7TypeName } from '../../src/hubble/names.js';

type Json = Readonly<Record<string, unknown>>;

/** What a proxy measures of an exchange is made up: 5 ms. */
const LATENCY_NS = '5000000';
const ANSWER = '10.96.0.20';
const TTL = 30;
const NO_TTL = 4294967295;
const RCODES = new Map([
  [2, 'Server Failure'],
  [3, 'Non-Existent Domain'],
  [5, 'Query Refused'],
]);

export function layer7({ type, dns, http }: L7): Json {
  const isResponse = type === L7_TYPE.RESPONSE;
  if (http !== undefined) {
    const { code, method, url } = http;
    const latency = isResponse ? { latency_ns: LATENCY_NS } : {};
    const told = { ...(code === 0 ? {} : { code }), method, url, protocol: 'HTTP/1.1' };
    return { type: l7TypeName(type), ...latency, http: told };
  }
  const { query, rcode } = dns ?? { query: '', rcode: 0 };
  const common = { observation_source: 'proxy', qtypes: ['A'] };
  if (!isResponse) return { type: l7TypeName(type), dns: { query, ...common } };
  const answer =
    rcode === 0
      ? { query, ips: [ANSWER], ttl: TTL, ...common, rrtypes: ['A'] }
      : { query, ttl: NO_TTL, rcode, ...common };
  return { type: l7TypeName(type), dns: answer };
}

export function l7Summary({ isReply }: FlowRecord, { dns, http }: L7): string {
  if (http !== undefined) {
    const asked = `${http.method} ${http.url}`;
    return isReply === true ? `HTTP/1.1 ${http.code} 5ms (${asked})` : `HTTP/1.1 ${asked}`;
  }
  const { query, rcode } = dns ?? { query: '', rcode: 0 };
  if (isReply !== true) return `DNS Query ${query} A`;
  const told = rcode === 0 ? `"${ANSWER}" TTL: ${TTL}` : `RCode: ${RCODES.get(rcode) ?? rcode} TTL: ${NO_TTL}`;
  return `DNS Answer ${told} (Proxy ${query} A)`;
}
