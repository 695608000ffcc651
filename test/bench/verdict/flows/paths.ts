import { Random } from '../../../simulator/random.js';
import type { Effect, When, Where } from '../../../simulator/scenario.js';
import type { Disturbed } from './disturbances.js';
import { another, nodeName, type Plan } from './plan.js';
import type { HarmPath, PathHarm } from './soak.js';
import { planProbes } from './traffic.js';

/** Clients that are added to a path which has few of its own, each with so many attempts a minute. */
const CLIENTS = 3;
const PER_CLIENT = 2;
/** Their services. */
const PORT = 7000;

/** Harm to some of a node's traffic, or to what crosses between all restarted nodes. */
export function planPath(
  disturbed: Disturbed,
  harm: PathHarm & { readonly where: string; readonly delay: number },
  names: readonly string[],
): void {
  const { plan, soak, seed } = disturbed;
  const [name = ''] = names;
  const self = Number(name.slice('node-'.length)) - 1;
  const peer = nodeName(another(new Random(seed, 'peer'), soak.nodes, self));
  if (!harm.thin) planClients(disturbed, harm.path, name, peer);
  const afterSeconds = harm.delay * 60;
  const when: When =
    harm.where === 'all' ? { sinceRestart: 'both', afterSeconds } : { sinceRestartOf: name, afterSeconds };
  const where = whereOf(harm.path, { name, peer, isAll: harm.where === 'all' }, disturbed);
  for (const effect of effectsOf(harm, where, when, name))
    if (effect.kind === 'drop') plan.behindTheNeverWorking(effect);
    else plan.effects.unshift(effect);
}

function effectsOf({ reason, share, leg }: PathHarm, where: Where, when: When, name: string): Effect[] {
  if (reason === undefined) return [{ kind: 'silent', leg, share, where, when }];
  const drop = { kind: 'drop', reason, share, when } as const;
  // The harmed node drops what it sends where it sends it, and what it gets where it gets it.
  return where.nodes === undefined
    ? [{ ...drop, at: where.sourceNodes?.includes(name) === true ? 'source' : 'destination', where }]
    : [
        { ...drop, at: 'source', where: { ...where, sourceNodes: [name] } },
        { ...drop, at: 'destination', where: { ...where, destinationNodes: [name] } },
      ];
}

/** The traffic of a path, in the simulator's words. */
function whereOf(
  path: HarmPath,
  { name, peer, isAll }: { readonly name: string; readonly peer: string; readonly isAll: boolean },
  { plan, soak }: Disturbed,
): Where {
  const all = Array.from({ length: soak.nodes }, (_, i) => nodeName(i));
  // For the simulator what comes from outside of the cluster crosses nodes as well.
  const crossing = {
    path: 'cross-node',
    sourceNodes: all,
    destinationNodes: all,
    ...(isAll ? {} : { nodes: [name] }),
  } as const;
  switch (path) {
    case 'to-peer':
      return { sourceNodes: [name], destinationNodes: [peer] };
    case 'from-peer':
      return { sourceNodes: [peer], destinationNodes: [name] };
    case 'cross':
      return crossing;
    case 'towards':
      return { destinationNodes: [name], path: 'cross-node' };
    case 'from':
      return { sourceNodes: [name], path: 'cross-node' };
    case 'udp':
      return { nodes: [name], protocol: 'UDP' };
    case 'ipv6':
      return { nodes: [name], family: 6 };
    case 'service':
      return { sourceNodes: [name], port: PORT };
    case 'probes':
      return { ...crossing, to: 'health' };
    case 'pods':
      return { ...crossing, from: podsOf(plan) };
  }
}

function podsOf(plan: Plan): string[] {
  return [...new Set(plan.edges.map(({ from }) => from))].filter((from) => from !== 'host' && from !== 'world');
}

/** Clients that make a path busy enough. */
function planClients({ plan, soak, seed }: Disturbed, path: HarmPath, name: string, peer: string): void {
  const random = new Random(seed, 'busy path');
  const self = Number(name.slice('node-'.length)) - 1;
  const elsewhere = () => nodeName(another(random, soak.nodes, self));
  const client = (k: number, from: string, to: string, protocol: 'TCP' | 'UDP', service = k, family: 4 | 6 = 4) => {
    const [source, destination] = [`app/busy-${k}`, `app/busy-service-${service}`];
    plan.pod(source, from);
    if (plan.nodesOf(destination).length === 0) plan.pod(destination, to);
    plan.fixed.add(source).add(destination);
    const perMinute = PER_CLIENT;
    plan.edges.push({ from: source, to: destination, protocol, port: PORT + service, perMinute, family });
  };
  switch (path) {
    case 'to-peer':
      for (let k = 0; k < CLIENTS; k++) client(k, name, peer, 'TCP');
      return;
    case 'from-peer':
      for (let k = 0; k < CLIENTS; k++) client(k, peer, name, 'TCP');
      return;
    case 'udp':
      for (let k = 0; k < CLIENTS; k++) client(k, name, elsewhere(), 'UDP');
      return;
    case 'ipv6':
      for (let k = 0; k < CLIENTS; k++) client(k, name, elsewhere(), 'TCP', k, 6);
      return;
    case 'service': {
      const to = elsewhere();
      for (let k = 0; k < CLIENTS; k++) client(k, name, to, 'TCP', 0);
      // Other nodes call it as well, and are fine.
      for (let k = CLIENTS; k < 2 * CLIENTS; k++) client(k, elsewhere(), to, 'TCP', 0);
      return;
    }
    case 'probes':
      planProbes(plan, soak);
      return;
    case 'cross':
    case 'towards':
    case 'from':
    case 'pods':
  }
}
