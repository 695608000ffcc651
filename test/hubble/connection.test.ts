import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { UsageError } from '../../src/errors.js';
import { connectionFor } from '../../src/hubble/connection.js';
import type { RelayOptions } from '../../src/hubble/connection.js';
import type { Certificates } from './certificates.js';
import { makeCertificates } from './certificates.js';

describe('connection options', () => {
  let certificates: Certificates;
  before(() => (certificates = makeCertificates()));
  after(() => certificates.remove());

  const connect = (options: Partial<RelayOptions>): ReturnType<typeof connectionFor> =>
    connectionFor({ server: 'relay:4245', timeoutMs: 5000, ...options });

  /** The options are refused, with a message that holds all of these. */
  function refused(options: Partial<RelayOptions>, ...parts: readonly string[]): void {
    assert.throws(
      () => connect(options),
      (error) => {
        assert.ok(error instanceof UsageError);
        for (const part of parts) assert.ok(error.message.includes(part), `'${error.message}' does not name ${part}`);
        return true;
      },
    );
  }

  it('default to the address of the hubble CLI, in clear', () => {
    const { address, tls } = connect({ server: '' });
    assert.deepEqual({ address, tls }, { address: 'localhost:4245', tls: false });
  });

  it('take tls:// for TLS', () => {
    const { address, tls } = connect({ server: 'tls://relay:443' });
    assert.deepEqual({ address, tls }, { address: 'relay:443', tls: true });
  });

  it('never limit messages, never ping, and reconnect soon', () => {
    const { channelOptions } = connect({});
    assert.equal(channelOptions['grpc.max_receive_message_length'], -1);
    assert.equal(channelOptions['grpc.keepalive_time_ms'], undefined);
    assert.ok((channelOptions['grpc.max_reconnect_backoff_ms'] ?? Infinity) <= 10_000);
  });

  it('go through no proxy to this machine', () => {
    for (const server of ['localhost:4245', '127.0.0.1:4245', '[::1]:4245']) {
      assert.equal(connect({ server }).channelOptions['grpc.enable_http_proxy'], 0, server);
    }
    assert.equal(connect({ server: 'relay:4245' }).channelOptions['grpc.enable_http_proxy'], undefined);
  });

  it('set the expected server name', () => {
    const { channelOptions } = connect({ tls: true, tlsServerName: 'instance.hubble-relay.cilium.io' });
    assert.equal(channelOptions['grpc.ssl_target_name_override'], 'instance.hubble-relay.cilium.io');
    assert.equal(channelOptions['grpc.default_authority'], 'instance.hubble-relay.cilium.io');
  });

  it('make the header of basic auth', () => {
    const connection = connect({ tls: true, basicAuthUsername: 'me', basicAuthPassword: 'secret' });
    assert.deepEqual(connection.metadata().get('authorization'), [
      `Basic ${Buffer.from('me:secret').toString('base64')}`,
    ]);
    assert.deepEqual(connect({}).metadata().get('authorization'), []);
  });

  it('take certificates and keys that fit', () => {
    const { ca, otherCa, clientCert, clientKey } = certificates;
    connect({ tls: true, tlsCaCertFiles: [ca, otherCa], tlsClientCertFile: clientCert, tlsClientKeyFile: clientKey });
    connect({ tls: true, tlsAllowInsecure: true });
  });

  it('are refused where files are missing or are not what they should be', () => {
    const { ca, clientCert, clientKey, serverKey, dir, file } = certificates;
    const noPem = file('no.pem', 'no PEM');
    const badPem = file('bad.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    const encrypted = file('encrypted.key', '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n');
    const tls = true;
    refused({ tls, tlsCaCertFiles: ['nowhere.pem'] }, '--tls-ca-cert-files', 'nowhere.pem');
    refused({ tls, tlsCaCertFiles: [ca, dir] }, '--tls-ca-cert-files', dir, 'directory');
    refused({ tls, tlsCaCertFiles: [noPem] }, '--tls-ca-cert-files', noPem, 'PEM');
    refused({ tls, tlsCaCertFiles: [badPem] }, badPem, 'PEM');
    refused({ tls, tlsClientCertFile: clientCert }, '--tls-client-key-file');
    refused({ tls, tlsClientKeyFile: clientKey }, '--tls-client-cert-file');
    refused({ tls, tlsClientCertFile: noPem, tlsClientKeyFile: clientKey }, '--tls-client-cert-file', noPem);
    refused({ tls, tlsClientCertFile: clientCert, tlsClientKeyFile: noPem }, '--tls-client-key-file', noPem);
    refused({ tls, tlsClientCertFile: clientCert, tlsClientKeyFile: encrypted }, encrypted, 'passphrase');
    refused(
      { tls, tlsClientCertFile: clientCert, tlsClientKeyFile: serverKey },
      clientCert,
      serverKey,
      'does not belong',
    );
    refused({ tlsClientCertFile: clientCert, tlsClientKeyFile: clientKey }, '--tls');
  });

  it('are refused where basic auth is half given, or would go in clear', () => {
    refused({ tls: true, basicAuthUsername: 'me' }, '--basic-auth-password');
    refused({ tls: true, basicAuthPassword: 'hunter2' }, '--basic-auth-username');
    refused({ basicAuthUsername: 'me', basicAuthPassword: 'hunter2' }, '--tls');
  });

  it('never show a secret', () => {
    const attempts: readonly Partial<RelayOptions>[] = [
      { tls: true, basicAuthPassword: 'hunter2' },
      { basicAuthUsername: 'me', basicAuthPassword: 'hunter2' },
      { server: 'https://me:hunter2@relay' },
      { server: 'tls://me:hunter2@relay:443' },
      {
        tls: true,
        tlsClientCertFile: certificates.clientCert,
        tlsClientKeyFile: certificates.file(
          'odd.key',
          '-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----',
        ),
      },
    ];
    for (const options of attempts) {
      assert.throws(
        () => connect(options),
        (error) => error instanceof UsageError && !`${error.message}${String(error.cause)}`.includes('hunter2'),
      );
    }
  });

  it('are refused where the server is no address', () => {
    refused({ server: 'http://relay:80' }, '--server', 'host:port');
    refused({ server: 'relay:http' }, 'relay:http', 'port');
    refused({ server: 'relay:0' }, 'relay:0', 'port');
    refused({ server: 'relay:70000' }, 'relay:70000', 'port');
    refused({ server: 'tls://' }, 'tls://', 'host:port');
    refused({ server: 'relay 4245' }, 'host:port');
    for (const server of ['relay', '[::1]:4245', '127.0.0.1:4245', 'unix:///run/hubble.sock']) connect({ server });
  });
});
