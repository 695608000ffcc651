import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { blame } from '../../src/judge/blame.js';
import { SILENT } from '../../src/judge/failed-trials.js';
import { EdgeLane } from '../../src/judge/lane-edges.js';
import { methodTimes, type Observed, type ObservedNode } from '../../src/judge/observed.js';

const SLOTS = 60;

function nodeDown(name: string, down: number): ObservedNode {
  const visible = new Uint8Array(2 * SLOTS).fill(1);
  const visibleBefore = Float64Array.from({ length: 2 * SLOTS + 1 }, (_, w) => w);
  const segments = [{ down, back: down + 1, after: down + 2, end: Number.POSITIVE_INFINITY }];
  return { name, expected: true, segments, visible, visibleBefore };
}

/** One edge between two nodes, in every slot or in those given, that fails from a slot on. */
function soakOf(downs: readonly number[], seen: readonly number[], failsFrom: number): Observed {
  const slots = Int32Array.from(seen);
  const share = Float64Array.from(slots, (slot) => (slot >= failsFrom ? 1 : 0));
  return {
    windowMs: 10_000,
    length: 2 * SLOTS,
    nodes: downs.map((down, i) => nodeDown(`n${i + 1}`, down)),
    signals: [],
    trials: [
      {
        edge: { src: 'shop/web', dst: 'shop/api', protocol: 'TCP', port: 80 },
        workloadEdge: 'web api',
        destination: 'api',
        srcNode: 0,
        dstNode: 1,
        nodes: [0, 1],
        slots,
        attempts: new Float64Array(slots.length).fill(1),
        failed: share,
        reasons: new Float64Array(slots.length).fill(SILENT),
      },
    ],
    drops: [],
    attempts: new Float64Array(2 * SLOTS),
    graceWindows: 0,
  };
}

function blamed(observed: Observed) {
  const lane = new EdgeLane(observed, methodTimes(20_000, 10_000), 0.01, 0.1);
  const { nodes, alike } = blame(observed, lane, SILENT, { given: [], spread: false, mayBlame: () => true });
  return { nodes, alike };
}

describe('blame', () => {
  const every = Array.from({ length: SLOTS }, (_, slot) => slot);
  const between = (slot: number) => slot >= 10 && slot < 20;

  it('blames nobody where no edge shows the harm', () => {
    assert.deepEqual(blamed(soakOf([20, 60], every, SLOTS)), { nodes: [], alike: [] });
  });

  it('blames the restart since which it fails', () => {
    assert.deepEqual(blamed(soakOf([20, 60], every, 12)), { nodes: [0], alike: [] });
    assert.deepEqual(blamed(soakOf([20, 60], every, 32)), { nodes: [1], alike: [] });
  });

  it('is content with a single trial between two restarts', () => {
    const rare = every.filter((slot) => !between(slot) || slot === 15);
    assert.deepEqual(blamed(soakOf([20, 40], rare, 15)), { nodes: [0], alike: [] });
    assert.deepEqual(blamed(soakOf([20, 40], rare, 16)), { nodes: [1], alike: [] });
  });

  it('cannot tell two restarts apart with nothing in between', () => {
    const rare = every.filter((slot) => !between(slot));
    const { nodes, alike } = blamed(soakOf([20, 40], rare, 20));
    assert.deepEqual([...nodes, ...alike].sort(), [0, 1]);
    assert.equal(alike.length, 1);
  });
});
