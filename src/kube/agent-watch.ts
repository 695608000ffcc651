/** Looks at the pods of the agents again and again. Nothing depends on it: what goes wrong is a warning. */
import type { Pace } from '../hubble/pace.js';
import type { KubeAccess } from './access.js';
import { agentNews, type AgentNews } from './agent-news.js';
import { AGENT_SELECTOR, agentChanges, agentsOf, type Agent } from './agents.js';
import { getJson } from './get.js';
import { KubeError } from './kube-error.js';
import { itemsOf } from './objects.js';

const LOOK_EVERY_MS = 15_000;
/** Looking takes at most this share of the time, however many pods there are. */
const LOOKING_SHARE = 0.1;
/** The list is long in a large cluster. */
const LIST_MS = 30_000;

/** The agents as their pods tell. Throws KubeError. */
export async function lookAtAgents(access: KubeAccess, signal?: AbortSignal): Promise<Agent[]> {
  const namespace = encodeURIComponent(access.cluster.namespace);
  // Version 0: what the API server has in memory will do.
  const query = `labelSelector=${encodeURIComponent(AGENT_SELECTOR)}&resourceVersion=0`;
  const asked = { verb: 'list', resource: 'pods' };
  const timeoutMs = Math.max(access.timeoutMs, LIST_MS);
  const path = `/api/v1/namespaces/${namespace}/pods?${query}`;
  return agentsOf(itemsOf(await getJson(access, path, asked, { timeoutMs, ...(signal && { signal }) })));
}

/** Tells what has changed since the look before, until `signal` is aborted or looking is forbidden. Never throws. */
export async function watchAgents(
  look: () => Promise<readonly Agent[]>,
  tell: (news: AgentNews) => void,
  signal: AbortSignal,
  pace: Pace,
): Promise<void> {
  /** By node; a node whose pod is away for now keeps its last one. */
  const known = new Map<string, Agent>();
  let failing = false;
  while (!signal.aborted) {
    const began = pace.now();
    try {
      const agents = await look();
      if (signal.aborted) return;
      for (const change of agentChanges(known, agents)) tell(agentNews(change));
      for (const agent of agents) known.set(agent.node, agent);
      failing = false;
    } catch (error) {
      if (signal.aborted) return;
      const isForbidden = error instanceof KubeError && error.failure === 'forbidden';
      if (!failing) tell({ level: 'warn', text: blindness(error, isForbidden) });
      if (isForbidden) return;
      failing = true;
    }
    await pace.sleep(Math.max(LOOK_EVERY_MS, (pace.now() - began) / LOOKING_SHARE), signal);
  }
}

function blindness(error: unknown, isForbidden: boolean): string {
  const why = error instanceof Error ? error.message : String(error);
  return `the pods of the agents are not looked at${isForbidden ? '' : ' for now'}: ${why}`;
}
