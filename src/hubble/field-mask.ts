/** Field masks of GetFlows. */
import type { Message } from './protojson.js';
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

/** A set of paths as a tree: undefined = the whole field. */
export type MaskTree = ReadonlyMap<string, MaskTree | undefined>;

/** Paths of a mask as a tree; undefined = one of them is none of the schema's. */
export function maskTree(paths: readonly string[], schema: MessageSchema): MaskTree | undefined {
  const root = new Map<string, MaskTree | undefined>();
  for (const path of paths) {
    if (!addPath(root, path.split('.'), schema)) return undefined;
  }
  return root;
}

function addPath(
  tree: Map<string, MaskTree | undefined>,
  [name = '', ...rest]: readonly string[],
  schema: MessageSchema,
): boolean {
  const field = schema.byName.get(name);
  if (field === undefined) return false;
  if (rest.length === 0) {
    tree.set(name, undefined);
    return true;
  }
  if (field.kind !== 'message' || field.repeated) return false;
  const whole = tree.has(name) && tree.get(name) === undefined;
  const inner = (tree.get(name) ?? new Map()) as Map<string, MaskTree | undefined>;
  if (!whole) tree.set(name, inner);
  return addPath(inner, rest, field.type);
}

export function applyMask(message: Message, tree: MaskTree): Message {
  const masked: Record<string, unknown> = {};
  for (const [name, inner] of tree) {
    const value = message[name];
    if (value !== undefined) masked[name] = inner === undefined ? value : applyMask(value as Message, inner);
  }
  return masked;
}
