/** What relay knows of its nodes, and what one stream gets of them, by the moments that were measured on a real one. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Fault } from '../../src/hubble/replay-faults.js';
import { Outages } from '../../src/hubble/replay-outages.js';
import { Subscription } from '../../src/hubble/replay-subscription.js';

const SECOND = 1000;
const NODES = ['a', 'b', 'c'];

const outages = (...faults: Fault[]): Outages => new Outages(NODES, faults);
const restart = (seconds: number, down: number, node = 'a'): Fault => ({
  kind: 'restart',
  at: seconds * SECOND,
  node,
  down: down * SECOND,
});

function subscribed(faults: readonly Fault[], opened = 0, masked = false): Subscription {
  return new Subscription(new Outages(NODES, faults), faults, {
    opened: opened * SECOND,
    masked,
    horizon: 60 * SECOND,
  });
}

/** What is done, in seconds. */
const acts = ({ actions }: Subscription): unknown[] =>
  actions.map((one) => {
    switch (one.kind) {
      case 'status':
        return [one.at / SECOND, one.nodes.join(), one.time / SECOND];
      case 'repeat':
        return [one.at / SECOND, 'repeat', one.node];
      case 'end':
        return [one.at / SECOND, 'end'];
    }
  });

describe('a node that was lost', () => {
  it('is found again as relay’s back-off has it', () => {
    // Seconds down, and the range of seconds after its return that was measured, some of it with a longer back-off by chance.
    for (const [down, least, most] of [
      [0.5, 1, 3],
      [4, 0.5, 3],
      [8, 0.5, 4],
      [16, 0.5, 3],
      [30, 8, 16],
      [60, 6, 14],
      [120, 45, 70],
    ] as const) {
      const [outage] = outages(restart(10, down)).of('a');
      const after = ((outage?.asked ?? NaN) - (10 + down) * SECOND) / SECOND;
      assert.ok(after >= least && after <= most, `down ${down} s: asked ${after} s later`);
      assert.ok((outage?.ready ?? NaN) <= (outage?.asked ?? NaN));
    }
  });

  it('shows as an error, then as unavailable, then as a new agent', () => {
    const all = outages(restart(10, 4));
    const states = [9_999, 10_000, 10_600, 15_500].map((now) => all.state('a', now));
    assert.deepEqual(states, ['connected', 'error', 'unavailable', 'connected']);
    assert.equal(all.state('b', 10_000), 'connected');
    assert.equal(all.began('a', 13_000), -Infinity);
    assert.equal(all.began('a', 15_500), 14_000);
  });

  it('is told late and merged, with the time of the loss, and asked again', () => {
    assert.deepEqual(acts(subscribed([restart(10, 0.5)])), [
      [12, 'repeat', 'a'],
      [20, 'a', 10],
    ]);
    // The second error has the first one told at once.
    assert.deepEqual(acts(subscribed([restart(10, 4)])), [
      [12, 'a', 10],
      [16, 'repeat', 'a'],
      [22, 'a', 12],
    ]);
    const both = acts(subscribed([restart(10, 0.5), restart(10.1, 0.5, 'b')]));
    assert.ok(both.some((one) => JSON.stringify(one) === JSON.stringify([20, 'a,b', 10])));
  });

  it('sends nothing between the loss and the next request', () => {
    const stream = subscribed([restart(10, 4)]);
    assert.deepEqual(
      [9_999, 10_000, 15_999, 16_000].map((played) => stream.isLive('a', played)),
      [true, false, false, true],
    );
    assert.ok(stream.isLive('b', 12_000));
    assert.ok(stream.isLive('', 12_000));
  });
});

describe('a stream', () => {
  it('ends with all nodes lost, after having told so', () => {
    const faults: Fault[] = [{ kind: 'all-lost', at: 10 * SECOND, for: 8 * SECOND }];
    assert.deepEqual(acts(subscribed(faults)), [
      [10, 'a,b,c', 10],
      [10, 'end'],
    ]);
    assert.deepEqual(acts(subscribed(faults, 12)), [[12, 'end']]);
    assert.deepEqual(acts(subscribed(faults, 30)), []);
  });

  it('ends at once and in silence where there is no peer', () => {
    const faults: Fault[] = [{ kind: 'empty', at: 10 * SECOND, for: 8 * SECOND }];
    assert.deepEqual(acts(subscribed(faults)), [[10, 'end']]);
    assert.deepEqual(acts(subscribed(faults, 12)), [[12, 'end']]);
    assert.deepEqual(acts(subscribed(faults, 18)), []);
  });

  it('never asks a peer again that was removed and added', () => {
    const faults: Fault[] = [{ kind: 'silent', at: 10 * SECOND, node: 'a' }];
    assert.deepEqual(acts(subscribed(faults)), []);
    assert.ok(!subscribed(faults).isLive('a', 50 * SECOND));
    assert.ok(subscribed(faults, 11).isLive('a', 50 * SECOND));
    assert.equal(outages(...faults).state('a', 10 * SECOND), 'connected');
  });

  it('asks a new peer within 2 s', () => {
    const stream = subscribed([{ kind: 'peer-new', at: 10 * SECOND, node: 'a' }]);
    assert.deepEqual(acts(stream), [[12, 'repeat', 'a']]);
    assert.ok(!stream.isAskedFirst('a') && stream.isAskedFirst('b'));
  });

  it('asks who refuses a mask every 2 s, and tells it with his name again and again', () => {
    const one: Fault = { kind: 'mask-refused', at: 0, node: 'a' };
    assert.deepEqual(acts(subscribed([one], 0, true)).slice(0, 2), [
      [10, 'a,a,a,a,a', 0],
      [20, 'a,a,a,a,a', 10],
    ]);
    assert.deepEqual(acts(subscribed([one])), []);
    const all: Fault = { kind: 'mask-refused', at: 0, node: undefined };
    assert.deepEqual(acts(subscribed([all], 0, true)), [
      [0, 'a,b,c', 0],
      [0, 'end'],
    ]);
  });
});
