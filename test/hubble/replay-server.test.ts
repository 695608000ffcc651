import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { SourceError, UsageError } from '../../src/errors.js';
import { RelayClient } from '../../src/hubble/relay.js';
import { startReplay } from '../../src/hubble/replay-server.js';
import { makeCertificates } from './certificates.js';
import { Asker, lines, recordingOf, replaying } from './replaying.js';

describe('the server of a replay', () => {
  it('answers health checks and reflection', async (t) => {
    const asker = await replaying(t);
    const serving = Buffer.from([0x08, 0x01]);
    const check = (service: string): Promise<Buffer> =>
      asker.raw(
        '/grpc.health.v1.Health/Check',
        Buffer.concat([Buffer.from([0x0a, service.length]), Buffer.from(service)]),
      );
    assert.deepEqual(await check(''), serving);
    assert.deepEqual(await check('hubble.server.Observer'), serving);
    await assert.rejects(check('observer.Observer'), (error: ServiceError) => error.code === status.NOT_FOUND);
    const list = Buffer.from([0x3a, 0x01, 0x2a]);
    const answer = await asker.raw('/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', list);
    assert.ok(answer.includes('observer.Observer'));
  });

  it('says that a port is taken', async (t) => {
    const { address } = await replaying(t);
    await assert.rejects(startReplay(recordingOf(lines()), { listen: address, speed: 'max' }), (error) => {
      assert.ok(error instanceof SourceError);
      assert.ok(error.message.includes(address));
      return true;
    });
  });

  it('refuses what is no address', async () => {
    for (const listen of ['', 'localhost', '127.0.0.1:', 'a:b', '1:2:3', '127.0.0.1:70000', '[::1:4245']) {
      await assert.rejects(startReplay(recordingOf(lines()), { listen, speed: 'max' }), UsageError, listen);
    }
  });

  it('ends all streams when it is closed', async () => {
    const replay = await startReplay(recordingOf(lines()), { listen: '127.0.0.1:0', speed: 1 });
    const asker = new Asker(replay.address);
    const streams = [1, 2].map(() => asker.flows({ follow: true }, (messages) => messages.length === 1_000_000));
    const open = [...streams.map((stream) => stream.catch((error: ServiceError) => error.code))];
    await asker.ask('GetNodes', 'observer.GetNodesResponse');
    await replay.close();
    for (const ending of await Promise.all(open)) assert.notEqual(ending, status.OK);
    asker.close();
  });

  it('speaks TLS, and asks for certificates of clients', async (t) => {
    const certificates = makeCertificates();
    t.after(() => certificates.remove());
    const { serverCert: certFile, serverKey: keyFile, ca, clientCert, clientKey } = certificates;
    const tls = { certFile, keyFile, clientCaFiles: [ca] };
    const { address } = await replaying(t, { tls });
    const relay = new RelayClient({
      server: `tls://${address}`,
      timeoutMs: 5000,
      tlsCaCertFiles: [ca],
      tlsServerName: 'instance.hubble-relay.cilium.io',
      tlsClientCertFile: clientCert,
      tlsClientKeyFile: clientKey,
    });
    t.after(() => relay.close());
    await relay.waitForReady();
    assert.equal((await relay.status()).connectedNodes, 3);
    const wrong = { listen: '127.0.0.1:0', speed: 'max', tls: { ...tls, keyFile: clientKey } } as const;
    await assert.rejects(startReplay(recordingOf(lines()), wrong), UsageError);
  });
});
