/** One test a fault of connections and of relays: what a client that follows has in the end. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { replaying, steadyPace, times, UUIDS, watch } from './faults.js';
import { TcpFront } from '../../src/hubble/tcp-front.js';
import { atMs } from './lines.js';

describe('a client that follows through connections', { concurrency: true }, () => {
  it('a relay that is away and back at the same port', async (t) => {
    const seen = await watch(t, [{ kind: 'relay-restart', at: 40_000, for: 10_000 }]);
    assert.deepEqual(seen.uuids, UUIDS);
    assert.ok(times('interrupted', seen) >= 1);
  });

  it('a GOAWAY for too many pings', async (t) => {
    const seen = await watch(t, [{ kind: 'goaway', at: 40_000, code: 'too_many_pings' }]);
    assert.deepEqual(seen.uuids, UUIDS);
    assert.ok(times('interrupted', seen) >= 1);
  });

  it('a GOAWAY without an error', async (t) => {
    const seen = await watch(t, [{ kind: 'goaway', at: 40_000, code: 'no_error' }]);
    assert.deepEqual(seen.uuids, UUIDS);
    assert.ok(times('interrupted', seen) >= 1);
  });

  it('connections that are reset again and again', async (t) => {
    const faults = [30_000, 50_000, 70_000].map((at) => ({ kind: 'reset' as const, at }));
    const seen = await watch(t, faults);
    assert.deepEqual(seen.uuids, UUIDS);
    assert.ok(times('interrupted', seen) >= 2);
  });

  it('a connection that is dead but open', async (t) => {
    const seen = await watch(t, [{ kind: 'half-open', at: 40_000 }]);
    assert.deepEqual(seen.uuids, UUIDS);
    assert.equal(times('connection-dead', seen), 1);
  });

  it('a dead connection of what knows no nodes', async (t) => {
    const seen = await watch(t, [
      { kind: 'no-nodes', at: 2_000, for: 1_000_000 },
      { kind: 'half-open', at: 20_000 },
    ]);
    assert.deepEqual(seen.uuids, UUIDS);
    assert.equal(times('connection-dead', seen), 1);
  });

  it('another replica, which knows nothing of the first', async (t) => {
    const pace = steadyPace(t);
    const [first, second] = [await replaying(pace, []), await replaying(pace, [])];
    let port = Number(first.address.split(':')[1]);
    const front = await TcpFront.open({ host: '127.0.0.1', port: 0, target: () => port });
    t.after(async () => {
      front.close();
      await first.close();
      await second.close();
    });
    let moved = false;
    const seen = await watch(t, [], {
      served: { address: `127.0.0.1:${front.port}`, pace },
      onEvent: (event) => {
        if (moved || event.kind !== 'flow' || event.time < atMs(40_000)) return;
        moved = true;
        port = Number(second.address.split(':')[1]);
        front.reset();
      },
    });
    assert.deepEqual(seen.uuids, UUIDS);
    assert.ok(times('interrupted', seen) >= 1);
  });

  it('a replica that knows no nodes, and back', async (t) => {
    const seen = await watch(t, [
      { kind: 'no-nodes', at: 30_000, for: 20_000 },
      { kind: 'reset', at: 30_500 },
      { kind: 'reset', at: 55_000 },
    ]);
    assert.deepEqual(seen.uuids, UUIDS);
    const last = seen.samples.at(-1);
    assert.ok((last?.time ?? 0) > atMs(100_000), 'no node was told of any more');
  });
});
