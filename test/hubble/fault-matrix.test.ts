/** One test a fault: what a client that follows has in the end, through a real gRPC server that plays the fault. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { LOST_SOURCE, NODE_STATE, type NodeSamples } from '../../src/hubble/event.js';
import { timeOf, times, UUIDS, watch, without } from './faults.js';
import { at, atMs } from './lines.js';

describe('a client that follows through', { concurrency: true }, () => {
  it('nothing at all', async (t) => {
    const seen = await watch(t, []);
    assert.equal(seen.flows.length, UUIDS.length);
    assert.equal(times('interrupted', seen), 0);
  });

  it('a stream that breaks has every flow, and knows repeats by their uuid', async (t) => {
    const seen = await watch(t, [{ kind: 'disconnect', at: 40_000, code: status.UNAVAILABLE }]);
    assert.deepEqual(seen.uuids, UUIDS);
    assert.equal(times('interrupted', seen), 1);
    assert.equal(times('connected', seen), 2);
    assert.ok(seen.flows.length > UUIDS.length, 'asked for what came shortly before as well');
  });

  it('a stream that ends with OK has every flow', async (t) => {
    const seen = await watch(t, [{ kind: 'disconnect', at: 40_000, code: status.OK }]);
    assert.deepEqual(seen.uuids, UUIDS);
    assert.equal(times('interrupted', seen), 1);
  });

  it('streams that break again and again has every flow', async (t) => {
    const faults = [20_000, 40_000, 60_000].map((when) => ({
      kind: 'disconnect' as const,
      at: when,
      code: status.INTERNAL,
    }));
    const seen = await watch(t, faults);
    assert.deepEqual(seen.uuids, UUIDS);
    assert.ok(times('interrupted', seen) >= 2);
  });

  it('a relay that restarts has every flow', async (t) => {
    const seen = await watch(t, [{ kind: 'relay-restart', at: 40_000, for: 20_000 }]);
    assert.deepEqual(seen.uuids, UUIDS);
    assert.ok(times('interrupted', seen) >= 1);
  });

  it('a relay that hangs has every flow', async (t) => {
    const seen = await watch(t, [{ kind: 'hang', at: 40_000, for: 30_000 }]);
    assert.deepEqual(seen.uuids, UUIDS);
    assert.equal(times('interrupted', seen), 0);
  });

  it('an agent that restarts has all but what its node lost, and sees the new uptime', async (t) => {
    const wanted = without('worker-2', 40_000, 52_000);
    const seen = await watch(t, [{ kind: 'restart', at: 40_000, node: 'worker-2', down: 12_000 }], { wanted });
    assert.deepEqual(seen.uuids, wanted);
    const samples = seen.events.filter((event): event is NodeSamples => event.kind === 'node-samples');
    const uptime = samples.at(-1)?.nodes.find(({ name }) => name === 'worker-2')?.uptimeMs ?? NaN;
    assert.ok(uptime > 0 && uptime <= (120 - 52) * 1000 + 60_000, `up for ${uptime} ms`);
  });

  it('a node that is slow has its flows later, with their own times', async (t) => {
    const seen = await watch(t, [{ kind: 'slow', at: 40_000, for: 20_000, by: 15_000, node: 'worker-3' }]);
    assert.deepEqual(seen.uuids, UUIDS);
    const order = seen.flows.map(({ time }) => time);
    assert.ok(
      order.some((time, i) => time < (order[i - 1] ?? 0) - 10_000),
      'nothing came late',
    );
  });

  it('a clock that is ahead has the times of that clock', async (t) => {
    const seen = await watch(t, [{ kind: 'skew', node: 'worker-1', by: 7000 }]);
    assert.deepEqual(seen.uuids, UUIDS);
    for (const { node, time, uuid } of seen.flows)
      assert.equal(time, atMs(timeOf(uuid)) + (node === 'worker-1' ? 7000 : 0));
  });

  it('lost events and statuses is told of them', async (t) => {
    const seen = await watch(t, [
      { kind: 'lost', at: 30_000, node: 'worker-1', events: 40, source: LOST_SOURCE.HUBBLE_RING_BUFFER },
      { kind: 'status', at: 31_000, nodes: ['worker-2'], state: NODE_STATE.ERROR, message: 'EOF' },
    ]);
    const lost = seen.events.find((event) => event.kind === 'lost');
    assert.deepEqual([lost?.node, lost?.count, lost?.source], ['worker-1', 40, LOST_SOURCE.HUBBLE_RING_BUFFER]);
    const told = seen.events.find((event) => event.kind === 'node-status' && event.state === NODE_STATE.ERROR);
    assert.deepEqual(told?.kind === 'node-status' && told.nodes, ['worker-2']);
    assert.equal(told?.time, Date.parse(at(31_000)));
  });
});
