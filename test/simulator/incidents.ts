/**
 * Eight incidents of a real platform (devantler-tech/platform), each as the agents would have shown it had somebody looked: what broke,
 * where and when is theirs, the traffic is ours.
 */
import type { Scope } from '../../src/judge/document.js';
import type { ExpectedFinding, Fixture } from './fixture.js';
import { NODES, TCP_SERVERS, WORKERS, platform, roll } from './platform.js';
import type { NodeSpec, WorkloadSpec } from './scenario.js';

/** Pods that call other pods. */
const CALLERS = [
  'shop/frontend',
  'shop/cart',
  'shop/payments',
  'monitoring/prometheus',
  'flux-system/kustomize-controller',
];

const AUTH_POLICY = 'a policy now asks for mutual authentication';

/** #1788. SPIRE authentication was asked for all ingress of pods; DNS over UDP has no retransmission that would outlive the handshake. */
const C1: Fixture = {
  file: 'incidents/c1-coredns-auth-required',
  shows: `${AUTH_POLICY}: DNS queries are dropped at every coredns pod from its node's restart on (#1788)`,
  verdict: 'fail',
  findings: authRequired([...WORKERS], 'soak'),
  scenario: platform({
    seed: 1788,
    startsAt: '2026-06-05T16:05:00Z',
    effects: [
      {
        kind: 'drop',
        reason: 'AUTH_REQUIRED',
        at: 'destination',
        where: { to: 'kube-system/coredns', protocol: 'UDP' },
        when: { sinceRestart: 'destination' },
      },
    ],
  }),
};

/** #1975. Packets of a host to another worker were steered into the WireGuard device and never left it; no drop event anywhere. */
const C2: Fixture = {
  file: 'incidents/c2-node-encryption-black-hole',
  shows:
    "nodeEncryption: worker to worker, the host's probes vanish at once, pods' connections six minutes later; no drop event (#1975)",
  verdict: 'fail',
  findings: [
    {
      class: 'silent',
      nodes: [...WORKERS],
      scope: 'cross-node',
      where: 'cross-node traffic between worker-1, worker-2 and worker-3; same-node is fine',
    },
  ],
  scenario: platform({
    seed: 1975,
    startsAt: '2026-06-06T01:30:00Z',
    effects: [
      {
        kind: 'silent',
        leg: 'request',
        where: { from: ['host', 'node'], sourceNodes: WORKERS, destinationNodes: WORKERS, path: 'cross-node' },
        when: { sinceRestart: 'source' },
      },
      {
        kind: 'silent',
        leg: 'request',
        share: 0.8,
        where: { from: CALLERS, sourceNodes: WORKERS, destinationNodes: WORKERS, path: 'cross-node' },
        when: { sinceRestart: 'source', afterSeconds: 360 },
      },
    ],
    edges: [{ from: 'node', to: 'node', protocol: 'TCP', port: 4250, perMinute: 6, path: 'cross-node' }],
  }),
};

const CATTLE: NodeSpec = { name: 'cattle-1', role: 'worker', joinsAt: 20 };
const THUMBNAILER: WorkloadSpec = { name: 'shop/thumbnailer', kind: 'Deployment', replicas: 2, nodes: ['cattle-1'] };

/** #1944. Strict egress encryption fails closed towards nodes whose addresses the source does not know yet: on every join, for a while. */
const C3: Fixture = {
  file: 'incidents/c3-strict-mode-unencrypted',
  shows:
    'strict egress encryption: bursts of drops at the source towards a node that an autoscaler has just added (#1944)',
  verdict: 'fail',
  findings: [
    {
      class: 'hard-rule',
      reasonName: 'UNENCRYPTED_TRAFFIC',
      nodes: ['cp-1', ...WORKERS],
      scope: 'pair',
      where: 'TCP and ICMP to cattle-1; to other nodes is fine',
    },
  ],
  scenario: platform({
    seed: 1944,
    startsAt: '2026-06-09T03:00:00Z',
    minutes: 36,
    nodes: [...NODES, CATTLE],
    workloads: [THUMBNAILER],
    restarts: roll(['cp-1', ...WORKERS], 12),
    edges: [
      { from: 'shop/frontend', to: 'shop/thumbnailer', protocol: 'TCP', port: 8080, perMinute: 8 },
      { from: 'shop/cart', to: 'shop/thumbnailer', protocol: 'TCP', port: 8080, perMinute: 6 },
    ],
    effects: [
      {
        kind: 'drop',
        reason: 'UNENCRYPTED_TRAFFIC',
        at: 'source',
        where: { destinationNodes: ['cattle-1'], path: 'cross-node' },
        when: { sinceRestart: 'source', bursts: { everySeconds: 120, forSeconds: 70 } },
      },
    ],
  }),
};

/** #1809. SPIRE never issued identities: what was authenticated stays so until its entry expires, pair by pair. */
const C4: Fixture = {
  file: 'incidents/c4-spire-wedged',
  shows: 'no SVIDs: authentication fails on all pairs, more and more as cached authentications expire (#1809)',
  verdict: 'fail',
  findings: authRequired(['cp-1', ...WORKERS], 'soak'),
  scenario: platform({
    seed: 1809,
    startsAt: '2026-06-05T20:10:00Z',
    effects: [90, 200, 330, 480].map((afterSeconds, i) => ({
      kind: 'drop',
      reason: 'AUTH_REQUIRED',
      at: 'destination',
      share: [0.15, 0.3, 0.5, 1][i] ?? 1,
      where: { to: TCP_SERVERS, protocol: 'TCP' },
      when: { sinceRestart: 'destination', afterSeconds },
    })),
  }),
};

/** #1818. The SPIRE server waits for its volume, the volume's traffic waits for SPIRE. */
const C5: Fixture = {
  file: 'incidents/c5-spire-longhorn-deadlock',
  shows: 'storage and source-controller wait for an authentication that waits for storage (#1818)',
  verdict: 'fail',
  findings: authRequired([...WORKERS], 'soak'),
  scenario: platform({
    seed: 1818,
    startsAt: '2026-06-06T19:00:00Z',
    workloads: [
      { name: 'longhorn-system/longhorn-backend', kind: 'DaemonSet', nodes: [...WORKERS] },
      { name: 'longhorn-system/longhorn-csi-plugin', kind: 'DaemonSet', nodes: [...WORKERS] },
    ],
    edges: [
      {
        from: 'longhorn-system/longhorn-csi-plugin',
        to: 'longhorn-system/longhorn-backend',
        protocol: 'TCP',
        port: 9500,
        perMinute: 9,
        retries: { afterSeconds: 10, times: 2 },
      },
    ],
    effects: [
      {
        kind: 'drop',
        reason: 'AUTH_REQUIRED',
        at: 'destination',
        where: { to: ['longhorn-system/longhorn-backend', 'flux-system/source-controller'], protocol: 'TCP' },
        when: { sinceRestart: 'destination' },
      },
    ],
  }),
};

/** #1859. The firewall between the nodes lets everything through but the port of the authentication handshake. */
const C6: Fixture = {
  file: 'incidents/c6-firewall-4250',
  shows:
    'port 4250 is closed between nodes: cross-node flows need an authentication that cannot come, same-node ones are fine (#1859)',
  verdict: 'fail',
  findings: authRequired(['cp-1', ...WORKERS], 'cross-node', 'cross-node TCP between pods; same-node is fine'),
  scenario: platform({
    seed: 1859,
    startsAt: '2026-06-05T22:00:00Z',
    edges: [
      {
        from: 'node',
        to: 'node',
        protocol: 'TCP',
        port: 4250,
        perMinute: 8,
        path: 'cross-node',
        when: { sinceRestart: 'source' },
      },
    ],
    effects: [
      {
        kind: 'drop',
        reason: 'AUTH_REQUIRED',
        at: 'destination',
        where: { to: TCP_SERVERS, path: 'cross-node' },
        when: { sinceRestart: 'destination' },
      },
      { kind: 'silent', leg: 'request', where: { from: 'node', to: 'node', port: 4250 }, when: {} },
    ],
  }),
};

/** #2172. An egress allow rule is missing; the entry's `auth_type` misled everybody. */
const C7: Fixture = {
  file: 'incidents/c7-auth-proxy-egress-denied',
  shows: 'one identity pair: auth-proxy may no longer call public addresses, once the agent of its node is new (#2172)',
  verdict: 'fail',
  findings: [{ class: 'broken', reasonName: 'POLICY_DENIED', nodes: ['worker-1', 'worker-2'], scope: 'edge' }],
  scenario: platform({
    seed: 2172,
    startsAt: '2026-06-19T16:30:00Z',
    workloads: [{ name: 'auth/auth-proxy', kind: 'Deployment', replicas: 2, nodes: ['worker-1', 'worker-2'] }],
    edges: [
      { from: 'world', to: 'auth/auth-proxy', protocol: 'TCP', port: 4180, perMinute: 4 },
      {
        from: 'auth/auth-proxy',
        to: 'world',
        protocol: 'TCP',
        port: 443,
        perMinute: 6,
        allowedBy: { egress: 'auth/proxy-to-world' },
        retries: { afterSeconds: 5, times: 1 },
      },
    ],
    effects: [
      {
        kind: 'drop',
        reason: 'POLICY_DENIED',
        at: 'source',
        where: { from: 'auth/auth-proxy', to: 'world' },
        when: { sinceRestart: 'source' },
      },
    ],
  }),
};

/** #2283. The gateway's call for authorization leaves the host in clear and cannot enter another node's encrypted pod path. */
const C8: Fixture = {
  file: 'incidents/c8-ext-authz-cross-node',
  shows:
    "the gateway's ext_authz call reaches the pod of its own node only; to others: forwarded, retransmitted, no reply (#2283)",
  verdict: 'fail',
  findings: [
    {
      class: 'silent',
      nodes: ['cp-1', ...WORKERS],
      scope: 'cross-node',
      where: 'cross-node TCP 9000 from hosts to auth/ext-authz; same-node is fine',
    },
  ],
  scenario: platform({
    seed: 2283,
    startsAt: '2026-06-26T14:10:00Z',
    workloads: [{ name: 'auth/ext-authz', kind: 'Deployment', replicas: 2, nodes: ['worker-1', 'worker-2'] }],
    edges: [{ from: 'host', to: 'auth/ext-authz', protocol: 'TCP', port: 9000, perMinute: 16 }],
    effects: [
      {
        kind: 'silent',
        leg: 'request',
        where: { from: 'host', to: 'auth/ext-authz', path: 'cross-node' },
        when: { sinceRestart: 'source' },
      },
    ],
  }),
};

/** Nothing may need an authentication in that cluster: a rule without statistics, which names the edges as well. */
function authRequired(nodes: readonly string[], scope: Scope, where?: string): ExpectedFinding[] {
  const told = where === undefined ? {} : { where };
  return [{ class: 'hard-rule', reasonName: 'AUTH_REQUIRED', nodes, scope, ...told }];
}

export const INCIDENTS: readonly Fixture[] = [C1, C2, C3, C4, C5, C6, C7, C8];
