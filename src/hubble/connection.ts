/**
 * How to reach hubble-relay: the hubble CLI's connection flags to what @grpc/grpc-js wants. Every mistake in them is a UsageError that
 * names flag or file and the fix; no password, key or certificate ever gets into a message.
 */
import { statSync } from 'node:fs';
import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { credentials, Metadata } from '@grpc/grpc-js';
import type { ChannelCredentials, ChannelOptions, VerifyOptions } from '@grpc/grpc-js';
import { UsageError } from '../errors.js';
import { packageVersion } from '../package-root.js';
import type { KeyPair } from './pem.js';
import { readCaFiles, readKeyPair } from './pem.js';

/** The hubble CLI's flags of the same names; '' and undefined both mean not given. */
export interface RelayOptions {
  /** `host:port`, or `tls://host:port`, which turns TLS on. */
  readonly server: string;
  /** How messages name the relay; the address where this is not given. */
  readonly shownAs?: string | undefined;
  readonly tls?: boolean | undefined;
  /** No verification of the relay's certificate. */
  readonly tlsAllowInsecure?: boolean | undefined;
  /** PEM files; none = the roots that come with Node.js (and NODE_EXTRA_CA_CERTS). */
  readonly tlsCaCertFiles?: readonly string[] | undefined;
  readonly tlsClientCertFile?: string | undefined;
  readonly tlsClientKeyFile?: string | undefined;
  /** The name in the relay's certificate, for instance `instance.hubble-relay.cilium.io`. */
  readonly tlsServerName?: string | undefined;
  readonly basicAuthUsername?: string | undefined;
  readonly basicAuthPassword?: string | undefined;
  /** For the first connection, and for single calls. */
  readonly timeoutMs: number;
}

export interface Connection {
  /** `host:port` without scheme. */
  readonly address: string;
  /** As messages name it. */
  readonly name: string;
  readonly tls: boolean;
  readonly credentials: ChannelCredentials;
  readonly channelOptions: ChannelOptions;
  /** A fresh copy per call. */
  metadata(): Metadata;
}

export const DEFAULT_SERVER = 'localhost:4245';

/** A server name that Cilium's own certificates for the relay (`*.hubble-relay.cilium.io`) accept. */
export const RELAY_SERVER_NAME = 'instance.hubble-relay.cilium.io';

const TLS_PREFIX = 'tls://';

/**
 * Relays kill a quiet stream of a client that pings more often than every 5 minutes, so keepalive stays off; the GetNodes polls show a
 * dead connection. Reconnecting waits 5 s at most: the default of 2 minutes would blind a soak for as long.
 */
const CHANNEL_OPTIONS: ChannelOptions = {
  'grpc.max_receive_message_length': -1,
  'grpc.initial_reconnect_backoff_ms': 500,
  'grpc.max_reconnect_backoff_ms': 5_000,
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
  // HTTP/2's default of 64 KiB would limit a link of 20 ms to 6,000 flows/s.
  'grpc-node.flow_control_window': 4 * 1024 * 1024,
};

/** Checks the options, reads the files they name, and gives what a gRPC client needs. Throws UsageError. */
export function connectionFor(options: RelayOptions): Connection {
  const server = options.server || DEFAULT_SERVER;
  const prefixed = server.startsWith(TLS_PREFIX);
  const address = prefixed ? server.slice(TLS_PREFIX.length) : server;
  checkAddress(server, address);
  const tls = prefixed || options.tls === true;
  const authorization = basicAuth(options, tls);
  return {
    address,
    name: options.shownAs ?? address,
    tls,
    credentials: tls ? tlsCredentials(options, address) : plaintext(options),
    channelOptions: {
      ...CHANNEL_OPTIONS,
      'grpc.primary_user_agent': `hubble-soak/${packageVersion()}`,
      ...nameOptions(options, address, tls),
      // As with the hubble CLI, no proxy stands between us and this machine, whatever HTTPS_PROXY says.
      ...(isLoopback(hostOf(address)) ? { 'grpc.enable_http_proxy': 0 } : {}),
    },
    metadata: () => {
      const metadata = new Metadata();
      if (authorization !== undefined) metadata.set('authorization', authorization);
      return metadata;
    },
  };
}

/** Changes whenever one of the named files does: their times and sizes, as text. */
export function stateOfFiles({ tlsCaCertFiles, tlsClientCertFile, tlsClientKeyFile }: RelayOptions): string {
  return [...(tlsCaCertFiles ?? []), tlsClientCertFile ?? '', tlsClientKeyFile ?? '']
    .map((file) => {
      const found = file === '' ? undefined : statSync(file, { throwIfNoEntry: false });
      return found === undefined ? '' : `${found.mtimeMs} ${found.size} ${found.ino}`;
    })
    .join('\n');
}

function checkAddress(server: string, address: string): void {
  if (/^https?:\/\//.test(server)) {
    throw new UsageError('--server is a URL; give host:port, or tls://host:port for TLS');
  }
  // Who writes user:password@host gets no echo of it.
  if (address.includes('@')) throw new UsageError('--server holds an @; give host:port, and --basic-auth-* for a user');
  if (address === '' || /[\s\0]/.test(address)) {
    throw new UsageError(`--server '${server}' is no address; give host:port`);
  }
  const port = /^(?:[^:[\]]*|\[[^\]]*\]):(.*)$/.exec(address)?.[1];
  if (
    port !== undefined &&
    !address.startsWith('unix:') &&
    !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)
  ) {
    throw new UsageError(`--server ${server} has no usable port; give host:port, for instance ${DEFAULT_SERVER}`);
  }
}

function basicAuth(options: RelayOptions, tls: boolean): string | undefined {
  const { basicAuthUsername: user, basicAuthPassword: password } = options;
  if (!user && !password) return undefined;
  if (!user || !password) {
    throw new UsageError(
      `--basic-auth-${user ? 'username' : 'password'} is given without --basic-auth-${user ? 'password' : 'username'}; give both or neither`,
    );
  }
  if (!tls)
    throw new UsageError('--basic-auth-username and --basic-auth-password need --tls, or they would be sent in clear');
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function plaintext(options: RelayOptions): ChannelCredentials {
  checkPair(options);
  if (options.tlsClientCertFile) {
    throw new UsageError('--tls-client-cert-file and --tls-client-key-file need --tls');
  }
  return credentials.createInsecure();
}

function tlsCredentials(options: RelayOptions, address: string): ChannelCredentials {
  checkPair(options);
  const roots = readCaFiles('--tls-ca-cert-files', options.tlsCaCertFiles ?? []);
  const client = readClientPair(options);
  return credentials.createSsl(roots, client?.key ?? null, client?.certificate ?? null, verification(options, address));
}

function verification(options: RelayOptions, address: string): VerifyOptions {
  if (options.tlsAllowInsecure === true) return { rejectUnauthorized: false, checkServerIdentity: () => undefined };
  const ip = bareIp(options, address);
  return ip === undefined ? {} : { checkServerIdentity: (_name, certificate) => checkServerIdentity(ip, certificate) };
}

/** The address of a relay that is reached by address, and is to be verified by it. */
function bareIp(options: RelayOptions, address: string): string | undefined {
  if (options.tlsServerName) return undefined;
  const host = hostOf(address);
  return isIP(host) === 0 ? undefined : host;
}

function hostOf(address: string): string {
  return /^\[([^\]]*)\]/.exec(address)?.[1] ?? address.split(':')[0] ?? '';
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** An address may not be sent as the server's name (RFC 6066, section 3), so the usual one goes there; it is not what is verified. */
function nameOptions(options: RelayOptions, address: string, tls: boolean): ChannelOptions {
  if (!tls) return {};
  const name = options.tlsServerName;
  if (name) return { 'grpc.ssl_target_name_override': name, 'grpc.default_authority': name };
  return bareIp(options, address) === undefined ? {} : { 'grpc.ssl_target_name_override': RELAY_SERVER_NAME };
}

function checkPair({ tlsClientCertFile: certificate, tlsClientKeyFile: key }: RelayOptions): void {
  if (certificate && !key) {
    throw new UsageError('--tls-client-cert-file is given without --tls-client-key-file; give both or neither');
  }
  if (key && !certificate) {
    throw new UsageError('--tls-client-key-file is given without --tls-client-cert-file; give both or neither');
  }
}

function readClientPair(options: RelayOptions): KeyPair | undefined {
  const { tlsClientCertFile: certFile, tlsClientKeyFile: keyFile } = options;
  if (!certFile || !keyFile) return undefined;
  return readKeyPair(
    { flag: '--tls-client-cert-file', file: certFile },
    { flag: '--tls-client-key-file', file: keyFile },
  );
}
