import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { EdgeBook } from '../../src/aggregate/edge-book.js';
import { endKey, makeEdge } from '../../src/aggregate/edge.js';
import type { Endpoint, FlowRecord, Protocol } from '../../src/hubble/event.js';
import { Connection, flow, NOBODY, pod, stranger, world } from './flows.js';

const web = pod('n1', 'web');
const api = pod('n2', 'api');

describe('a book of edges', () => {
  test('makes an edge once, whichever way the packet went', () => {
    const book = new EdgeBook();
    const c = new Connection(web, api, 40_000);
    const edge = book.forward(c.syn('n1', 1));
    assert.equal(edge.key, `w:shop/web\tp:shop/${api.here.pod}\tTCP\t8080`);
    assert.equal(book.forward(new Connection(web, api, 40_001).syn('n1', 2)), edge);
    assert.equal(book.backward(c.synAck('n1', 1)), edge);
  });

  test('makes what endKey and makeEdge would, whatever it has seen before', () => {
    const few = <T>(...values: T[]) => fc.constantFrom(...values);
    const end: fc.Arbitrary<Endpoint> = fc.record({
      id: few(0, 7),
      identity: few(0, 1, 2, 20_000, 1 << 24),
      cluster: few(''),
      namespace: few('', 'shop', 'prod'),
      pod: few('', 'a', '10.0.0.1'),
      workload: few('', 'a', 'b'),
      workloadKind: few(''),
      labels: few<readonly string[]>([], ['reserved:host'], ['k8s:app=a'], ['k8s:app=a', 'k8s:x=y']),
    });
    const packet = fc.record({
      source: end,
      destination: end,
      sourceIp: few('', '10.0.0.1', 'a', 'fd00::1'),
      destinationIp: few('', '10.0.0.1', 'fd00::2'),
      protocol: few<Protocol>('', 'TCP', 'UDP', 'SCTP', 'ICMPv4', 'ICMPv6', 'VRRP', 'IGMP'),
      sourcePort: few(0, 1, 65_535),
      destinationPort: few(0, 1, 65_535),
    });
    const hasPorts = ['TCP', 'UDP', 'SCTP'];
    fc.assert(
      fc.property(fc.array(packet, { minLength: 2, maxLength: 40 }), (packets) => {
        const book = new EdgeBook();
        for (const more of packets) {
          const one: FlowRecord = flow('n1', 1, web, api, more);
          const [source, destination] = [endKey(one.source, one.sourceIp), endKey(one.destination, one.destinationIp)];
          const family = (one.sourceIp || one.destinationIp).includes(':') ? 6 : 4;
          const port = (told: number) => (hasPorts.includes(one.protocol) ? told : 0);
          const there = makeEdge(source, destination, one.protocol, port(one.destinationPort), family);
          assert.deepEqual(book.forward(one), there);
          const back = makeEdge(destination, source, one.protocol, port(one.sourcePort), family);
          assert.deepEqual(book.backward(one), back);
        }
      }),
      { seed: 11, numRuns: 200 },
    );
  });

  test('goes on being right when it has seen too many ends and edges', () => {
    const book = new EdgeBook();
    const c = new Connection(web, api, 40_000);
    const { key } = book.forward(c.syn('n1', 1));
    for (let i = 0; i < 70_000; i++) {
      const out = new Connection(web, world(`192.0.${i >> 8}.${i & 255}`), 40_000, i & 0xffff);
      assert.equal(book.forward(out.syn('n1', 1)).dst, 'r:world');
    }
    assert.equal(book.forward(c.syn('n1', 1)).key, key);
  });

  test('tells apart any number of ends of one address', () => {
    const book = new EdgeBook();
    for (let i = 0; i < 20_000; i++) {
      const nameless = stranger('', { ...NOBODY, identity: 1000 + i });
      assert.equal(book.forward(flow('n1', 1, nameless, api)).src, `r:identity ${1000 + i}@`);
    }
  });
});

describe('an edge over IPv6', () => {
  test('is another one, and its key says so', () => {
    const six = pod('n1', 'web', { ip: 'fd00::11' });
    const book = new EdgeBook();
    const edge = book.forward(new Connection(six, api, 40_000).syn('n1', 1));
    assert.deepEqual([edge.family, edge.key], [6, `w:shop/web\tp:shop/${api.here.pod}\tTCP\t8080\t6`]);
    assert.equal(book.forward(new Connection(web, api, 40_000).syn('n1', 1)).family, 4);
  });

  test('needs no more than its protocol where that says it all', () => {
    const edge = makeEdge('r:unknown', 'r:unknown', 'ICMPv6', 0);
    assert.deepEqual([edge.family, edge.key], [6, 'r:unknown\tr:unknown\tICMPv6\t0']);
  });
});
