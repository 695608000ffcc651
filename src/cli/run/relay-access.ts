/** The way to the relay: straight, or through the API server of Kubernetes; and the agents' pods, where there is a cluster to ask. */
import { RELAY_SERVER_NAME, type RelayOptions } from '../../hubble/connection.js';
import { WALL_PACE } from '../../hubble/pace.js';
import type { KubeAccess } from '../../kube/access.js';
import type { Agent } from '../../kube/agents.js';
import type { Logger } from '../logger.js';
import { kubeOptions } from '../options/kube.js';
import { RELAY_OPTIONS, relayOptions, type RelayValues } from '../options/relay.js';

export interface RelayAccess {
  readonly relay: RelayOptions;
  /** The cluster that the relay is reached through. */
  readonly kube: KubeAccess | undefined;
  close(): void;
}

/** Throws UsageError for a kubeconfig that cannot be used, SourceError where there is nothing to forward to. */
export async function openRelay(values: RelayValues, log: Logger): Promise<RelayAccess> {
  const relay = relayOptions(values);
  if (!values.portForward) return { relay, kube: undefined, close: () => undefined };
  const { RelayForward } = await import('../../kube/relay-forward.js');
  const kube = await openKube(values);
  if (values.server !== RELAY_OPTIONS.server.fallback) log.info(`--port-forward: server ${values.server} is not used`);
  const forward = await RelayForward.open(kube, values.portForwardPort, {
    trouble: (message) => log.warn(message),
    connected: (message) => log.info(message),
  });
  return { relay: forwarded(relay, forward.address, kube), kube, close: () => forward.close() };
}

/** As with the hubble CLI, `tls://` turns TLS on although the address is not used. What is verified is the relay's usual name. */
function forwarded(relay: RelayOptions, address: string, { cluster }: KubeAccess): RelayOptions {
  return {
    ...relay,
    server: address,
    shownAs: `${cluster.context}/${cluster.namespace}/hubble-relay`,
    tls: relay.tls === true || relay.server.startsWith('tls://'),
    tlsServerName: relay.tlsServerName ?? RELAY_SERVER_NAME,
  };
}

/** The agents as their pods tell, where a cluster was named; undefined, with a warning, where they cannot be had. */
export async function seenAgents(
  values: RelayValues,
  { kube }: RelayAccess,
  log: Logger,
): Promise<readonly Agent[] | undefined> {
  if (!namesCluster(values)) return undefined;
  const { lookAtAgents } = await import('../../kube/agent-watch.js');
  const { KubeError } = await import('../../kube/kube-error.js');
  try {
    return await lookAtAgents(kube ?? (await openKube(values)));
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    log.warn(`the pods of the agents are not looked at: ${error.message}`);
    return undefined;
  }
}

/** Tells in the log what happens to the agents' pods until `signal` is aborted, where a cluster was named. Throws UsageError. */
export async function tellAgents(
  values: RelayValues,
  { kube }: RelayAccess,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  if (!namesCluster(values)) return;
  const { lookAtAgents, watchAgents } = await import('../../kube/agent-watch.js');
  const access = kube ?? (await openKube(values));
  void watchAgents(
    () => lookAtAgents(access, signal),
    ({ level, text }) => log[level](text),
    signal,
    WALL_PACE,
  );
}

function namesCluster({ portForward, kubeconfig, kubeContext }: RelayValues): boolean {
  return portForward || kubeconfig !== undefined || kubeContext !== undefined;
}

async function openKube(values: RelayValues): Promise<KubeAccess> {
  const { KubeAccess } = await import('../../kube/access.js');
  return KubeAccess.open(kubeOptions(values));
}
