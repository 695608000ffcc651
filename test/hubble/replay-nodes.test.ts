import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Json } from './lines.js';
import { at, atMs } from './lines.js';
import type { Asker } from './replaying.js';
import { ALL, flowsIn, lines, replaying, SECOND, timeOf } from './replaying.js';

describe('the nodes of a replay', () => {
  const nodesOf = async (asker: Asker): Promise<Map<unknown, Json>> => {
    const { nodes } = await asker.ask('GetNodes', 'observer.GetNodesResponse');
    return new Map((nodes as Json[]).map((node) => [node['name'], node]));
  };
  const uptime = (node: Json | undefined): number => Math.round(Number(node?.['uptime_ns']) / 1e9);
  const untilTime =
    (ms: number) =>
    (messages: Json[]): boolean =>
      messages.some((message) => timeOf(message) >= atMs(ms));

  it('are those of the samples at the time of the clock', async (t) => {
    const asker = await replaying(t);
    const before = await nodesOf(asker);
    assert.deepEqual([...before.keys()], ['worker-1', 'worker-2', 'worker-3']);
    assert.equal(uptime(before.get('worker-2')), 3600);
    assert.deepEqual(before.get('worker-1')?.['tls'], {});
    await asker.flows({ follow: true }, untilTime(19_900));
    const after = await nodesOf(asker);
    assert.equal(uptime(after.get('worker-1')), 3620);
    assert.equal(uptime(after.get('worker-2')), 9);
    assert.equal(after.get('worker-2')?.['state'], 'NODE_CONNECTED');
  });

  it('are away when they were', async (t) => {
    let wall = 0;
    const asker = await replaying(t, {
      speed: 1,
      pace: { now: () => wall, sleep: () => new Promise(() => undefined) },
    });
    await asker.flows({ follow: true }, (messages) => messages.length > 0);
    wall = 9 * SECOND;
    const nodes = await nodesOf(asker);
    assert.deepEqual(nodes.get('worker-2'), { name: 'worker-2', state: 'NODE_UNAVAILABLE', tls: {} });
    assert.equal(uptime(nodes.get('worker-1')), 3609);
    const answer = await asker.ask('ServerStatus', 'observer.ServerStatusResponse');
    assert.equal(answer['num_connected_nodes'], 2);
    assert.equal(answer['num_unavailable_nodes'], 1);
    assert.deepEqual(answer['unavailable_nodes'], ['worker-2']);
    assert.equal(answer['num_flows'], String(ALL.length));
    // Past the end the nodes get older with the wall clock.
    wall = 60 * SECOND;
    assert.equal(uptime((await nodesOf(asker)).get('worker-1')), 3660);
  });

  it('are made from the flows where there are no samples', async (t) => {
    const quiet = flowsIn(lines()).filter((line) => {
      const ms = timeOf(line) - atMs(0);
      return line['node_name'] !== 'worker-2' || ms < 5 * SECOND || ms >= 12 * SECOND;
    });
    const asker = await replaying(t, {}, quiet);
    assert.equal(uptime((await nodesOf(asker)).get('worker-2')), 86_400);
    await asker.flows({ follow: true }, (messages) => flowsIn(messages).length === quiet.length);
    const nodes = await nodesOf(asker);
    assert.equal(uptime(nodes.get('worker-1')), 86_420);
    // Silent from 5 s to 12.1 s while others went on.
    assert.equal(uptime(nodes.get('worker-2')), 8);
    assert.equal(nodes.get('worker-2')?.['seen_flows'], '27');
  });

  it('restarted in a short silence only where relay said so', async (t) => {
    const quiet = flowsIn(lines()).filter((line) => {
      const ms = timeOf(line) - atMs(0);
      return line['node_name'] !== 'worker-2' || ms < 8 * SECOND || ms >= 12 * SECOND;
    });
    const lost: Json = { node_status: { state_change: 'NODE_ERROR', node_names: ['worker-2'] }, time: at(8 * SECOND) };
    for (const [recording, seconds] of [
      [quiet, 86_420],
      [[...quiet, lost], 8],
    ] as const) {
      const asker = await replaying(t, {}, recording);
      await asker.flows({ follow: true }, (messages) => flowsIn(messages).length === quiet.length);
      assert.equal(uptime((await nodesOf(asker)).get('worker-2')), seconds);
    }
  });

  it('have namespaces', async (t) => {
    const asker = await replaying(t);
    assert.deepEqual(await asker.ask('GetNamespaces', 'observer.GetNamespacesResponse'), {
      namespaces: [{ namespace: 'shop' }],
    });
  });
});
