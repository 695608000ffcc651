/** One GET of the API. */
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { KubeAccess } from './access.js';
import { KubeError, refused, unreachable, type Asked } from './kube-error.js';

/** The pods of 5,000 nodes are 80 MB. */
const MOST_BYTES = 256 * 1024 * 1024;
const MOST_OF_A_REFUSAL = 64 * 1024;

export interface Patience {
  /** Else that of the access. */
  readonly timeoutMs?: number;
  /** Nobody wants the answer any more. */
  readonly signal?: AbortSignal;
}

/** The JSON that is there. Throws KubeError. */
export async function getJson(
  access: KubeAccess,
  path: string,
  asked: Asked,
  { timeoutMs = access.timeoutMs, signal }: Patience = {},
): Promise<unknown> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const end = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
  const { status, body } = await get(access, path, end);
  if (status === 401) access.forget();
  if (status < 200 || status > 299) throw refused(access.cluster, asked, status, body);
  try {
    return JSON.parse(body) as unknown;
  } catch {
    // The library's words quote the text.
    throw new KubeError(
      'answer',
      `what answers as the API server of ${access.cluster.told} at ${access.cluster.host} sends no JSON; check the server of the kubeconfig`,
    );
  }
}

async function get(
  access: KubeAccess,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly body: string }> {
  const { url, options } = await access.prepare(path);
  const send = url.protocol === 'http:' ? requestHttp : requestHttps;
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { ...options.headers, accept: 'application/json' };
      send(url, { ...options, headers, signal }, resolve)
        .on('error', reject)
        .end();
    });
    const status = response.statusCode ?? 0;
    const body = status < 300 ? await bodyOf(response, MOST_BYTES) : await refusalOf(response);
    return { status, body };
  } catch (error) {
    throw unreachable(access.cluster, signal.aborted ? signal.reason : error);
  }
}

async function bodyOf(response: IncomingMessage, most: number): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length > most) throw new Error(`its answer is longer than ${most} bytes`);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Why a request was refused, as far as it is told; of no use where it is long. */
export async function refusalOf(response: IncomingMessage): Promise<string> {
  try {
    return await bodyOf(response, MOST_OF_A_REFUSAL);
  } catch {
    return '';
  }
}
