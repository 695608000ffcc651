/** The hubble CLI's connection flags and variables, under its names: a person can paste them. */
import type { RelayOptions } from '../../hubble/connection.js';
import { KUBE_OPTIONS } from './kube.js';
import { duration, named, TEXT } from './kinds.js';
import { optional, repeated, toggle, valued, type Values } from './option.js';

export const RELAY_OPTIONS = {
  server: valued(named('HOST:PORT', TEXT), 'localhost:4245', 'hubble-relay; tls://HOST:PORT turns TLS on', {
    env: 'HUBBLE_SERVER',
  }),
  tls: toggle('Speak TLS', { env: 'HUBBLE_TLS' }),
  tlsAllowInsecure: toggle("Do not verify the relay's certificate", { env: 'HUBBLE_TLS_ALLOW_INSECURE' }),
  tlsCaCertFiles: repeated(named('FILE', TEXT), 'CA certificates in PEM form that the relay is verified with', {
    env: 'HUBBLE_TLS_CA_CERT_FILES',
  }),
  tlsClientCertFile: optional(named('FILE', TEXT), 'Client certificate in PEM form, for mutual TLS', {
    env: 'HUBBLE_TLS_CLIENT_CERT_FILE',
  }),
  tlsClientKeyFile: optional(named('FILE', TEXT), 'Key of the client certificate in PEM form', {
    env: 'HUBBLE_TLS_CLIENT_KEY_FILE',
  }),
  tlsServerName: optional(
    named('NAME', TEXT),
    "Name in the relay's certificate, where it is not the host of --server",
    {
      env: 'HUBBLE_TLS_SERVER_NAME',
    },
  ),
  basicAuthUsername: optional(named('NAME', TEXT), 'User name for basic authentication; needs TLS', {
    env: 'HUBBLE_BASIC_AUTH_USERNAME',
  }),
  basicAuthPassword: optional(TEXT, 'Password for basic authentication; better in the variable', {
    env: 'HUBBLE_BASIC_AUTH_PASSWORD',
    inConfig: false,
    secret: true,
  }),
  timeout: valued(duration({ leastMs: 100 }), 5000, 'For the first connection and for single calls', {
    env: 'HUBBLE_TIMEOUT',
  }),
  ...KUBE_OPTIONS,
};

export type RelayValues = Values<typeof RELAY_OPTIONS>;

export function relayOptions(values: RelayValues): RelayOptions {
  return {
    server: values.server,
    tls: values.tls,
    tlsAllowInsecure: values.tlsAllowInsecure,
    tlsCaCertFiles: values.tlsCaCertFiles,
    tlsClientCertFile: values.tlsClientCertFile,
    tlsClientKeyFile: values.tlsClientKeyFile,
    tlsServerName: values.tlsServerName,
    basicAuthUsername: values.basicAuthUsername,
    basicAuthPassword: values.basicAuthPassword,
    timeoutMs: values.timeout,
  };
}
