/** What is kept of slots in few bytes is what plain lists say. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { lowerBound } from '../../src/judge/observed.js';
import { CountPages, ToldSlots } from '../../src/judge/slot-counts.js';
import { SlotSet } from '../../src/judge/slot-set.js';
import { SlotSums } from '../../src/judge/slot-sums.js';
import { TrialColumns } from '../../src/judge/trial-columns.js';

const SLOTS = 150;
const slot = fc.nat(SLOTS - 1);

describe('a set of slots', () => {
  it('knows its slots, how many lie before one, and which is next and last', () => {
    fc.assert(
      fc.property(fc.array(slot), slot, fc.nat(9), (some, at, step) => {
        const set = new SlotSet(SLOTS);
        for (const one of some) set.add(one);
        const plain = [...new Set(some)].sort((a, b) => a - b);
        assert.equal(set.size, plain.length);
        assert.equal(set.before(at), plain.filter((one) => one < at).length);
        assert.equal(
          set.next(at),
          plain.find((one) => one >= at),
        );
        assert.equal(set.has(at), plain.includes(at));
        assert.equal(
          set.hasAny(at, at + step),
          plain.some((one) => one >= at && one < at + step),
        );
        assert.equal(set.last(), plain.at(-1) ?? -1);
        assert.equal(set.before(10 * SLOTS), plain.length);
      }),
      { seed: 21, numRuns: 300 },
    );
  });

  it('has none beyond the soak', () => {
    const set = new SlotSet(SLOTS);
    set.add(SLOTS + 100);
    assert.deepEqual([set.size, set.last(), set.next(0)], [0, -1, undefined]);
  });
});

describe('attempts by slot', () => {
  it('are those of the source where it told any, and else those of the destination', () => {
    const told = fc.record({
      at: slot,
      attempts: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 200_000 })),
      bySource: fc.boolean(),
      isFailed: fc.boolean(),
      reason: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(told), (all) => {
        const slots = new ToldSlots(new CountPages());
        for (const { at, attempts, bySource, isFailed, reason } of all) {
          const by = bySource ? slots.atSource : slots.atDestination;
          if (isFailed) by.failed(at, reason, attempts);
          else by.answered(at, attempts);
        }
        for (let at = 0; at < SLOTS; at++) {
          const own = all.filter((one) => one.at === at);
          const source = own.filter(({ bySource }) => bySource);
          const counted = source.length > 0 ? source : own;
          const sum = (some: typeof own) => some.reduce((n, { attempts }) => n + attempts, 0);
          const word = slots.at(at);
          assert.equal(word?.attempts ?? 0, sum(counted));
          assert.equal(word?.by.failures(at) ?? 0, sum(counted.filter(({ isFailed }) => isFailed)));
        }
      }),
      { seed: 22, numRuns: 200 },
    );
  });
});

describe('columns of trials', () => {
  it('hold any numbers, series after series', () => {
    const value = fc.oneof(fc.nat(9), fc.nat(70_000), fc.constantFrom(0, 0, 0, 0.5));
    const row = fc.tuple(fc.nat(80_000), value, value, value);
    const columns = new TrialColumns();
    fc.assert(
      fc.property(fc.uniqueArray(row, { selector: ([at]) => at }), (rows) => {
        rows.sort((a, b) => a[0] - b[0]);
        for (const [at, attempts, failed, reason] of rows) columns.add(at, attempts, failed, reason);
        const { slots, attempts, failed, reasons } = columns.close();
        assert.deepEqual(
          [...slots].map((at, i) => [at, attempts[i] ?? 0, failed[i] ?? 0, reasons[i] ?? 0]),
          rows,
        );
      }),
      { seed: 23, numRuns: 200 },
    );
  });
});

describe('sums of picked trials', () => {
  it('are those of plain lists, whichever trials are left out', () => {
    const sums = new SlotSums();
    const shares = fc.array(fc.record({ gap: fc.integer({ min: 1, max: 3 }), share: fc.constantFrom(0, 0, 0.5, 1) }));
    fc.assert(
      fc.property(
        shares,
        fc.func(fc.boolean()),
        fc.nat(20),
        fc.double({ min: 0.1, max: 5 }),
        (all, isIn, from, bound) => {
          let last = -1;
          const slots = Uint16Array.from(all, ({ gap }) => (last += gap));
          sums.begin(slots);
          const picked: { slot: number; share: number }[] = [];
          all.forEach(({ share }, i) => {
            if (i < from || !isIn(i)) return;
            sums.add(i, share);
            picked.push({ slot: slots[i] ?? 0, share });
          });
          const { slots: taken, failed } = sums.take();
          assert.deepEqual(
            [...taken],
            picked.map((one) => one.slot),
          );
          const until = (count: number) => picked.slice(0, count).reduce((sum, one) => sum + one.share, 0);
          for (let count = 0; count <= picked.length; count++) assert.equal(failed.of(count), until(count));
          const reached = picked.findIndex((_, i) => until(i + 1) >= bound);
          assert.equal(failed.reach(bound), reached < 0 ? Number.POSITIVE_INFINITY : reached + 1);
          assert.deepEqual(
            [...failed.each(lowerBound(taken, 30))],
            picked.flatMap(({ slot: at, share }, i) => (at < 30 && share > 0 ? [{ at: i, failed: share }] : [])),
          );
        },
      ),
      { seed: 24, numRuns: 300 },
    );
  });
});
