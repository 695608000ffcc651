/** Soaks in which something breaks and leaves no drop event, or only seems to; each on three workers that are rolled one after the other. */
import type { Fixture } from './fixture.js';
import type { Change } from './platform.js';
import { WORKERS, platform } from './platform.js';
import type { EdgeSpec, Scenario, WorkloadSpec } from './scenario.js';

/** From the moment worker-2 is back. */
const SINCE_WORKER_2 = { sinceRestartOf: 'worker-2' } as const;

/** Enough calls between nodes to see what happens to one of them. */
const CALLS: readonly EdgeSpec[] = [
  { from: 'shop/frontend', to: 'shop/cart', protocol: 'TCP', port: 8080, perMinute: 24 },
  { from: 'shop/frontend', to: 'shop/payments', protocol: 'TCP', port: 8443, perMinute: 18 },
];

const LOST_RETURN_PATH: Fixture = {
  file: 'silent/lost-return-path',
  shows: 'what servers on worker-2 answer never reaches other nodes: requests arrive, answers leave, clients repeat',
  verdict: 'fail',
  findings: [
    { class: 'silent', nodes: ['worker-2'], scope: 'towards', where: 'TCP to worker-2; what worker-2 sends is fine' },
  ],
  scenario: threeWorkers({
    seed: 601,
    effects: [
      {
        kind: 'silent',
        leg: 'reply',
        where: { destinationNodes: ['worker-2'], path: 'cross-node' },
        when: SINCE_WORKER_2,
      },
    ],
  }),
};

const ONE_PAIR: Fixture = {
  file: 'silent/one-pair',
  shows: 'TCP from worker-1 to worker-3 is lost since the restart of worker-1; all else, and the way back, is fine',
  verdict: 'fail',
  findings: [
    {
      class: 'silent',
      nodes: ['worker-1'],
      scope: 'pair',
      where: 'TCP from worker-1 to worker-3; the way back and to other nodes are fine',
    },
  ],
  scenario: threeWorkers({
    seed: 602,
    effects: [
      {
        kind: 'silent',
        leg: 'request',
        where: { protocol: 'TCP', sourceNodes: ['worker-1'], destinationNodes: ['worker-3'] },
        when: { sinceRestart: 'source' },
      },
    ],
  }),
};

const LOSSY = { kind: 'silent', share: 0.2, perPacket: true, when: SINCE_WORKER_2 } as const;

const PACKET_LOSS: Fixture = {
  file: 'silent/packet-loss',
  shows:
    'a fifth of the TCP packets from other nodes to worker-2 is lost: nearly all attempts are answered, when repeated',
  verdict: 'fail',
  findings: [
    {
      class: 'silent',
      nodes: ['worker-2'],
      scope: 'cross-node',
      where: 'cross-node traffic, to and from worker-2; same-node is fine',
    },
  ],
  scenario: threeWorkers({
    seed: 603,
    effects: [
      { ...LOSSY, leg: 'request', where: { protocol: 'TCP', destinationNodes: ['worker-2'], path: 'cross-node' } },
      { ...LOSSY, leg: 'reply', where: { protocol: 'TCP', sourceNodes: ['worker-2'], path: 'cross-node' } },
    ],
  }),
};

const BROKER: WorkloadSpec = { name: 'shop/broker', kind: 'StatefulSet', replicas: 2, nodes: ['worker-2', 'worker-3'] };
const LASTING = { protocol: 'TCP', port: 5672, perMinute: 0, lasting: { connections: 6, everySeconds: 9 } } as const;

const LONG_LIVED_CUT: Fixture = {
  file: 'silent/long-lived-cut',
  shows: 'connections opened long ago lose what the broker on worker-2 sends to other nodes; new connections are fine',
  verdict: 'fail',
  findings: [
    {
      class: 'silent',
      nodes: ['worker-2'],
      scope: 'cross-node',
      where: 'cross-node traffic to worker-2; same-node is fine',
    },
  ],
  scenario: threeWorkers({
    seed: 604,
    workloads: [BROKER],
    edges: [
      { from: 'shop/frontend', to: 'shop/broker', ...LASTING },
      { from: 'shop/cart', to: 'shop/broker', ...LASTING },
    ],
    effects: [
      {
        kind: 'silent',
        leg: 'reply',
        where: { to: 'shop/broker', destinationNodes: ['worker-2'], path: 'cross-node' },
        when: SINCE_WORKER_2,
      },
    ],
  }),
};

const PROXIED: readonly EdgeSpec[] = CALLS.map((call) => ({
  ...call,
  allowedBy: { ingress: `${call.to}-http` },
  answers: { kind: 'http', at: 'ingress', failing: 0.004 },
}));

const PROXY_ERRORS: Fixture = {
  file: 'silent/proxy-errors',
  shows: 'the proxy of worker-2 answers with 503 half of the time; every connection is opened and answered',
  verdict: 'fail',
  findings: [{ class: 'broken', nodes: ['worker-2'] }],
  scenario: threeWorkers({
    seed: 605,
    minutes: 26,
    edges: PROXIED,
    effects: [
      { kind: 'answer', code: 503, share: 0.5, where: { destinationNodes: ['worker-2'] }, when: SINCE_WORKER_2 },
    ],
  }),
};

const CHANGED_AT = 13.5;

const POLICY_CHANGED: Fixture = {
  file: 'silent/policy-changed',
  shows: 'somebody changes a policy in mid-roll: all nodes tell a new revision and deny one client from that minute on',
  verdict: 'pass',
  findings: [],
  scenario: threeWorkers({
    seed: 606,
    edges: [
      {
        from: 'shop/cart',
        to: 'shop/payments',
        protocol: 'TCP',
        port: 8443,
        perMinute: 9,
        allowedBy: { ingress: 'shop/payments-from-shop' },
      },
    ],
    policyChanges: [{ at: CHANGED_AT, revision: 9 }],
    effects: [
      {
        kind: 'drop',
        reason: 'POLICY_DENIED',
        at: 'destination',
        where: { from: 'shop/cart', to: 'shop/payments', port: 8443 },
        when: { from: CHANGED_AT },
      },
    ],
  }),
};

const HIDDEN_REPLIES: Fixture = {
  file: 'silent/hidden-replies',
  shows: 'worker-2 shows no packet of a server since its restart, as with another monitor aggregation; nothing is lost',
  verdict: 'inconclusive',
  findings: [{ class: 'visibility', nodes: ['worker-2'] }],
  scenario: threeWorkers({
    seed: 607,
    effects: [{ kind: 'hide-replies', nodes: ['worker-2'], where: {}, when: { sinceRestart: 'source' } }],
  }),
};

const BLIND_PEER: Fixture = {
  file: 'silent/blind-peer',
  shows: 'the relay cannot reach worker-3 for eight minutes, whose agent runs on; nothing is lost',
  verdict: 'inconclusive',
  findings: [{ class: 'visibility', nodes: ['worker-3'] }],
  scenario: threeWorkers({
    seed: 608,
    minutes: 32,
    nodes: WORKERS.map((name) => ({
      name,
      role: 'worker',
      ...(name === 'worker-3' ? { blind: { from: 18, until: 26 } } : {}),
    })),
  }),
};

const LATE_DENIALS: Fixture = {
  file: 'silent/late-denials',
  shows:
    'ten minutes after each restart policy denies all that leaves for the world: identities that were not restored',
  verdict: 'fail',
  findings: [{ class: 'broken', reasonName: 'POLICY_DENIED', scope: 'from' }],
  scenario: threeWorkers({
    seed: 609,
    minutes: 36,
    edges: [{ from: 'shop/payments', to: 'world', protocol: 'TCP', port: 443, perMinute: 12 }],
    effects: [
      {
        kind: 'drop',
        reason: 'POLICY_DENIED',
        at: 'source',
        where: { to: 'world' },
        when: { sinceRestart: 'source', afterSeconds: 600 },
      },
    ],
  }),
};

const IPV6_ONLY: Fixture = {
  file: 'silent/ipv6-only',
  shows: 'IPv6 from other nodes to worker-2 is lost, IPv4 between the same pods is fine',
  verdict: 'fail',
  findings: [
    {
      class: 'silent',
      nodes: ['worker-2'],
      scope: 'towards',
      where: 'IPv6 TCP from shop/frontend to pods on worker-2; what worker-2 sends and IPv4 are fine',
    },
  ],
  scenario: threeWorkers({
    seed: 610,
    edges: CALLS.map((call) => ({ ...call, family: 6 })),
    effects: [
      {
        kind: 'silent',
        leg: 'request',
        where: { family: 6, destinationNodes: ['worker-2'], path: 'cross-node' },
        when: SINCE_WORKER_2,
      },
    ],
  }),
};

function threeWorkers(change: Omit<Change, 'startsAt'> & Pick<Scenario, 'policyChanges'>): Scenario {
  const scenario = platform({
    startsAt: '2026-08-01T02:00:00Z',
    minutes: 30,
    nodes: WORKERS.map((name) => ({ name, role: 'worker' })),
    ...change,
    edges: [
      ...CALLS.filter((call) => !change.edges?.some(({ to, port }) => to === call.to && port === call.port)),
      ...(change.edges ?? []),
    ],
  });
  return change.policyChanges === undefined ? scenario : { ...scenario, policyChanges: change.policyChanges };
}

export const SILENT: readonly Fixture[] = [
  LOST_RETURN_PATH,
  ONE_PAIR,
  PACKET_LOSS,
  LONG_LIVED_CUT,
  PROXY_ERRORS,
  POLICY_CHANGED,
  HIDDEN_REPLIES,
  BLIND_PEER,
  LATE_DENIALS,
  IPV6_ONLY,
];
