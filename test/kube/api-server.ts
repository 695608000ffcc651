/** An API server of Kubernetes on the loopback, as far as hubble-soak asks one: a service, pods, and connections to ports of pods. */
import { createServer, type Server } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { stringify } from 'yaml';
import { WebSocketServer, type WebSocket } from 'ws';
import type { PodObject, ServiceObject } from '../../src/kube/objects.js';
import type { Certificates } from '../hubble/certificates.js';

export const TOKEN = 'token-that-nobody-may-see';
export const RELAY_LABELS = { 'k8s-app': 'hubble-relay' };
const SERVICE: ServiceObject = { spec: { selector: RELAY_LABELS, ports: [{ port: 80, targetPort: 'grpc' }] } };
const NAMESPACE = '/api/v1/namespaces/kube-system';

export class ApiServer {
  readonly certificates: Certificates;
  service: ServiceObject | undefined = SERVICE;
  pods: PodObject[] = [];
  /** `list pods` and the like, which are answered with 403. */
  forbidden = new Set<string>();
  /** Requests with another token are answered with 401. */
  token = TOKEN;
  /** By name of a pod: where what listens on its port really listens; a pod without is one that refuses connections. */
  readonly backends = new Map<string, number>();
  /** `VERB RESOURCE` of all requests. */
  readonly asked: string[] = [];
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has('v4.channel.k8s.io') ? 'v4.channel.k8s.io' : false),
  });
  readonly #forwards = new Map<WebSocket, string>();

  private constructor(certificates: Certificates) {
    this.certificates = certificates;
    this.#server = createServer(certificates.loopbackServer(), (request, response) => this.#answer(request, response));
    this.#server.on('upgrade', (request, socket, head) => this.#forward(request, socket, head));
  }

  /** Ends with the test, where one is given. */
  static async start(certificates: Certificates, t?: TestContext): Promise<ApiServer> {
    const api = new ApiServer(certificates);
    await new Promise<void>((resolve) => api.#server.listen(0, '127.0.0.1', resolve));
    t?.after(() => api.close());
    return api;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** As at its start, for the next test. */
  reset(): void {
    this.service = SERVICE;
    this.pods = [];
    this.forbidden.clear();
    this.token = TOKEN;
    this.backends.clear();
    this.asked.length = 0;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    for (const socket of this.#forwards.keys()) socket.terminate();
  }

  /** The path of a kubeconfig for it, always the same. */
  kubeconfig({
    token = TOKEN,
    user = { token },
    server = this.url,
    ca = this.certificates.ca,
  }: { token?: string; user?: object; server?: string; ca?: string } = {}): string {
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'lab',
      clusters: [{ name: 'lab', cluster: { server, 'certificate-authority': ca } }],
      users: [{ name: 'me', user }],
      contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'me' } }],
    };
    return this.certificates.file(`kubeconfig-${new URL(this.url).port}.yaml`, stringify(config));
  }

  /** A pod that is gone takes its connections with it. */
  remove(pod: string): void {
    this.pods = this.pods.filter(({ metadata }) => metadata?.name !== pod);
    this.backends.delete(pod);
    for (const [socket, name] of this.#forwards) if (name === pod) socket.terminate();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '', 'https://api');
    const tell = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const refused = this.#refuses(request, url.pathname);
    if (refused !== undefined) tell(refused, { kind: 'Status', message: `no: ${request.url}` });
    else if (url.pathname === `${NAMESPACE}/services/hubble-relay` && this.service) tell(200, this.service);
    else if (url.pathname === `${NAMESPACE}/pods`) tell(200, { items: this.#selected(url) });
    else tell(404, { kind: 'Status', message: 'not found' });
  }

  #selected(url: URL): PodObject[] {
    const wanted = (url.searchParams.get('labelSelector') ?? '').split(',').map((pair) => pair.split('='));
    return this.pods.filter(({ metadata }) => wanted.every(([key = '', value]) => metadata?.labels?.[key] === value));
  }

  #refuses(request: IncomingMessage, path: string): number | undefined {
    const verb = path.endsWith('/pods') ? 'list' : 'get';
    const resource = path.endsWith('/portforward') ? 'pods/portforward' : path.includes('/pods') ? 'pods' : 'services';
    this.asked.push(`${verb} ${resource}`);
    if (request.headers.authorization !== `Bearer ${this.token}`) return 401;
    return this.forbidden.has(`${verb} ${resource}`) ? 403 : undefined;
  }

  #forward(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '', 'https://api');
    const pod = /\/pods\/([^/]+)\/portforward$/.exec(url.pathname)?.[1] ?? '';
    const port = Number(url.searchParams.get('ports'));
    const known = this.pods.some(({ metadata }) => metadata?.name === pod);
    const refused = this.#refuses(request, url.pathname) ?? (known ? undefined : 404);
    if (refused !== undefined) {
      const body = JSON.stringify({ kind: 'Status', message: 'refused by the test' });
      socket.end(`HTTP/1.1 ${refused} Refused\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (websocket) => this.#bridge(websocket, pod, port));
  }

  #bridge(websocket: WebSocket, pod: string, port: number): void {
    this.#forwards.set(websocket, pod);
    websocket.on('close', () => this.#forwards.delete(websocket));
    websocket.on('error', () => undefined);
    for (const channel of [0, 1]) websocket.send(Buffer.of(channel, port & 0xff, port >> 8));
    const backend = connect({ host: '127.0.0.1', port: this.backends.get(pod) ?? 1 });
    backend.on('data', (data) => websocket.send(Buffer.concat([Buffer.of(0), data])));
    backend.on('error', () => websocket.send(Buffer.from(`\x01error forwarding port ${port}: connection refused`)));
    backend.on('close', () => websocket.close());
    websocket.on('message', (frame: Buffer) => backend.write(frame.subarray(1)));
    websocket.on('close', () => backend.end());
  }
}

export function relayPod(
  name: string,
  { ready = true, since = '2026-03-01T10:00:00Z', phase = 'Running' } = {},
): PodObject {
  return {
    metadata: { name, uid: name, labels: RELAY_LABELS },
    spec: { containers: [{ name: 'hubble-relay', ports: [{ name: 'grpc', containerPort: 4245 }] }] },
    status: {
      phase,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: since }],
    },
  };
}

export interface AgentShape {
  readonly node: string;
  readonly pod?: string;
  readonly revision?: string;
  readonly image?: string;
  readonly restarts?: number;
  readonly since?: string;
  readonly ready?: boolean;
  readonly ending?: boolean;
}

export function agentPod({
  node,
  pod = `cilium-${node}`,
  revision = 'aaa',
  image = 'quay.io/cilium/cilium:v1.20.0',
  restarts = 0,
  since = '2026-03-01T10:00:00Z',
  ready = true,
  ending = false,
}: AgentShape): PodObject {
  return {
    metadata: {
      name: pod,
      uid: `uid of ${pod}`,
      labels: { 'k8s-app': 'cilium', 'controller-revision-hash': revision },
      ...(ending ? { deletionTimestamp: since } : {}),
    },
    spec: { nodeName: node, containers: [{ name: 'cilium-agent', image }] },
    status: {
      phase: 'Running',
      startTime: since,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: [
        {
          name: 'cilium-agent',
          restartCount: restarts,
          state: { running: { startedAt: since } },
          ...(restarts === 0 ? {} : { lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } } }),
        },
      ],
    },
  };
}
