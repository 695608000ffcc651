/** What the pods of the DaemonSet `cilium` tell of its agents, and what has changed between two looks. Pure. */
import { isReady, type PodObject } from './objects.js';

/** The agent of one node. Times are ms since the epoch; NaN = not told. */
export interface Agent {
  readonly node: string;
  readonly pod: string;
  readonly uid: string;
  /** Of the pod. */
  readonly since: number;
  /** Of the container: each is a crash, a kill or a failed probe. */
  readonly restarts: number;
  readonly containerSince: number;
  /** Why the container ended last, for instance `OOMKilled, 137`; '' = not told. */
  readonly lastEnd: string;
  readonly image: string;
  /** Hash of the DaemonSet's template that the pod was made from. */
  readonly revision: string;
  readonly ready: boolean;
}

export const AGENT_SELECTOR = 'k8s-app=cilium';

const CONTAINER = 'cilium-agent';

/** One for each node, in order of their names: of several pods the newest that is not ending. */
export function agentsOf(pods: readonly PodObject[]): Agent[] {
  const byNode = new Map<string, { readonly agent: Agent; readonly isEnding: boolean }>();
  for (const pod of pods) {
    const agent = agentOf(pod);
    if (agent === undefined) continue;
    const isEnding = pod.metadata?.deletionTimestamp !== undefined;
    const other = byNode.get(agent.node);
    const isBetter =
      other === undefined || (other.isEnding === isEnding ? agent.since > other.agent.since : other.isEnding);
    if (isBetter) byNode.set(agent.node, { agent, isEnding });
  }
  return [...byNode.values()].map(({ agent }) => agent).toSorted((a, b) => (a.node < b.node ? -1 : 1));
}

/** undefined: not on a node yet. */
function agentOf(pod: PodObject): Agent | undefined {
  const { metadata, spec, status } = pod;
  if (!spec?.nodeName || !metadata?.name) return undefined;
  const container = status?.containerStatuses?.find(({ name }) => name === CONTAINER);
  const ended = container?.lastState?.terminated;
  return {
    node: spec.nodeName,
    pod: metadata.name,
    uid: metadata.uid ?? metadata.name,
    since: Date.parse(status?.startTime ?? ''),
    restarts: container?.restartCount ?? 0,
    containerSince: Date.parse(container?.state?.running?.startedAt ?? ''),
    lastEnd: [ended?.reason, ended?.exitCode].filter((part) => part !== undefined).join(', '),
    image: spec.containers?.find(({ name }) => name === CONTAINER)?.image ?? '',
    revision: metadata.labels?.['controller-revision-hash'] ?? '',
    ready: isReady(pod),
  };
}

export type AgentChange =
  /** Another pod: the roll has come to this node, or somebody deleted its pod. */
  | { readonly kind: 'replaced'; readonly before: Agent; readonly agent: Agent }
  /** The same pod, whose container began anew by itself. */
  | { readonly kind: 'restarted'; readonly before: Agent; readonly agent: Agent };

/** What has changed on nodes that were known before. */
export function agentChanges(before: ReadonlyMap<string, Agent>, now: readonly Agent[]): AgentChange[] {
  return now.flatMap((agent): AgentChange[] => {
    const known = before.get(agent.node);
    if (known === undefined) return [];
    if (known.uid !== agent.uid) return [{ kind: 'replaced', before: known, agent }];
    return agent.restarts > known.restarts ? [{ kind: 'restarted', before: known, agent }] : [];
  });
}

/** How many agents were made from each revision of the DaemonSet, the newest first: that of the pod that began last. */
export interface Revision {
  readonly revision: string;
  readonly images: readonly string[];
  readonly agents: number;
}

export function revisionsOf(agents: readonly Agent[]): Revision[] {
  const groups = new Map<string, Agent[]>();
  for (const agent of agents) groups.set(agent.revision, [...(groups.get(agent.revision) ?? []), agent]);
  const newest = (group: readonly Agent[]) => group.reduce((latest, { since }) => Math.max(latest, since || 0), 0);
  return [...groups]
    .toSorted(([, a], [, b]) => newest(b) - newest(a))
    .map(([revision, group]) => ({
      revision,
      images: [...new Set(group.map(({ image }) => image))],
      agents: group.length,
    }));
}
