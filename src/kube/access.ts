/** Credentials for requests to one API server, as fresh as the kubeconfig and its plugins give them. */
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { UsageError } from '../errors.js';
import { clusterOf, type Cluster } from './cluster.js';
import { fileTrouble } from './file-trouble.js';
import { loadKubeConfig, type KubeOptions } from './kubeconfig.js';
import { KubeError } from './kube-error.js';

export interface Prepared {
  readonly url: URL;
  /** Headers, certificates and agent. */
  readonly options: RequestOptions;
}

/** A plugin may ask the network, or a person, before it gives a token. */
const CREDENTIALS_MS = 30_000;

export class KubeAccess {
  readonly timeoutMs: number;
  readonly cluster: Cluster;
  readonly #options: KubeOptions;
  #config: KubeConfig | undefined;

  private constructor(options: KubeOptions, config: KubeConfig) {
    this.#options = options;
    this.#config = config;
    this.timeoutMs = options.timeoutMs;
    this.cluster = clusterOf(options, config);
  }

  /** Reads the kubeconfig and asks nobody yet. Throws UsageError. */
  static async open(options: KubeOptions): Promise<KubeAccess> {
    return new KubeAccess(options, await loadKubeConfig(options));
  }

  /** What a request for this path is sent with. Throws KubeError where no credentials can be had. */
  async prepare(path: string): Promise<Prepared> {
    const options: RequestOptions = {};
    try {
      const config = (this.#config ??= await this.#load());
      await inTime(config.applyToHTTPSOptions(options), CREDENTIALS_MS);
      // Not URL's own joining: the server of a proxy such as Rancher's has a path of its own.
      return { url: new URL(`${config.getCurrentCluster()?.server ?? ''}${path}`), options };
    } catch (error) {
      if (error instanceof KubeError) throw error;
      throw this.#noCredentials(error);
    }
  }

  /** The credentials were refused: they are read, and asked for, anew. A soak runs for days, tokens do not. */
  forget(): void {
    this.#config = undefined;
  }

  async #load(): Promise<KubeConfig> {
    try {
      return await loadKubeConfig({ ...this.#options, context: this.cluster.context });
    } catch (error) {
      // It was fine when this began, and somebody may be writing it.
      if (error instanceof UsageError) throw new KubeError('credentials', error.message);
      throw error;
    }
  }

  /** What a plugin said may hold a secret, so that it is not told. */
  #noCredentials(error: unknown): KubeError {
    const why =
      fileTrouble(error) ??
      (error instanceof OutOfTime ? `no answer within ${CREDENTIALS_MS / 1000} s` : 'the plugin or provider failed');
    return new KubeError(
      'credentials',
      `no credentials for ${this.cluster.told}: ${why}; log in again, and see: ${this.cluster.kubectl('get pods')}`,
    );
  }
}

class OutOfTime extends Error {}

async function inTime(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new OutOfTime()), ms);
    timer.unref();
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
