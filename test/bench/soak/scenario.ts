/** The soak of `npm run bench:soak`: three hours of a roll that breaks two things, and what goes wrong between it and the client. */
import { status } from '@grpc/grpc-js';
import { LOST_SOURCE, NODE_STATE } from '../../../src/hubble/event.js';
import type { Fault } from '../../../src/hubble/replay-faults.js';
import { DEFAULT_SETTINGS, type Settings } from '../../../src/judge/settings.js';
import { platform } from '../../simulator/platform.js';
import type { Scenario } from '../../simulator/scenario.js';

const MINUTE = 60_000;
/** The cluster of the fixtures, with this many times its traffic. */
const TRAFFIC = 8;

export const SETTINGS: Settings = { ...DEFAULT_SETTINGS, knob: 'bpf.masquerade', soakMs: 60 * MINUTE };

export function scenario(minutes: number): Scenario {
  const at = (share: number): number => Math.round(minutes * share * 10) / 10;
  const usual = platform({
    seed: 6061,
    startsAt: '2026-08-22T00:00:00Z',
    minutes,
    restarts: [
      { node: 'worker-1', at: at(0.25), downSeconds: 9 },
      { node: 'worker-2', at: at(0.34), downSeconds: 14 },
      { node: 'worker-3', at: at(0.43), downSeconds: 11 },
      { node: 'cp-1', at: at(0.52), downSeconds: 10 },
    ],
    effects: [
      {
        kind: 'drop',
        reason: 'NO_MAPPING_FOR_NAT_MASQUERADE',
        at: 'source',
        share: 0.9,
        where: { from: 'shop/payments', to: 'world', sourceNodes: ['worker-2'] },
        when: { sinceRestart: 'source' },
      },
      {
        kind: 'silent',
        leg: 'request',
        share: 1,
        where: { from: 'shop/frontend', to: 'shop/cart', destinationNodes: ['worker-3'], path: 'cross-node' },
        when: { sinceRestart: 'destination' },
      },
    ],
  });
  return { ...usual, edges: usual.edges.map((edge) => ({ ...edge, perMinute: edge.perMinute * TRAFFIC })) };
}

/** What befalls the cluster itself, or the relay all the time: both watches see it. */
export function sharedFaults(minutes: number): Fault[] {
  const at = (share: number): number => Math.round(minutes * share) * MINUTE;
  return [
    { kind: 'skew', node: 'cp-1', by: 2_500 },
    { kind: 'unavailable', node: 'worker-2', for: 45_000 },
    { kind: 'restart', at: at(0.78), node: 'worker-1', down: 20_000 },
    { kind: 'lost', at: at(0.15), node: 'worker-1', events: 25, source: LOST_SOURCE.OBSERVER_EVENTS_QUEUE },
    { kind: 'lost', at: at(0.66), node: 'worker-2', events: 40, source: LOST_SOURCE.PERF_EVENT_RING_BUFFER },
    {
      kind: 'flood',
      at: at(0.2),
      node: 'worker-3',
      for: 10_000,
      events: 5_000,
      source: LOST_SOURCE.HUBBLE_RING_BUFFER,
    },
    { kind: 'ring', flows: 4095 },
  ];
}

/** What befalls the way from the nodes to the client: one kind after the other, all through the soak. */
export function wayFaults(minutes: number, count: number): Fault[] {
  const nodes = ['worker-1', 'worker-2', 'worker-3', 'cp-1'];
  const length = count - ALWAYS.length;
  const scattered = Array.from({ length }, (_, i): Fault => {
    const at = Math.round(((i + 0.5) / length) * minutes * MINUTE);
    const make = WAYS[i % WAYS.length];
    if (make === undefined) throw new Error('there is no fault');
    return make(at, nodes[i % nodes.length] ?? '');
  });
  return [...ALWAYS, ...scattered];
}

const ALWAYS: readonly Fault[] = [
  { kind: 'disorder', by: 1_000 },
  { kind: 'lag', flows: 100 },
  { kind: 'relay-skew', by: 5 * MINUTE },
];

const WAYS: readonly ((at: number, node: string) => Fault)[] = [
  (at) => ({ kind: 'disconnect', at, code: status.UNAVAILABLE }),
  (at) => ({ kind: 'relay-restart', at, for: 25_000 }),
  (at, node) => ({ kind: 'cut', at, node, for: 0 }),
  (at, node) => ({ kind: 'node-hang', at, node, for: 20_000 }),
  (at) => ({ kind: 'half-open', at }),
  (at, node) => ({ kind: 'silent', at, node }),
  (at) => ({ kind: 'all-lost', at, for: 8_000 }),
  (at) => ({ kind: 'goaway', at, code: 'too_many_pings' }),
  (at, node) => ({ kind: 'slow', at, node, for: 60_000, by: 12_000 }),
  (at) => ({ kind: 'disconnect', at, code: status.OK }),
  (at, node) => ({ kind: 'mask-refused', at, node }),
  (at) => ({ kind: 'hang', at, for: 20_000 }),
  (at) => ({ kind: 'reset', at }),
  (at, node) => ({ kind: 'cut', at, node, for: 30_000 }),
  (at) => ({ kind: 'empty', at, for: 10_000 }),
  (at) => ({ kind: 'no-nodes', at, for: 60_000 }),
  (at) => ({ kind: 'goaway', at, code: 'no_error' }),
  (at, node) => ({ kind: 'status', at, nodes: [node], state: NODE_STATE.ERROR, message: 'EOF' }),
];
