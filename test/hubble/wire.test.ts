import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeResponse } from '../../src/hubble/decode.js';
import type { FieldSchema, MessageSchema } from '../../src/hubble/schema.js';
import type { Message } from '../../src/hubble/wire.js';
import { maskResponse, maskTree, NEEDED_FIELDS } from '../../src/hubble/field-mask.js';
import {
  decodeFlowMessage,
  decodeMessage,
  encodeMessage,
  encodeResponseJson,
  fromJson,
  schemaOf,
  toJson,
} from '../../src/hubble/wire.js';
import type { Json } from './lines.js';
import { at, atMs, DENIED, flowLine, nodesLine, plain } from './lines.js';

/** Lines of every kind that a relay sends, in the canonical form of protobuf JSON. */
const LINES: Readonly<Record<string, Json>> = {
  trace: flowLine(1, 'prod/worker-1', 'u-1'),
  drop: plain(flowLine(2, 'worker-1', 'u-2', { ...DENIED, file: { name: 'bpf_lxc.c', line: 1234 } })),
  reply: flowLine(3, 'worker-1', 'u-3', { reply: true, is_reply: true, trace_reason: 'REPLY' }),
  echo: flowLine(4, 'worker-1', 'u-4', { l4: { ICMPv4: {} }, source: {}, destination: {} }),
  'unknown numbers': flowLine(5, 'worker-1', 'u-5', { verdict: 77, drop_reason: 159, drop_reason_desc: 159 }),
  dns: flowLine(6, 'worker-1', 'u-6', {
    l7: {
      type: 'RESPONSE',
      latency_ns: '5123456',
      dns: { query: 'api.shop.', ttl: 4294967295, rcode: 3, qtypes: ['A'] },
    },
  }),
  http: flowLine(7, 'worker-1', 'u-7', {
    l7: {
      type: 'RESPONSE',
      http: { code: 503, method: 'GET', url: 'http://api/?a=<&>\u001b', headers: [{ key: 'k', value: 'v' }] },
    },
  }),
  policies: flowLine(8, 'worker-1', 'u-8', {
    policy_match_type: 2,
    ingress_allowed_by: [{ name: 'allow', namespace: 'shop', labels: ['a=b'], revision: '18446744073709551615' }],
    policy_log: [''],
    aggregate: { ingress_flow_count: 3 },
    extensions: { '@type': 'type.googleapis.com/utils.Metadata', value: 'AQID' },
  }),
  'a status': {
    node_status: { state_change: 'NODE_ERROR', node_names: ['a', 'a'], message: 'EOF' },
    node_name: 'relay',
    time: at(9),
  },
  'a loss': {
    lost_events: { source: 'PERF_EVENT_RING_BUFFER', num_events_lost: '154', cpu: 0 },
    node_name: 'worker-1',
    time: at(10),
  },
  'nothing but an empty flow': { flow: {} },
};

describe('the wire', () => {
  for (const [name, line] of Object.entries(LINES)) {
    it(`gives back ${name} as JSON and as the event of that JSON`, () => {
      const { bytes, dropped } = encodeResponseJson(line);
      const message = decodeFlowMessage(bytes);
      assert.equal(dropped, 0);
      assert.deepEqual(message.raw(), line);
      assert.deepEqual(message.event, decodeResponse(line));
    });
  }

  it('keeps the key order of the declaration, which is that of hubble', () => {
    const shuffled = {
      time: at(1),
      node_name: 'n',
      flow: { Summary: 's', verdict: 'DROPPED', uuid: 'u', time: at(1) },
    };
    const { message } = fromJson('observer.GetFlowsResponse', shuffled);
    assert.equal(
      JSON.stringify(toJson('observer.GetFlowsResponse', message)),
      `{"flow":{"time":"${at(1)}","uuid":"u","verdict":"DROPPED","Summary":"s"},"node_name":"n","time":"${at(1)}"}`,
    );
  });

  for (const fraction of ['', '.5', '.123', '.000001', '.123456', '.123456789', '.100000000']) {
    it(`writes 0, 3, 6 or 9 digits for a time with '${fraction}'`, () => {
      const { message } = fromJson('observer.GetFlowsResponse', { time: `2026-01-01T02:00:00${fraction}+02:00` });
      const digits = fraction.slice(1).replace(/0+$/, '');
      const expected = digits === '' ? '' : `.${digits.padEnd(Math.ceil(digits.length / 3) * 3, '0')}`;
      assert.equal(toJson('observer.GetFlowsResponse', message)['time'], `2026-01-01T00:00:00${expected}Z`);
    });
  }

  it('tells a GetNodes answer', () => {
    const { nodes } = nodesLine(0, { 'worker-1': 5000 });
    const bytes = encodeMessage('observer.GetNodesResponse', fromJson('observer.GetNodesResponse', { nodes }).message);
    assert.deepEqual(toJson('observer.GetNodesResponse', decodeMessage('observer.GetNodesResponse', bytes)), { nodes });
  });

  it('counts bytes that are no message as lost, on the node that they name', () => {
    const bytes = Buffer.concat([
      Buffer.from([10, 2, 255, 255]),
      encodeResponseJson({ node_name: 'a', time: at(5) }).bytes,
    ]);
    const message = decodeFlowMessage(bytes);
    assert.deepEqual(message.event, { kind: 'lost', time: atMs(5), node: 'a', source: 0, count: 1 });
    assert.deepEqual(message.raw(), {
      lost_events: { source: 0, num_events_lost: '1' },
      node_name: 'a',
      time: at(5),
    });
    const { kind, node } = decodeFlowMessage(Buffer.from([255, 1, 2])).head;
    assert.deepEqual([kind, node], ['lost', '']);
  });

  it('is masked as a relay masks it, for any flow', () => {
    const schema = schemaOf('flow.Flow');
    const mask = maskTree([...NEEDED_FIELDS, 'ethernet.source'], schema) ?? assert.fail();
    fc.assert(
      fc.property(arbitraryJson(schema, 4), (flow) => {
        const { bytes } = encodeResponseJson({ flow, node_name: 'other', time: at(9) });
        const kept: Json = Object.fromEntries(Object.entries(flow).filter(([name]) => NEEDED_FIELDS.includes(name)));
        const { ethernet } = flow as { readonly ethernet?: Json };
        if (ethernet !== undefined) kept['ethernet'] = 'source' in ethernet ? { source: ethernet['source'] } : {};
        const { node_name, time } = kept;
        const message = decodeFlowMessage(maskResponse(bytes, mask));
        assert.deepEqual(message.raw(), plain({ flow: kept, node_name, time }));
      }),
      { numRuns: 200 },
    );
  });

  it('tells kind, time and node of any message without being decoded', () => {
    const envelope = { node_name: fc.string({ unit: 'grapheme' }), time: fc.integer({ min: 0, max: 1e12 }).map(at) };
    const flow = arbitraryJson(schemaOf('flow.Flow'), 4).map((one) => ({ ...one, time: at(7), node_name: 'a' }));
    fc.assert(
      fc.property(fc.record({ ...envelope, flow }, { requiredKeys: [] }), (line) => {
        const { head, event } = decodeFlowMessage(encodeResponseJson(line).bytes);
        assert.equal(head.kind, event.kind);
        if (line.flow === undefined || line.time === undefined || !line.node_name) {
          assert.deepEqual(head, { kind: event.kind, time: event.time, node: 'node' in event ? event.node : '' });
        } else assert.deepEqual(head, { kind: 'flow', time: Date.parse(line.time), node: line.node_name });
      }),
      { numRuns: 200 },
    );
  });

  it('is read alike by both decoders for any flow', () => {
    fc.assert(
      fc.property(arbitraryJson(schemaOf('flow.Flow'), 4), (flow) => {
        const line = { flow, node_name: 'worker-1', time: at(0) };
        const { bytes, dropped } = encodeResponseJson(line);
        const message = decodeFlowMessage(bytes);
        assert.equal(dropped, 0);
        assert.deepEqual(message.raw(), line);
        assert.deepEqual(message.event, decodeResponse(line));
      }),
      { numRuns: 300 },
    );
  });
});

describe('odd values in a recorded flow', () => {
  const keep = (flow: Json): unknown => toJson('flow.Flow', fromJson('flow.Flow', flow).message);

  it('cost themselves alone', () => {
    const odd = {
      uuid: 7,
      verdict: 'ALLOWED',
      IP: { source: '10.0.0.1', ipVersion: 4, destination: ['?'] },
      l4: { TCP: { source_port: -1, destination_port: 80, flags: { SYN: 'yes' } } },
      source: ['?'],
      is_reply: 'no',
      time: 'yesterday',
      labels: {},
      newer_field: 1,
      destination_names: ['a', 3, null],
      socket_cookie: '99999999999999999999999999',
      Summary: 'kept',
    };
    assert.deepEqual(keep(odd), {
      IP: { source: '10.0.0.1', ipVersion: 4 },
      l4: { TCP: { destination_port: 80, flags: {} } },
      destination_names: ['a'],
      Summary: 'kept',
    });
    assert.equal(fromJson('flow.Flow', odd).dropped, 13);
  });

  it('never make invalid UTF-8', () => {
    assert.deepEqual(keep({ uuid: 'a\ud800b', Summary: 'ok \u{1f600}' }), {
      uuid: 'a\ufffdb',
      Summary: 'ok \u{1f600}',
    });
  });

  it('never throw, however deep or strange', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 5000; i++) deep = { flow: deep, l4: deep, tunnel: { l4: {}, IP: deep } };
    assert.ok(encodeResponseJson({ flow: { tunnel: deep } }).dropped > 0);
    fc.assert(fc.property(fc.object(), (flow) => encodeResponseJson({ flow }).bytes.length >= 0));
  });
});

describe('fields of a newer Cilium', () => {
  /** Field 45 as text 'new', field 300 as the number 150, both in a flow with a uuid. */
  const known = encodeMessage('flow.Flow', { uuid: 'u-1' });
  const text = Buffer.from([0xea, 0x02, 0x03, 0x6e, 0x65, 0x77]);
  const number = Buffer.from([0xe0, 0x12, 0x96, 0x01]);
  const flow = Buffer.concat([text, known, number, text]);
  const response = Buffer.concat([Buffer.from([0x0a, flow.length]), flow]);
  const json = {
    flow: {
      uuid: 'u-1',
      unknown_fields: { '45': Buffer.concat([text, text]).toString('base64'), '300': number.toString('base64') },
    },
  };

  it('are recorded', () => assert.deepEqual(decodeFlowMessage(response).raw(), json));

  it('are replayed', () => {
    const { bytes, dropped } = encodeResponseJson(json);
    assert.equal(dropped, 0);
    assert.deepEqual(decodeFlowMessage(bytes).raw(), json);
  });

  it('are left out when somebody made them up', () => {
    for (const unknown_fields of [
      { '45': 'AAAA' },
      { '46': text.toString('base64') },
      { x: 1 },
      [],
      'text',
      null,
      { '45': '' },
    ]) {
      assert.deepEqual(decodeFlowMessage(encodeResponseJson({ flow: { uuid: 'u', unknown_fields } }).bytes).raw(), {
        flow: { uuid: 'u' },
      });
    }
  });
});

// ---- arbitrary messages --------------------------------------------------------------------------------------------

/** Messages in canonical protobuf JSON: only values that are not zero, one member of each oneof. */
function arbitraryJson(schema: MessageSchema, depth: number): fc.Arbitrary<Message> {
  const oneof = schema.name === 'flow.Layer4' || schema.name === 'flow.Layer7';
  const fields = schema.fields.filter((field) => depth > 0 || field.kind !== 'message');
  const record = (chosen: readonly FieldSchema[]): fc.Arbitrary<Message> => {
    // In the order of declaration, to compare texts as well.
    const model = Object.fromEntries(chosen.map((field) => [field.name, fieldJson(field, depth)]));
    return fc.record(model, { requiredKeys: [] }).map((value) => plain(value));
  };
  return oneof ? fc.constantFrom(...fields).chain((field) => record([field])) : record(fields);
}

function fieldJson(field: FieldSchema, depth: number): fc.Arbitrary<unknown> {
  const value = valueJson(field, depth);
  return field.repeated ? fc.array(value, { minLength: 1, maxLength: 2 }) : value;
}

function valueJson(field: FieldSchema, depth: number): fc.Arbitrary<unknown> {
  switch (field.kind) {
    case 'string':
      return fc
        .string({ minLength: 1, maxLength: 8, unit: 'grapheme' })
        .filter((text) => Buffer.from(text).toString() === text);
    case 'bytes':
      return fc.uint8Array({ minLength: 1, maxLength: 4 }).map((bytes) => Buffer.from(bytes).toString('base64'));
    case 'bool':
      return fc.constant(true);
    case 'int32':
      return fc.integer({ min: 1, max: 2 ** 31 - 1 });
    case 'uint32':
      return fc.integer({ min: 1, max: 2 ** 32 - 1 });
    case 'int64':
    case 'uint64':
      return fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String);
    case 'double':
      return fc.double({ min: 0.5, noNaN: true, noDefaultInfinity: true });
    case 'enum':
      return fc.oneof(
        fc.constantFrom(...[...field.type.numbers].flatMap(([name, number]) => (number === 0 ? [] : [name]))),
        fc.integer({ min: 5000, max: 6000 }),
      );
    case 'message':
      return wellKnown(field.type) ?? arbitraryJson(field.type, depth - 1);
  }
}

function wellKnown(type: MessageSchema): fc.Arbitrary<unknown> | undefined {
  switch (type.name) {
    case 'google.protobuf.Timestamp':
      return fc.integer({ min: 1, max: 4e12 }).map((ms) => at(ms));
    case 'google.protobuf.BoolValue':
      return fc.boolean();
    case 'google.protobuf.Int32Value':
    case 'google.protobuf.UInt32Value':
      return fc.integer({ min: 0, max: 1000 });
    case 'google.protobuf.Any':
      return fc.constant({ '@type': 'type.googleapis.com/x.Y', value: 'AQID' });
    default:
      return undefined;
  }
}
