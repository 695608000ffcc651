/** Failed requests to the API server of Kubernetes, and what a person should do about them. */
import { SourceError } from '../errors.js';
import { printable } from '../printable.js';
import type { Cluster } from './cluster.js';

/** What was asked for, as messages and RBAC name it. */
export interface Asked {
  /** `get`, `list`, ... */
  readonly verb: string;
  /** `services`, `pods`, `pods/portforward`. */
  readonly resource: string;
  readonly name?: string;
}

export type KubeFailure =
  /** No credentials could be had, from a file or a plugin. */
  | 'credentials'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'unreachable'
  /** An answer that cannot be used. */
  | 'answer'
  /** The API server is fine, but nothing is there to be forwarded to. */
  | 'no-target';

export class KubeError extends SourceError {
  readonly failure: KubeFailure;

  constructor(failure: KubeFailure, message: string, cause?: unknown) {
    super(message, cause);
    this.failure = failure;
  }
}

const LONGEST_TOLD = 300;

/** An answer with a status that is not 2xx; `body` may be a Status object of the API. */
export function refused(cluster: Cluster, asked: Asked, status: number, body: string): KubeError {
  const told = toldBy(body);
  const where = `the API server of ${cluster.told}`;
  switch (status) {
    case 401:
      return new KubeError(
        'unauthorized',
        `${where} does not accept the credentials (401); log in again, and see: ${cluster.kubectl('get pods')}`,
      );
    case 403:
      return new KubeError(
        'forbidden',
        `${where} forbids to ${asked.verb} ${asked.resource} in namespace ${cluster.namespace} (403${told}); ask for a Role as docs/kubernetes.md has it`,
      );
    case 404:
      return new KubeError('not-found', `${where} has no ${nameOf(cluster, asked)} (404${told})`);
    default:
      return new KubeError(
        'answer',
        `${where} does not ${asked.verb} ${nameOf(cluster, asked)} (${status}${told}); see: ${cluster.kubectl('get pods')}`,
      );
  }
}

/** No answer at all: no connection, TLS, time. */
export function unreachable(cluster: Cluster, error: unknown): KubeError {
  return new KubeError(
    'unreachable',
    `the API server of ${cluster.told} cannot be reached at ${cluster.host}: ${whyNot(error)}; check the network, or --kube-context`,
    error,
  );
}

function nameOf(cluster: Cluster, { resource, name }: Asked): string {
  return name === undefined
    ? `${resource} in namespace ${cluster.namespace}`
    : `${resource} ${cluster.namespace}/${name}`;
}

/** `: why`, from the Status object of an answer. */
function toldBy(body: string): string {
  let message: unknown;
  try {
    message = (JSON.parse(body) as { message?: unknown } | null)?.message;
  } catch {
    return '';
  }
  return typeof message === 'string' && message !== '' ? `: ${oneLine(message)}` : '';
}

export function oneLine(text: string): string {
  const line = printable(text.replace(/\s+/g, ' ').trim());
  return line.length > LONGEST_TOLD ? `${line.slice(0, LONGEST_TOLD)}...` : line;
}

const CODES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name cannot be looked up',
  ETIMEDOUT: 'no answer in time',
  ABORT_ERR: 'no answer in time',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no route to it',
};

function whyNot(error: unknown): string {
  if (!(error instanceof Error)) return oneLine(String(error));
  // An address of each family may have failed: they are wrapped into one error without a text.
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  if (first !== undefined) return whyNot(first);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return CODES[code] ?? CODES[error.name === 'TimeoutError' ? 'ETIMEDOUT' : ''] ?? oneLine(error.message);
}
