/** FlowFilter as a replay understands it. A filter that it does not is refused by name: guessing would send the wrong flows. */
import { BlockList, isIP } from 'node:net';
import type { FlowRecord } from './event.js';
import { VERDICT } from './event.js';
import { directionNumber, dropReasonNumber, verdictNumber } from './names.js';
import type { Message } from './wire.js';

export type FlowTest = (flow: FlowRecord) => boolean;

/** A filter that no replay can apply; the message names it. */
export class UnsupportedFilter extends Error {}

/** One value of a filter's field to the test of a flow. */
type FieldFilter = (value: unknown) => FlowTest;

const FIELDS: ReadonlyMap<string, FieldFilter> = new Map<string, FieldFilter>([
  ['uuid', (value) => (flow) => flow.uuid === value],
  ['node_name', nodeName],
  ['verdict', (value) => same(verdictNumber(value), (flow) => flow.verdict)],
  ['drop_reason_desc', (value) => same(dropReasonNumber(value), (flow) => flow.dropReason)],
  ['traffic_direction', (value) => same(directionNumber(value), (flow) => flow.direction)],
  ['event_type', eventType],
  ['reply', reply],
  ['source_ip', (value) => address(value, (flow) => flow.sourceIp)],
  ['destination_ip', (value) => address(value, (flow) => flow.destinationIp)],
  ['source_pod', (value) => pod(value, (flow) => flow.source)],
  ['destination_pod', (value) => pod(value, (flow) => flow.destination)],
  ['source_port', (value) => same(Number(value), (flow) => flow.sourcePort)],
  ['destination_port', (value) => same(Number(value), (flow) => flow.destinationPort)],
  ['source_identity', (value) => same(Number(value), (flow) => flow.source.identity)],
  ['destination_identity', (value) => same(Number(value), (flow) => flow.destination.identity)],
  ['protocol', (value) => (flow) => flow.protocol.toLowerCase() === String(value).toLowerCase()],
]);

/** Which flows a GetFlowsRequest wants; undefined = all. Throws UnsupportedFilter. */
export function requestTest(request: Message): FlowTest | undefined {
  const wanted = anyOf(request['whitelist']);
  const unwanted = anyOf(request['blacklist']);
  if (wanted === undefined && unwanted === undefined) return undefined;
  return (flow) => (wanted === undefined || wanted(flow)) && !unwanted?.(flow);
}

function anyOf(list: unknown): FlowTest | undefined {
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const tests = list.map((filter) => allOf(filter as Message));
  return (flow) => tests.some((test) => test(flow));
}

function allOf(filter: Message): FlowTest {
  const tests = Object.entries(filter).map(([name, values]) => {
    const field = FIELDS.get(name);
    if (field === undefined) {
      throw new UnsupportedFilter(`a replay cannot filter by ${name}; it knows ${[...FIELDS.keys()].join(', ')}`);
    }
    const alternatives = (values as unknown[]).map(field);
    return (flow: FlowRecord): boolean => alternatives.some((test) => test(flow));
  });
  return (flow) => tests.every((test) => test(flow));
}

function same(wanted: number, of: (flow: FlowRecord) => number): FlowTest {
  return (flow) => of(flow) === wanted;
}

/** `*` stands for any part of a name; a name without cluster is one of the cluster `default`; `prod/` is all nodes of prod. */
function nodeName(value: unknown): FlowTest {
  const pattern = qualified(String(value));
  const expression = new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
      .join('[^/]*')}${pattern.endsWith('/') ? '[^/]*' : ''}$`,
  );
  return (flow) => expression.test(qualified(flow.node));
}

function qualified(name: string): string {
  return name.includes('/') ? name : `default/${name}`;
}

function eventType(value: unknown): FlowTest {
  const filter = value as Message;
  const type = Number(filter['type'] ?? 0);
  const subType = filter['match_sub_type'] === true ? Number(filter['sub_type'] ?? 0) : undefined;
  return (flow) => (type === 0 || flow.eventType === type) && (subType === undefined || flow.eventSubType === subType);
}

/** A dropped flow, which never tells, counts as no reply. */
function reply(value: unknown): FlowTest {
  return (flow) => (flow.isReply ?? (flow.verdict === VERDICT.DROPPED ? false : undefined)) === value;
}

function address(value: unknown, of: (flow: FlowRecord) => string): FlowTest {
  const [network = '', prefix] = String(value).split('/');
  if (prefix === undefined) return (flow) => of(flow) === network;
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  const block = new BlockList();
  try {
    block.addSubnet(network, Number(prefix), family);
  } catch {
    throw new UnsupportedFilter(`'${String(value)}' is no address and no CIDR`);
  }
  return (flow) => {
    const ip = of(flow);
    return isIP(ip) !== 0 && block.check(ip, isIP(ip) === 6 ? 'ipv6' : 'ipv4');
  };
}

/** `namespace/prefix`, `namespace/`, `/prefix` for any namespace, or a prefix in namespace `default`. */
function pod(value: unknown, of: (flow: FlowRecord) => { readonly namespace: string; readonly pod: string }): FlowTest {
  const text = String(value);
  const slash = text.indexOf('/');
  const namespace = slash < 0 ? 'default' : text.slice(0, slash);
  const prefix = text.slice(slash + 1);
  return (flow) => {
    const end = of(flow);
    return end.pod.startsWith(prefix) && (namespace === '' || end.namespace === namespace);
  };
}
