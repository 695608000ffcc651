import assert from 'node:assert/strict';
import { after, describe, it, type TestContext } from 'node:test';
import type { VerdictDocument } from '../../src/judge/document.js';
import { makeCertificates } from '../hubble/certificates.js';
import { agentPod, ApiServer, relayPod, TOKEN } from '../kube/api-server.js';
import { Folder, replay, run, start } from './program.js';
import { soak } from './soaks.js';

const certificates = makeCertificates();
after(() => certificates.remove());

/** An API server with one relay pod, behind which a recording is replayed. */
async function cluster(
  t: TestContext,
  ...replayArgs: string[]
): Promise<{ api: ApiServer; port: number; args: string[] }> {
  const api = await ApiServer.start(certificates, t);
  const file = new Folder(t).file('soak.jsonl', soak({ seconds: 60 }));
  const { address } = await replay(t, file, '--speed', '20x', ...replayArgs);
  const port = Number(address.split(':').at(-1));
  api.pods = [relayPod('relay-1')];
  api.backends.set('relay-1', port);
  return { api, port, args: ['-P', '--kubeconfig', api.kubeconfig()] };
}

// Most of the time they wait: all at once.
describe('port-forward', { concurrency: true }, () => {
  it('lets doctor look, and at the pods of the agents as well', async (t) => {
    const { api, args } = await cluster(t);
    api.pods.push(agentPod({ node: 'worker-1', revision: 'bbb', since: '2026-03-02T10:00:00Z', ready: false }));
    api.pods.push(agentPod({ node: 'worker-2' }), agentPod({ node: 'worker-3' }));
    const { out, err } = await run(['doctor', ...args, '--server', 'nowhere:1', '--duration', '3s']);
    assert.match(out, /^lab\/kube-system\/hubble-relay \(/);
    assert.match(out, /1 of 3 agents are of revision bbb/);
    assert.match(out.replace(/\s+/g, ' '), /2 of 3 agents are ready; not: worker-1 \(cilium-worker-1\)/);
    assert.match(err, /server nowhere:1 is not used/);
    assert.ok(!`${out}${err}`.includes(TOKEN));
  });

  it('lets record write, and asks for no more than the relay', async (t) => {
    const { api, args } = await cluster(t);
    const output = new Folder(t).at('flows.jsonl');
    const { code, err } = await run(['record', ...args, '-o', output, '--duration', '3s']);
    assert.equal(code, 0, err);
    assert.match(err, /[1-9]\d* flows and \d+ node samples were written/);
    assert.deepEqual([...new Set(api.asked)].sort(), ['get pods/portforward', 'get services', 'list pods']);
  });

  it('goes on with the next pod when the relay is replaced, through TLS as well', async (t) => {
    const api = await ApiServer.start(certificates, t);
    const { serverCert, serverKey, ca } = api.certificates;
    const tls = ['--tls-cert-file', serverCert, '--tls-key-file', serverKey];
    const file = new Folder(t).file('soak.jsonl', soak({ seconds: 60 }));
    const served = async (pod: string): Promise<void> => {
      const { address } = await replay(t, file, '--speed', '5x', ...tls);
      api.backends.set(pod, Number(address.split(':').at(-1)));
      api.pods = [...api.pods, relayPod(pod)];
    };
    await served('relay-1');
    const watch = start(t, [
      'watch',
      '-P',
      '--kubeconfig',
      api.kubeconfig(),
      '--tls',
      '--timeout',
      '20s',
      '--tls-ca-cert-files',
      ca,
      '--json',
    ]);
    await watch.said(/flows of lab\/kube-system\/hubble-relay are being followed/);
    api.remove('relay-1');
    await watch.said(/nothing to forward to behind service kube-system\/hubble-relay: no pod is behind it/);
    await served('relay-2');
    await watch.said(/port-forward to pod kube-system\/relay-2/);
    await watch.said(/are being followed[^]*are being followed/);
    watch.signal('SIGINT');
    const { code, out } = await watch.done;
    assert.equal(code, 3);
    const { soak: judged } = JSON.parse(out) as VerdictDocument;
    assert.equal(judged.inputs[0]?.path, 'lab/kube-system/hubble-relay');
  });

  it('that is forbidden ends with 4 and the way out', async (t) => {
    const api = await ApiServer.start(certificates, t);
    api.pods = [relayPod('relay-1')];
    api.forbidden.add('get pods/portforward');
    const { code, out, err } = await run(['doctor', '-P', '--kubeconfig', api.kubeconfig(), '--timeout', '5s']);
    assert.equal(code, 4, err);
    assert.equal(out, '');
    assert.match(
      err,
      /forbids to get and create pods\/portforward .*\(403: refused by the test\).*docs\/kubernetes\.md/,
    );
    assert.ok(!err.includes(TOKEN));
  });

  it('with a kubeconfig that cannot be read ends with 2, and quotes nothing of it', async (t) => {
    const file = new Folder(t).file('broken.yaml', 'users:\n- user: {token: very-secret\n');
    const { code, err } = await run(['doctor', '-P', '--kubeconfig', file, '--log-level', 'debug']);
    assert.equal(code, 2);
    assert.match(err, /broken\.yaml:\d+ is no kubeconfig/);
    assert.doesNotMatch(err, /very-secret/);
  });
});
