import type { LabFixture } from './fixture.js';

/**
 * Recordings that real relays and agents made (see recordings/README.md). All but one are short, about a minute before and after each
 * restart: they have a short settle time and can pass nothing.
 */
export const LAB: readonly LabFixture[] = [
  {
    file: 'lab/sim-kill9',
    shows:
      'node2 is killed twice (10 s and less than a second down), node3 hangs for 20 s in between: two restarts, not three',
    args: ['--settle', '15s'],
    verdict: 'inconclusive',
    findings: [{ class: 'visibility', nodes: ['node3'] }],
    restarts: [
      { node: 'node2', at: '2026-11-21T08:43:48.197Z', within: '3s' },
      { node: 'node2', at: '2026-11-21T08:44:38.271Z', within: '3s' },
    ],
  },
  {
    file: 'lab/sim-relay-restart',
    shows: 'the relay goes twice and comes back, the agents stay: no restart, two gaps of sight',
    args: ['--settle', '15s'],
    verdict: 'inconclusive',
    findings: [{ class: 'visibility' }],
    restarts: [],
  },
  {
    file: 'lab/sim-restart-each',
    shows:
      'three agents restarted for 8, 15 and 2 s, the same random traffic before and after; too short and too random for more',
    args: ['--settle', '15s'],
    verdict: 'inconclusive',
    findings: [],
    restarts: [
      { node: 'node1', at: '2026-11-21T08:43:46.083Z', within: '3s' },
      { node: 'node2', at: '2026-11-21T08:45:23.093Z', within: '3s' },
      { node: 'node3', at: '2026-11-21T08:46:40.155Z', within: '3s' },
    ],
  },
  {
    file: 'lab/real-restart-wrong-tunnel-port',
    shows:
      'n2 comes back with another tunnel port and is mended 80 s later: silent loss to and from n2, no new drop anywhere',
    args: ['--settle', '15s'],
    verdict: 'fail',
    findings: [{ class: 'silent', nodes: ['n2'] }],
    restarts: [
      { node: 'n2', at: '2026-11-21T08:50:40.978Z', within: '3s' },
      { node: 'n2', at: '2026-11-21T08:52:02.310Z', within: '3s' },
    ],
  },
  {
    file: 'lab/long-policy-always-n3',
    shows: 'three real agents rolled, the third with default deny for all its pods: only n3 fails',
    args: [],
    verdict: 'fail',
    findings: [{ class: 'broken', reasonName: 'POLICY_DENIED', nodes: ['n3'] }],
    restarts: [
      { node: 'n1', at: '2026-11-21T10:07:53.726Z', within: '3s' },
      { node: 'n2', at: '2026-11-21T10:10:28.563Z', within: '3s' },
      { node: 'n3', at: '2026-11-21T10:12:55.097Z', within: '3s' },
    ],
  },
];
