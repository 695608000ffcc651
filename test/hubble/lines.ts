/** Messages of Hubble in protobuf JSON, made here, for the tests of this folder. */

export type Json = Record<string, unknown>;

const BASE = Date.parse('2026-01-01T00:00:00Z');

/** A time so many milliseconds after 2026-01-01T00:00:00Z, as hubble writes it. */
export function at(ms: number): string {
  return new Date(BASE + ms).toISOString().replace('.000Z', 'Z');
}

export function atMs(ms: number): number {
  return BASE + ms;
}

/** A forwarded SYN of pod web to pod api, seen by `node` so many milliseconds after the base time. */
export function flowLine(ms: number, node: string, uuid: string, more: Json = {}): Json {
  const time = at(ms);
  const flow = {
    time,
    uuid,
    verdict: 'FORWARDED',
    IP: { source: '10.0.0.5', destination: '10.0.1.9', ipVersion: 'IPv4' },
    l4: { TCP: { source_port: 41802, destination_port: 8080, flags: { SYN: true } } },
    source: {
      ID: 1213,
      identity: 20110,
      namespace: 'shop',
      labels: ['k8s:app=web'],
      pod_name: 'web-7d9c-x2x4q',
      workloads: [{ name: 'web', kind: 'Deployment' }],
    },
    destination: { identity: 20111, namespace: 'shop', labels: ['k8s:app=api'], pod_name: 'api-5f6b-9k8hm' },
    Type: 'L3_L4',
    node_name: node,
    event_type: { type: 4, sub_type: 4 },
    traffic_direction: 'EGRESS',
    trace_observation_point: 'TO_OVERLAY',
    trace_reason: 'NEW',
    is_reply: false,
    Summary: 'TCP Flags: SYN',
    ...more,
  };
  return { flow, node_name: node, time };
}

export const DENIED: Json = {
  verdict: 'DROPPED',
  drop_reason: 133,
  drop_reason_desc: 'POLICY_DENIED',
  event_type: { type: 1, sub_type: 133 },
  is_reply: undefined,
  trace_observation_point: undefined,
  trace_reason: undefined,
};

/** A GetNodes answer as `record` writes it: every node connected and up for so long. */
export function nodesLine(ms: number, uptimes: Readonly<Record<string, number>>): Json {
  const nodes = Object.entries(uptimes).map(([name, uptimeMs]) => ({
    name,
    version: 'cilium v1.19.4+gabc1234',
    address: '10.9.0.1:4244',
    state: 'NODE_CONNECTED',
    tls: {},
    uptime_ns: `${uptimeMs}000000`,
    num_flows: '4095',
    max_flows: '4095',
    seen_flows: String(Math.floor(uptimeMs / 10)),
  }));
  return { nodes, time: at(ms) };
}

/** What JSON.stringify would leave of an object: no undefined values. */
export function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
