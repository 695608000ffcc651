import type { Between, Extent } from './extent.js';
import { shellWord } from './text.js';

/** What `hubble observe` can be told of a place. */
export interface FlowFilters {
  readonly nodes: readonly string[];
  /** Flags of both ends, each with its value. */
  readonly ends?: readonly (readonly [flag: string, value: string])[];
  readonly protocol?: string | undefined;
  readonly port?: number | undefined;
  readonly family?: 4 | 6 | undefined;
}

/** More nodes than these are not named one by one. */
const NODES = 4;

/** Filters that show what fails in such a place, and hide as much of the rest as they can. */
export function filtersOf(
  { scope, traffic, between }: Extent,
  named: readonly number[],
  nameOf: (node: number) => string,
): FlowFilters {
  const nodes = [...new Set(nodesOf(between, named))];
  const [protocol, ...more] = traffic.protocols;
  return {
    nodes: scope === 'soak' || nodes.length > NODES ? [] : nodes.map(nameOf),
    ends: [...endFlags('from', traffic.source), ...endFlags('to', traffic.destination)],
    ...(protocol === undefined || more.length > 0 ? {} : { protocol: protocol.toLowerCase() }),
    ...(traffic.port === undefined ? {} : { port: traffic.port }),
    ...(traffic.family === undefined ? {} : { family: traffic.family }),
  };
}

/** Both ends of a path show how far its packets come. */
function nodesOf(between: Between, named: readonly number[]): readonly number[] {
  switch (between.kind) {
    case 'directed':
      return between.from === undefined || between.to === undefined ? named : [...between.from, ...between.to];
    case 'among':
      return between.nodes;
    case 'sides':
      return [...between.nodes, ...between.peers];
    case 'around':
    case 'on':
    case 'all':
      return named;
  }
}

/** A workload is the beginning of its pods' names; hosts are hosts to themselves and remote nodes to the others. */
function endFlags(end: 'from' | 'to', name: string | undefined): [string, string][] {
  switch (name) {
    case 'hosts':
      return ['reserved:host', 'reserved:remote-node'].map((label) => [`--${end}-label`, label]);
    case 'health endpoints':
      return [[`--${end}-label`, 'reserved:health']];
    default:
      return name !== undefined && /^[a-z0-9-]+\/[a-z0-9.-]+$/.test(name) ? [[`--${end}-pod`, name]] : [];
  }
}

/** A command that a person can paste; what came from flows is quoted. */
export function nextCommand(
  of: FlowFilters & {
    readonly reason: string | undefined;
    /** Type of events. */
    readonly type?: string | undefined;
    readonly since: string | null;
  },
): string {
  const words = ['hubble', 'observe'];
  for (const node of of.nodes) words.push('--node-name', shellWord(node));
  if (of.since !== null) words.push('--since', of.since);
  if (of.reason !== undefined) words.push('--verdict', 'DROPPED', '--drop-reason-desc', shellWord(of.reason));
  if (of.type !== undefined) words.push('--type', of.type);
  // Answers go the other way.
  if (of.type !== 'l7') for (const [flag, value] of of.ends ?? []) words.push(flag, shellWord(value));
  if (of.family !== undefined) words.push('--ip-version', `v${of.family}`);
  if (of.protocol !== undefined) words.push('--protocol', shellWord(of.protocol));
  if (of.port !== undefined) words.push('--to-port', `${of.port}`);
  return words.join(' ');
}
