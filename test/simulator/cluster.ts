import type { Endpoint } from '../../src/hubble/event.js';
import { Random } from './random.js';
import type { MoveSpec, NodeSpec, Scenario, WorkloadSpec } from './scenario.js';

/** One end of a connection: a pod, a node's own address, or an address in the world. */
export interface End {
  /** As scenarios name it. */
  readonly name: string;
  readonly kind: 'pod' | 'health' | 'host' | 'world';
  /** undefined: not in the cluster. */
  readonly node: Node | undefined;
  readonly ip: string;
  readonly ip6: string;
  /** The end as its own node shows it, and as all other nodes do. */
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Microseconds since the start at which a moved pod began, and at which it ends; then `next` is in its place, nobody without it. */
  readonly since?: number;
  readonly moved?: Moved;
}

export interface Node {
  readonly name: string;
  readonly index: number;
  readonly role: NodeSpec['role'];
  readonly address: string;
  readonly address6: string;
  /** Microseconds since the start at which the node joins. */
  readonly joinsAt: number;
  /** Infinity: never. */
  readonly leavesAt: number;
  readonly pods: readonly End[];
}

/** The nodes with their pods, and every end by the name that scenarios give it. */
export interface Cluster {
  readonly nodes: readonly Node[];
  readonly node: (name: string) => Node;
  readonly ends: (name: string) => readonly End[];
}

const SECOND_US = 1e6;
const MINUTE_US = 60e6;

interface Moved {
  readonly at: number;
  readonly next?: End;
}

interface MovingEnd extends End {
  moved?: Moved;
}

/** Letters of generated pod names (Kubernetes leaves out vowels and what looks like them). */
const SUFFIX = 'bcdfghjklmnpqrstvwxz2456789';
const HEX = '0123456789abcdef';

/** Addresses of documentation (RFC 5737) that stand for the world. */
const WORLD_ADDRESSES = 12;

const RESERVED: Omit<Endpoint, 'identity' | 'labels'> = {
  id: 0,
  cluster: '',
  namespace: '',
  pod: '',
  workload: '',
  workloadKind: '',
};

export function buildCluster(scenario: Scenario): Cluster {
  const random = new Random(scenario.seed, 'cluster');
  const ends = new Map<string, End[]>();
  const add = (end: End): void => {
    const list = ends.get(end.name);
    if (list === undefined) ends.set(end.name, [end]);
    else list.push(end);
  };

  const nodes = scenario.nodes.map((spec, index) => ({
    name: spec.name,
    index,
    role: spec.role,
    address: `10.0.0.${11 + index}`,
    address6: `fd00:10::${hex(11 + index)}`,
    joinsAt: (spec.joinsAt ?? 0) * MINUTE_US,
    leavesAt: (spec.leavesAt ?? Infinity) * MINUTE_US,
    pods: [] as End[],
  }));
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const node = (name: string): (typeof nodes)[number] => {
    const found = byName.get(name);
    if (found === undefined) throw new RangeError(`the scenario has no node ${name}`);
    return found;
  };

  for (const one of nodes) {
    for (const end of ownEnds(one, random)) add(end);
  }
  /** A pod with everything that it becomes later. */
  const moved = (end: MovingEnd, moves: readonly MoveSpec[]): End => {
    let last = end;
    for (const [i, move] of moves.entries()) {
      const at = Math.round(move.at * MINUTE_US);
      if (move.to === undefined) {
        last.moved = { at };
        break;
      }
      const on = node(move.to);
      const own = new Random(scenario.seed, 'move', end.ip, i);
      const workload = scenario.workloads.find(({ name }) => name === end.name);
      if (workload === undefined) continue;
      const name = podName(workload, own.text(10, HEX), move.pod, own);
      const next: MovingEnd = {
        ...podEnd(workload, on, on.pods.length, end.remote.identity, name, own),
        since: at + (move.goneSeconds ?? 0) * SECOND_US,
      };
      on.pods.push(next);
      last.moved = { at, next };
      last = next;
    }
    return end;
  };
  for (const workload of scenario.workloads) {
    const identity = random.integer(2000, 65000);
    const hash = random.text(10, HEX);
    placement(workload, nodes, node).forEach((on, ordinal) => {
      const end = podEnd(workload, on, on.pods.length, identity, podName(workload, hash, ordinal, random), random);
      on.pods.push(end);
      const moves = workload.moves?.filter((move) => move.pod === ordinal) ?? [];
      add(moves.length === 0 ? end : moved(end, moves));
    });
  }
  for (let i = 0; i < WORLD_ADDRESSES; i++) add(worldEnd(`198.51.100.${random.integer(1, 254)}`));

  return {
    nodes,
    node,
    ends: (name) => {
      const found = ends.get(name);
      if (found === undefined) throw new RangeError(`the scenario has no end ${name}`);
      return found;
    },
  };
}

/** An address outside of the cluster. */
export function worldEnd(ip: string): End {
  const endpoint: Endpoint = { ...RESERVED, identity: 2, labels: ['reserved:world'] };
  return {
    name: 'world',
    kind: 'world',
    node: undefined,
    ip,
    ip6: `2001:db8::${hex(Number(ip.split('.')[3]))}`,
    local: endpoint,
    remote: endpoint,
  };
}

/** The node itself (on the pod network and on its own), and its health endpoint. */
function ownEnds(node: Node, random: Random): End[] {
  const host: Endpoint = { ...RESERVED, identity: 1, labels: ['reserved:host'] };
  const other: Endpoint = { ...RESERVED, identity: 6, labels: ['reserved:remote-node'] };
  const health: Endpoint = { ...RESERVED, identity: 4, labels: ['reserved:health'] };
  const router = podAddress(node, random.integer(190, 219));
  const own: End[] = [
    { name: 'host', kind: 'host', node, ...router, local: host, remote: other },
    {
      name: 'health',
      kind: 'health',
      node,
      ...podAddress(node, random.integer(220, 250)),
      local: { ...health, id: random.integer(100, 4095) },
      remote: health,
    },
  ];
  if (node.role === 'worker') {
    own.push({ name: 'node', kind: 'host', node, ip: node.address, ip6: node.address6, local: host, remote: other });
    return own;
  }
  // A control plane's own address carries the API server's label as well, and everybody else knows it by that.
  const local: Endpoint = { ...host, labels: ['reserved:host', 'reserved:kube-apiserver'] };
  const remote: Endpoint = { ...other, identity: 7, labels: ['reserved:kube-apiserver', 'reserved:remote-node'] };
  own.push({ name: 'node', kind: 'host', node, ip: node.address, ip6: node.address6, local, remote });
  own.push({ name: 'kube-apiserver', kind: 'host', node, ip: node.address, ip6: node.address6, local, remote });
  return own;
}

function placement<N extends Node>(workload: WorkloadSpec, nodes: readonly N[], node: (name: string) => N): N[] {
  const allowed =
    workload.nodes?.map(node) ??
    (workload.kind === 'DaemonSet' ? [...nodes] : nodes.filter((one) => one.role === 'worker' && one.joinsAt === 0));
  if (workload.kind === 'DaemonSet') return allowed;
  return Array.from({ length: workload.replicas ?? allowed.length }, (_, i) => {
    const on = allowed[i % allowed.length];
    if (on === undefined) throw new RangeError(`no node may run ${workload.name}`);
    return on;
  });
}

function podName(workload: WorkloadSpec, hash: string, ordinal: number, random: Random): string {
  const name = splitName(workload.name).name;
  switch (workload.kind) {
    case 'Deployment':
      return `${name}-${hash}-${random.text(5, SUFFIX)}`;
    case 'DaemonSet':
      return `${name}-${random.text(5, SUFFIX)}`;
    case 'StatefulSet':
      return `${name}-${ordinal}`;
  }
}

function podEnd(workload: WorkloadSpec, node: Node, slot: number, identity: number, pod: string, random: Random): End {
  const { namespace, name } = splitName(workload.name);
  const remote: Endpoint = {
    id: 0,
    identity,
    cluster: 'default',
    namespace,
    pod,
    workload: '',
    workloadKind: '',
    labels: [
      `k8s:app.kubernetes.io/name=${name}`,
      'k8s:io.cilium.k8s.policy.cluster=default',
      `k8s:io.cilium.k8s.policy.serviceaccount=${name}`,
      `k8s:io.kubernetes.pod.namespace=${namespace}`,
    ],
  };
  return {
    name: workload.name,
    kind: 'pod',
    node,
    ...podAddress(node, 10 + slot),
    local: { ...remote, id: random.integer(100, 4095), workload: name, workloadKind: workload.kind },
    remote,
  };
}

/** The `nth` addresses of a node's pods. */
function podAddress({ index }: Node, nth: number): { readonly ip: string; readonly ip6: string } {
  return { ip: `10.244.${index}.${nth}`, ip6: `fd00:10:244:${hex(index)}::${hex(nth)}` };
}

function hex(number: number): string {
  return number.toString(16);
}

export function splitName(full: string): { namespace: string; name: string } {
  const slash = full.indexOf('/');
  return { namespace: full.slice(0, slash), name: full.slice(slash + 1) };
}
