import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { parseConfig } from '../../src/cli/options/config-file.js';
import { CONFIG_KEYS } from '../../src/cli/options/config-keys.js';
import { JUDGING_OPTIONS, RESTART_OPTIONS, settingsFrom } from '../../src/cli/options/judging.js';
import { kubeOptions } from '../../src/cli/options/kube.js';
import { RELAY_OPTIONS, relayOptions } from '../../src/cli/options/relay.js';
import { resolve } from '../../src/cli/options/resolve.js';
import { UsageError } from '../../src/errors.js';
import { DEFAULT_SETTINGS } from '../../src/judge/settings.js';
import { packageRoot } from '../../src/package-root.js';
import { Folder, run } from './program.js';

const NOTHING = { flags: {}, env: {}, files: [] };

function config(text: string) {
  return { path: 'hubble-soak.yaml', entries: parseConfig(text, 'hubble-soak.yaml', CONFIG_KEYS) };
}

function from(text: string) {
  return resolve(JUDGING_OPTIONS, { ...NOTHING, files: [config(text)] }).values;
}

describe('options', () => {
  it('are the settings of the judge where nothing is given', () => {
    assert.deepEqual(settingsFrom(resolve(JUDGING_OPTIONS, NOTHING).values), DEFAULT_SETTINGS);
  });

  it('flags win over variables, variables over the config file, the file over defaults', () => {
    const file = config('server: from-file:1\ntimeout: 9s\ntls: true\n');
    const env = { HUBBLE_SERVER: 'from-env:1', HUBBLE_TIMEOUT: '7s' };
    const { values, origins } = resolve(RELAY_OPTIONS, { flags: { server: 'from-flag:1' }, env, files: [file] });
    assert.equal(values.server, 'from-flag:1');
    assert.equal(values.timeout, 7000);
    assert.equal(values.tls, true);
    assert.equal(values.tlsAllowInsecure, false);
    const origin = (flag: string) => origins.find((one) => one.flag === flag)?.from;
    assert.equal(origin('server'), 'flag');
    assert.equal(origin('timeout'), 'HUBBLE_TIMEOUT');
    assert.equal(origin('tls'), 'hubble-soak.yaml:3');
    assert.equal(origin('tls-server-name'), 'default');
  });

  it('every variable of the hubble CLI is read', () => {
    const env = {
      HUBBLE_SERVER: 'relay:443',
      HUBBLE_TLS: 'true',
      HUBBLE_TLS_ALLOW_INSECURE: '1',
      HUBBLE_TLS_CA_CERT_FILES: 'a.pem,b.pem',
      HUBBLE_TLS_CLIENT_CERT_FILE: 'c.pem',
      HUBBLE_TLS_CLIENT_KEY_FILE: 'k.pem',
      HUBBLE_TLS_SERVER_NAME: 'name',
      HUBBLE_BASIC_AUTH_USERNAME: 'me',
      HUBBLE_BASIC_AUTH_PASSWORD: 'secret',
      HUBBLE_TIMEOUT: '1m30s',
      HUBBLE_PORT_FORWARD: 'true',
      HUBBLE_PORT_FORWARD_PORT: '4245',
      HUBBLE_KUBECONFIG: 'kube.yaml',
      HUBBLE_KUBE_CONTEXT: 'prod',
      HUBBLE_KUBE_NAMESPACE: 'cilium',
    };
    const { values, origins } = resolve(RELAY_OPTIONS, { ...NOTHING, env });
    assert.deepEqual(relayOptions(values), {
      server: 'relay:443',
      tls: true,
      tlsAllowInsecure: true,
      tlsCaCertFiles: ['a.pem', 'b.pem'],
      tlsClientCertFile: 'c.pem',
      tlsClientKeyFile: 'k.pem',
      tlsServerName: 'name',
      basicAuthUsername: 'me',
      basicAuthPassword: 'secret',
      timeoutMs: 90_000,
    });
    assert.equal(values.portForward, true);
    assert.equal(values.portForwardPort, 4245);
    assert.deepEqual(kubeOptions(values), {
      kubeconfig: 'kube.yaml',
      context: 'prod',
      namespace: 'cilium',
      timeoutMs: 90_000,
    });
    assert.ok(!JSON.stringify(origins).includes('secret'));
  });

  it('lists repeat and split at commas, but not within the braces of a glob', () => {
    const { values } = resolve(JUDGING_OPTIONS, { ...NOTHING, flags: { 'expect-nodes': ['a-*,b', 'w-{1,2}'] } });
    assert.deepEqual(values.expectNodes, ['a-*', 'b', 'w-{1,2}']);
    assert.deepEqual(from('ignore-node: [a, "b-*"]').ignoreNode, ['a', 'b-*']);
  });

  it('of a flag that is given twice the last counts', () => {
    assert.equal(resolve(JUDGING_OPTIONS, { ...NOTHING, flags: { soak: ['1m', '2m'] } }).values.soak, 120_000);
  });

  it('a restart is a node, the last = and a time', () => {
    const { values } = resolve(RESTART_OPTIONS, {
      ...NOTHING,
      flags: { restart: 'prod/a=b=2026-03-01T12:00:00+02:00' },
    });
    assert.deepEqual(values.restart, [{ node: 'prod/a=b', time: Date.parse('2026-03-01T10:00:00Z') }]);
  });
});

describe('the config file', () => {
  it('gives values as they are written', () => {
    const values = from('# ours\nwindow: 20s\nalpha: 0.050\ntolerance: 2%\nallow-inconclusive: yes\n');
    assert.equal(values.window, 20_000);
    assert.equal(values.alpha, 0.05);
    assert.equal(values.tolerance, 0.02);
    assert.equal(values.allowInconclusive, true);
  });

  it('may be empty', () => {
    assert.deepEqual(from('# nothing yet\n'), resolve(JUDGING_OPTIONS, NOTHING).values);
  });

  const wrong: readonly (readonly [text: string, says: string])[] = [
    ['window: 10s\nsettel: 5s\n', "hubble-soak.yaml:2: there is no option 'settel'; did you mean 'settle'?"],
    ['\nwindow: banana\n', 'hubble-soak.yaml:2: window banana: want a duration'],
    ['window: {a: 1}\n', 'hubble-soak.yaml:1: window: want a plain value'],
    ['window: [10s, 20s]\n', 'hubble-soak.yaml:1: window 10s, 20s: want one value'],
    ['- window\n', 'hubble-soak.yaml:1: want options as "key: value"'],
    ['window: 10s\nwindow: 20s\n', 'hubble-soak.yaml:2: not YAML'],
    ['a: "\n', 'hubble-soak.yaml:'],
    ['basic-auth-password: x\n', "hubble-soak.yaml:1: there is no option 'basic-auth-password'"],
    ['restart: worker-1=2026-03-01T10:00:00Z\n', "hubble-soak.yaml:1: there is no option 'restart'"],
  ];
  for (const [text, says] of wrong)
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => from(text),
        (error) => error instanceof UsageError && error.message.startsWith(says),
      );
    });

  it('has a JSON Schema with the same keys', () => {
    const schema = JSON.parse(readFileSync(join(packageRoot(), 'schema/config-v1.schema.json'), 'utf8')) as {
      properties: Record<string, unknown>;
    };
    assert.deepEqual(Object.keys(schema.properties).sort(), ['$schema', ...CONFIG_KEYS].sort());
    const validate = new Ajv2020({ allErrors: true }).compile(schema);
    const good =
      'server: relay:443\nwindow: 10s\nalpha: 0.01\ntolerance: 1%\nexpect-nodes: [a, b]\nreport: json=x.json\n';
    assert.ok(validate(parse(good)), JSON.stringify(validate.errors));
    assert.ok(!validate({ windw: '10s' }));
    assert.ok(!validate({ window: 'banana' }));
  });
});

describe('--print-config', { concurrency: true }, () => {
  it('shows the values of all sources and where each comes from', async (t) => {
    const folder = new Folder(t);
    folder.file('hubble-soak.yaml', 'settle: 30s\nserver: relay:4245\n');
    const env = { HUBBLE_TLS: 'true', HUBBLE_BASIC_AUTH_PASSWORD: 'secret' };
    const { code, out } = await run(['watch', '--print-config', '--soak', '1h'], { cwd: folder.path, env });
    assert.equal(code, 0);
    assert.match(out, /^soak +1h +flag$/m);
    assert.match(out, /^settle +30s +hubble-soak\.yaml:1$/m);
    assert.match(out, /^tls +true +HUBBLE_TLS$/m);
    assert.match(out, /^basic-auth-password +\(set\) +HUBBLE_BASIC_AUTH_PASSWORD$/m);
    assert.match(out, /^window +10s +default$/m);
  });

  it('as JSON, of another file', async (t) => {
    const path = new Folder(t).file('other.yaml', 'alpha: 0.05\n');
    const { out } = await run(['gate', '--print-config', '--json', '--config', path]);
    const { alpha } = JSON.parse(out) as Record<string, unknown>;
    assert.deepEqual(alpha, { value: '5%', from: `${path}:1` });
  });

  it('a config file that is not there is refused', async () => {
    const { code, err } = await run(['gate', '--config', 'nowhere.yaml', 'x.jsonl']);
    assert.equal(code, 2);
    assert.match(err, /nowhere\.yaml: the config file cannot be read/);
  });
});
