import assert from 'node:assert/strict';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { after, beforeEach, describe, it, type TestContext } from 'node:test';
import { text } from 'node:stream/consumers';
import { KubeAccess } from '../../src/kube/access.js';
import { KubeError } from '../../src/kube/kube-error.js';
import { RelayForward } from '../../src/kube/relay-forward.js';
import { makeCertificates } from '../hubble/certificates.js';
import { ApiServer, relayPod, TOKEN } from './api-server.js';

const certificates = makeCertificates();
const api = await ApiServer.start(certificates);
after(() => {
  api.close();
  certificates.remove();
});

const access = (kubeconfig = api.kubeconfig()): Promise<KubeAccess> =>
  KubeAccess.open({ kubeconfig, namespace: 'kube-system', timeoutMs: 10_000 });

/** What was told, and who waits for it. */
class Told {
  readonly lines: string[] = [];
  #wake = (): void => undefined;
  readonly trouble = (message: string): void => this.#add(`trouble: ${message}`);
  readonly connected = (message: string): void => this.#add(message);

  #add(line: string): void {
    this.lines.push(line);
    this.#wake();
  }

  async lineLike(pattern: RegExp): Promise<void> {
    while (!this.lines.some((line) => pattern.test(line))) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}

async function opened(t: TestContext, told = new Told()): Promise<{ forward: RelayForward; told: Told }> {
  const forward = await RelayForward.open(await access(), 0, told);
  t.after(() => forward.close());
  return { forward, told };
}

/** What listens in a pod. */
async function backend(t: TestContext, pod: string, serve: (socket: Socket) => void): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('error', () => undefined));
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  api.backends.set(pod, (server.address() as AddressInfo).port);
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
}

function client(t: TestContext, forward: RelayForward): Socket {
  const socket = connect(Number(forward.address.split(':')[1]), '127.0.0.1');
  socket.on('error', () => undefined);
  t.after(() => socket.destroy());
  return socket;
}

describe('forwarding to the relay', () => {
  beforeEach(() => api.reset());

  it('carries bytes both ways, whole and in order', async (t) => {
    api.pods = [relayPod('relay-1')];
    await backend(t, 'relay-1', (socket) => socket.pipe(socket));
    const { forward } = await opened(t);
    const socket = client(t, forward);
    const sent = Buffer.alloc(3_000_000, 'abcdefghijklm');
    socket.write(sent);
    const parts: Buffer[] = [];
    let length = 0;
    for await (const part of socket as AsyncIterable<Buffer>) {
      parts.push(part);
      length += part.length;
      if (length >= sent.length) break;
    }
    assert.ok(Buffer.concat(parts).equals(sent));
  });

  it("ends when the pod's side ends, with all that was sent", async (t) => {
    api.pods = [relayPod('relay-1')];
    await backend(t, 'relay-1', (socket) => socket.end('x'.repeat(500_000)));
    const { forward } = await opened(t);
    assert.equal((await text(client(t, forward))).length, 500_000);
  });

  it("ends the pod's side when ours ends", async (t) => {
    api.pods = [relayPod('relay-1')];
    const heard = new Told();
    await backend(t, 'relay-1', (socket) => void text(socket).then(heard.connected));
    const { forward } = await opened(t);
    client(t, forward).end('the last word');
    await heard.lineLike(/^the last word$/);
  });

  it('finds the next pod under the same address, and tells each trouble once', async (t) => {
    api.pods = [relayPod('relay-1')];
    await backend(t, 'relay-1', (socket) => socket.write('one'));
    const { forward, told } = await opened(t);
    const first = client(t, forward);
    assert.equal(String((await once(first, 'data'))[0]), 'one');
    api.remove('relay-1');
    await once(first, 'close');
    for (const socket of [client(t, forward), client(t, forward)]) await once(socket, 'close');
    api.pods = [relayPod('relay-2')];
    await backend(t, 'relay-2', (socket) => socket.write('two'));
    assert.equal(String((await once(client(t, forward), 'data'))[0]), 'two');
    assert.deepEqual(
      told.lines.map((line) => line.replace(/; see: .*/, '')),
      [
        'port-forward to pod kube-system/relay-1',
        'trouble: port-forward to pod relay-1: the connection broke',
        'trouble: nothing to forward to behind service kube-system/hubble-relay: no pod is behind it',
        'port-forward to pod kube-system/relay-2',
      ],
    );
  });

  it('tells what the node says when nobody listens in the pod', async (t) => {
    api.pods = [relayPod('relay-1')];
    const { forward, told } = await opened(t);
    await once(client(t, forward), 'close');
    await told.lineLike(/its node says: error forwarding port 4245: connection refused/);
  });

  it('reads the kubeconfig anew when its token is refused', async (t) => {
    api.pods = [relayPod('relay-1')];
    await backend(t, 'relay-1', (socket) => socket.write('hello'));
    const { forward, told } = await opened(t);
    api.token = 'renewed';
    await once(client(t, forward), 'close');
    await told.lineLike(/does not accept the credentials \(401\); log in again/);
    api.kubeconfig({ token: 'renewed' });
    assert.equal(String((await once(client(t, forward), 'data'))[0]), 'hello');
  });

  it('ends every connection when it is closed', async (t) => {
    api.pods = [relayPod('relay-1')];
    await backend(t, 'relay-1', (socket) => socket.write('hello'));
    const { forward } = await opened(t);
    const socket = client(t, forward);
    await once(socket, 'data');
    forward.close();
    await once(socket, 'close');
  });

  const wrong: readonly (readonly [what: string, failure: KubeError['failure'], says: RegExp, prepare: () => void])[] =
    [
      [
        'no service',
        'not-found',
        /^context lab has no service hubble-relay in namespace kube-system; .* See: kubectl --kubeconfig \S+ --context lab --namespace kube-system get services$/,
        () => (api.service = undefined),
      ],
      [
        'no running pod',
        'no-target',
        /: none of its pods is running \(relay-1 is Pending\); see: kubectl/,
        () => (api.pods = [relayPod('relay-1', { phase: 'Pending' })]),
      ],
      [
        'a token that is refused',
        'unauthorized',
        /\(401\); log in again, and see: kubectl/,
        () => (api.token = 'another'),
      ],
      [
        'no permission to get the service',
        'forbidden',
        /forbids to get services in namespace kube-system \(403: no: /,
        () => api.forbidden.add('get services'),
      ],
      [
        'no permission to list pods',
        'forbidden',
        /forbids to list pods in namespace kube-system \(403: no: .*\); ask for a Role as docs\/kubernetes\.md/,
        () => api.forbidden.add('list pods'),
      ],
      [
        'no permission to forward',
        'forbidden',
        /forbids to get and create pods\/portforward .*\(403: refused by the test\)/,
        () => api.forbidden.add('get pods/portforward'),
      ],
    ];
  for (const [what, failure, says, prepare] of wrong)
    it(`tells of ${what} at once`, async () => {
      api.pods = [relayPod('relay-1')];
      prepare();
      await assert.rejects(
        async () => RelayForward.open(await access(), 0, new Told()),
        (error) => {
          assert.ok(error instanceof KubeError);
          assert.equal(error.failure, failure);
          assert.equal(error.exitCode, 4);
          assert.match(error.message, says);
          assert.ok(!error.message.includes(TOKEN));
          return true;
        },
      );
    });

  it('tells of an API server that is not there, or not the one of the kubeconfig', async () => {
    const open = async (server: string, ca?: string) =>
      RelayForward.open(await access(api.kubeconfig({ server, ...(ca && { ca }) })), 0, new Told());
    await assert.rejects(open('https://127.0.0.1:1'), /cannot be reached at 127\.0\.0\.1:1: connection refused; check/);
    await assert.rejects(
      open(api.url, api.certificates.otherCa),
      /cannot be reached at 127\.0\.0\.1:\d+: .*certificate/,
    );
  });

  it('tells of credentials that cannot be had, without what the plugin says', async () => {
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', 'console.error("the secret"); process.exit(1)'],
    };
    await assert.rejects(
      async () => RelayForward.open(await access(api.kubeconfig({ user: { exec } })), 0, new Told()),
      (error) => {
        assert.ok(error instanceof KubeError);
        assert.match(error.message, /^no credentials for context lab: the plugin or provider failed; log in again/);
        assert.equal(error.cause, undefined);
        return true;
      },
    );
  });

  it('tells of a local port that is taken', async (t) => {
    api.pods = [relayPod('relay-1')];
    const { forward } = await opened(t);
    const port = Number(forward.address.split(':')[1]);
    await assert.rejects(
      async () => RelayForward.open(await access(), port, new Told()),
      /cannot listen on 127\.0\.0\.1:\d+ .*--port-forward-port, or 0/,
    );
  });
});
