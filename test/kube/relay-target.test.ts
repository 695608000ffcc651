import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PodObject, ServiceObject } from '../../src/kube/objects.js';
import { relayTarget, selectorOf } from '../../src/kube/relay-target.js';
import { relayPod } from './api-server.js';

function service(...ports: NonNullable<NonNullable<ServiceObject['spec']>['ports']>): ServiceObject {
  return { spec: { selector: { a: 'b', c: 'd' }, ports } };
}
const GRPC = service({ port: 80, targetPort: 'grpc' }, { port: 1 });

function ending(pod: PodObject): PodObject {
  return { ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-03-01T10:00:00Z' } };
}

describe('the pod that is forwarded to', () => {
  const EARLY = '2026-03-01T09:00:00Z';

  it('is the one that has been ready for longest', () => {
    const pods = [
      relayPod('new'),
      relayPod('old', { since: EARLY }),
      relayPod('older', { since: EARLY, ready: false }),
    ];
    assert.deepEqual(relayTarget(GRPC, pods), { pod: 'old', port: 4245 });
  });

  it('is one that is not ready where no other is there, never one that is ending or not running', () => {
    const away = [ending(relayPod('a')), relayPod('b', { phase: 'Pending' })];
    assert.deepEqual(relayTarget(GRPC, [...away, relayPod('c', { ready: false })]), { pod: 'c', port: 4245 });
    assert.deepEqual(relayTarget(GRPC, away), { problem: 'none of its pods is running (a is ending, b is Pending)' });
    assert.deepEqual(relayTarget(GRPC, []), { problem: 'no pod is behind it' });
  });

  it("is asked for the first port of the service, by the pod's name or number for it", () => {
    const to = (given: ServiceObject) => relayTarget(given, [relayPod('a')]);
    assert.deepEqual(to(service({ port: 443, targetPort: 4246 })), { pod: 'a', port: 4246 });
    assert.deepEqual(to(service({ port: 4247 })), { pod: 'a', port: 4247 });
    assert.deepEqual(to(service()), { problem: 'it has no ports' });
    assert.deepEqual(to(service({ port: 80, targetPort: 'http' })), {
      problem: "pod a has no port 'http', which the service is for",
    });
  });

  it('is looked for by the selector of the service', () => {
    assert.equal(selectorOf(GRPC), 'a=b,c=d');
    assert.equal(selectorOf({ spec: { selector: {} } }), undefined);
    assert.equal(selectorOf({}), undefined);
  });
});
