/** Where a replay listens, and what it shows to its clients. */
import { ServerCredentials } from '@grpc/grpc-js';
import { UsageError } from '../errors.js';
import { readCaFiles, readKeyPair } from './pem.js';

export interface ReplayTls {
  readonly certFile: string;
  readonly keyFile: string;
  /** Clients must show a certificate of one of these. */
  readonly clientCaFiles?: readonly string[] | undefined;
}

export function parseListen(listen: string): { readonly host: string; readonly port: number } {
  const [, host = '', port = ''] = /^(\[[0-9a-fA-F:.]+\]|[^:\s[\]]*):(\d{1,5})$/.exec(listen) ?? [];
  if (port === '' || Number(port) > 65_535) {
    throw new UsageError(
      `--listen '${listen}' is no HOST:PORT; give for instance 127.0.0.1:4245, or port 0 for a free one`,
    );
  }
  return { host: host === '' ? '0.0.0.0' : host, port: Number(port) };
}

export function serverCredentials(tls: ReplayTls | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const { certificate, key } = readKeyPair(
    { flag: '--tls-cert-file', file: tls.certFile },
    { flag: '--tls-key-file', file: tls.keyFile },
  );
  const roots = readCaFiles('--tls-client-ca-files', tls.clientCaFiles ?? []);
  return ServerCredentials.createSsl(roots, [{ cert_chain: certificate, private_key: key }], roots !== null);
}

export function bindReason(error: Error): string {
  if (/EADDRINUSE/.test(error.message)) return 'the port is in use; choose another, or port 0 for a free one';
  if (/EACCES/.test(error.message)) return 'permission denied; choose a port above 1023';
  if (/EADDRNOTAVAIL|ENOTFOUND|No address/.test(error.message)) {
    return `the address or port cannot be had (in use, or not one of this machine); choose another`;
  }
  return error.message;
}
