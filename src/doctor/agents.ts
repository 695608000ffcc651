/** What the agents' pods say about a soak. Pure. */
import { revisionsOf, type Agent } from '../kube/agents.js';
import type { Check } from './diagnosis.js';

const MOST_NAMES = 8;

/** How far the roll is, and who is not ready. */
export function agentChecks(agents: readonly Agent[]): Check[] {
  return agents.length === 0 ? [noAgents()] : [rollCheck(agents), readyCheck(agents)];
}

function noAgents(): Check {
  return {
    name: 'agents',
    state: 'warn',
    says: 'No pod of an agent is in the namespace.',
    fix: 'Does Cilium run in another namespace? Give --kube-namespace.',
  };
}

function rollCheck(agents: readonly Agent[]): Check {
  const revisions = revisionsOf(agents);
  const each = revisions.map(
    ({ revision, images, agents: count }) =>
      `${count} of ${agents.length} agents are of revision ${revision || '?'} (${images.join(', ')})`,
  );
  const isRolling = revisions.length > 1;
  return {
    name: 'agents',
    state: isRolling ? 'warn' : 'ok',
    says: `${each.join('; ')}${isRolling ? '; the newest first' : ''}.`,
    fix: isRolling ? 'A roll is under way: nodes that have been rolled already show no flows from before.' : null,
  };
}

function readyCheck(agents: readonly Agent[]): Check {
  const away = agents.filter(({ ready }) => !ready);
  if (away.length === 0)
    return {
      name: 'agents-ready',
      state: 'ok',
      says: `${agents.length} of ${agents.length} agents are ready.`,
      fix: null,
    };
  const names = away.slice(0, MOST_NAMES).map(({ node, pod }) => `${node} (${pod})`);
  return {
    name: 'agents-ready',
    state: 'warn',
    says: `${agents.length - away.length} of ${agents.length} agents are ready; not: ${names.join(', ')}${away.length > MOST_NAMES ? ', ...' : ''}.`,
    fix: 'Wait until they are, or look at them: kubectl -n kube-system describe pod',
  };
}
