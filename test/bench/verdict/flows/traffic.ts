import { Random } from '../../../simulator/random.js';
import type { EdgeSpec } from '../../../simulator/scenario.js';
import type { Weather } from './levels.js';
import { another, nodeName, type Plan } from './plan.js';
import { REASONS, type FlowSoak } from './soak.js';

export const AGENT = 'kube-system/node-agent';
const DNS = 'kube-system/coredns';
/** The client of the edge that harm is done to. */
export const VICTIM = 'app/victim';

/** Where an edge may lead: pods of a workload, or something outside of the pods. */
export interface Service {
  readonly name: string;
  readonly protocol: EdgeSpec['protocol'];
  readonly port: number;
  readonly allowed: boolean;
}

/** All destinations of a cluster. */
export interface Services {
  readonly dns: Service;
  readonly api: Service;
  readonly world: Service;
  /** Pods over TCP; a victim's service is the first one, which has one pod. */
  readonly inner: readonly Service[];
  readonly all: readonly Service[];
}

/** The edge that harm is done to: nodes of its ends by number (-1: outside), attempts a minute. */
export interface Victim {
  readonly source: number;
  readonly destination: number;
  readonly perMinute: number;
}

const EDGE_LOG_SD = 0.85;
const SINGLE_POD = 0.6;
const OUTSIDE = 0.15;
/** A client's workload has pods on many nodes, or on one alone. */
const SHARED = 0.5;
const NEVER_WORKED = 1 / 3;
const SLOTS_A_MINUTE = 3;
/** Nodes probe each other's health so often, of 30 attempts. */
export const PROBES = 2 / 30;
const RETRIES = { afterSeconds: 10, times: 3, share: 0.6 } as const;
const FAILS_AGAIN = 0.5;

export function planServices(plan: Plan, soak: FlowSoak, victim: Victim | undefined, random: Random): Services {
  const open = Array.from({ length: soak.nodes }, (_, i) => i).filter((i) => soak.thinNode === undefined || i !== 0);
  const dns: Service = { name: DNS, protocol: 'UDP', port: 53, allowed: false };
  const api: Service = { name: 'kube-apiserver', protocol: 'TCP', port: 6443, allowed: false };
  const world: Service = { name: 'world', protocol: 'TCP', port: 443, allowed: false };
  for (let k = 0; k < 2; k++) plan.pod(DNS, nodeName(random.pick(open)));
  const inner = Array.from({ length: soak.destinations - 3 }, (_, k): Service => {
    const name = `app/service-${k}`;
    const pods = k === 0 || random.chance(SINGLE_POD) ? 1 : random.integer(2, 3);
    for (let i = 0; i < pods; i++) {
      const node = random.pick(open);
      plan.pod(name, nodeName(k === 0 && victim !== undefined && victim.destination >= 0 ? victim.destination : node));
    }
    return { name, protocol: 'TCP', port: 8000 + k, allowed: k % 2 === 1 };
  });
  return { dns, api, world, inner, all: [dns, api, world, ...inner] };
}

/** What every node's pods, and those that call them, do all day. */
export function planTraffic(
  plan: Plan,
  soak: FlowSoak,
  of: {
    readonly services: Services;
    readonly victim: Victim | undefined;
    readonly weather: Weather;
    readonly seed: number;
  },
): void {
  const context = { ...of, levels: of.weather.traffic, background: new Map<string, number>() };
  for (let node = 0; node < soak.nodes; node++) planNode(plan, soak, node, context);
  if (of.victim !== undefined) planVictim(plan, soak, of.victim, context);
  if (soak.thinNode === undefined) planProbes(plan, soak);
}

/** Every node probes the health of every other one. */
export function planProbes(plan: Plan, soak: FlowSoak): void {
  for (const [protocol, port] of [
    ['TCP', 4240],
    ['ICMP', 0],
  ] as const)
    plan.edges.push({
      from: 'host',
      to: 'health',
      protocol,
      port,
      perMinute: (soak.nodes * soak.attempts * PROBES) / 2,
      pace: 'steady',
      path: 'cross-node',
    });
}

interface Context {
  readonly services: Services;
  readonly victim: Victim | undefined;
  readonly weather: Weather;
  readonly seed: number;
  readonly levels: EdgeSpec['levels'];
  /** Failing shares of workload edges that have one already. */
  readonly background: Map<string, number>;
}

function planNode(plan: Plan, soak: FlowSoak, node: number, context: Context): void {
  const random = new Random(context.seed, 'node', node);
  const name = nodeName(node);
  const thin = soak.thinNode !== undefined && node === 0;
  const victim = context.victim?.source === node ? context.victim : undefined;
  const count = soak.edgesPerNode - (victim === undefined ? 0 : 1);
  const weights = Array.from({ length: count }, () => random.logNormal(EDGE_LOG_SD));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const attempts = thin ? (soak.thinNode ?? 0) : soak.attempts * (1 - PROBES) - (victim?.perMinute ?? 0);
  const rate = (k: number) => ((weights[k] ?? 0) / total) * attempts;
  const { dns, api, world, inner } = context.services;

  plan.pod(AGENT, name);
  plan.edges.push({
    from: 'host',
    to: AGENT,
    protocol: 'TCP',
    port: 9100,
    perMinute: rate(0),
    pace: 'steady',
    path: 'same-node',
    sourceNodes: [name],
  });
  if (thin) plan.pod(`app/front-${node}`, name);
  else {
    const front = `app/front-${node}`;
    plan.pod(front, name);
    addEdge(plan, soak, context, random, {
      from: 'world',
      to: front,
      protocol: 'TCP',
      port: 8080,
      perMinute: rate(1),
    });
  }
  const rarest = weights.indexOf(Math.min(...weights.slice(5)));
  const neverWorked = random.chance(NEVER_WORKED) ? rarest : -1;
  for (let k = 2; k < count; k++) {
    const shared = k !== neverWorked && random.chance(SHARED);
    const client = shared ? `app/shared-${k}` : `app/client-${node}-${k}`;
    const chosen = shared ? inner[k % inner.length] : random.pick(inner);
    const service = (k === 2 ? dns : k === 3 ? api : k === 4 ? world : chosen) ?? world;
    plan.pod(client, name);
    addEdge(plan, soak, context, random, {
      from: client,
      to: service.name,
      protocol: service.protocol,
      port: service.port,
      perMinute: rate(k),
      sourceNodes: [name],
      ...(service.allowed ? { allowedBy: { ingress: service.name } } : {}),
    });
    if (k !== neverWorked) continue;
    const where = { from: client, to: service.name, port: service.port };
    plan.effects.unshift(
      random.chance(0.5)
        ? { kind: 'silent', leg: 'request', where, when: {} }
        : { kind: 'drop', reason: REASONS.denied, at: 'destination', where, when: {} },
    );
  }
}

function addEdge(plan: Plan, soak: FlowSoak, context: Context, random: Random, edge: EdgeSpec): void {
  plan.edges.push({
    ...edge,
    ...(context.levels === undefined ? {} : { levels: context.levels }),
    ...(soak.noise.retries ? { retries: RETRIES } : {}),
  });
  const { from, to, port } = edge;
  const key = `${from} ${to} ${port}`;
  if (context.background.has(key)) return;
  const share = Math.min(0.1, soak.noise.background * random.logNormal(1));
  context.background.set(key, share);
  const levels = context.weather.failures(key);
  plan.effects.push({
    kind: 'silent',
    leg: 'request',
    share,
    ...(soak.noise.retries ? { retriedShare: FAILS_AGAIN } : {}),
    ...(levels === undefined ? {} : { levels }),
    where: { from, to, port },
    when: {},
  });
}

/** An edge of the harmed node that has so many trials in 20 minutes: it starts there, or leads there, or both. */
export function chooseVictim(soak: FlowSoak, harmed: number, random: Random): Victim | undefined {
  if (soak.harm?.kind !== 'edge') return undefined;
  const perMinute = -SLOTS_A_MINUTE * Math.log(1 - soak.harm.trials / (20 * SLOTS_A_MINUTE));
  const where = random.next();
  if (soak.harm.within) return { source: harmed, destination: harmed, perMinute };
  if (where < OUTSIDE) return { source: harmed, destination: -1, perMinute };
  const other = another(random, soak.nodes, harmed);
  return random.chance(0.5)
    ? { source: harmed, destination: other, perMinute }
    : { source: other, destination: harmed, perMinute };
}

function planVictim(plan: Plan, soak: FlowSoak, { source, destination, perMinute }: Victim, context: Context): void {
  const { world, inner } = context.services;
  const { name, protocol, port } = destination < 0 ? world : (inner[0] ?? world);
  plan.pod(VICTIM, nodeName(source));
  plan.fixed.add(VICTIM).add(name);
  const random = new Random(context.seed, 'victim');
  addEdge(plan, soak, context, random, { from: VICTIM, to: name, protocol, port, perMinute });
}
