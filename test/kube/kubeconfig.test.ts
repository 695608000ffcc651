import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stringify } from 'yaml';
import { UsageError } from '../../src/errors.js';
import { KubeAccess } from '../../src/kube/access.js';
import { Folder } from '../cli/program.js';

const CLUSTER = { name: 'c', cluster: { server: 'https://api.example:6443/k8s/clusters/c-1/' } };
const USER = { name: 'u', user: { token: 'very-secret' } };
const CONTEXT = { name: 'prod one', context: { cluster: 'c', user: 'u' } };
const GOOD = { clusters: [CLUSTER], users: [USER], contexts: [CONTEXT], 'current-context': 'prod one' };

describe('a kubeconfig', () => {
  it('gives the cluster of the current context, and where to look with kubectl', async (t) => {
    const kubeconfig = new Folder(t).file('config', stringify(GOOD));
    const access = await KubeAccess.open({ kubeconfig, namespace: 'kube-system', timeoutMs: 1000 });
    assert.equal(access.cluster.host, 'api.example:6443');
    assert.equal(
      access.cluster.kubectl('get pods'),
      `kubectl --kubeconfig ${kubeconfig} --context 'prod one' --namespace kube-system get pods`,
    );
    const { url, options } = await access.prepare('/api/v1/pods?a=b');
    assert.equal(url.href, 'https://api.example:6443/k8s/clusters/c-1/api/v1/pods?a=b');
    assert.deepEqual(options.headers, { Authorization: 'Bearer very-secret' });
  });

  const wrong: readonly (readonly [what: string, content: unknown, says: RegExp, context?: string])[] = [
    ['that is empty', null, / is no kubeconfig: it is not YAML with clusters/],
    ['that is a list', [], / has no current context; give --kube-context, one of: \(none\)/],
    ['with a cluster without a name', { clusters: [{ cluster: {} }] }, / is no kubeconfig/],
    ['without a current context', { ...GOOD, 'current-context': '' }, /has no current context; .* one of: prod one$/],
    ['without the context', GOOD, /has no context 'test'; give --kube-context, one of: prod one$/, 'test'],
    ['without the cluster', { ...GOOD, clusters: [] }, /is for cluster 'c', which is not there/],
    ['without the user', { ...GOOD, users: [] }, /is for user 'u', who is not there/],
    [
      'for no URL',
      { ...GOOD, clusters: [{ name: 'c', cluster: { server: 'api:6443' } }] },
      /the server of cluster 'c' is no http/,
    ],
    [
      'for plain http',
      { ...GOOD, clusters: [{ name: 'c', cluster: { server: 'http://api:8001' } }] },
      /is plain http; set insecure-skip-tls-verify: true/,
    ],
  ];
  for (const [what, content, says, context] of wrong)
    it(`${what} is told with the way out`, async (t) => {
      const kubeconfig = new Folder(t).file('config', stringify(content));
      const opening = KubeAccess.open({ kubeconfig, context, namespace: 'kube-system', timeoutMs: 1000 });
      await assert.rejects(opening, (error) => {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, says);
        assert.ok(!error.message.includes('very-secret'));
        return true;
      });
    });

  it('whose files are gone is told when they are needed', async (t) => {
    const folder = new Folder(t);
    const user = { 'client-certificate': 'gone.pem', 'client-key': 'gone.key' };
    const kubeconfig = folder.file('config', stringify({ ...GOOD, users: [{ name: 'u', user }] }));
    const access = await KubeAccess.open({ kubeconfig, namespace: 'kube-system', timeoutMs: 1000 });
    await assert.rejects(access.prepare('/'), /no credentials for context prod one: \S+gone\.pem does not exist/);
  });
});
