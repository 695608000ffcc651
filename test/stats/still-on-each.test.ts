import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { stillOn } from '../../src/stats/still-on.js';
import { stillOnEach } from '../../src/stats/still-on-each.js';

const series = fc
  .array(fc.record({ events: fc.integer({ min: 0, max: 3 }), exposure: fc.constantFrom(0, 1, 1, 1, 2) }), {
    maxLength: 120,
  })
  .map((windows) => {
    const [events, exposure] = [new Float64Array(windows.length), new Float64Array(windows.length)];
    windows.forEach((window, i) => {
      events[i] = (events[i - 1] ?? 0) + window.events;
      exposure[i] = (exposure[i - 1] ?? 0) + window.exposure;
    });
    return { events, exposure };
  });

describe('stillOnEach', () => {
  it('says at each window what stillOn says there', () => {
    const rules = fc.record({
      share: fc.constantFrom(0.3, 0.6, 1),
      minWindows: fc.integer({ min: 1, max: 12 }),
      minExpected: fc.integer({ min: 1, max: 6 }),
    });
    fc.assert(
      fc.property(series, rules, ({ events, exposure }, rule) => {
        const each = [...stillOnEach(events, exposure, rule)].map((on) => on === 1);
        assert.deepEqual(
          each,
          each.map((_, at) => stillOn(events, exposure, rule, at)),
        );
      }),
    );
  });
});
