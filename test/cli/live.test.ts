import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import type { VerdictDocument } from '../../src/judge/document.js';
import { makeCertificates } from '../hubble/certificates.js';
import { Folder, replay, run, start, type Ended } from './program.js';
import { FAILING, soak } from './soaks.js';

/** A restart within a minute, and time for its soak. */
const SHORT_SOAK = { seconds: 100, restartAt: 30 };
const SHORT = ['--settle', '10s', '--soak', '20s', '--window', '5s'];

function documentOf({ out }: Ended): VerdictDocument {
  return JSON.parse(out) as VerdictDocument;
}

/** What `gate` and `watch` must agree on. */
function judgement({ verdict, nodes, findings }: VerdictDocument): object {
  return {
    verdict,
    restarted: nodes.map(({ name, restarts }) => [name, restarts.length]),
    findings: findings.map(({ class: what, nodes, reasonName }) => [what, nodes, reasonName]),
  };
}

/** A port of the loopback that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}

// Most of the time they wait: all at once.
describe('live', { concurrency: true }, () => {
  describe('replay and watch', { concurrency: true }, () => {
    it('over TLS and mutual TLS judge as gate does', async (t) => {
      const certificates = makeCertificates();
      t.after(() => certificates.remove());
      const file = new Folder(t).file('soak.jsonl', soak({ ...FAILING, seconds: 260, restartAt: 80 }));
      const server = [
        '--speed',
        '10x',
        '--tls-cert-file',
        certificates.serverCert,
        '--tls-key-file',
        certificates.serverKey,
      ];
      const client = ['--tls-ca-cert-files', certificates.ca, '--tls-server-name', 'instance.hubble-relay.cilium.io'];
      const mutual = [
        '--tls-client-cert-file',
        certificates.clientCert,
        '--tls-client-key-file',
        certificates.clientKey,
      ];
      const settings = ['--json', '--settle', '30s'];
      const watch = async (serverArgs: readonly string[], clientArgs: readonly string[]): Promise<Ended> => {
        const { address } = await replay(t, file, ...server, ...serverArgs);
        return start(t, [
          'watch',
          '--server',
          `tls://${address}`,
          ...client,
          ...clientArgs,
          ...settings,
          '--duration',
          '28s',
        ]).done;
      };
      const [judged, plain, both] = await Promise.all([
        run(['gate', ...settings, file]),
        watch([], []),
        watch(['--tls-client-ca-files', certificates.ca], mutual),
      ]);
      assert.equal(judged.code, 1);
      for (const watched of [plain, both]) {
        assert.equal(watched.code, 1, watched.err);
        assert.deepEqual(judgement(documentOf(watched)), judgement(documentOf(judged)));
      }
    });

    it('a client that is refused is told why', async (t) => {
      const certificates = makeCertificates();
      t.after(() => certificates.remove());
      const file = new Folder(t).file('soak.jsonl', soak({ seconds: 10 }));
      const { address } = await replay(
        t,
        file,
        '--tls-cert-file',
        certificates.serverCert,
        '--tls-key-file',
        certificates.serverKey,
      );
      const [wrongCa, noTls] = await Promise.all([
        run(['watch', '--server', `tls://${address}`, '--tls-ca-cert-files', certificates.otherCa, '--timeout', '2s']),
        run(['watch', '--server', address, '--timeout', '2s']),
      ]);
      assert.equal(wrongCa.code, 4);
      assert.match(wrongCa.err, /--tls-ca-cert-files/);
      assert.equal(noTls.code, 4);
      assert.match(noTls.err, /give --tls/);
    });

    it('Ctrl-C gives the verdict so far, SIGTERM too', async (t) => {
      const { address, program } = await replay(t, new Folder(t).file('soak.jsonl', soak({ seconds: 60 })));
      const [first, second] = ['--json', '--log-format=json'].map((flag) =>
        start(t, ['watch', '--server', address, flag]),
      );
      assert.ok(first && second);
      await Promise.all([first.said(/followed/), second.said(/followed/)]);
      first.signal('SIGINT');
      second.signal('SIGTERM');
      const [json, text] = await Promise.all([first.done, second.done]);
      assert.equal(json.code, 3);
      assert.equal(documentOf(json).verdict, 'inconclusive');
      assert.equal(documentOf(json).soak.inputs[0]?.path, address);
      assert.match(json.err, /info {2}ending: judging what was seen; Ctrl-C again ends at once\n/);
      assert.equal(text.code, 3);
      assert.match(text.out, /^INCONCLUSIVE /);
      for (const line of text.err.trimEnd().split('\n'))
        assert.equal((JSON.parse(line) as { level: string }).level, 'info');
      program.signal('SIGINT');
      assert.equal((await program.done).code, 0);
    });

    it('ends when every expected node has been soaked, and tells what happens meanwhile', async (t) => {
      const { address } = await replay(t, new Folder(t).file('soak.jsonl', soak(SHORT_SOAK)), '--speed', '20x');
      const watch = start(t, [
        'watch',
        '--server',
        address,
        '--expect-nodes',
        'worker-1',
        ...SHORT,
        '--duration',
        '50s',
      ]);
      const { code, err } = await watch.done;
      assert.equal(code, 3);
      assert.match(err, /info {2}worker-1 restarted at 10:00:[34]\dZ/);
      assert.match(err, /info {2}worker-1 has settled; its soak begins/);
      assert.match(err, /every expected node has restarted and been soaked/);
    });

    it('ends at the first FAIL with --fail-fast', async (t) => {
      const { address } = await replay(t, new Folder(t).file('soak.jsonl', soak(FAILING)), '--speed', '50x');
      const { code, err, out } = await start(t, [
        'watch',
        '--server',
        address,
        '--fail-fast',
        '--duration',
        '50s',
        '--json',
      ]).done;
      assert.equal(code, 1);
      assert.match(err, /ended at the first FAIL/);
      assert.match(err, /error hard-rule: /);
      assert.equal(out.match(/hubble-soak\/verdict\/v1/g)?.length, 1);
    });

    it('a relay that goes away for good ends it with 4 and the document so far', async (t) => {
      const { address, program } = await replay(
        t,
        new Folder(t).file('soak.jsonl', soak(SHORT_SOAK)),
        '--speed',
        '20x',
      );
      const watch = start(t, ['watch', '--server', address, '--json', '--timeout', '1500ms']);
      await watch.said(/worker-1 restarted/);
      program.signal('SIGKILL');
      const ended = await watch.done;
      assert.equal(ended.code, 4);
      assert.match(ended.err, /hubble-soak: relay \S+ is lost/);
      assert.equal(documentOf(ended).verdict, 'inconclusive');
    });

    it('a relay that is not there ends it with 4', async (t) => {
      const earlier = new Folder(t).file('earlier.jsonl', 'kept');
      const server = `127.0.0.1:${await closedPort()}`;
      const [watched, recorded] = await Promise.all([
        run(['watch', '--timeout', '5s'], { env: { HUBBLE_SERVER: server } }),
        run(['record', '--timeout', '5s', '--server', server, '-o', earlier]),
      ]);
      for (const { code, out, err } of [watched, recorded]) {
        assert.equal(code, 4);
        assert.equal(out, '');
        assert.match(err, new RegExp(`^hubble-soak: relay ${server} is not available: connection refused`));
      }
      assert.equal(readFileSync(earlier, 'utf8'), 'kept');
    });

    it('demo shows a roll, and exits 0 although the roll fails', async () => {
      const { code, out, err } = await run(['demo']);
      assert.equal(code, 0, err);
      assert.match(out, /^FAIL {2}bpf\.masquerade: NO_MAPPING_FOR_NAT_MASQUERADE on worker-2/);
      assert.match(err, /worker-1: pass, go on/);
      assert.match(err, /worker-2: fail, stop the roll/);
      assert.ok(!(out + err).includes('\u001b'));
    });

    it('a second Ctrl-C ends at once', async (t) => {
      // It answers nobody, so that the first connection is still being waited for.
      const silent = createServer();
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      t.after(() => silent.close());
      const address = silent.address();
      assert.ok(typeof address === 'object' && address !== null);
      const watch = start(t, [
        'watch',
        '--server',
        `127.0.0.1:${address.port}`,
        '--timeout',
        '40s',
        '--log-level',
        'debug',
      ]);
      await new Promise((resolve) => silent.once('connection', resolve));
      watch.signal('SIGINT');
      watch.signal('SIGINT');
      const { code } = await watch.done;
      assert.ok([130, 3].includes(code), String(code));
    });
  });

  describe('record', { concurrency: true }, () => {
    it('writes what gate reads', async (t) => {
      const folder = new Folder(t);
      const { address } = await replay(t, folder.file('soak.jsonl', soak({ seconds: 60 })), '--speed', 'max');
      const copy = folder.at('copy.jsonl.gz');
      const recorder = start(t, ['record', '--server', address, '-o', copy, '--duration', '5s']);
      const { code, err } = await recorder.done;
      assert.equal(code, 0);
      assert.match(err, /1080 flows and [1-9]\d* node samples were written to .*copy\.jsonl\.gz/);
      const document = documentOf(await run(['gate', '--json', copy]));
      assert.equal(document.soak.inputs[0]?.flows, 1080);
    });

    it('keeps what there is when the relay goes away, and exits 4', async (t) => {
      const folder = new Folder(t);
      const { address, program } = await replay(t, folder.file('soak.jsonl', soak({ seconds: 60 })));
      const copy = folder.at('copy.jsonl');
      const recorder = start(t, ['record', '--server', address, '-o', copy, '--timeout', '1500ms']);
      await recorder.said(/followed/);
      program.signal('SIGKILL');
      const { code, err } = await recorder.done;
      assert.equal(code, 4);
      assert.match(err, /is lost/);
      assert.match(readFileSync(copy, 'utf8'), /^\{"(node_status|flow)":/);
    });

    it('Ctrl-C ends it with 0', async (t) => {
      const folder = new Folder(t);
      const { address } = await replay(t, folder.file('soak.jsonl', soak({ seconds: 60 })));
      const recorder = start(t, ['record', '--server', address, '-o', folder.at('copy.jsonl.zst')]);
      await recorder.said(/followed/);
      recorder.signal('SIGINT');
      assert.equal((await recorder.done).code, 0);
    });
  });

  describe('replay', { concurrency: true }, () => {
    it('refuses a port in use', async (t) => {
      const file = new Folder(t).file('soak.jsonl', soak({ seconds: 4 }));
      const { address } = await replay(t, file);
      const { code, err } = await run(['replay', file, '--listen', address]);
      assert.equal(code, 4);
      assert.match(err, new RegExp(`cannot listen on ${address}`));
    });
  });
});
