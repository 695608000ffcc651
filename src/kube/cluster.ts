import type { KubeConfig } from '@kubernetes/client-node';
import type { KubeOptions } from './kubeconfig.js';

/** The cluster as messages name it. */
export interface Cluster {
  /** `context prod`. */
  readonly told: string;
  readonly context: string;
  /** Of the API server, with its port. */
  readonly host: string;
  readonly namespace: string;
  /** A command line to look with. */
  readonly kubectl: (args: string) => string;
}

export function clusterOf({ kubeconfig, namespace }: KubeOptions, config: KubeConfig): Cluster {
  const context = config.getCurrentContext();
  const flags = [
    ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]),
    '--context',
    context,
    '--namespace',
    namespace,
  ];
  return {
    told: `context ${context}`,
    context,
    host: new URL(config.getCurrentCluster()?.server ?? '').host,
    namespace,
    kubectl: (args) => `kubectl ${flags.map(shellWord).join(' ')} ${args}`,
  };
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
