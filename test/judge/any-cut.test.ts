/** Whatever part of a soak was seen, from wherever to wherever, there is a verdict on it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Aggregator } from '../../src/aggregate/aggregator.js';
import type { SoakEvent } from '../../src/hubble/event.js';
import { judge } from '../../src/judge/judge.js';
import { DEFAULT_SETTINGS } from '../../src/judge/settings.js';
import { small } from '../simulator/small.js';
import { simulate } from '../simulator/soak.js';

const MINUTES = 10;
const EVENTS: readonly SoakEvent[] = [
  ...simulate(small({ minutes: MINUTES, restarts: [{ node: 'b', at: 4, downSeconds: 12 }] })),
];
const START = EVENTS[0]?.time ?? 0;

describe('the judge', () => {
  it('judges any cut of a soak, also one whose flows begin behind a restart', () => {
    const second = fc.integer({ min: 0, max: MINUTES * 60 });
    const cut = fc.record({
      from: second,
      length: second,
      flowsFrom: second,
      gap: second,
      samples: fc.boolean(),
      finished: fc.boolean(),
    });
    fc.assert(
      fc.property(cut, ({ from, length, flowsFrom, gap, samples, finished }) => {
        const isSeen = ({ kind, time }: SoakEvent): boolean => {
          const at = (time - START) / 1000;
          if (at < from || at > from + length || (at >= gap && at < gap + 30)) return false;
          return kind === 'flow' ? at >= flowsFrom : kind !== 'node-samples' || samples;
        };
        const aggregator = new Aggregator({ windowMs: DEFAULT_SETTINGS.windowMs });
        for (const event of EVENTS) if (isSeen(event)) aggregator.push(event);
        if (finished) aggregator.finish();
        const { document } = judge(aggregator.journal, DEFAULT_SETTINGS, {
          inputs: [],
          version: 'test',
          now: undefined,
        });
        assert.notEqual(document.verdict, 'pass');
      }),
      { numRuns: 300 },
    );
  });
});
