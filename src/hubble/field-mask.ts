/** Field masks of GetFlows. */
import { LENGTH_DELIMITED, rawFields, varint } from './raw-fields.js';
import type { MessageSchema } from './schema.js';

/**
 * What our FlowRecord reads, in fields that every agent since Cilium 1.16 knows (1.16 is the first that applies a mask at all). `file` is
 * newer and stays out of it: one path that an agent does not know silently costs all flows of that agent.
 */
export const NEEDED_FIELDS: readonly string[] = [
  'time',
  'uuid',
  'verdict',
  'drop_reason',
  'auth_type',
  'IP',
  'l4',
  'source',
  'destination',
  'node_name',
  'destination_names',
  'l7',
  'reply',
  'event_type',
  'traffic_direction',
  'policy_match_type',
  'trace_observation_point',
  'trace_reason',
  'drop_reason_desc',
  'is_reply',
  'egress_allowed_by',
  'ingress_allowed_by',
  'egress_denied_by',
  'ingress_denied_by',
];

const FIRST_MASKING = [1, 16] as const;

/** The mask to ask for when the nodes run these versions; undefined = none, where one is too old or does not say. */
export function maskFor(versions: readonly string[]): readonly string[] | undefined {
  return versions.length > 0 && versions.every(masks) ? NEEDED_FIELDS : undefined;
}

/** `cilium v1.19.4+g1234567` */
function masks(version: string): boolean {
  const [, major, minor] = /(?:^|\s)v?(\d+)\.(\d+)\./.exec(version) ?? [];
  if (major === undefined || minor === undefined) return false;
  return Number(major) > FIRST_MASKING[0] || (Number(major) === FIRST_MASKING[0] && Number(minor) >= FIRST_MASKING[1]);
}

/** A set of paths as a tree of field numbers: undefined = the whole field. */
export type MaskTree = ReadonlyMap<number, MaskTree | undefined>;

/** Paths of a mask as a tree; undefined = one of them is none of the schema's. */
export function maskTree(paths: readonly string[], schema: MessageSchema): MaskTree | undefined {
  const root = new Map<number, MaskTree | undefined>();
  for (const path of paths) {
    if (!addPath(root, path.split('.'), schema)) return undefined;
  }
  return root;
}

function addPath(
  tree: Map<number, MaskTree | undefined>,
  [name = '', ...rest]: readonly string[],
  schema: MessageSchema,
): boolean {
  const field = schema.byName.get(name);
  if (field === undefined) return false;
  const { number } = field;
  if (rest.length === 0) {
    tree.set(number, undefined);
    return true;
  }
  if (field.kind !== 'message' || field.repeated) return false;
  const whole = tree.has(number) && tree.get(number) === undefined;
  const inner = (tree.get(number) ?? new Map()) as Map<number, MaskTree | undefined>;
  if (!whole) tree.set(number, inner);
  return addPath(inner, rest, field.type);
}

/** Fields of GetFlowsResponse, and the same ones of the flow in it. */
const RESPONSE = { flow: 1, nodeName: 1000, time: 1001 } as const;
const FLOW = { time: 1, nodeName: 11 } as const;

/**
 * A GetFlowsResponse with the masked fields of its flow alone: outside of the flow, a mask leaves the time and node name that it leaves in
 * it. Bytes are copied, not decoded.
 */
export function maskResponse(response: Buffer, tree: MaskTree): Buffer {
  const outer: Buffer[] = [];
  for (const { number, value, to } of rawFields(response, 0, response.length)) {
    if (number !== RESPONSE.flow) continue;
    const flow = maskMessage(response, value, to, tree);
    outer.push(...lengthDelimited(RESPONSE.flow, flow));
    for (const inner of rawFields(flow, 0, flow.length)) {
      const bytes = flow.subarray(inner.value, inner.to);
      if (inner.number === FLOW.nodeName) outer.push(...lengthDelimited(RESPONSE.nodeName, bytes));
      else if (inner.number === FLOW.time) outer.push(...lengthDelimited(RESPONSE.time, bytes));
    }
  }
  return Buffer.concat(outer);
}

function maskMessage(bytes: Buffer, begin: number, end: number, tree: MaskTree): Buffer {
  const kept: Buffer[] = [];
  for (const { number, from, value, to } of rawFields(bytes, begin, end)) {
    if (!tree.has(number)) continue;
    const inner = tree.get(number);
    if (inner === undefined) kept.push(bytes.subarray(from, to));
    else kept.push(...lengthDelimited(number, maskMessage(bytes, value, to, inner)));
  }
  return Buffer.concat(kept);
}

function lengthDelimited(number: number, value: Buffer): Buffer[] {
  return [Buffer.from([...varint(number * 8 + LENGTH_DELIMITED), ...varint(value.length)]), value];
}
