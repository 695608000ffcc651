import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeNodes, decodeResponse, EMPTY_ENDPOINT } from '../../src/hubble/decode.js';
import { NODE_STATE, TCP_FLAG } from '../../src/hubble/event.js';
import type { FlowRecord, SoakEvent } from '../../src/hubble/event.js';
import { at, atMs, DENIED, flowLine, nodesLine, plain } from './lines.js';

function flowOf(message: unknown): FlowRecord {
  const event = decodeResponse(message);
  assert.equal(event?.kind, 'flow');
  return event;
}

const bare = (flow: object): FlowRecord => flowOf({ flow: { time: at(0), ...flow } });

describe('envelopes', () => {
  const line = flowLine(1500, 'worker-1', 'u-1');
  const expected = flowOf(line);

  it('reads a response', () => {
    assert.deepEqual(
      {
        time: expected.time,
        node: expected.node,
        uuid: expected.uuid,
        verdict: expected.verdict,
        weight: expected.weight,
      },
      { time: atMs(1500), node: 'worker-1', uuid: 'u-1', verdict: 1, weight: 1 },
    );
  });

  it('reads a bare flow and a wrapped capture like it', () => {
    assert.deepEqual(flowOf(line['flow']), expected);
    assert.deepEqual(flowOf({ recv: at(9000), resp: line }), expected);
  });

  it('takes node and time from either level', () => {
    const flow = line['flow'] as object;
    assert.equal(flowOf({ flow: plain({ ...flow, node_name: undefined }), node_name: 'outer' }).node, 'outer');
    assert.equal(flowOf({ flow: plain({ ...flow, time: undefined }), time: at(7) }).time, atMs(7));
    assert.equal(flowOf({ flow: { ...flow, time: 'yesterday' }, time: at(7) }).time, atMs(7));
    assert.equal(flowOf({ flow: { ...flow, time: 'yesterday' } }).time, NaN);
  });

  it('reads lost events', () => {
    const lost = { source: 'OBSERVER_EVENTS_QUEUE', num_events_lost: '87', cpu: 0 };
    const expectedLost: SoakEvent = { kind: 'lost', time: atMs(0), node: 'worker-1', source: 2, count: 87 };
    assert.deepEqual(decodeResponse({ lost_events: lost, node_name: 'worker-1', time: at(0) }), expectedLost);
    assert.deepEqual(decodeResponse({ lost_events: {} }), { kind: 'lost', time: NaN, node: '', source: 0, count: 0 });
    for (const count of ['-5', '9'.repeat(26), 'many', {}]) {
      assert.deepEqual(decodeResponse({ lost_events: { num_events_lost: count } }), {
        kind: 'lost',
        time: NaN,
        node: '',
        source: 0,
        count: 0,
      });
    }
  });

  it('reads node statuses, each name once', () => {
    const message = {
      node_status: { state_change: 'NODE_ERROR', node_names: ['a', 'b', 'a'], message: 'EOF' },
      time: at(0),
    };
    assert.deepEqual(decodeResponse(message), {
      kind: 'node-status',
      time: atMs(0),
      state: NODE_STATE.ERROR,
      nodes: ['a', 'b'],
      message: 'EOF',
    });
  });

  it('reads node samples', () => {
    const event = decodeResponse(nodesLine(2000, { 'worker-1': 5000 }));
    assert.equal(event?.kind, 'node-samples');
    assert.equal(event.time, atMs(2000));
    assert.deepEqual(event.nodes, [
      {
        name: 'worker-1',
        state: NODE_STATE.CONNECTED,
        version: 'cilium v1.19.4+gabc1234',
        uptimeMs: 5000,
        seenFlows: 500,
        numFlows: 4095,
        maxFlows: 4095,
      },
    ]);
  });

  it('survives garbage among node samples', () => {
    const nodes = [
      null,
      1,
      'a',
      {},
      { name: 7 },
      { name: 'n', state: 'NODE_UNAVAILABLE', uptime_ns: '5' },
      { name: 'm', uptime_ns: 'abc' },
    ];
    assert.deepEqual(
      decodeNodes({ nodes }, 1)?.nodes.map((node) => [node.name, node.state, node.uptimeMs]),
      [
        ['n', NODE_STATE.UNAVAILABLE, undefined],
        ['m', NODE_STATE.UNKNOWN, undefined],
      ],
    );
    assert.equal(decodeNodes({ nodes: {} }, 1), undefined);
  });

  it('reads agent events by name, unknown ones too', () => {
    const kindOf = (type: unknown): unknown => {
      const event = decodeResponse({ agent_event: { type }, node_name: 'worker-1', time: at(0) });
      return event?.kind === 'agent-event' ? event.type : undefined;
    };
    assert.equal(kindOf('AGENT_STARTED'), 'AGENT_STARTED');
    assert.equal(kindOf(2), 'AGENT_STARTED');
    assert.equal(kindOf('2'), 'AGENT_STARTED');
    assert.equal(kindOf('SOMETHING_NEW'), 'SOMETHING_NEW');
    assert.equal(kindOf(99), '99');
    assert.equal(kindOf(undefined), 'AGENT_EVENT_UNKNOWN');
  });

  it('knows messages that carry nothing', () => {
    assert.equal(decodeResponse({ flow: {} })?.kind, 'other');
    assert.equal(decodeResponse({ debug_event: {}, node_name: 'n' })?.kind, 'other');
  });

  it('knows what is none of Hubble', () => {
    for (const message of [
      null,
      undefined,
      1,
      'text',
      [],
      {},
      { flow: [] },
      { flow: 'text' },
      { flow: null },
      { a: 1 },
      { resp: 3 },
    ]) {
      assert.equal(decodeResponse(message), undefined);
    }
  });
});

describe('values of a flow', () => {
  it('knows a reply, no reply and neither', () => {
    assert.equal(bare({ is_reply: true }).isReply, true);
    assert.equal(bare({ is_reply: false }).isReply, false);
    assert.equal(bare({ verdict: 'DROPPED' }).isReply, undefined);
    assert.equal(bare({ reply: true }).isReply, true);
    assert.equal(bare({ reply: false }).isReply, undefined);
    assert.equal(bare({ reply: true, is_reply: false }).isReply, false);
  });

  it('finds the drop reason wherever it stands alone', () => {
    assert.equal(bare({ drop_reason_desc: 'POLICY_DENIED' }).dropReason, 133);
    assert.equal(bare({ drop_reason: 133 }).dropReason, 133);
    assert.equal(bare({ drop_reason: 'POLICY_DENY' }).dropReason, 181);
    assert.equal(bare({ drop_reason_desc: 'Policy denied' }).dropReason, 133);
    assert.equal(bare({ drop_reason_desc: 159, event_type: { type: 1, sub_type: 159 } }).dropReason, 159);
    assert.equal(bare({ event_type: { type: 1, sub_type: 140 } }).dropReason, 140);
    assert.equal(bare({ event_type: { type: 4, sub_type: 4 } }).dropReason, 0);
  });

  it('reads a denied flow', () => {
    const flow = flowOf(plain(flowLine(0, 'n', 'u', DENIED)));
    assert.deepEqual(
      [flow.verdict, flow.dropReason, flow.eventType, flow.isReply, flow.tracePoint],
      [2, 133, 1, undefined, 0],
    );
  });

  it('takes left out zeros for zeros', () => {
    const flow = bare({ event_type: { type: 4 }, trace_observation_point: 'TO_ENDPOINT', l4: { ICMPv4: {} } });
    assert.deepEqual([flow.eventSubType, flow.tracePoint, flow.protocol, flow.icmpType], [0, 101, 'ICMPv4', 0]);
  });

  it('reads enums as name, number and number as text', () => {
    for (const verdict of ['DROPPED', 2, '2']) assert.equal(bare({ verdict }).verdict, 2);
    assert.equal(bare({ verdict: 77 }).verdict, 77);
  });

  it('keeps TCP flags as bits', () => {
    const flags = { SYN: true, ACK: true, NS: true, FIN: false, junk: true };
    assert.equal(bare({ l4: { TCP: { flags } } }).tcpFlags, TCP_FLAG.SYN | TCP_FLAG.ACK | TCP_FLAG.NS);
  });

  it('reads ports of every protocol, and only ports', () => {
    for (const protocol of ['TCP', 'UDP', 'SCTP'] as const) {
      const flow = bare({ l4: { [protocol]: { source_port: 1, destination_port: '65535' } } });
      assert.deepEqual([flow.protocol, flow.sourcePort, flow.destinationPort], [protocol, 1, 65_535]);
    }
    for (const port of [70_000, -1, 1.5, Infinity, '80.5', null, 1e20, {}]) {
      assert.equal(bare({ l4: { TCP: { destination_port: port } } }).destinationPort, 0);
    }
  });

  it('names policies with their namespace', () => {
    const flow = bare({
      egress_allowed_by: [{ name: 'a', namespace: 'shop' }],
      ingress_allowed_by: [{ name: 'b' }, null, { namespace: 'x' }, 7],
      egress_denied_by: [{ name: 'c', namespace: 'shop' }],
      ingress_denied_by: 'none',
    });
    assert.deepEqual(flow.allowedBy, ['shop/a', 'b']);
    assert.deepEqual(flow.deniedBy, ['shop/c']);
  });

  it('names a policy without a name by its labels', () => {
    const labels = ['directory:filename=cart.yaml', 'directory:policy-derived-from=CiliumNetworkPolicy'];
    const flow = bare({ ingress_allowed_by: [{ labels, revision: '3' }, { labels: [] }, { labels: 7 }] });
    assert.deepEqual(flow.allowedBy, [labels.join(',')]);
  });

  it('reads the match of a policy verdict and the newest revision of its policies', () => {
    const flow = bare({
      policy_match_type: 2,
      egress_allowed_by: [{ name: 'a', revision: '3' }],
      ingress_denied_by: [{ name: 'b', revision: 12 }, { name: 'c', revision: '7' }, null],
    });
    assert.deepEqual([flow.policyMatch, flow.policyRevision], [2, 12]);
    assert.equal(bare({ policy_match_type: 4_000_000_000 }).policyMatch, 4_000_000_000);
    const odd = bare({ policy_match_type: 'L3', egress_allowed_by: [{ revision: '-1' }, { revision: {} }] });
    assert.deepEqual([odd.policyMatch, odd.policyRevision], [0, 0]);
    const none = bare({});
    assert.deepEqual([none.policyMatch, none.policyRevision], [0, 0]);
  });

  it('reads L7, source lines and aggregates', () => {
    const dns = bare({ l7: { type: 'RESPONSE', dns: { query: 'api.shop.', rcode: 3 } } });
    assert.deepEqual(dns.l7, { type: 2, dns: { query: 'api.shop.', rcode: 3 } });
    const http = bare({ l7: { type: 'REQUEST', http: { method: 'GET', url: 'http://api/' } } });
    assert.deepEqual(http.l7, { type: 1, http: { code: 0, method: 'GET', url: 'http://api/' } });
    assert.equal(bare({ file: { name: 'bpf_lxc.c', line: 1234 } }).file, 'bpf_lxc.c:1234');
    assert.equal(bare({ aggregate: { ingress_flow_count: 3, egress_flow_count: 12 } }).weight, 15);
    assert.equal(bare({ aggregate: {} }).weight, 1);
  });

  it('shares one endpoint for nothing', () => {
    assert.equal(bare({ source: {} }).source, EMPTY_ENDPOINT);
    assert.equal(bare({ source: ['?'] }).source, EMPTY_ENDPOINT);
    assert.equal(bare({}).destination, EMPTY_ENDPOINT);
  });

  it('keeps of a list what is text', () => {
    assert.deepEqual(bare({ source: { labels: ['a', 1, null, 'b'] } }).source.labels, ['a', 'b']);
    assert.deepEqual(bare({ source: { labels: 'none' } }).source.labels, []);
  });

  it('reads the objects of a gRPC decoder alike', () => {
    const flow = flowOf({
      flow: { time: { seconds: '1767225600', nanos: 123_456_789 }, is_reply: {}, verdict: 'FORWARDED' },
      node_name: 'worker-1',
    });
    assert.deepEqual([flow.time, flow.isReply, flow.node], [1767225600123.456789, false, 'worker-1']);
    assert.equal(bare({ is_reply: { value: true } }).isReply, true);
    assert.equal(flowOf({ flow: { verdict: 1, time: {} } }).time, NaN);
  });

  it('is not misled by names of Object.prototype', () => {
    const line = JSON.parse(
      `{"flow":{"__proto__":{"verdict":"DROPPED"},"constructor":{"a":1},"time":"${at(0)}"}}`,
    ) as unknown;
    assert.equal(flowOf(line).verdict, 0);
    assert.equal(decodeResponse(JSON.parse('{"__proto__":{"flow":{}}}')), undefined);
  });

  it('never throws, whatever JSON it is given', () => {
    const keys = fc.constantFrom(
      ...[
        'flow',
        'time',
        'verdict',
        'IP',
        'l4',
        'TCP',
        'source',
        'destination',
        'labels',
        'workloads',
        'event_type',
        'is_reply',
      ],
      ...[
        'node_status',
        'node_names',
        'lost_events',
        'nodes',
        'resp',
        'l7',
        'dns',
        'http',
        'aggregate',
        'egress_allowed_by',
      ],
    );
    const { tree } = fc.letrec((tie) => ({
      leaf: fc.oneof(fc.jsonValue({ maxDepth: 0 }), fc.constant(undefined), fc.double(), fc.constant(at(0))),
      tree: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        tie('leaf'),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(keys, tie('tree'), { maxKeys: 6 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => (decodeResponse(value), true)),
      { numRuns: 500 },
    );
  });
});
