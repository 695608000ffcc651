/**
 * Which cluster, and as whom: the kubeconfig as kubectl and the hubble CLI find it. No value of the file gets into a message but the names
 * of contexts, clusters and users; what a parser says of the file may quote it, and is left out.
 */
import type { KubeConfig } from '@kubernetes/client-node';
import { UsageError } from '../errors.js';
import { fileTrouble } from './file-trouble.js';

export interface KubeOptions {
  /** Path of the file; else KUBECONFIG, else ~/.kube/config, else the service account of the pod that this runs in. */
  readonly kubeconfig?: string | undefined;
  /** Else the current context of the file. */
  readonly context?: string | undefined;
  /** Where Cilium runs. */
  readonly namespace: string;
  /** For each single request. */
  readonly timeoutMs: number;
}

/** What the library falls back to where it finds nothing. */
const NOTHING_FOUND = 'loaded-context';

const MOST_NAMES = 8;

/** With the context set. Throws UsageError that names the file and the fix. */
export async function loadKubeConfig({ kubeconfig, context }: KubeOptions): Promise<KubeConfig> {
  // It takes half a second and 70 MB of memory: for those who ask for it.
  const library = await import('@kubernetes/client-node');
  const config = new library.KubeConfig();
  const place = kubeconfig ?? 'the kubeconfig';
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (error) {
    throw unreadable(place, error);
  }
  if (kubeconfig === undefined && config.getCurrentContext() === NOTHING_FOUND)
    throw new UsageError('there is no kubeconfig; give --kubeconfig FILE, or set KUBECONFIG');
  chooseContext(config, context, place);
  return config;
}

function unreadable(place: string, error: unknown): UsageError {
  const trouble = fileTrouble(error);
  if (trouble !== undefined)
    return new UsageError(`the kubeconfig ${trouble}; give another with --kubeconfig FILE or KUBECONFIG`, error);
  const line = lineOf(error);
  return new UsageError(
    `${place}${line === undefined ? '' : `:${line}`} is no kubeconfig: it is not YAML with clusters, contexts and users that have names; see kubectl config view`,
  );
}

/** Of a mistake in YAML, from 1. */
function lineOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('mark' in error)) return undefined;
  const { mark } = error as { mark: unknown };
  if (typeof mark !== 'object' || mark === null || !('line' in mark)) return undefined;
  return typeof mark.line === 'number' ? mark.line + 1 : undefined;
}

function chooseContext(config: KubeConfig, wanted: string | undefined, place: string): void {
  if (wanted !== undefined) config.setCurrentContext(wanted);
  const name = config.getCurrentContext();
  const known = config.getContexts().map((one) => one.name);
  const listed = `${known.slice(0, MOST_NAMES).join(', ')}${known.length > MOST_NAMES ? ', ...' : ''}`;
  if (!name)
    throw new UsageError(`${place} has no current context; give --kube-context, one of: ${listed || '(none)'}`);
  const context = config.getContextObject(name);
  if (context === null)
    throw new UsageError(`${place} has no context '${name}'; give --kube-context, one of: ${listed || '(none)'}`);
  const cluster = config.getCluster(context.cluster);
  if (cluster === null)
    throw new UsageError(`${place}: context '${name}' is for cluster '${context.cluster}', which is not there`);
  if (config.getUser(context.user) === null)
    throw new UsageError(`${place}: context '${name}' is for user '${context.user}', who is not there`);
  if (!/^https?:\/\//.test(cluster.server) || !URL.canParse(cluster.server))
    throw new UsageError(`${place}: the server of cluster '${context.cluster}' is no http:// or https:// URL`);
  if (cluster.server.startsWith('http:') && !cluster.skipTLSVerify)
    throw new UsageError(
      `${place}: the server of cluster '${context.cluster}' is plain http; set insecure-skip-tls-verify: true for it if that is meant`,
    );
}
