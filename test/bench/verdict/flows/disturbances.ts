import { Random } from '../../../simulator/random.js';
import type { EdgeSpec } from '../../../simulator/scenario.js';
import type { Weather } from './levels.js';
import { another, nodeName, type Plan } from './plan.js';
import { REASONS, type FlowSoak } from './soak.js';
import { AGENT, type Service, type Services } from './traffic.js';

/** When each node's agent goes down, minutes, by its number; undefined: never. */
export type RollMinutes = readonly (number | undefined)[];

export interface Disturbed {
  readonly plan: Plan;
  readonly soak: FlowSoak;
  readonly services: Services;
  readonly weather: Weather;
  readonly roll: RollMinutes;
  readonly minutes: number;
  readonly seed: number;
}

/** Workloads that cause a kind of drop in the cluster, and how many of them each node has. */
const SOURCES = 10;
const SOURCES_HERE = 3;
const DENIALS = 0.15;
const KNOCKS = 0.2;

/** Drops that were there before and will be there after. */
export function planDrops(disturbed: Disturbed): void {
  const { plan, soak } = disturbed;
  const { noise } = soak;
  for (const { reason, rate } of REASONS.alwaysDropped) alwaysDropped(disturbed, reason, rate, 'source');
  for (const side of ['source', 'destination'] as const) alwaysDropped(disturbed, REASONS.denied, DENIALS, side);
  knocks(disturbed);
  chronicClients(disturbed);
  const nowAndThen = [...REASONS.nowAndThen, ...REASONS.rare.map((reason) => ({ reason, rate: noise.rare.rate }))];
  for (const { reason, rate } of nowAndThen) {
    const levels = disturbed.weather.dropShare(reason);
    plan.effects.push({
      kind: 'drop',
      reason,
      at: 'source',
      share: rate / soak.attempts,
      ...(levels === undefined ? {} : { levels }),
      firstPacketOnly: true,
      where: { protocol: 'TCP' },
      when: {},
    });
  }
  if (noise.renamed) {
    const random = new Random(disturbed.seed, 'renamed');
    const { reason } = random.pick([...REASONS.alwaysDropped, ...REASONS.nowAndThen]);
    plan.effects.push({
      kind: 'rename',
      reason,
      to: REASONS.renamedTo,
      where: {},
      when: { sinceRestart: 'source' },
    });
  }
}

/** Workloads whose packets are always dropped, a few on each node. */
function alwaysDropped(disturbed: Disturbed, reason: string, rate: number, at: 'source' | 'destination'): void {
  const { plan, soak, services, weather, seed } = disturbed;
  const names = Array.from(
    { length: SOURCES },
    (_, k) => `noise/${reason.toLowerCase().replaceAll('_', '-')}-${at}-${k}`,
  );
  plan.effects.unshift({ kind: 'drop', reason, at, where: { from: names }, when: {} });
  for (let node = 0; node < soak.nodes; node++) {
    const random = new Random(seed, 'dropped', reason, at, node);
    const mean = rate * random.logNormal(0.5);
    const from = random.integer(0, SOURCES - 1);
    for (let k = 0; k < SOURCES_HERE; k++) {
      const name = names[(from + k * 3) % SOURCES] ?? '';
      plan.pod(name, nodeName(node));
      plan.fixed.add(name);
      plan.edges.push({
        ...target(soak, random.pick(services.inner)),
        from: name,
        perMinute: mean / SOURCES_HERE,
        sourceNodes: [nodeName(node)],
        ...withLevels(weather.drops(reason, at, node, k)),
      });
    }
  }
}

/** Where a client goes that nobody hears: without retransmissions where nothing retries. */
function target(soak: FlowSoak, service: Service): Pick<EdgeSpec, 'to' | 'protocol' | 'port'> {
  const to = service.name;
  return soak.noise.retries ? { to, protocol: 'TCP', port: 9999 } : { to, protocol: 'ICMP', port: 0 };
}

const withLevels = (levels: EdgeSpec['levels']) => (levels === undefined ? {} : { levels });

/** Strangers who try a port of a node's pods now and then. */
function knocks({ plan, soak, weather }: Disturbed): void {
  for (let node = 0; node < soak.nodes; node++) {
    if (soak.thinNode !== undefined && node === 0) continue;
    plan.edges.push({
      from: 'world',
      to: `app/front-${node}`,
      protocol: 'TCP',
      port: 22,
      perMinute: KNOCKS,
      ...withLevels(weather.drops('knocks', node)),
    });
  }
  plan.effects.unshift({
    kind: 'drop',
    reason: REASONS.denied,
    at: 'destination',
    where: { from: 'world', port: 22 },
    when: {},
  });
}

/** Clients that retry for ever what policy denies; some take it along to other nodes. */
function chronicClients({ plan, soak, services, roll, seed }: Disturbed): void {
  const random = new Random(seed, 'chronic');
  const count = Math.round(soak.noise.chronic * soak.nodes);
  for (let k = 0; k < count; k++) {
    const home = random.integer(0, soak.nodes - 1);
    const name = `noise/chronic-${k}`;
    const pod = plan.pod(name, nodeName(home));
    plan.fixed.add(name);
    const service = random.pick(services.inner);
    plan.edges.push({
      from: name,
      to: service.name,
      protocol: random.chance(0.5) ? 'TCP' : 'UDP',
      port: service.port,
      perMinute: 60 / random.between(5, 40),
      pace: 'steady',
    });
    plan.effects.unshift({
      kind: 'drop',
      reason: REASONS.denied,
      at: random.chance(0.5) ? 'source' : 'destination',
      where: { from: name },
      when: {},
    });
    const restarted = random.chance(0.5) ? home : random.integer(0, soak.nodes - 1);
    const at = (roll[restarted] ?? soak.baseline) + random.between(0, 10);
    const to = nodeName(another(random, soak.nodes, home));
    if (soak.noise.moves && random.chance(0.6)) plan.move(name, { pod, at, to, goneSeconds: random.integer(10, 60) });
  }
}

/** Pods that move, around restarts; a node that leaves sends all of its own away, one that joins gets some. */
export function planMoves(
  { plan, soak, roll, seed }: Disturbed,
  leaving: number,
  leavesAt: number,
  joinsAt: number,
): void {
  const random = new Random(seed, 'moves');
  plan.fixed.add(AGENT);
  for (const { workload, pod, node } of plan.pods()) {
    const home = Number(node.slice('node-'.length)) - 1;
    const elsewhere = () => {
      let to = another(random, soak.nodes, home);
      if (to === leaving) to = another(random, soak.nodes, leaving);
      return nodeName(to);
    };
    const goneSeconds = random.integer(10, 60);
    if (home === leaving)
      plan.move(workload, { pod, at: leavesAt - random.between(0.5, 1.5), to: elsewhere(), goneSeconds });
    else if (Number.isFinite(joinsAt) && random.chance(1 / soak.nodes))
      plan.move(workload, { pod, at: joinsAt + random.between(0.5, 3), to: nodeName(soak.nodes), goneSeconds });
    else if (soak.noise.moves && random.chance(0.15)) {
      const at = (roll[random.integer(0, soak.nodes - 1)] ?? soak.baseline) + random.between(-1, 10);
      plan.move(workload, { pod, at, to: elsewhere(), goneSeconds });
    }
  }
}

/** What restarts cost by themselves. */
export function planTransients({ plan, soak, seed }: Disturbed): void {
  const { share, seconds, slowNodes, slowFactor } = soak.noise.transient;
  if (share <= 0) return;
  for (let node = 0; node < soak.nodes; node++) {
    const isSlow = new Random(seed, 'transient', node).chance(slowNodes);
    const fadeSeconds = seconds * (isSlow ? slowFactor : 1);
    const name = nodeName(node);
    const when = { sinceRestartOf: name, forSeconds: fadeSeconds * 8 };
    const drop = { kind: 'drop', reason: isSlow ? REASONS.slowRestart : REASONS.restart, share: share / 2 } as const;
    plan.effects.push(
      { ...drop, at: 'source', where: { sourceNodes: [name] }, when, fadeSeconds },
      { ...drop, at: 'destination', where: { destinationNodes: [name] }, when, fadeSeconds },
      { kind: 'silent', leg: 'request', share: share / 2, where: { nodes: [name] }, when, fadeSeconds },
    );
  }
}

/** Destinations that are out for 0.5 to 3 minutes. */
export function planOutages({ plan, soak, services, minutes, seed }: Disturbed): void {
  if (soak.noise.outages <= 0) return;
  services.all.forEach(({ name }, k) => {
    const random = new Random(seed, 'outages', k);
    const gap = () => random.exponential(60 / soak.noise.outages);
    for (let from = gap(); from < minutes; from += gap())
      plan.effects.push({
        kind: 'silent',
        leg: 'request',
        share: 0.95,
        where: { to: name },
        when: { from, until: from + random.between(0.5, 3) },
      });
  });
}

/** A workload that comes in mid-roll, and that policy refuses. */
export function planDeployment({ plan, soak, services, seed }: Disturbed): void {
  if (!soak.noise.deployed) return;
  const random = new Random(seed, 'deployed');
  const from = 'app/deployed';
  for (let k = 0; k < 3; k++) plan.pod(from, nodeName(random.integer(0, soak.nodes - 1)));
  plan.fixed.add(from);
  const service = random.pick(services.inner);
  const at = soak.baseline + random.between(0.2, 0.8) * soak.gap * soak.nodes;
  const { name: to, port } = service;
  plan.edges.push({ from, to, protocol: 'TCP', port, perMinute: 6, when: { from: at } });
  plan.effects.unshift({ kind: 'drop', reason: REASONS.denied, at: 'destination', where: { from }, when: {} });
}

/** A service that policy no longer allows, in the whole cluster; the minute of it. */
export function planPolicyChange({ plan, soak, services, seed }: Disturbed): number | undefined {
  if (!soak.noise.policyChanged) return undefined;
  const random = new Random(seed, 'policy');
  const from = soak.baseline + random.between(0.1, 0.9) * soak.gap * soak.nodes;
  const { name: to } = random.pick(services.inner.filter(({ allowed }) => allowed));
  plan.effects.unshift({ kind: 'drop', reason: REASONS.denied, at: 'destination', where: { to }, when: { from } });
  return from;
}

/** Agents that show only what comes from clients since they are back. */
export function planHiddenReplies({ plan, soak, seed }: Disturbed): void {
  const { hiddenReplies } = soak.noise;
  if (hiddenReplies === 'none') return;
  const all = Array.from({ length: soak.nodes }, (_, i) => nodeName(i));
  const nodes = hiddenReplies === 'all' ? all : [new Random(seed, 'hidden replies').pick(all)];
  plan.effects.push({ kind: 'hide-replies', nodes, where: {}, when: { sinceRestart: 'source' } });
}

/** Events that agents lose, and say so. */
export function planLosses({ plan, soak }: Disturbed): void {
  const { oldLoss, freshLoss } = soak.noise;
  const nodes = Array.from({ length: soak.nodes }, (_, i) => nodeName(i));
  const lost = { kind: 'lost-events', nodes, source: 'PERF_EVENT_RING_BUFFER' } as const;
  if (oldLoss > 0) plan.effects.push({ ...lost, share: oldLoss, when: { untilRestart: 'source' } });
  if (freshLoss.share > 0)
    plan.effects.push({
      ...lost,
      share: freshLoss.share,
      when: { sinceRestart: 'source', forSeconds: freshLoss.minutes * 60 },
    });
}
