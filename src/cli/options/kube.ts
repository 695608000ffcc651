/** How the relay is reached through Kubernetes: the hubble CLI's flags and variables. */
import type { KubeOptions } from '../../kube/kubeconfig.js';
import { named, PORT, TEXT } from './kinds.js';
import { optional, toggle, valued, type Values } from './option.js';

export const KUBE_OPTIONS = {
  portForward: toggle('Reach the relay through the API server of Kubernetes; --server is not used then', {
    alias: 'P',
    env: 'HUBBLE_PORT_FORWARD',
  }),
  portForwardPort: valued(PORT, 0, 'Port of this machine for --port-forward; 0 takes a free one', {
    env: 'HUBBLE_PORT_FORWARD_PORT',
  }),
  kubeconfig: optional(named('FILE', TEXT), 'The kubeconfig; without it, the one that kubectl takes', {
    env: 'HUBBLE_KUBECONFIG',
  }),
  kubeContext: optional(named('NAME', TEXT), 'Context of the kubeconfig; without it, the current one', {
    env: 'HUBBLE_KUBE_CONTEXT',
  }),
  kubeNamespace: valued(named('NAME', TEXT), 'kube-system', 'Where Cilium runs', { env: 'HUBBLE_KUBE_NAMESPACE' }),
};

export type KubeValues = Values<typeof KUBE_OPTIONS>;

export function kubeOptions(values: KubeValues & { readonly timeout: number }): KubeOptions {
  return {
    kubeconfig: values.kubeconfig,
    context: values.kubeContext,
    namespace: values.kubeNamespace,
    timeoutMs: values.timeout,
  };
}
