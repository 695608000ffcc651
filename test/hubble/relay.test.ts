import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { ServerCredentials, status } from '@grpc/grpc-js';
import { SourceError } from '../../src/errors.js';
import type { RelayOptions } from '../../src/hubble/connection.js';
import { RelayClient } from '../../src/hubble/relay.js';
import { RelayError } from '../../src/hubble/relay-error.js';
import type { FlowMessage } from '../../src/hubble/wire.js';
import type { Certificates } from './certificates.js';
import { makeCertificates } from './certificates.js';
import type { FakeAnswers } from './fake-relay.js';
import { fail, send, startFakeRelay } from './fake-relay.js';
import { at, flowLine, nodesLine } from './lines.js';

const NODES = (): ReturnType<typeof nodesLine> => ({ nodes: nodesLine(0, { 'worker-1': 5000 })['nodes'] });

/** A relay that answers GetNodes, and whatever else the test says. */
async function fakeRelay(
  t: TestContext,
  answers: Partial<FakeAnswers> = {},
): Promise<Awaited<ReturnType<typeof startFakeRelay>>> {
  const relay = await startFakeRelay({ flows: (call) => call.end(), nodes: NODES, ...answers });
  t.after(() => relay.close());
  return relay;
}

function client(t: TestContext, server: string, options: Partial<RelayOptions> = {}): RelayClient {
  const relay = new RelayClient({ server, timeoutMs: 5000, ...options });
  t.after(() => relay.close());
  return relay;
}

/** Waiting for the relay fails with a SourceError whose message holds all of these. */
async function unavailable(relay: RelayClient, ...parts: readonly (string | RegExp)[]): Promise<void> {
  await assert.rejects(relay.waitForReady(), (error) => {
    assert.ok(error instanceof SourceError, String(error));
    for (const part of parts) {
      const found = typeof part === 'string' ? error.message.includes(part) : part.test(error.message);
      assert.ok(found, `'${error.message}' does not name ${String(part)}`);
    }
    return true;
  });
}

const forever = new AbortController().signal;

async function all(batches: AsyncIterable<FlowMessage[]>): Promise<FlowMessage[]> {
  const messages: FlowMessage[] = [];
  for await (const batch of batches) messages.push(...batch);
  return messages;
}

describe('a relay in clear', () => {
  it('tells nodes and flows', async (t) => {
    const line = flowLine(0, 'worker-1', 'u-1');
    const { address, requests } = await fakeRelay(t, {
      flows: (call) => {
        send(
          call,
          {
            node_status: { state_change: 'NODE_CONNECTED', node_names: ['worker-1'] },
            node_name: 'relay',
            time: at(0),
          },
          line,
        );
        call.end();
      },
    });
    const relay = client(t, address);
    await relay.waitForReady();
    const { event, raw } = await relay.nodes();
    assert.equal(event.nodes[0]?.uptimeMs, 5000);
    assert.deepEqual(raw, NODES());
    const messages = await all(relay.flows({ follow: true, number: 1, since: 1500.5, fieldMask: ['time'] }, forever));
    assert.deepEqual(
      messages.map((message) => message.event.kind),
      ['node-status', 'flow'],
    );
    assert.deepEqual(messages[1]?.raw(), line);
    assert.deepEqual(requests[0]?.request, {
      follow: true,
      number: '1',
      since: { seconds: '1', nanos: 500_500_000 },
      field_mask: { paths: ['time'] },
    });
  });

  it('gives what came before a stream failed, then the failure', async (t) => {
    const { address } = await fakeRelay(t, {
      flows: (call) => {
        for (let i = 0; i < 100; i++) send(call, flowLine(i, 'worker-1', `u-${i}`));
        fail(call, 'error reading from\n server: EOF\u001b[31m');
      },
    });
    const seen: FlowMessage[] = [];
    const reading = (async () => {
      for await (const batch of client(t, address).flows({ follow: true }, forever)) seen.push(...batch);
    })();
    await assert.rejects(reading, (error) => {
      assert.ok(error instanceof RelayError);
      assert.equal(error.code, status.UNAVAILABLE);
      assert.equal(error.details, 'error reading from  server: EOF [31m');
      return true;
    });
    assert.equal(seen.length, 100);
  });

  it('holds a fast stream back while nobody reads', async (t) => {
    let written = 0;
    const { address } = await fakeRelay(t, {
      flows: (call) => {
        const more = (): void => {
          for (let room = true; room && written < 12_000; written++) room = call.write({ node_name: 'x'.repeat(500) });
          if (written < 12_000) call.once('drain', more);
          else call.end();
        };
        more();
      },
    });
    const batches = client(t, address).flows({ follow: true }, forever);
    let read = 0;
    for await (const batch of batches) {
      read += batch.length;
      assert.ok(batch.length <= 8_192, `a batch of ${batch.length}`);
    }
    assert.equal(read, 12_000);
  });

  it('ends a stream when it is told to', async (t) => {
    const { address, requests } = await fakeRelay(t, { flows: (call) => send(call, flowLine(0, 'worker-1', 'u-1')) });
    const stop = new AbortController();
    for await (const batch of client(t, address).flows({ follow: true }, stop.signal)) {
      assert.equal(batch.length, 1);
      stop.abort();
    }
    await new Promise((resolve) => (requests[0]?.cancelled ? resolve(0) : requests[0]?.on('cancelled', resolve)));
  });

  it('is over when the client is closed', async (t) => {
    const { address } = await fakeRelay(t, { flows: (call) => send(call, flowLine(0, 'worker-1', 'u-1')) });
    const relay = client(t, address);
    for await (const batch of relay.flows({ follow: true }, forever)) {
      assert.equal(batch.length, 1);
      break;
    }
    relay.close();
    relay.reconnect();
    assert.deepEqual(await all(relay.flows({ follow: true }, forever)), []);
    await assert.rejects(relay.nodes(), RelayError);
    await assert.rejects(relay.waitForReady(), SourceError);
  });

  it('is not there when nothing listens', async (t) => {
    const port = await freePort();
    await unavailable(client(t, `127.0.0.1:${port}`, { timeoutMs: 300 }), `127.0.0.1:${port}`, 'refused');
    await unavailable(client(t, 'nowhere.invalid:1', { timeoutMs: 300 }), 'nowhere.invalid:1', '--server');
  });

  it('is none when it does not know GetNodes', async (t) => {
    const { address } = await fakeRelay(t, { nodes: undefined });
    await unavailable(client(t, address), address, 'no hubble-relay');
  });

  it('counts as there when a hanging node holds up its answer', async (t) => {
    const { address } = await fakeRelay(t, { nodes: 'never' });
    await client(t, address, { timeoutMs: 500 }).waitForReady();
  });
});

describe('a relay with TLS', () => {
  let certificates: Certificates;
  before(() => (certificates = makeCertificates()));
  after(() => certificates.remove());

  const NAME = 'instance.hubble-relay.cilium.io';

  function tlsServer(mutual: boolean): ServerCredentials {
    const { ca, serverCert, serverKey } = certificates;
    const pair = { cert_chain: readFileSync(serverCert), private_key: readFileSync(serverKey) };
    return ServerCredentials.createSsl(mutual ? readFileSync(ca) : null, [pair], mutual);
  }

  it('is trusted by its CA under the right name', async (t) => {
    const { address } = await fakeRelay(t, { credentials: tlsServer(false) });
    const options = { tlsCaCertFiles: [certificates.otherCa, certificates.ca], tlsServerName: NAME };
    await client(t, address, { tls: true, ...options }).waitForReady();
    await client(t, `tls://${address}`, options).waitForReady();
  });

  it('is not asked for anything with --tls-allow-insecure', async (t) => {
    const { address } = await fakeRelay(t, { credentials: tlsServer(false) });
    await client(t, address, { tls: true, tlsAllowInsecure: true }).waitForReady();
  });

  it('is told about a wrong CA', async (t) => {
    const { address } = await fakeRelay(t, { credentials: tlsServer(false) });
    const options = { tls: true, tlsServerName: NAME, timeoutMs: 400 };
    await unavailable(
      client(t, address, { ...options, tlsCaCertFiles: [certificates.otherCa] }),
      address,
      '--tls-ca-cert-files',
    );
    await unavailable(client(t, address, options), address, '--tls-ca-cert-files');
  });

  it('is told about a wrong name', async (t) => {
    const { address } = await fakeRelay(t, { credentials: tlsServer(false) });
    const options = { tls: true, tlsCaCertFiles: [certificates.ca], timeoutMs: 400 };
    await unavailable(client(t, address, options), address, `--tls-server-name ${NAME}`);
    await unavailable(client(t, address, { ...options, tlsServerName: 'x.example' }), address, '--tls-server-name');
  });

  it('gets the client certificate that it asks for', async (t) => {
    const { address } = await fakeRelay(t, { credentials: tlsServer(true) });
    const options = { tls: true, tlsCaCertFiles: [certificates.ca], tlsServerName: NAME, timeoutMs: 400 };
    const pair = { tlsClientCertFile: certificates.clientCert, tlsClientKeyFile: certificates.clientKey };
    await client(t, address, { ...options, ...pair, timeoutMs: 5000 }).waitForReady();
    await unavailable(client(t, address, options), address, /--tls-client-cert-file/);
  });

  it('takes certificates that were renewed on disk for the next stream, once they are whole', async (t) => {
    const { address } = await fakeRelay(t, { credentials: tlsServer(true) });
    const roots = certificates.file('roots.pem', readFileSync(certificates.otherCa, 'utf8'));
    const relay = client(t, address, {
      tls: true,
      tlsCaCertFiles: [roots],
      tlsServerName: NAME,
      tlsClientCertFile: certificates.clientCert,
      tlsClientKeyFile: certificates.clientKey,
    });
    const stream = () => all(relay.flows({ follow: true }, forever));
    await assert.rejects(stream(), RelayError);
    certificates.file('roots.pem', 'half of a new');
    await assert.rejects(stream(), RelayError);
    certificates.file('roots.pem', readFileSync(certificates.ca, 'utf8'));
    assert.deepEqual(await stream(), []);
  });

  it('is told when one side speaks TLS and the other does not', async (t) => {
    const clear = await fakeRelay(t);
    await unavailable(client(t, clear.address, { tls: true, timeoutMs: 400 }), clear.address, 'leave out --tls');
    const tls = await fakeRelay(t, { credentials: tlsServer(false) });
    await unavailable(client(t, tls.address, { timeoutMs: 400 }), tls.address, 'give --tls');
  });

  it('gets the header of basic auth', async (t) => {
    const { address, requests } = await fakeRelay(t, { credentials: tlsServer(false) });
    const auth = { basicAuthUsername: 'me', basicAuthPassword: 'secret' };
    await all(client(t, address, { tls: true, tlsAllowInsecure: true, ...auth }).flows({ follow: true }, forever));
    assert.deepEqual(requests[0]?.metadata.get('authorization'), ['Basic bWU6c2VjcmV0']);
  });
});

/** A port on which nothing listens. */
async function freePort(): Promise<number> {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const { port } = holder.address() as AddressInfo;
  await new Promise((resolve) => holder.close(resolve));
  return port;
}
