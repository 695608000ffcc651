import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { follow } from '../../src/hubble/follow.js';
import type { Json } from './lines.js';
import { at, atMs } from './lines.js';
import { ALL, flowOf, flowsIn, ids, idsWhere, replaying, SECOND, timeOf } from './replaying.js';

describe('a replay asked without follow', () => {
  it('answers with the whole recording, as it was', async (t) => {
    const asker = await replaying(t);
    const messages = await asker.flows({});
    assert.deepEqual(flowsIn(messages), ALL);
    const [opening] = messages;
    assert.deepEqual(opening, {
      node_status: { state_change: 'NODE_CONNECTED', node_names: ['worker-1', 'worker-2', 'worker-3'] },
      node_name: 'hubble-soak-replay',
      time: at(0),
    });
    assert.equal(messages.filter((message) => message['lost_events'] !== undefined).length, 1);
    assert.equal(messages.filter((message) => message['node_status'] !== undefined).length, 1);
  });

  it('counts number and first per node', async (t) => {
    const asker = await replaying(t);
    const of = (node: string): unknown[] => idsWhere((flow) => flow['node_name'] === node);
    const nodes = ['worker-1', 'worker-2', 'worker-3'];
    const last = ids(await asker.flows({ number: '2' }));
    assert.deepEqual(new Set(last), new Set(nodes.flatMap((node) => of(node).slice(-2))));
    const first = ids(await asker.flows({ number: '2', first: true }));
    assert.deepEqual(new Set(first), new Set(nodes.flatMap((node) => of(node).slice(0, 2))));
    assert.equal(ids(await asker.flows({ number: '18446744073709551615' })).length, ALL.length);
    const since = ids(await asker.flows({ number: '1', since: at(5 * SECOND) }));
    assert.deepEqual(since, ['u-50', 'u-51', 'u-52']);
  });

  it('knows since and until', async (t) => {
    const asker = await replaying(t);
    const within = (low: number, high: number): unknown[] =>
      idsWhere((flow) => timeOf(flow) >= atMs(low) && timeOf(flow) <= atMs(high));
    assert.deepEqual(ids(await asker.flows({ since: at(15_000) })), within(15_000, Infinity));
    assert.deepEqual(ids(await asker.flows({ until: at(5_050) })), within(0, 5_050));
    assert.deepEqual(ids(await asker.flows({ since: at(5_050), until: at(6_000) })), within(5_100, 6_000));
    assert.deepEqual(
      ids(await asker.flows({ since: '0001-01-01T00:00:00Z', until: '9999-12-31T23:59:59Z' })),
      ids(ALL),
    );
  });

  it('filters', async (t) => {
    const asker = await replaying(t);
    const dropped = (flow: Json): boolean => flow['verdict'] === 'DROPPED';
    const on = (flow: Json, ...nodes: readonly string[]): boolean => nodes.includes(flow['node_name'] as string);
    const cases: readonly (readonly [Json, (flow: Json) => boolean])[] = [
      [{ whitelist: [{ node_name: ['worker-1'] }] }, (flow) => on(flow, 'worker-1')],
      [{ whitelist: [{ node_name: ['default/worker-1', 'worker-3'] }] }, (flow) => on(flow, 'worker-1', 'worker-3')],
      [{ whitelist: [{ node_name: ['w*-1'] }] }, (flow) => on(flow, 'worker-1')],
      [{ whitelist: [{ node_name: ['default/'] }] }, () => true],
      [{ whitelist: [{ node_name: ['prod/worker-1', 'worker'] }] }, () => false],
      [{ blacklist: [{ node_name: ['worker-1'] }] }, (flow) => !on(flow, 'worker-1')],
      [{ whitelist: [{ verdict: ['DROPPED'] }] }, dropped],
      [{ blacklist: [{ verdict: ['DROPPED'] }] }, (flow) => !dropped(flow)],
      [
        { whitelist: [{ verdict: ['DROPPED'], node_name: ['worker-2'] }] },
        (flow) => dropped(flow) && on(flow, 'worker-2'),
      ],
      [
        { whitelist: [{ verdict: ['DROPPED'] }, { node_name: ['worker-2'] }] },
        (flow) => dropped(flow) || on(flow, 'worker-2'),
      ],
      [{ whitelist: [{ drop_reason_desc: ['POLICY_DENIED'] }] }, dropped],
      [{ whitelist: [{ event_type: [{ type: 1 }] }] }, dropped],
      [{ whitelist: [{ event_type: [{ type: 4, match_sub_type: true, sub_type: 3 }] }] }, () => false],
      [{ whitelist: [{ event_type: [{ type: 4, match_sub_type: true, sub_type: 4 }] }] }, (flow) => !dropped(flow)],
      [{ whitelist: [{ reply: [true] }] }, () => false],
      [{ whitelist: [{ reply: [false] }] }, () => true],
      [{ whitelist: [{ traffic_direction: ['INGRESS'] }] }, () => false],
      [{ whitelist: [{ source_ip: ['10.0.0.0/24'], destination_ip: ['10.0.1.9'] }] }, () => true],
      [{ whitelist: [{ source_pod: ['shop/web'], destination_pod: ['shop/'] }] }, () => true],
      [{ whitelist: [{ source_pod: ['web'] }] }, () => false],
      [{ whitelist: [{ destination_port: ['8080'], protocol: ['tcp'], source_identity: [20110] }] }, () => true],
      [{ whitelist: [{ uuid: ['u-7'] }] }, (flow) => flow['uuid'] === 'u-7'],
      [{ whitelist: [{}] }, () => true],
      [{ blacklist: [{ event_type: [{ type: -7 }] }] }, () => true],
    ];
    for (const [request, test] of cases) {
      assert.deepEqual(ids(await asker.flows(request)), idsWhere(test), JSON.stringify(request));
    }
    assert.equal(ids(await asker.flows({ number: '3', whitelist: [{ verdict: ['DROPPED'] }] })).length, 9);
  });

  it('refuses filters that it does not know, by name', async (t) => {
    const asker = await replaying(t);
    const refused = (details: RegExp) => (error: ServiceError) =>
      error.code === status.INVALID_ARGUMENT && details.test(error.details);
    await assert.rejects(asker.flows({ whitelist: [{ http_url: ['x'] }] }), refused(/http_url/));
    await assert.rejects(asker.flows({ whitelist: [{ source_ip: ['x/99'] }] }), refused(/x\/99/));
    await assert.rejects(asker.flows({ first: true, follow: true }), refused(/first/));
  });

  it('applies a field mask, also to what is outside of the flow', async (t) => {
    const asker = await replaying(t);
    const whole = await asker.flows({
      field_mask: { paths: ['time', 'node_name', 'source.pod_name', 'source', 'l4.TCP'] },
    });
    const { time, node_name, source, l4 } = flowOf(ALL[0] ?? {});
    assert.deepEqual(flowsIn(whole)[0], { flow: { time, l4, source, node_name }, node_name, time });
    const part = await asker.flows({ field_mask: { paths: ['uuid', 'source.pod_name'] } });
    assert.deepEqual(flowsIn(part)[0], { flow: { uuid: 'u-0', source: { pod_name: 'web-7d9c-x2x4q' } } });
  });

  it('tells like a relay that agents refuse a mask', async (t) => {
    const asker = await replaying(t);
    for (const path of ['no.such.field', '', 'nodeName', 'l4.TCP.flags.SYN.x', 'source.labels.x']) {
      const messages = await asker.flows({ field_mask: { paths: ['time', path] } });
      const statuses = messages.map((message) => message['node_status'] as Json | undefined);
      assert.deepEqual(
        statuses.map((one) => [one?.['state_change'], one?.['message']]),
        [
          ['NODE_CONNECTED', undefined],
          ['NODE_ERROR', 'invalid fieldmask'],
        ],
        path,
      );
    }
  });
});

describe('a replay that is followed', () => {
  const everything = (messages: Json[]): boolean => flowsIn(messages).length >= ALL.length;

  it('sends everything, statuses and losses in between, and stays open', async (t) => {
    const asker = await replaying(t);
    const messages = await asker.flows({ follow: true, number: '1' }, everything);
    assert.deepEqual(flowsIn(messages), ALL);
    const kinds = messages.map((message) => Object.keys(message)[0]);
    assert.equal(kinds.filter((kind) => kind === 'node_status').length, 2);
    assert.equal(kinds.filter((kind) => kind === 'lost_events').length, 1);
  });

  it('goes on from its clock for the next one, and from since for who asks', async (t) => {
    const asker = await replaying(t);
    await asker.flows({ follow: true }, everything);
    const last = await asker.flows({ follow: true, number: '1' }, (messages) => flowsIn(messages).length === 3);
    assert.deepEqual(new Set(ids(last)), new Set(['u-197', 'u-198', 'u-199']));
    const again = await asker.flows({ follow: true, since: at(19_500) }, (messages) => flowsIn(messages).length === 5);
    assert.deepEqual(ids(again), ['u-195', 'u-196', 'u-197', 'u-198', 'u-199']);
    const until = await asker.flows({ follow: true, since: at(19_500), until: at(19_650) });
    assert.deepEqual(ids(until), ['u-195', 'u-196']);
  });

  it('begins again with --loop', async (t) => {
    const asker = await replaying(t, { loop: true });
    const messages = await asker.flows({ follow: true }, (all) => flowsIn(all).length === ALL.length + 10);
    assert.deepEqual(ids(messages), [...ids(ALL), ...ids(ALL.slice(0, 10))]);
  });

  it('keeps to its speed', async (t) => {
    // A wall clock that each reading moves by 10 ms: at 100x a second of the recording.
    let wall = 0;
    const slept: number[] = [];
    const pace = { now: () => (wall += 10), sleep: (ms: number) => (slept.push(ms), (wall += ms), Promise.resolve()) };
    const asker = await replaying(t, { speed: 100, pace });
    const messages = await asker.flows({ follow: true, until: at(19_800) });
    assert.equal(flowsIn(messages).length, ALL.length - 1);
    // 20 s at 100x are 200 ms.
    assert.ok(wall >= 198, `played in ${wall} ms`);
    assert.ok(slept.reduce((sum, ms) => sum + ms, 0) <= 200, slept.join());
  });

  it('is followed by our own client, over its end', async (t) => {
    const asker = await replaying(t);
    const stop = new AbortController();
    const kinds = new Map<string, number>();
    for await (const batch of follow(asker.relay, { signal: stop.signal })) {
      for (const { event } of batch) kinds.set(event.kind, (kinds.get(event.kind) ?? 0) + 1);
      if (kinds.get('flow') === ALL.length && kinds.has('node-samples')) stop.abort();
    }
    assert.equal(kinds.get('flow'), ALL.length);
  });
});
