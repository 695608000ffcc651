import type { Fixture } from './fixture.js';
import { WORKERS, platform } from './platform.js';

/**
 * The story of `hubble-soak demo`: `bpf.masquerade` goes on, worker by worker. The first worker is well. On the second one, payments can
 * no longer reach its bank: BPF finds no mapping for what it has to masquerade. The third one is well again.
 */
export const DEMO: Fixture = {
  file: 'demo',
  shows: 'bpf.masquerade, three workers: from its restart on worker-2 drops what payments sends to the outside',
  args: ['--knob', 'bpf.masquerade'],
  verdict: 'fail',
  findings: [{ class: 'hard-rule', reasonName: 'NO_MAPPING_FOR_NAT_MASQUERADE', nodes: ['worker-2'] }],
  scenario: platform({
    seed: 2029,
    startsAt: '2026-08-22T02:00:00Z',
    cilium: '1.20.0',
    minutes: 32,
    nodes: WORKERS.map((name) => ({ name, role: 'worker' as const })),
    restarts: [
      { node: 'worker-1', at: 12, downSeconds: 9 },
      { node: 'worker-2', at: 15.5, downSeconds: 11 },
      { node: 'worker-3', at: 19, downSeconds: 8 },
    ],
    edges: [{ from: 'shop/payments', to: 'world', protocol: 'TCP', port: 443, perMinute: 14 }],
    effects: [
      {
        kind: 'drop',
        reason: 'NO_MAPPING_FOR_NAT_MASQUERADE',
        at: 'source',
        share: 0.9,
        where: { from: 'shop/payments', to: 'world', sourceNodes: ['worker-2'] },
        when: { sinceRestart: 'source' },
      },
    ],
  }),
};
