import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Ambient, type AmbientSlots } from '../../src/judge/ambient.js';
import { AMBIENT_SHARE, MAX_BAD, MIN_GOOD } from '../../src/judge/constants.js';
import { shareOf, SLOT, type Column, type Observed, type TrialSeries } from '../../src/judge/observed.js';

const SLOTS = 50;
const NODES = 4;

/** Edges among some nodes and the outside to two destinations, each with failures of its own; nodes restart never, once or twice. */
const soaks = fc
  .record({
    downs: fc.array(fc.uniqueArray(fc.integer({ min: 8, max: 90 }), { maxLength: 2 }), {
      minLength: NODES,
      maxLength: NODES,
    }),
    edges: fc.array(
      fc.record({
        src: fc.integer({ min: 0, max: NODES - 1 }),
        dst: fc.integer({ min: -1, max: NODES - 1 }),
        port: fc.integer({ min: 1, max: 2 }),
        slots: fc.uniqueArray(fc.integer({ min: 0, max: SLOTS - 1 }), { minLength: 5, maxLength: SLOTS }),
        outage: fc.tuple(fc.integer({ min: 0, max: SLOTS }), fc.integer({ min: 0, max: 20 })),
        attempts: fc.constantFrom(1, 3, 7),
      }),
      { minLength: 1, maxLength: 9 },
    ),
  })
  .map(({ downs, edges }): Observed => {
    const length = SLOTS * SLOT;
    const trials = edges.map(({ src, dst, port, slots: seen, outage: [from, lasts], attempts }, i): TrialSeries => {
      const slots = Int32Array.from(seen).sort();
      const failed = Float64Array.from(slots, (slot) => {
        if (slot >= from && slot < from + lasts) return Math.ceil(attempts / 2);
        return (slot * 7 + i) % 13 === 0 ? 1 : 0;
      });
      return {
        edge: { src: `s${i}`, dst: 'd', protocol: 'TCP', port },
        workloadEdge: `${i}`,
        destination: `d ${port}`,
        srcNode: src,
        dstNode: dst,
        nodes: [...new Set([src, dst])].filter((node) => node >= 0),
        slots,
        attempts: new Float64Array(slots.length).fill(attempts),
        failed,
        reasons: new Float64Array(slots.length),
      };
    });
    return {
      windowMs: 10_000,
      length,
      nodes: downs.map((own, i) => ({
        name: `n${i}`,
        expected: true,
        segments: [...own]
          .sort((a, b) => a - b)
          .map((down, k, all) => ({
            down,
            back: down + 2,
            after: down + 4,
            end: all[k + 1] ?? Number.POSITIVE_INFINITY,
          })),
        visible: new Uint8Array(length).fill(1),
        visibleBefore: Float64Array.from({ length: length + 1 }, (_, w) => w),
      })),
      signals: [],
      trials,
      drops: [],
      attempts: new Float64Array(length),
      graceWindows: 0,
    };
  });

/** What the method says, told as plainly as can be, for a restart of `node` in the window `down`. */
function plainly(observed: Observed, destination: string, node: number, down: number): AmbientSlots {
  const callers = observed.trials.filter((trial) => trial.destination === destination);
  const segmentsOf = (trial: TrialSeries) => trial.nodes.flatMap((end) => observed.nodes[end]?.segments ?? []);
  const first = Math.min(...observed.nodes.flatMap(({ segments }) => segments.map((one) => one.down)));
  const within = (trial: TrialSeries, from: number, to: number) =>
    [...trial.slots.keys()].filter(
      (i) => (trial.slots[i] ?? 0) * SLOT >= from && ((trial.slots[i] ?? 0) + 1) * SLOT <= to,
    );
  const sum = (values: Column, which: readonly number[]) => which.reduce((all, i) => all + (values[i] ?? 0), 0);
  const worked = (trial: TrialSeries) => {
    const before = within(trial, 0, first);
    const failed = before.reduce((all, i) => all + shareOf(trial, i), 0);
    return before.length - failed >= MIN_GOOD && failed <= MAX_BAD * before.length;
  };
  const survived = (trial: TrialSeries) => {
    const earlier = segmentsOf(trial).filter((one) => one.down < down);
    if (earlier.length === 0) return true;
    const since = within(trial, Math.max(...earlier.map((one) => one.after)), down);
    const [attempts, failed] = [sum(trial.attempts, since), sum(trial.failed, since)];
    return attempts - failed >= MIN_GOOD && failed <= MAX_BAD * attempts;
  };
  const until = (trial: TrialSeries) =>
    Math.min(
      Number.POSITIVE_INFINITY,
      ...segmentsOf(trial)
        .map((one) => one.down)
        .filter((one) => one >= down),
    );
  const controls = callers.filter((trial) => !trial.nodes.includes(node) && worked(trial) && survived(trial));
  const bad = new Map<number, { failed: number; trials: number }>();
  let word = false;
  for (let slot = Math.floor(down / SLOT); slot < SLOTS; slot++) {
    const shares = (trials: readonly TrialSeries[]) =>
      trials.flatMap((trial) => (trial.slots.includes(slot) ? [shareOf(trial, trial.slots.indexOf(slot))] : []));
    const all = shares(callers);
    const control = shares(controls.filter((trial) => (slot + 1) * SLOT <= until(trial)));
    if (all.length === 0) continue;
    const failed = control.reduce((a, b) => a + b, 0);
    if (control.length > 0) word = failed > AMBIENT_SHARE * (control.length + 1);
    else if (all.reduce((a, b) => a + b, 0) <= AMBIENT_SHARE * all.length) word = false;
    if (word) bad.set(slot, { failed, trials: control.length });
  }
  return bad;
}

describe('Ambient', () => {
  it('finds the slots in which a destination fails for callers that the restart does not touch', () => {
    let found = 0;
    fc.assert(
      fc.property(soaks, (observed) => {
        const ambient = new Ambient(observed);
        observed.nodes.forEach(({ segments }, node) => {
          for (const { down } of segments)
            for (const destination of ['d 1', 'd 2']) {
              const slots = ambient.slots(destination, down);
              found += slots.size;
              assert.deepEqual(slots, plainly(observed, destination, node, down));
            }
        });
      }),
      { numRuns: 200 },
    );
    assert.ok(found > 0, 'some destination was down');
  });
});
