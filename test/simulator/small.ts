import type { FlowRecord, SoakEvent } from '../../src/hubble/event.js';
import { EVENT_TYPE, VERDICT } from '../../src/hubble/event.js';
import type { EdgeSpec, Effect, Scenario } from './scenario.js';
import { simulate } from './soak.js';

/** Times in small scenarios: minutes and milliseconds since their start. */
export const START_MS = Date.parse('2026-06-11T02:00:00Z');

/** web on node a and b, api on b; web calls api a hundred times a minute; b is restarted at minute 2 and down for 10 s. */
export function small(change: Partial<Scenario> = {}, edge: Partial<EdgeSpec> = {}): Scenario {
  return {
    seed: 7,
    startsAt: '2026-06-11T02:00:00Z',
    minutes: 5,
    cilium: '1.19.4',
    nodes: [
      { name: 'a', role: 'worker' },
      { name: 'b', role: 'worker' },
    ],
    workloads: [
      { name: 'shop/web', kind: 'Deployment', replicas: 2 },
      { name: 'shop/api', kind: 'Deployment', replicas: 1, nodes: ['b'] },
    ],
    edges: [{ from: 'shop/web', to: 'shop/api', protocol: 'TCP', port: 8080, perMinute: 100, ...edge }],
    noise: { routerSolicitationsPerMinute: 0, closingShare: 0, retransmittedShare: 0 },
    restarts: [{ node: 'b', at: 2, downSeconds: 10 }],
    effects: [],
    ...change,
  };
}

export function withEffect(...effects: Effect[]): Scenario {
  return small({ effects });
}

export function events(scenario: Scenario): SoakEvent[] {
  return [...simulate(scenario)];
}

export function flows(scenario: Scenario): FlowRecord[] {
  return events(scenario).filter((event) => event.kind === 'flow');
}

/** Minutes since the start. */
export function minuteOf(event: SoakEvent): number {
  return (event.time - START_MS) / 60_000;
}

export function drops(list: readonly FlowRecord[]): FlowRecord[] {
  return list.filter((flow) => flow.eventType === EVENT_TYPE.DROP && flow.verdict === VERDICT.DROPPED);
}

/** What the nodes show of one connection, by its client's address and port. */
export function byConnection(list: readonly FlowRecord[]): Map<string, FlowRecord[]> {
  const found = new Map<string, FlowRecord[]>();
  for (const flow of list) {
    const backward = flow.sourcePort < flow.destinationPort;
    const key = backward ? `${flow.destinationIp}:${flow.destinationPort}` : `${flow.sourceIp}:${flow.sourcePort}`;
    found.set(key, [...(found.get(key) ?? []), flow]);
  }
  return found;
}
