/** Who takes flows more slowly than they come: what waits is bounded, and what finds no room is told as lost where it is missing. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Aggregator } from '../../src/aggregate/aggregator.js';
import type { SoakEvent } from '../../src/hubble/event.js';
import { follow, type FollowStatus } from '../../src/hubble/follow.js';
import { WALL_PACE } from '../../src/hubble/pace.js';
import { RelayClient } from '../../src/hubble/relay.js';
import { send, startFakeRelay } from './fake-relay.js';
import { at, atMs, flowLine } from './lines.js';

const NODES = ['a', 'b', 'c'];
/** Flows of each node, so many ms apart: three windows and a bit of a fourth. */
const FLOWS = 775;
const EVERY_MS = 40;
const WINDOW_MS = 10_000;

/** A relay that sends all flows at once, and a client that takes nothing after its first batch until `goOn` says so. */
async function followSlowly(
  t: TestContext,
  wall: number,
  goOn: Promise<void>,
  onStatus: (status: FollowStatus) => void,
) {
  const relay = await startFakeRelay({
    nodes: () => ({ nodes: [] }),
    flows: (call) => {
      send(call, {
        node_status: { state_change: 'NODE_CONNECTED', node_names: NODES },
        node_name: 'relay',
        time: at(0),
      });
      for (let i = 0; i < FLOWS; i++)
        for (const node of NODES) send(call, flowLine(i * EVERY_MS, node, `${node}-${i}`));
    },
  });
  const client = new RelayClient({ server: relay.address, timeoutMs: 5_000 });
  t.after(() => {
    client.close();
    relay.close();
  });
  const stop = new AbortController();
  const events: SoakEvent[] = [];
  let taken = 0;
  const pace = { now: () => wall, sleep: (ms: number, signal: AbortSignal) => WALL_PACE.sleep(ms, signal) };
  const queueLimits = { messages: 300, bytes: 10_000_000 };
  for await (const batch of follow(client, { signal: stop.signal, onStatus, pace, queueLimits })) {
    if (taken === 0) await goOn;
    for (const { event } of batch) {
      events.push(event);
      if (event.kind === 'flow') taken += 1;
      if (event.kind === 'lost') taken += event.count;
    }
    if (taken >= FLOWS * NODES.length) stop.abort();
  }
  return events;
}

/** Flows and losses of each node and window. */
function countsOf(events: readonly SoakEvent[]): Map<string, { readonly flows: number; readonly lost: number }> {
  const aggregator = new Aggregator({ windowMs: WINDOW_MS });
  for (const event of events) aggregator.push(event);
  aggregator.finish();
  const { windows } = aggregator.journal;
  assert.ok(
    windows.every(({ silences }) => silences.length === 0),
    'nobody was silent',
  );
  return new Map(
    windows.map(({ node, window, flows, lost }) => [`${node} ${window - atMs(0) / WINDOW_MS}`, { flows, lost }]),
  );
}

describe('a slow consumer', () => {
  it('of a live relay loses flows, and every window knows how many', async (t) => {
    const kinds: string[] = [];
    let goOn = (): void => undefined;
    const overloaded = new Promise<void>((resolve) => (goOn = resolve));
    const events = await followSlowly(t, atMs(FLOWS * EVERY_MS), overloaded, ({ kind }) => {
      kinds.push(kind);
      if (kind === 'overloaded') goOn();
    });
    const counts = countsOf(events);
    const flows = events.filter(({ kind }) => kind === 'flow').length;
    assert.ok(flows >= 300 && flows < FLOWS * NODES.length, `${flows} flows were taken`);
    for (const node of NODES)
      for (const [window, sent] of [250, 250, 250, 25].entries()) {
        const { flows = 0, lost = 0 } = counts.get(`${node} ${window}`) ?? {};
        assert.equal(flows + lost, sent, `${node} in window ${window}`);
      }
    assert.ok(events.some(({ kind }) => kind === 'node-status'));
    assert.deepEqual(kinds, ['connected', 'overloaded', 'overload-over']);
  });

  it('of recorded flows loses nothing', async (t) => {
    const kinds: string[] = [];
    const aWhile = async (): Promise<void> => {
      for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    };
    const events = await followSlowly(t, atMs(3_600_000), aWhile(), ({ kind }) => kinds.push(kind));
    assert.equal(events.filter(({ kind }) => kind === 'flow').length, FLOWS * NODES.length);
    assert.deepEqual(kinds, ['connected']);
  });
});
