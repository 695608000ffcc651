import { Random } from '../../../simulator/random.js';
import { toRestart } from '../../../simulator/restarts.js';
import type { NodeSpec, RestartSpec, Scenario } from '../../../simulator/scenario.js';
import {
  planDeployment,
  planDrops,
  planHiddenReplies,
  planLosses,
  planMoves,
  planOutages,
  planPolicyChange,
  planTransients,
  type Disturbed,
} from './disturbances.js';
import { planBreakdowns, planEndings, planFailingServer } from './applications.js';
import { planHarm } from './harm.js';
import { Weather } from './levels.js';
import { nodeName, Plan } from './plan.js';
import type { FlowHarm, FlowSoak } from './soak.js';
import { chooseVictim, planServices, planTraffic } from './traffic.js';

/** A scenario, and what was really done to it. */
export interface Truth {
  readonly scenario: Scenario;
  /** Names of the harmed nodes, in order of their numbers. */
  readonly harmed: readonly string[];
  /** When the first of them was first harmed, ms since the start; Infinity: never. */
  readonly onsetMs: number;
}

const STARTS_AT = '2026-06-11T02:00:00Z';
const SCANNED_PACKETS = 200;
/** How long a node that restarts twice stays up, minutes. */
const SECOND_RESTART = 12;

/** The same soak and seed give the same scenario. */
export function planSoak(soak: FlowSoak, seed: number): Truth {
  const random = new Random(seed, 'soak');
  const order = shuffled(random, soak.nodes);
  const leaving = soak.noise.leaves ? random.integer(0, soak.nodes - 1) : -1;
  const rollEnd = soak.baseline + soak.gap * soak.nodes;
  const leavesAt = random.between(soak.baseline + 2, rollEnd);
  const joinsAt = soak.noise.joins ? random.between(soak.baseline + 1, rollEnd - 1) : Infinity;
  const roll = rollMinutes(soak, order, random);
  const restarts = restartsOf(soak, roll, random).filter(
    ({ node, at }) => node !== nodeName(leaving) || at < leavesAt - 1,
  );
  const lastBack = Math.max(rollEnd, ...restarts.map((restart) => toRestart(restart).back / 60e6));
  const minutes = Math.ceil(lastBack + soak.soak);

  const harmed = harmedNodes(soak, order, random);
  const plan = new Plan();
  const weather = new Weather(soak, seed, minutes);
  const victim = chooseVictim(soak, harmed[0] ?? -1, new Random(seed, 'ends'));
  const services = planServices(plan, soak, victim, new Random(seed, 'services'));
  planTraffic(plan, soak, { services, victim, weather, seed });
  const disturbed: Disturbed = { plan, soak, services, weather, roll, minutes, seed };
  planEndings(disturbed);
  planBreakdowns(disturbed);
  planFailingServer(disturbed);
  planOutages(disturbed);
  planTransients(disturbed);
  planDrops(disturbed);
  planDeployment(disturbed);
  planLosses(disturbed);
  planHiddenReplies(disturbed);
  const changesAt = planPolicyChange(disturbed);
  planMoves(disturbed, leaving, leavesAt, joinsAt);
  if (soak.harm !== undefined) planHarm(disturbed, soak.harm, harmed.map(nodeName));

  const blind = blindMinutes(soak, random);
  const nodes = Array.from({ length: soak.nodes + (soak.noise.joins ? 1 : 0) }, (_, i): NodeSpec => {
    const { skewSeconds } = soak.noise;
    return {
      name: nodeName(i),
      role: i === (soak.thinNode === undefined ? 0 : soak.nodes - 1) ? 'control-plane' : 'worker',
      ...(i === blind?.node ? { blind: { from: blind.from, until: blind.until } } : {}),
      ...(i === leaving ? { leavesAt } : {}),
      ...(i === soak.nodes ? { joinsAt } : {}),
      ...(skewSeconds === 0 ? {} : { clockAheadSeconds: random.between(-skewSeconds, skewSeconds) }),
    };
  });
  const { noise } = soak;
  const scenario: Scenario = {
    seed,
    startsAt: STARTS_AT,
    minutes,
    cilium: '1.20.0',
    nodes,
    workloads: plan.workloads(),
    edges: plan.edges,
    noise: {
      routerSolicitationsPerMinute: 0.1,
      closingShare: 0.02,
      retransmittedShare: noise.retries ? 0.004 : 0,
      ...(noise.scans > 0
        ? { scanner: { atMinutes: [], burstsPerHour: noise.scans * soak.nodes, packetsPerBurst: SCANNED_PACKETS } }
        : {}),
    },
    restarts,
    effects: plan.effects,
    ...(changesAt === undefined ? {} : { policyChanges: [{ at: changesAt, revision: 8 }] }),
    ...(noise.lateSeconds > 0
      ? { delivery: { lateSeconds: noise.lateSeconds, repeatedShare: noise.repeatedShare } }
      : {}),
  };
  const names = harmed.map(nodeName);
  return { scenario, harmed: names, onsetMs: onsetOf(restarts, names, soak.harm) };
}

function blindMinutes(soak: FlowSoak, random: Random): { node: number; from: number; until: number } | undefined {
  if (!soak.noise.blindPeer) return undefined;
  const from = soak.baseline + random.between(0, soak.gap * soak.nodes);
  return { node: random.integer(0, soak.nodes - 1), from, until: from + random.between(3, 8) };
}

function shuffled(random: Random, count: number): number[] {
  const all = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(0, i);
    [all[i], all[j]] = [all[j] ?? 0, all[i] ?? 0];
  }
  return all;
}

function rollMinutes(soak: FlowSoak, order: readonly number[], random: Random): (number | undefined)[] {
  const minutes = new Array<number | undefined>(soak.nodes).fill(undefined);
  order.forEach((node, k) => {
    const at = soak.baseline + k * soak.gap + random.between(0, 0.5);
    if (soak.restarts) minutes[node] = at;
  });
  return minutes;
}

function restartsOf(soak: FlowSoak, roll: readonly (number | undefined)[], random: Random): RestartSpec[] {
  const again = soak.noise.twice ? random.integer(0, soak.nodes - 1) : -1;
  return roll.flatMap((at, node): RestartSpec[] => {
    if (at === undefined) return [];
    const once = { node: nodeName(node), at, downSeconds: random.integer(12, 35) };
    return node === again ? [once, { ...once, at: at + SECOND_RESTART }] : [once];
  });
}

function harmedNodes(soak: FlowSoak, order: readonly number[], random: Random): number[] {
  switch (soak.harm?.where) {
    case undefined:
      return [];
    case 'all':
      return order.toSorted((a, b) => a - b);
    case 'last':
      return order.slice(-1);
    case 'one':
      return [order[random.integer(0, Math.max(0, order.length - 2))] ?? 0];
  }
}

function onsetOf(restarts: readonly RestartSpec[], names: readonly string[], harm: FlowHarm | undefined): number {
  if (harm === undefined) return Infinity;
  const backs = restarts.filter(({ node }) => names.includes(node)).map((restart) => toRestart(restart).back / 1000);
  return Math.min(...backs) + harm.delay * 60_000;
}
