/**
 * The relay's port on this machine: a loopback port of which each connection goes to a pod of the service `hubble-relay`, chosen anew for
 * each. A pod that goes away ends its connections; who connects again gets the next pod, under the same local address.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { SourceError } from '../errors.js';
import { printable } from '../printable.js';
import type { KubeAccess } from './access.js';
import { getJson } from './get.js';
import { KubeError, oneLine } from './kube-error.js';
import { itemsOf, type ServiceObject } from './objects.js';
import { openPort } from './open-port.js';
import { PortRefused, type PortStream } from './port-stream.js';
import { relayTarget, selectorOf, type RelayTarget } from './relay-target.js';

const SERVICE = 'hubble-relay';
const LOOPBACK = '127.0.0.1';

export interface ForwardListener {
  /** A connection could not be made, or broke; the next one may be fine. One sentence for a log. */
  trouble(message: string): void;
  /** A connection to another pod than the last one stands. */
  connected(message: string): void;
}

interface Connection {
  readonly pod: string;
  readonly stream: PortStream;
}

export class RelayForward {
  readonly #access: KubeAccess;
  readonly #listener: ForwardListener;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** What was told last: the same again and again would be noise. */
  #told = '';
  #pod = '';

  private constructor(access: KubeAccess, listener: ForwardListener) {
    this.#access = access;
    this.#listener = listener;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => void this.#serve(socket));
  }

  /**
   * Listens on this port of the loopback (0 = a free one). A connection is made at once and given up again, so that what is wrong is told
   * now. Throws SourceError that names what is missing, and the fix.
   */
  static async open(access: KubeAccess, port: number, listener: ForwardListener): Promise<RelayForward> {
    const forward = new RelayForward(access, listener);
    (await forward.#connect()).stream.destroy();
    await forward.#listen(port);
    return forward;
  }

  /** `127.0.0.1:PORT`. */
  get address(): string {
    return `${LOOPBACK}:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) =>
        reject(
          new SourceError(
            `cannot listen on ${LOOPBACK}:${port} (${oneLine(error.message)}); give another --port-forward-port, or 0 for a free one`,
            error,
          ),
        ),
      );
      this.#server.listen(port, LOOPBACK, resolve);
    });
  }

  async #serve(socket: Socket): Promise<void> {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // Whoever connected may go while the pod is looked for.
    socket.on('error', () => undefined);
    let connection: Connection | undefined;
    try {
      connection = await this.#connect();
      this.#tellPod(connection.pod);
      await pipeline(socket, connection.stream, socket);
      // The pod ended it. What is still on its way out is not to be cut off.
      socket.resume();
    } catch (error) {
      // Ended by ourselves, or by whoever had connected.
      const isOver = !this.#server.listening || (error instanceof Error && 'code' in error && isLeaving(error.code));
      if (!isOver) this.#tellTrouble(troubleOf(error, connection?.pod), connection?.stream.received === true);
      socket.destroy();
    }
  }

  #tellPod(pod: string): void {
    if (pod === this.#pod) return;
    this.#pod = pod;
    this.#listener.connected(`port-forward to pod ${this.#cluster.namespace}/${printable(pod)}`);
  }

  #tellTrouble(message: string, served: boolean): void {
    if (message === this.#told && !served) return;
    this.#told = message;
    this.#listener.trouble(message);
  }

  async #connect(): Promise<Connection> {
    const target = await this.#find();
    return { pod: target.pod, stream: await openPort(this.#access, target) };
  }

  /** Throws KubeError. */
  async #find(): Promise<RelayTarget> {
    const { namespace } = this.#cluster;
    const base = `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
    const service = await this.#service(`${base}/services/${SERVICE}`);
    const selector = selectorOf(service);
    if (selector === undefined) throw this.#noTarget('it selects no pods');
    const pods = await getJson(this.#access, `${base}/pods?labelSelector=${encodeURIComponent(selector)}`, {
      verb: 'list',
      resource: 'pods',
    });
    const target = relayTarget(service, itemsOf(pods));
    if ('problem' in target) throw this.#noTarget(target.problem);
    return target;
  }

  async #service(path: string): Promise<ServiceObject> {
    try {
      const asked = { verb: 'get', resource: 'services', name: SERVICE };
      return (await getJson(this.#access, path, asked)) ?? {};
    } catch (error) {
      if (!(error instanceof KubeError) || error.failure !== 'not-found') throw error;
      const { told, namespace, kubectl } = this.#cluster;
      throw new KubeError(
        'not-found',
        `${told} has no service ${SERVICE} in namespace ${namespace}; is hubble.relay.enabled, and Cilium in another namespace (--kube-namespace)? See: ${kubectl('get services')}`,
      );
    }
  }

  #noTarget(problem: string): KubeError {
    const { namespace, kubectl } = this.#cluster;
    return new KubeError(
      'no-target',
      `nothing to forward to behind service ${namespace}/${SERVICE}: ${problem}; see: ${kubectl('get service,endpoints,pods -l k8s-app=hubble-relay')}`,
    );
  }

  get #cluster() {
    return this.#access.cluster;
  }
}

/** The one who had connected has gone. */
function isLeaving(code: unknown): boolean {
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE';
}

function troubleOf(error: unknown, pod = SERVICE): string {
  if (error instanceof KubeError) return error.message;
  const why = oneLine(error instanceof Error ? error.message : String(error));
  return `port-forward to pod ${printable(pod)}: ${error instanceof PortRefused ? `its node says: ${why}` : why}`;
}
