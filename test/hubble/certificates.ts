/** Certificates for the tests of this folder, made anew at every run. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import forge from 'node-forge';

interface Identity {
  readonly certificate: forge.pki.Certificate;
  readonly key: forge.pki.rsa.PrivateKey;
  readonly publicKey: forge.pki.rsa.PublicKey;
}

let serial = 1;

type AltName = { readonly type: 2; readonly value: string } | { readonly type: 7; readonly ip: string };

function identity(name: string, issuer: Identity | undefined, altName?: AltName): Identity {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const key = forge.pki.privateKeyFromPem(pair.privateKey);
  const publicKey = forge.pki.publicKeyFromPem(pair.publicKey);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = publicKey;
  certificate.serialNumber = String(serial++).padStart(2, '0');
  certificate.validity.notBefore = new Date(Date.now() - 86_400_000);
  certificate.validity.notAfter = new Date(Date.now() + 86_400_000);
  const subject = [{ name: 'commonName', value: name }];
  certificate.setSubject(subject);
  certificate.setIssuer(issuer === undefined ? subject : issuer.certificate.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: issuer === undefined },
    ...(altName === undefined ? [] : [{ name: 'subjectAltName', altNames: [altName] }]),
  ]);
  certificate.sign((issuer ?? { key }).key, forge.md.sha256.create());
  return { certificate, key, publicKey };
}

export interface Certificates {
  readonly dir: string;
  readonly ca: string;
  readonly otherCa: string;
  /** For `*.hubble-relay.cilium.io`. */
  readonly serverCert: string;
  readonly serverKey: string;
  readonly clientCert: string;
  readonly clientKey: string;
  /** In PEM form, of the same CA, for a server of this machine that is reached by address. */
  loopbackServer(): { readonly cert: string; readonly key: string };
  /** Writes a file beside them and gives its path. */
  readonly file: (name: string, content: string) => string;
  remove(): void;
}

export function makeCertificates(): Certificates {
  const dir = mkdtempSync(join(tmpdir(), 'hubble-soak-certificates-'));
  const file = (name: string, content: string): string => {
    writeFileSync(join(dir, name), content);
    return join(dir, name);
  };
  const ca = identity('test CA', undefined);
  const otherCa = identity('another CA', undefined);
  const server = identity('relay', ca, { type: 2, value: '*.hubble-relay.cilium.io' });
  const client = identity('client', ca, { type: 2, value: 'client.hubble-ui.cilium.io' });
  let loopback: Identity | undefined;
  const { certificateToPem, privateKeyToPem } = forge.pki;
  return {
    dir,
    ca: file('ca.pem', certificateToPem(ca.certificate)),
    otherCa: file('other-ca.pem', certificateToPem(otherCa.certificate)),
    serverCert: file('server.pem', certificateToPem(server.certificate)),
    serverKey: file('server.key', privateKeyToPem(server.key)),
    clientCert: file('client.pem', certificateToPem(client.certificate)),
    clientKey: file('client.key', privateKeyToPem(client.key)),
    loopbackServer: () => {
      loopback ??= identity('127.0.0.1', ca, { type: 7, ip: '127.0.0.1' });
      return { cert: certificateToPem(loopback.certificate), key: privateKeyToPem(loopback.key) };
    },
    file,
    remove: () => rmSync(dir, { recursive: true }),
  };
}
