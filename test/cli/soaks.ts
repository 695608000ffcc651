/** Small recordings for the tests of the command line: three nodes, clients on each that call a server on the next one. */

const NODES = ['worker-1', 'worker-2', 'worker-3'] as const;
const START = Date.parse('2026-03-01T10:00:00Z');
const SAMPLE_EVERY_MS = 2_000;

export interface SoakShape {
  readonly seconds: number;
  /** Clients on each node. */
  readonly clients?: number;
  /** Seconds between two calls of a client. */
  readonly every?: number;
  /** worker-1 is away for these 10 s and then begins anew. */
  readonly restartAt?: number;
  /** From its return on, worker-1 drops what comes to its server as not encrypted. */
  readonly broken?: boolean;
}

/** Lines as `hubble observe -o jsonpb` and `record` write them. */
export function soak({ seconds, clients = 1, every = 0.5, restartAt, broken = false }: SoakShape): string[] {
  const lines: string[] = [];
  const away = restartAt === undefined ? Infinity : START + restartAt * 1000;
  const back = away + 10_000;
  let port = 30_000;
  for (let time = START; time < START + seconds * 1000; time += every * 1000) {
    if ((time - START) % SAMPLE_EVERY_MS === 0) lines.push(sample(time, away, back));
    for (const [node] of NODES.entries()) {
      for (let client = 0; client < clients; client++) {
        port = port === 60_000 ? 30_000 : port + 1;
        const server = (node + 1) % NODES.length;
        const denied = broken && server === 0 && time >= back;
        for (const flow of connection(time + node * 20 + client, { node, client }, server, port, denied)) {
          const isAway = flow.node_name === NODES[0] && time >= away && time < back;
          if (!isAway) lines.push(JSON.stringify({ flow, node_name: flow.node_name, time: flow.time }));
        }
      }
    }
  }
  return lines;
}

/** That fails its verdict: traffic is no longer encrypted towards the node that restarted. */
export const FAILING: SoakShape = { seconds: 300, clients: 3, every: 5, restartAt: 100, broken: true };

/** That passes with the tolerances of PASSING_ARGS. */
export const PASSING: SoakShape = { seconds: 800, clients: 6, every: 4, restartAt: 360 };
export const PASSING_ARGS = ['--expect-nodes', 'worker-1', '--tolerance', '30%', '--node-tolerance', '40%'];

function sample(time: number, away: number, back: number): string {
  const nodes = NODES.map((name, i) => {
    if (i === 0 && time >= away && time < back) return { name, state: 'NODE_UNAVAILABLE' };
    const began = i === 0 && time >= back ? back : START - 86_400_000;
    return { name, version: 'cilium v1.20.0', state: 'NODE_CONNECTED', uptime_ns: String((time - began) * 1_000_000) };
  });
  return JSON.stringify({ nodes, time: new Date(time).toISOString() });
}

interface Flow {
  readonly node_name: string | undefined;
  readonly time: string;
  readonly [field: string]: unknown;
}

/** A TCP connection as both nodes see it: the SYN leaves, arrives (or is denied), and is answered. */
function connection(
  time: number,
  { node, client }: { readonly node: number; readonly client: number },
  server: number,
  port: number,
  denied: boolean,
): Flow[] {
  const [from, to] = [endpoint(node, `client-${client}`, 10 + client), endpoint(server, 'server', 200)];
  const out = { source_port: port, destination_port: 8080, flags: { SYN: true } };
  const answer = { source_port: 8080, destination_port: port, flags: { SYN: true, ACK: true } };
  const common = (after: number, observer: number) => ({
    uuid: uuid(),
    time: new Date(time + after).toISOString(),
    node_name: NODES[observer],
    Type: 'L3_L4',
  });
  const forward = { IP: ip(from, to), l4: { TCP: out }, is_reply: false };
  const leaves = {
    ...common(0, node),
    ...forward,
    source: local(from),
    destination: remote(to),
    verdict: 'FORWARDED',
    event_type: { type: 4, sub_type: 4 },
    trace_observation_point: 'TO_OVERLAY',
    traffic_direction: 'EGRESS',
  };
  const arrival = {
    ...common(2, server),
    ...forward,
    source: remote(from),
    destination: local(to),
    traffic_direction: 'INGRESS',
  };
  if (denied) {
    const drop = {
      verdict: 'DROPPED',
      drop_reason: 195,
      drop_reason_desc: 'UNENCRYPTED_TRAFFIC',
      event_type: { type: 1, sub_type: 195 },
    };
    return [leaves, { ...arrival, ...drop }];
  }
  const delivered = {
    verdict: 'FORWARDED',
    event_type: { type: 4 },
    trace_observation_point: 'TO_ENDPOINT',
    traffic_direction: 'INGRESS',
  };
  return [
    leaves,
    { ...arrival, ...delivered },
    {
      ...common(4, node),
      ...delivered,
      IP: ip(to, from),
      l4: { TCP: answer },
      is_reply: true,
      source: remote(to),
      destination: local(from),
    },
  ];
}

let flows = 0;

function uuid(): string {
  return `00000000-0000-4000-8000-${String(++flows).padStart(12, '0')}`;
}

interface Pod {
  readonly id: number;
  readonly address: string;
  readonly name: string;
}

function endpoint(node: number, app: string, number: number): Pod {
  return { id: 100 * (node + 1) + number, address: `10.0.${node}.${number}`, name: `${app}-${node + 1}` };
}

function ip(source: Pod, destination: Pod): object {
  return { source: source.address, destination: destination.address, ipVersion: 'IPv4' };
}

/** As the node of the pod sees it. */
function local(pod: Pod): object {
  return { ...remote(pod), ID: pod.id, workloads: [{ name: pod.name, kind: 'StatefulSet' }] };
}

/** As the far node sees it. */
function remote({ id, name }: Pod): object {
  return { identity: 1000 + id, namespace: 'shop', labels: [`k8s:app=${name}`], pod_name: `${name}-0` };
}
