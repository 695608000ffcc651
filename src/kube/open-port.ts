/** Opens a connection to a port of a pod, through the API server. */
import { WebSocket } from 'ws';
import type { KubeAccess } from './access.js';
import { refusalOf } from './get.js';
import { refused, unreachable, type KubeError } from './kube-error.js';
import { PortStream, PROTOCOL } from './port-stream.js';
import type { RelayTarget } from './relay-target.js';

/** Clusters before 1.35 ask for `get`, as the request is a GET; later ones for `create` as well. */
const FORWARDING = { verb: 'get and create', resource: 'pods/portforward' };

const LONGEST_FRAME = 16 * 1024 * 1024;

/** Throws KubeError. */
export async function openPort(access: KubeAccess, { pod, port }: RelayTarget): Promise<PortStream> {
  const { cluster, timeoutMs } = access;
  const path = `/api/v1/namespaces/${encodeURIComponent(cluster.namespace)}/pods/${encodeURIComponent(pod)}/portforward?ports=${port}`;
  const { url, options } = await access.prepare(path);
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
  const socket = new WebSocket(url, [PROTOCOL], {
    ...options,
    handshakeTimeout: timeoutMs,
    maxPayload: LONGEST_FRAME,
    perMessageDeflate: false,
  });
  const stream = new PortStream(socket);
  return new Promise((resolve, reject) => {
    const fail = (error: KubeError): void => {
      reject(error);
      stream.destroy();
    };
    socket.once('open', () => {
      stream.off('error', broken);
      resolve(stream);
    });
    socket.once('unexpected-response', (_request, response) => {
      const status = response.statusCode ?? 0;
      if (status === 401) access.forget();
      void refusalOf(response).then((body) => fail(refused(cluster, { ...FORWARDING, name: pod }, status, body)));
    });
    const broken = (error: Error): void => reject(unreachable(cluster, error));
    stream.once('error', broken);
  });
}
