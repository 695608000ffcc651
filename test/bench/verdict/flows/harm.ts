import { Random } from '../../../simulator/random.js';
import type { When } from '../../../simulator/scenario.js';
import type { Disturbed } from './disturbances.js';
import { planProxied } from './applications.js';
import { planPath } from './paths.js';
import { nodeName, type Plan } from './plan.js';
import { REASONS, type FlowHarm, type FlowSoak } from './soak.js';
import { PROBES, VICTIM } from './traffic.js';

const KNOWN_SOURCES = 10;
const SERVFAIL = 2;

/** The harm goes before everything else that may meet a packet. */
export function planHarm(disturbed: Disturbed, harm: FlowHarm, names: readonly string[]): void {
  const { plan, soak, services, seed } = disturbed;
  const isAll = harm.where === 'all';
  const [name = ''] = names;
  const afterSeconds = harm.delay * 60;
  const since = (end: 'source' | 'either'): When =>
    isAll ? { sinceRestart: end, afterSeconds } : { sinceRestartOf: name, afterSeconds };
  const silent = { kind: 'silent', leg: 'request' } as const;
  switch (harm.kind) {
    case 'edge': {
      if (harm.unseen === true) {
        planUnseen(disturbed, harm.share, since('source'));
        return;
      }
      const effect = { share: harm.share, where: { from: VICTIM }, when: since('source') };
      const at = plan.nodesOf(VICTIM).includes(name) ? 'source' : 'destination';
      plan.effects.unshift(
        harm.reason === undefined ? { ...silent, ...effect } : { kind: 'drop', reason: harm.reason, at, ...effect },
      );
      return;
    }
    case 'silent':
      plan.effects.unshift({
        ...silent,
        share: harm.share,
        where: isAll ? {} : { nodes: [name] },
        when: since('either'),
      });
      return;
    case 'loss': {
      const where = { ...(isAll ? {} : { nodes: [name] }), path: 'cross-node' } as const;
      for (const leg of ['request', 'reply'] as const)
        plan.effects.unshift({ kind: 'silent', leg, share: harm.share, perPacket: true, where, when: since('either') });
      return;
    }
    case 'answers':
      plan.effects.unshift({
        kind: 'answer',
        code: SERVFAIL,
        share: harm.share,
        where: { from: planProxied(disturbed), ...(isAll ? {} : { sourceNodes: [name] }) },
        when: since('source'),
      });
      return;
    case 'lasting': {
      const clients = planLasting(disturbed, name);
      plan.effects.unshift({ ...silent, where: { from: clients }, when: since('source') });
      return;
    }
    case 'path':
      planPath(disturbed, harm, names);
      return;
    case 'reason':
      plan.behindTheNeverWorking({
        kind: 'drop',
        reason: REASONS.fresh,
        at: 'source',
        share: harm.rate / workingAttempts(plan, soak, isAll ? undefined : name),
        where: isAll ? {} : { sourceNodes: [name] },
        when: since('source'),
      });
      return;
    case 'known': {
      const sources = Array.from({ length: KNOWN_SOURCES }, (_, k) => `noise/known-${k}`);
      plan.effects.unshift({ kind: 'drop', reason: REASONS.known, at: 'source', where: { from: sources }, when: {} });
      for (let node = 0; node < soak.nodes; node++)
        for (const from of sources) {
          const random = new Random(seed, 'known', node, from);
          const { name: to } = random.pick(services.inner);
          const sourceNodes = [nodeName(node)];
          plan.pod(from, nodeName(node));
          plan.fixed.add(from);
          const edge = { from, to, protocol: 'TCP', port: 9998, sourceNodes } as const;
          const perMinute = harm.rate / KNOWN_SOURCES;
          plan.edges.push({ ...edge, perMinute });
          if (names.includes(nodeName(node)))
            plan.edges.push({ ...edge, perMinute: perMinute * (harm.factor - 1), when: since('source') });
        }
    }
  }
}

/** Attempts a minute that a node's own ends begin and that work; without a node, those of all nodes in the mean. */
function workingAttempts(plan: Plan, soak: FlowSoak, name: string | undefined): number {
  const own = plan.edges.filter(
    ({ from, sourceNodes }) =>
      !from.startsWith('noise/') &&
      (name === undefined ? sourceNodes !== undefined : sourceNodes?.includes(name) === true),
  );
  const sum = own.reduce((total, { perMinute }) => total + perMinute, 0);
  return (name === undefined ? sum / soak.nodes : sum) + soak.attempts * PROBES;
}

/** The victim's edge is seen no more; its resolver and the probes of both ends are. */
function planUnseen({ plan, services }: Disturbed, share: number, when: When): void {
  const [service] = services.inner;
  if (service === undefined) return;
  const { dns } = services;
  plan.edges.push({ from: VICTIM, to: dns.name, protocol: dns.protocol, port: dns.port, perMinute: 3 });
  for (const to of [VICTIM, service.name])
    plan.edges.push({ from: 'host', to, protocol: 'TCP', port: 8081, perMinute: 6, pace: 'steady', path: 'same-node' });
  plan.effects.unshift({ kind: 'unseen', share, where: { from: VICTIM, to: service.name }, when });
}

const LASTING_CLIENTS = 3;

/** Clients of a node with connections that last, and nothing else; their names. */
function planLasting({ plan, services, seed }: Disturbed, name: string): string[] {
  const random = new Random(seed, 'lasting');
  return Array.from({ length: LASTING_CLIENTS }, (_, k) => {
    const from = `app/lasting-${k}`;
    const { name: to, port } = random.pick(services.inner);
    plan.pod(from, name);
    plan.fixed.add(from).add(to);
    const lasting = { connections: 4, everySeconds: 20 };
    plan.edges.push({ from, to, protocol: 'TCP', port, perMinute: 0, lasting });
    plan.edges.push({
      from: 'host',
      to: from,
      protocol: 'TCP',
      port: 8081,
      perMinute: 6,
      pace: 'steady',
      path: 'same-node',
    });
    return from;
  });
}
