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

describe('blame', () => {
  it('finds nobody innocent where no edge shows the harm', () => {
    const slots = Array.from({ length: SLOTS }, (_, slot) => slot);
    const observed: Observed = {
      windowMs: 10_000,
      length: 2 * SLOTS,
      nodes: [nodeDown('n1', 20), nodeDown('n2', 60)],
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
          share: slots.map(() => 0),
          attempts: slots.map(() => 1),
          failed: slots.map(() => 0),
          reasons: slots.map(() => SILENT),
        },
      ],
      drops: [],
      attempts: new Float64Array(2 * SLOTS),
      graceWindows: 0,
    };
    const lane = new EdgeLane(observed, methodTimes(20_000, 10_000), 0.01, 0.1);
    const { innocent } = blame([], SILENT, lane, 2 * SLOTS - 1);
    assert.deepEqual([innocent(0), innocent(1)], [false, false]);
  });
});
