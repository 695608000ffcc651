/** The cluster that the fixtures play in: a control plane, three workers, a shop, and what every cluster runs. */
import type { EdgeSpec, Effect, NodeSpec, RestartSpec, Scenario, WorkloadSpec } from './scenario.js';

export const NODES: readonly NodeSpec[] = [
  { name: 'cp-1', role: 'control-plane' },
  { name: 'worker-1', role: 'worker' },
  { name: 'worker-2', role: 'worker' },
  { name: 'worker-3', role: 'worker' },
];

export const WORKERS = ['worker-1', 'worker-2', 'worker-3'] as const;

export const WORKLOADS: readonly WorkloadSpec[] = [
  { name: 'shop/frontend', kind: 'Deployment', replicas: 3 },
  { name: 'shop/cart', kind: 'Deployment', replicas: 3 },
  { name: 'shop/payments', kind: 'Deployment', replicas: 3 },
  { name: 'shop/redis', kind: 'StatefulSet', replicas: 1, nodes: ['worker-2'] },
  { name: 'kube-system/coredns', kind: 'Deployment', replicas: 3 },
  { name: 'monitoring/prometheus', kind: 'StatefulSet', replicas: 1, nodes: ['worker-3'] },
  { name: 'monitoring/node-agent', kind: 'DaemonSet' },
  { name: 'flux-system/source-controller', kind: 'Deployment', replicas: 1, nodes: ['worker-1'] },
  { name: 'flux-system/kustomize-controller', kind: 'Deployment', replicas: 1, nodes: ['worker-3'] },
];

/** Pods that other pods call over TCP. */
export const TCP_SERVERS = [
  'shop/cart',
  'shop/payments',
  'shop/redis',
  'monitoring/node-agent',
  'flux-system/source-controller',
] as const;

export const EDGES: readonly EdgeSpec[] = [
  { from: 'world', to: 'shop/frontend', protocol: 'TCP', port: 8080, perMinute: 4 },
  tcp('shop/frontend', 'shop/cart', 8080, 9, 'shop/cart-from-frontend'),
  tcp('shop/frontend', 'shop/payments', 8443, 5, 'shop/payments-from-frontend'),
  tcp('shop/cart', 'shop/redis', 6379, 5),
  { from: 'shop/payments', to: 'world', protocol: 'TCP', port: 443, perMinute: 4 },
  { from: 'shop/frontend', to: 'kube-system/coredns', protocol: 'UDP', port: 53, perMinute: 6 },
  { from: 'shop/payments', to: 'kube-system/coredns', protocol: 'UDP', port: 53, perMinute: 3 },
  { ...tcp('monitoring/prometheus', 'monitoring/node-agent', 9100, 4), pace: 'steady' },
  tcp('flux-system/kustomize-controller', 'flux-system/source-controller', 80, 2),
  { from: 'flux-system/source-controller', to: 'world', protocol: 'TCP', port: 443, perMinute: 1 },
  { from: 'flux-system/kustomize-controller', to: 'kube-apiserver', protocol: 'TCP', port: 6443, perMinute: 2 },
  {
    from: 'host',
    to: 'kube-system/coredns',
    protocol: 'TCP',
    port: 8080,
    perMinute: 3,
    pace: 'steady',
    path: 'same-node',
  },
];

/** cilium-health: every node probes the health endpoint of every other one, the more rarely the more nodes there are. */
export function healthProbes(nodes: readonly NodeSpec[]): EdgeSpec[] {
  const perMinute = (nodes.length * (nodes.length - 1)) / Math.log1p(nodes.length);
  const probe = { from: 'host', to: 'health', perMinute, pace: 'steady', path: 'cross-node' } as const;
  return [
    { ...probe, protocol: 'TCP', port: 4240 },
    { ...probe, protocol: 'ICMP', port: 0 },
  ];
}

/** A client that nobody has allowed and that does not give up: two attempts a minute, each with its retransmissions. */
export const DENIED_CLIENT: EdgeSpec = {
  from: 'shop/cart',
  to: 'shop/payments',
  protocol: 'TCP',
  port: 9090,
  perMinute: 0.8,
};

export const DENIAL: Effect = {
  kind: 'drop',
  reason: 'POLICY_DENIED',
  at: 'destination',
  where: { from: DENIED_CLIENT.from, to: DENIED_CLIENT.to, port: DENIED_CLIENT.port },
  when: {},
};

/** One node after the other, two minutes apart, each down for about ten seconds. */
export function roll(nodes: readonly string[], from: number): RestartSpec[] {
  const down = [9, 12, 8, 14, 10, 11];
  return nodes.map((node, i) => ({ node, at: from + i * 2 + 0.07 * i, downSeconds: down[i % down.length] ?? 10 }));
}

/** What a fixture changes of the usual soak: 12 minutes of baseline, a roll of all four nodes, a quarter of an hour after it. */
export interface Change {
  readonly seed: number;
  readonly startsAt: string;
  readonly cilium?: string;
  readonly minutes?: number;
  readonly nodes?: readonly NodeSpec[];
  readonly restarts?: readonly RestartSpec[];
  readonly workloads?: readonly WorkloadSpec[];
  /** Further edges; one of the usual ones gives way to its like. */
  readonly edges?: readonly EdgeSpec[];
  readonly effects?: readonly Effect[];
  readonly noise?: Partial<Scenario['noise']>;
}

export function platform(change: Change): Scenario {
  const nodes = change.nodes ?? NODES;
  const own = change.edges ?? [];
  const served = nodes.some((node) => node.role === 'control-plane');
  const usual = EDGES.filter(
    (edge) => (served || edge.to !== 'kube-apiserver') && !own.some((one) => isSame(one, edge)),
  );
  return {
    seed: change.seed,
    startsAt: change.startsAt,
    minutes: change.minutes ?? 34,
    cilium: change.cilium ?? '1.19.4',
    nodes,
    workloads: [...WORKLOADS, ...(change.workloads ?? [])],
    edges: [...usual, ...healthProbes(nodes), DENIED_CLIENT, ...own],
    noise: {
      routerSolicitationsPerMinute: 0.3,
      closingShare: 0.05,
      retransmittedShare: 0.004,
      ...change.noise,
    },
    restarts:
      change.restarts ??
      roll(
        nodes.map((node) => node.name),
        12,
      ),
    effects: [DENIAL, ...(change.effects ?? [])],
  };
}

function isSame(a: EdgeSpec, b: EdgeSpec): boolean {
  return a.from === b.from && a.to === b.to && a.protocol === b.protocol && a.port === b.port && a.family === b.family;
}

function tcp(from: string, to: string, port: number, perMinute: number, policy?: string): EdgeSpec {
  const edge = { from, to, protocol: 'TCP', port, perMinute } as const;
  return policy === undefined ? edge : { ...edge, allowedBy: { ingress: policy } };
}
