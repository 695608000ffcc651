/** Soaks in which nothing broke, and two that look as if something had. */
import type { Fixture } from './fixture.js';
import { platform } from './platform.js';

const UNCHANGED: Fixture = {
  file: 'benign/unchanged-roll',
  shows: 'every agent is restarted once, nothing changes',
  verdict: 'pass',
  findings: [],
  scenario: platform({ seed: 101, startsAt: '2026-07-02T01:00:00Z' }),
};

const MISSED_TAIL_CALLS: Fixture = {
  file: 'benign/missed-tail-calls',
  shows: 'each restart drops packets for some seconds (program arrays are filled anew), then everything is as before',
  verdict: 'pass',
  findings: [{ class: 'transient', reasonName: 'MISSED_TAIL_CALL' }],
  scenario: platform({
    seed: 140,
    startsAt: '2026-07-03T01:00:00Z',
    effects: [
      {
        kind: 'drop',
        reason: 'MISSED_TAIL_CALL',
        at: 'destination',
        share: 0.7,
        where: {},
        when: { sinceRestart: 'destination', afterSeconds: -4, forSeconds: 16 },
      },
      {
        kind: 'drop',
        reason: 'MISSED_TAIL_CALL',
        at: 'source',
        share: 0.5,
        where: {},
        when: { sinceRestart: 'source', afterSeconds: -4, forSeconds: 14 },
      },
    ],
  }),
};

const SCANNER: Fixture = {
  file: 'benign/scanner-bursts',
  shows: 'a scanner from outside knocks in bursts, by chance over the restarts and after them',
  verdict: 'pass',
  findings: [],
  scenario: platform({
    seed: 203,
    startsAt: '2026-07-04T01:00:00Z',
    noise: { scanner: { atMinutes: [3, 13.9, 16.3, 19.5, 25], burstsPerHour: 4, packetsPerBurst: 45 } },
  }),
};

const ROUTINE_DENIALS: Fixture = {
  file: 'benign/routine-denials',
  shows: 'policies deny what they always denied, and a client that was never allowed retries all day long',
  verdict: 'pass',
  findings: [],
  scenario: platform({
    seed: 304,
    startsAt: '2026-07-05T01:00:00Z',
    workloads: [{ name: 'legacy/poller', kind: 'Deployment', replicas: 2, nodes: ['worker-1', 'worker-3'] }],
    edges: [
      {
        from: 'legacy/poller',
        to: 'shop/payments',
        protocol: 'TCP',
        port: 8443,
        perMinute: 2,
        retries: { afterSeconds: 4, times: 4 },
      },
      { from: 'legacy/poller', to: 'world', protocol: 'TCP', port: 25, perMinute: 1.5 },
    ],
    effects: [
      {
        kind: 'drop',
        reason: 'POLICY_DENIED',
        at: 'destination',
        where: { from: 'legacy/poller', to: 'shop/payments' },
        when: {},
      },
      { kind: 'drop', reason: 'POLICY_DENIED', at: 'source', where: { from: 'legacy/poller', to: 'world' }, when: {} },
    ],
  }),
};

const LOSSY_OLD_AGENTS: Fixture = {
  file: 'traps/old-agents-lose-events',
  shows:
    'the old agents lose a tenth of their events and say so, the new ones none: more is seen after, not less is well',
  verdict: 'inconclusive',
  findings: [{ class: 'visibility' }],
  scenario: platform({
    seed: 410,
    startsAt: '2026-07-06T01:00:00Z',
    effects: [
      {
        kind: 'lost-events',
        nodes: ['cp-1', 'worker-1', 'worker-2', 'worker-3'],
        source: 'PERF_EVENT_RING_BUFFER',
        share: 0.1,
        when: { untilRestart: 'source' },
      },
    ],
  }),
};

/** As between Cilium 1.15 and 1.16: what failed as a NAT mapping fails as a conntrack entry, as rarely as before. */
const RENAMED_REASON: Fixture = {
  file: 'traps/renamed-reason',
  shows: 'a drop reason has another name after the restart: same sources, same edges, same rate',
  verdict: 'pass',
  findings: [],
  scenario: platform({
    seed: 511,
    startsAt: '2026-07-07T01:00:00Z',
    edges: [{ from: 'shop/cart', to: 'world', protocol: 'TCP', port: 443, perMinute: 6 }],
    effects: [
      {
        kind: 'drop',
        reason: 'NO_MAPPING_FOR_NAT_MASQUERADE',
        at: 'source',
        share: 0.15,
        firstPacketOnly: true,
        where: { to: 'world' },
        when: {},
      },
      {
        kind: 'rename',
        reason: 'NO_MAPPING_FOR_NAT_MASQUERADE',
        to: 'CT_MAP_INSERTION_FAILED',
        where: {},
        when: { sinceRestart: 'source' },
      },
    ],
  }),
};

export const BENIGN: readonly Fixture[] = [UNCHANGED, MISSED_TAIL_CALLS, SCANNER, ROUTINE_DENIALS];
export const TRAPS: readonly Fixture[] = [LOSSY_OLD_AGENTS, RENAMED_REASON];
