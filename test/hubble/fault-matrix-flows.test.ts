/** One test a fault of order, clocks, losses and field masks: what a client that follows has in the end. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LOST_SOURCE } from '../../src/hubble/event.js';
import { errorsOf, linesWithNodes, times, UUIDS, watch, without, type Seen } from './faults.js';
import { atMs } from './lines.js';

const MINUTES = 60_000;
const masked = () => ({ follow: { fields: 'needed' as const }, lines: linesWithNodes() });

/** Flows that came after one that is so much newer. */
const inversions = ({ flows }: Seen): number => flows.filter(({ time }, i) => time < (flows[i - 1]?.time ?? 0)).length;

/** When the agents began, by each sample: one time for each of them, however often it is asked. */
function beginnings({ samples }: Seen): number[] {
  return samples.flatMap(({ time, nodes }) => nodes.map(({ uptimeMs }) => time - (uptimeMs ?? NaN)));
}

describe('a client that follows through flows', { concurrency: true }, () => {
  it('a flood of losses, one event each', async (t) => {
    const events = 5_000;
    const source = LOST_SOURCE.HUBBLE_RING_BUFFER;
    const seen = await watch(t, [{ kind: 'flood', at: 40_000, node: 'worker-1', for: 5_000, events, source }]);
    assert.deepEqual(seen.uuids, UUIDS);
    const lost = seen.events.filter((event) => event.kind === 'lost');
    assert.equal(lost.length, events);
    assert.ok(lost.every(({ count, node }) => count === 1 && node === 'worker-1'));
  });

  it('a relay that holds flows back to sort them', async (t) => {
    const seen = await watch(t, [{ kind: 'lag', flows: 100 }]);
    assert.deepEqual(seen.uuids, UUIDS);
    assert.equal(times('interrupted', seen), 0);
  });

  it('flows out of order', async (t) => {
    const seen = await watch(t, [{ kind: 'disorder', by: 4_000 }]);
    assert.deepEqual(seen.uuids, UUIDS);
    assert.ok(inversions(seen) > 50, `${inversions(seen)} inversions`);
  });

  it('flows out of order, and a break', async (t) => {
    const seen = await watch(t, [
      { kind: 'disorder', by: 4_000 },
      { kind: 'reset', at: 50_000 },
    ]);
    assert.deepEqual(seen.uuids, UUIDS);
  });

  for (const [name, by] of [
    ['ahead', 5 * MINUTES],
    ['behind', -5 * MINUTES],
  ] as const) {
    it(`a node whose clock is 5 minutes ${name}, and a break`, async (t) => {
      const seen = await watch(t, [
        { kind: 'skew', node: 'worker-1', by },
        { kind: 'reset', at: 60_000 },
      ]);
      assert.deepEqual(seen.uuids, UUIDS);
      assert.ok(times('interrupted', seen) >= 1);
    });

    it(`a client whose clock is 5 minutes ${name}, and a break`, async (t) => {
      const seen = await watch(t, [{ kind: 'reset', at: 60_000 }], { ahead: by });
      assert.deepEqual(seen.uuids, UUIDS);
      // Nodes are told of by their own clock.
      const off = beginnings(seen).map((began) => began - atMs(-86_400_000));
      assert.ok(off.length > 0 && off.every((ms) => Math.abs(ms) < 20_000), `off by ${Math.max(...off)} ms`);
    });
  }

  it('a relay whose clock is 5 minutes ahead', async (t) => {
    const seen = await watch(t, [
      { kind: 'relay-skew', by: 5 * MINUTES },
      { kind: 'cut', at: 60_000, node: 'worker-1', for: 5_000 },
    ]);
    assert.deepEqual(seen.uuids, UUIDS);
  });

  it('a client that slept for ten minutes', async (t) => {
    let slept = false;
    const seen = await watch(t, [], {
      onEvent: (event, pace) => {
        if (slept || event.kind !== 'flow' || event.time < atMs(40_000)) return;
        slept = true;
        pace.ahead += 10 * MINUTES;
      },
    });
    assert.deepEqual(seen.uuids, UUIDS);
  });

  it('a mask that one old agent refuses', async (t) => {
    const seen = await watch(t, [{ kind: 'mask-refused', at: 0, node: 'worker-2' }], masked());
    assert.deepEqual(seen.uuids, UUIDS);
    assert.equal(times('mask-refused', seen), 1);
    assert.ok(errorsOf('worker-2', seen).every((message) => message === 'invalid fieldmask'));
    assert.deepEqual(errorsOf('worker-1', seen), []);
  });

  it('a mask that an agent refuses once it has been set back', async (t) => {
    const wanted = without('worker-2', 60_000, 66_000);
    const seen = await watch(
      t,
      [
        { kind: 'restart', at: 60_000, node: 'worker-2', down: 6_000 },
        { kind: 'mask-refused', at: 60_000, node: 'worker-2' },
      ],
      { ...masked(), wanted },
    );
    assert.deepEqual(seen.uuids, wanted);
    assert.equal(times('mask-refused', seen), 1);
  });

  it('a mask that all agents refuse', async (t) => {
    const seen = await watch(t, [{ kind: 'mask-refused', at: 0, node: undefined }], masked());
    assert.deepEqual(seen.uuids, UUIDS);
    assert.equal(times('mask-refused', seen), 1);
  });

  it('a mask that is ignored', async (t) => {
    const seen = await watch(t, [{ kind: 'mask-ignored' }], masked());
    assert.deepEqual(seen.uuids, UUIDS);
    assert.equal(times('mask-refused', seen), 0);
  });
});
