import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EdgeBook } from '../../src/aggregate/edge-book.js';
import { endKey, isLocal, looksLikeReply, makeEdge } from '../../src/aggregate/edge.js';
import { EVENT_TYPE, TCP_FLAG, VERDICT, type Endpoint, type FlowRecord } from '../../src/hubble/event.js';
import { beats, Connection, flow, host, inTime, journalOf, NOBODY, pod, stranger, W0, world } from './flows.js';

const named = (end: Partial<Endpoint>, ip = '10.0.0.9') => endKey({ ...NOBODY, ...end }, ip);

describe('the key of an end', () => {
  const web = pod('n1', 'web');

  test('is the workload where the flow names it, and else the pod', () => {
    assert.equal(endKey(web.here, web.ip), 'w:shop/web');
    assert.equal(endKey(web.there, web.ip), 'p:shop/web-6d4cf56db6-x7k2p');
  });

  test('is the reserved label with the address', () => {
    assert.equal(named({ identity: 1, labels: ['reserved:host'] }, '10.1.0.1'), 'r:host@10.1.0.1');
    assert.equal(named({ identity: 6, labels: ['reserved:remote-node'] }), 'r:remote-node@10.0.0.9');
    assert.equal(named({ identity: 4, labels: ['reserved:health'] }), 'r:health@10.0.0.9');
    assert.equal(named({ identity: 8, labels: ['reserved:ingress'] }), 'r:ingress@10.0.0.9');
  });

  test('is the reserved identity where there are no labels', () => {
    assert.equal(named({ identity: 1 }), 'r:host@10.0.0.9');
    assert.equal(named({ identity: 7 }), 'r:kube-apiserver@10.0.0.9');
    for (const identity of [2, 9, 10]) assert.equal(named({ identity }), 'r:world');
    assert.equal(named({}), 'r:unknown');
  });

  test('does not depend on the order of several reserved labels', () => {
    for (const other of ['reserved:remote-node', 'reserved:host', 'reserved:world'])
      for (const labels of [
        [other, 'reserved:kube-apiserver'],
        ['reserved:kube-apiserver', other],
      ])
        assert.equal(named({ identity: 7, labels }), 'r:kube-apiserver@10.0.0.9');
  });

  test('is the world for what is outside, whatever a node calls it', () => {
    assert.equal(named({ identity: 16_777_217, labels: ['cidr:192.0.2.0/24', 'reserved:world-ipv4'] }), 'r:world');
    assert.equal(named({ identity: 16_777_218, labels: ['fqdn:example.com', 'reserved:world'] }), 'r:world');
    assert.equal(named({ identity: 2 ** 24 }), 'r:world', 'an identity that means something on its node only');
    assert.equal(named({ identity: 2 ** 24, labels: ['cidr:192.0.2.0/24'] }), 'r:world');
    assert.equal(named({ identity: 2 ** 25, labels: ['reserved:remote-node'] }), 'r:remote-node@10.0.0.9');
  });

  test('is the app, or all labels, of an end that is no pod', () => {
    assert.equal(named({ identity: 300, namespace: 'vm', labels: ['k8s:app=db', 'k8s:tier=1'] }), 'w:vm/db');
    assert.equal(named({ identity: 300, namespace: 'vm', labels: ['k8s:b=1', 'k8s:a=2'] }), 'w:vm/k8s:a=2,k8s:b=1');
    assert.equal(named({ identity: 300 }), 'r:identity 300@10.0.0.9');
  });
});

describe('an end lives on the node that sees it', () => {
  test('when it has an endpoint ID there, or is the host', () => {
    assert.equal(isLocal(pod('n1', 'web').here), true);
    assert.equal(isLocal(pod('n1', 'web').there), false);
    assert.equal(isLocal(host('n1', '10.1.0.1').here), true);
    assert.equal(isLocal({ ...NOBODY, identity: 1 }), true);
    assert.equal(isLocal(host('n1', '10.1.0.1').there), false);
    assert.equal(isLocal(NOBODY), false);
  });

  test('also a host that serves the API', () => {
    const controlPlane = host('n1', '10.1.0.1', ['reserved:kube-apiserver']);
    assert.equal(isLocal(controlPlane.here), true);
    assert.equal(isLocal(controlPlane.there), false);
    assert.equal(endKey(controlPlane.here, controlPlane.ip), endKey(controlPlane.there, controlPlane.ip));
  });
});

describe('an edge', () => {
  const [web, api] = [pod('n1', 'web'), pod('n2', 'api')];

  test('runs from the end that opened the connection to the one that answers', () => {
    const c = new Connection(web, api, 40_000);
    const edge = new EdgeBook().forward(c.syn('n1', 1));
    assert.deepEqual(edge, makeEdge('w:shop/web', 'p:shop/api-6d4cf56db6-x7k2p', 'TCP', 8080));
    assert.deepEqual(new EdgeBook().backward(c.synAck('n1', 1)), edge);
  });

  test('has no ephemeral port, and no port where the protocol has none', () => {
    assert.equal(new EdgeBook().forward(new Connection(web, api, 40_000).echo('n1', 1)).port, 0);
  });

  test('of a drop that nothing else is known of goes by the ephemeral port', () => {
    const lone = { verdict: VERDICT.DROPPED, eventType: EVENT_TYPE.DROP, tcpFlags: TCP_FLAG.ACK };
    const answer = flow('n2', 1, api, web, { ...lone, sourcePort: 8080, destinationPort: 40_000 });
    assert.equal(looksLikeReply(answer), true);
    assert.equal(looksLikeReply({ ...answer, sourcePort: 40_000, destinationPort: 8080 }), false);
    assert.equal(looksLikeReply({ ...answer, sourcePort: 40_000, destinationPort: 50_000 }), false);
    assert.equal(looksLikeReply({ ...answer, isReply: false }), false);
    const journal = journalOf([answer]);
    assert.equal(journal.windows[0]?.drops[0]?.edge.src, 'p:shop/web-6d4cf56db6-x7k2p');
    assert.equal(journal.windows[0]?.drops[0]?.edge.port, 8080);
  });

  test('is told apart from others by all of its parts', () => {
    const keys = new Set([
      makeEdge('w:a/b', 'w:a/c', 'TCP', 80).key,
      makeEdge('w:a/b', 'w:a/c', 'UDP', 80).key,
      makeEdge('w:a/b', 'w:a/c', 'TCP', 81).key,
      makeEdge('w:a/c', 'w:a/b', 'TCP', 80).key,
    ]);
    assert.equal(keys.size, 4);
  });
});

test('names that an attacker chose are kept as they are and break nothing', () => {
  const names = ['__proto__', 'constructor', 'a\tb', 'a/b', 'x'.repeat(300), '\u001b[31mred', 'é\u202e'];
  for (const name of names) {
    const evil = pod('n1', name, { pod: name, namespace: name });
    const strange = stranger('192.0.2.9', { identity: 5, labels: [`reserved:${name}`, `k8s:app=${name}`] });
    const c = new Connection(evil, strange, 40_000);
    const journal = journalOf(inTime([c.syn('n1', 1), c.drop('n1', 2), ...beats('n1', 0, 60)]));
    const [row] = journal.windows.flatMap((line) => line.attempts);
    assert.equal(row?.edge.src, `w:${name}/${name}`);
  }
});

describe('places', () => {
  const places = (flows: readonly FlowRecord[]) =>
    journalOf(flows).windows.flatMap((line) =>
      line.places.map(({ what, workload }) => `${line.window - W0} ${what} ${workload}`),
    );
  const [web, api] = [pod('n1', 'web'), pod('n2', 'api')];
  const c = new Connection(web, api, 40_000);

  test('tell which pods and addresses live on the node that sees them, once', () => {
    const node = host('n1', '10.1.0.1');
    const out = new Connection(node, world('192.0.2.1'), 40_001);
    assert.deepEqual(places([c.syn('n1', 1), c.synAck('n1', 1.1), out.syn('n1', 2), c.syn('n1', 12)]), [
      '0 shop/web-6d4cf56db6-x7k2p web',
      '0 @10.1.0.1 ',
    ]);
  });

  test('are told again after 30 windows, as pods move', () => {
    const flows = Array.from({ length: 40 }, (_, i) => c.syn('n1', i * 10 + 1));
    assert.deepEqual(places(flows), ['0 shop/web-6d4cf56db6-x7k2p web', '30 shop/web-6d4cf56db6-x7k2p web']);
  });

  test('name the workload as soon as a flow does', () => {
    const nameless = c.syn('n1', 1, { source: { ...web.here, workload: '' } });
    assert.deepEqual(places([nameless, c.syn('n1', 2), nameless]), [
      '0 shop/web-6d4cf56db6-x7k2p ',
      '0 shop/web-6d4cf56db6-x7k2p web',
    ]);
  });
});
