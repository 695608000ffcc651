/** Failed calls to a relay, and what a person should do about them. */
import { status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import type { Connection } from './connection.js';
import { RELAY_SERVER_NAME } from './connection.js';

const LONGEST_DETAILS = 300;

/** How Node.js and OpenSSL say that a certificate is for another host, and that nobody vouches for it. */
const WRONG_NAME = /altnames|does not match certificate/i;
const UNTRUSTED = /self[- ]signed|unable to (get|verify)|UNABLE_TO|issuer|certificate has expired|CERT_/i;

/** A gRPC call that failed. `details` comes from the network: it is cut, and has no control characters. */
export class RelayError extends Error {
  readonly code: status;
  readonly details: string;

  constructor(code: status, details: string) {
    super(`${status[code] ?? String(code)}: ${details}`);
    this.name = 'RelayError';
    this.code = code;
    this.details = details;
  }

  static from(error: ServiceError): RelayError {
    return new RelayError(error.code ?? status.UNKNOWN, printable(bare(error.details ?? error.message)));
  }

  /** Trying again will not help: the certificate is refused, or one side does not speak TLS. */
  get isPermanent(): boolean {
    return WRONG_NAME.test(this.details) || UNTRUSTED.test(this.details) || /wrong version number/.test(this.details);
  }

  /** An agent does not know a path of the field mask; agents say so with code UNKNOWN. */
  get isFieldMaskRefused(): boolean {
    return /invalid field ?mask/i.test(this.details);
  }
}

/** What happened, without the frame that the gRPC library and OpenSSL put around it. */
function bare(details: string): string {
  return details
    .replace(/^No connection established\. Last error: (?:Error: )?/, '')
    .replace(/\.?\s*Resolution note:\s*$/, '')
    .replace(/[0-9A-F]+:error:[0-9A-F]+:SSL routines:[^:]*:([^:]*):.*/s, '$1');
}

function printable(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
  return line.length > LONGEST_DETAILS ? `${line.slice(0, LONGEST_DETAILS)}...` : line;
}

/** Why a first connection failed and the likely fix, in one sentence. */
export function explain(error: RelayError, connection: Connection, timeoutMs: number): string {
  const where = `relay ${connection.name}`;
  const { details } = error;
  switch (error.code) {
    case status.UNIMPLEMENTED:
      return `${where} answers but is no hubble-relay (it does not know GetNodes, as a single agent does not); point --server at the Service hubble-relay`;
    case status.UNAUTHENTICATED:
    case status.PERMISSION_DENIED:
      return `${where} refuses these credentials; check --basic-auth-username and --basic-auth-password`;
    case status.UNAVAILABLE:
      return `${where} is not available: ${unavailable(details, connection)}`;
    case status.DEADLINE_EXCEEDED:
      return `${where} does not answer within ${timeoutMs / 1000} s; check the address, or raise --timeout`;
    default:
      return `${where} fails with ${error.message}; check that --server is a hubble-relay`;
  }
}

function unavailable(details: string, connection: Connection): string {
  if (/ECONNREFUSED/.test(details)) {
    return 'connection refused; check that something listens there (kubectl port-forward, for instance) and the port';
  }
  if (/ENOTFOUND|EAI_AGAIN|Name resolution failed/i.test(details))
    return 'the name is not known; check the host of --server';
  if (WRONG_NAME.test(details)) {
    return `its certificate is for another name; give --tls-server-name ${RELAY_SERVER_NAME}`;
  }
  if (UNTRUSTED.test(details)) {
    return `its certificate is not trusted (${details}); give the CA with --tls-ca-cert-files`;
  }
  if (/certificate required|alert|handshake failure|bad certificate|unknown ca/i.test(details)) {
    return `the TLS handshake failed (${details}); the relay may ask for --tls-client-cert-file and --tls-client-key-file`;
  }
  if (
    connection.tls &&
    /wrong version|packet length|SSL|EPROTO|secure TLS|disconnected|ECONNRESET|EOF/i.test(details)
  ) {
    return `no TLS there (${details}); leave out --tls, or use the TLS port`;
  }
  if (
    !connection.tls &&
    /ECONNRESET|EPIPE|socket hang up|closed|EOF|disconnect|Protocol error|Failed to connect/i.test(details)
  ) {
    return `it closes the connection (${details}); if it serves TLS, give --tls`;
  }
  return `${details}; check --server`;
}
