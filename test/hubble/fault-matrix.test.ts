/** One test a fault: what a client that follows has in the end, through a real gRPC server that plays the fault. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { status } from '@grpc/grpc-js';
import { LOST_SOURCE, NODE_STATE, type FlowRecord, type NodeSamples, type SoakEvent } from '../../src/hubble/event.js';
import { follow } from '../../src/hubble/follow.js';
import { RelayClient } from '../../src/hubble/relay.js';
import type { Fault } from '../../src/hubble/replay-faults.js';
import { startReplay } from '../../src/hubble/replay-server.js';
import { at, atMs, flowLine, type Json } from './lines.js';
import { recordingOf } from './replaying.js';

const NODES = ['worker-1', 'worker-2', 'worker-3'];
const SECONDS = 120;
const EVERY_MS = 200;
const SPEED = 30;
/** The client gives up a connection that is dead for 30 s of the wall: a test never waits for that. */
const GUARD_MS = 25_000;

/** A flow of each node in turn, five a second. */
function lines(): Json[] {
  return Array.from({ length: (SECONDS * 1000) / EVERY_MS }, (_, i) =>
    flowLine(i * EVERY_MS, NODES[i % NODES.length] ?? '', `u-${i}`),
  );
}

const UUIDS = lines().map((_, i) => `u-${i}`);
const timeOf = (uuid: string) => Number(uuid.slice(2)) * EVERY_MS;
const nodeOf = (uuid: string) => NODES[Number(uuid.slice(2)) % NODES.length];

interface Seen {
  readonly events: readonly SoakEvent[];
  readonly flows: readonly FlowRecord[];
  /** Each once, sorted by number. */
  readonly uuids: readonly string[];
  readonly statuses: readonly string[];
}

/** Follows a replay with these faults until the flow with the last uuid wanted has come, and all of them if there are so many. */
async function watch(t: TestContext, faults: readonly Fault[], wanted: readonly string[] = UUIDS): Promise<Seen> {
  const replay = await startReplay(recordingOf(lines()), { listen: '127.0.0.1:0', speed: SPEED, faults });
  const relay = new RelayClient({ server: replay.address, timeoutMs: 5000 });
  t.after(async () => {
    relay.close();
    await replay.close();
  });
  const stop = new AbortController();
  const guard = setTimeout(() => stop.abort(), GUARD_MS);
  const missing = new Set(wanted);
  const events: SoakEvent[] = [];
  const statuses: string[] = [];
  const batches = follow(relay, {
    signal: stop.signal,
    onStatus: ({ kind }) => statuses.push(kind),
    random: () => 0,
  });
  for await (const batch of batches) {
    for (const { event } of batch) {
      events.push(event);
      if (event.kind === 'flow') missing.delete(event.uuid);
    }
    if (missing.size === 0) stop.abort();
  }
  clearTimeout(guard);
  const flows = events.filter((event) => event.kind === 'flow');
  const uuids = [...new Set(flows.map(({ uuid }) => uuid))].sort((a, b) => timeOf(a) - timeOf(b));
  assert.deepEqual(
    wanted.filter((uuid) => !uuids.includes(uuid)),
    [],
    'flows that never came',
  );
  return { events, flows, uuids, statuses };
}

const times = (kind: string, { statuses }: Seen) => statuses.filter((one) => one === kind).length;

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
    const lost = (uuid: string) => nodeOf(uuid) === 'worker-2' && timeOf(uuid) >= 40_000 && timeOf(uuid) < 52_000;
    const wanted = UUIDS.filter((uuid) => !lost(uuid));
    const seen = await watch(t, [{ kind: 'restart', at: 40_000, node: 'worker-2', down: 12_000 }], wanted);
    assert.deepEqual(seen.uuids, wanted);
    const samples = seen.events.filter((event): event is NodeSamples => event.kind === 'node-samples');
    const uptime = samples.at(-1)?.nodes.find(({ name }) => name === 'worker-2')?.uptimeMs ?? NaN;
    assert.ok(uptime > 0 && uptime <= (SECONDS - 52) * 1000 + 60_000, `up for ${uptime} ms`);
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
