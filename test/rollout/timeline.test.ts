import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Journal, merge } from '../../src/aggregate/journal.js';
import { NODE_STATE } from '../../src/hubble/event.js';
import { at, beats, journalOf as plainJournal, status, W0, WINDOW_MS } from '../aggregate/flows.js';
import { journalOf, phasesOf, restarts, rolled, spans, talk, timeline, type NodePlan } from './roll.js';

const OLD = -5000;
const STEADY = { n2: { began: [OLD] }, n3: { began: [OLD] } };

describe('segments count in windows', () => {
  const segments = (node: NodePlan, length = 900, settleMs = 60_000) => {
    const roll = rolled(journalOf({ n1: node, ...STEADY }, length), { settleMs });
    return timeline(roll, 'n1').segments.map(({ down, back, after, end }) =>
      [down, back, after, end].map((window) => (Number.isFinite(window) ? window - W0 : window)),
    );
  };

  test('R behind the last flow, v with the first, a when settle is over', () => {
    assert.deepEqual(segments({ silent: [[203, 228]], began: [OLD, 225] }), [[21, 22, 28, Infinity]]);
    assert.deepEqual(segments({ silent: [[203, 228]], began: [OLD, 225] }, 900, 15_000), [[21, 22, 24, Infinity]]);
  });

  test('R and v are one window where the gap lies within it, or there is none', () => {
    assert.deepEqual(segments({ silent: [[203, 208.9]], began: [OLD, 207] }), [[21, 21, 27, Infinity]]);
    assert.deepEqual(segments({ began: [OLD, 205] }), [[20, 20, 26, Infinity]]);
  });

  test('two restarts more than 2 min apart are two, and the first ends where the second begins', () => {
    const node = {
      silent: [
        [200, 208],
        [400, 408],
      ],
      began: [OLD, 206, 406],
    } as const;
    assert.deepEqual(segments(node), [
      [21, 21, 27, 41],
      [41, 41, 47, Infinity],
    ]);
  });

  test('two restarts less than 2 min apart are one, but both are listed', () => {
    const node = {
      silent: [
        [200, 208],
        [300, 308],
      ],
      began: [OLD, 206, 306],
    } as const;
    assert.deepEqual(segments(node), [[21, 30, 36, Infinity]]);
    const roll = rolled(journalOf({ n1: node, ...STEADY }, 900));
    assert.deepEqual(restarts(roll, 'n1'), [
      [206, 'uptime'],
      [306, 'uptime'],
    ]);
  });

  test('R lies 5 min back at the most, though all of a long outage is blind', () => {
    const away = { silent: [[200, 800]], began: [OLD, 796], away: [[200, 796]] } as const;
    assert.deepEqual(segments(away, 1200), [[50, 80, 86, Infinity]]);
    const roll = rolled(journalOf({ n1: away, ...STEADY }, 1200));
    assert.deepEqual(spans(timeline(roll, 'n1').blind), [[200, 800]]);
    const alone = rolled(journalOf({ n1: { silent: [[200, 800]] }, n2: {} }, 1200));
    assert.deepEqual(restarts(alone, 'n1'), [[800, 'gap']]);
    assert.deepEqual(spans(timeline(alone, 'n1').blind), [[200, 800]]);
  });
});

describe('phases', () => {
  const node = { silent: [[200, 208]], began: [OLD, 206] } as const;

  test('follow each other from the first flow to the end', () => {
    assert.deepEqual(phasesOf(rolled(journalOf({ n1: node, ...STEADY }, 1000)), 'n1'), [
      ['baseline', 0, 200],
      ['blind', 200, 208],
      ['settle', 208, 268],
      ['soak', 268, 808],
      ['late', 808, 999.5],
    ]);
    assert.deepEqual(phasesOf(rolled(journalOf({ n1: node, ...STEADY }, 1000)), 'n2'), [['baseline', 0, 999.5]]);
  });

  test('begin anew with each restart', () => {
    const twice = { silent: [...node.silent, [230, 238]], began: [OLD, 206, 236] } as const;
    assert.deepEqual(phasesOf(rolled(journalOf({ n1: twice, ...STEADY }, 400)), 'n1'), [
      ['baseline', 0, 200],
      ['blind', 200, 208],
      ['settle', 208, 230],
      ['blind', 230, 238],
      ['settle', 238, 298],
      ['soak', 298, 399.5],
    ]);
  });

  test('are blind where the node could not be seen, without a restart', () => {
    const hung = { ...node, silent: [...node.silent, [100, 120], [300, 330]] } as const;
    assert.deepEqual(phasesOf(rolled(journalOf({ n1: hung, ...STEADY }, 400)), 'n1'), [
      ['baseline', 0, 100],
      ['blind', 100, 120],
      ['baseline', 120, 200],
      ['blind', 200, 208],
      ['settle', 208, 268],
      ['soak', 268, 300],
      ['blind', 300, 330],
      ['soak', 330, 399.5],
    ]);
  });

  test('are blind from when the node was lost', () => {
    const lost = { to: 300, began: [OLD], away: [[300, 1000]] } as const;
    assert.deepEqual(phasesOf(rolled(journalOf({ n1: lost, ...STEADY }, 400)), 'n1'), [
      ['baseline', 0, 299.5],
      ['blind', 299.5, 399.5],
    ]);
  });

  test('fill the time of a node without gap or overlap, whatever happened', () => {
    const moments = fc.array(fc.integer({ min: 1, max: 690 }), { minLength: 0, maxLength: 5 });
    const outages = fc.array(fc.tuple(fc.integer({ min: 1, max: 690 }), fc.integer({ min: 1, max: 200 })), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(moments, outages, moments, fc.boolean(), (began, silent, given, ends) => {
        const plan: NodePlan = {
          every: 2,
          began: [OLD, ...began.sort((a, b) => a - b)],
          silent: silent.map(([from, length]) => [from, from + length] as const),
          ...(ends && { to: 500 }),
        };
        const roll = rolled(journalOf({ n1: plan, n2: { every: 2 } }, 700), {
          given: given.map((s) => ({ node: 'n1', time: at(s) })),
        });
        const { phases, blind, segments, restarts: all } = timeline(roll, 'n1');
        assert.equal(phases[0]?.from, timeline(roll, 'n1').sight.firstFlow);
        assert.equal(phases.at(-1)?.to, roll.to);
        phases.forEach((span, i) => {
          assert.ok(span.to > span.from);
          if (i > 0) assert.equal(span.from, phases[i - 1]?.to);
        });
        const blindPhases = phases.filter(({ phase }) => phase === 'blind').map(({ from, to }) => ({ from, to }));
        assert.deepEqual(blindPhases, blind);
        blind.forEach((span, i) => assert.ok(i === 0 || span.from > (blind[i - 1]?.to ?? 0)));
        segments.forEach(({ down, back, after, end }) => assert.ok(down <= back && back <= after && end >= back));
        assert.ok(all.every((one, i) => i === 0 || one.at >= (all[i - 1]?.at ?? 0)));
        assert.equal(all.filter((one) => one.evidence === 'given').length, given.length);
      }),
      { seed: 3, numRuns: 40 },
    );
  });
});

describe('how a node ends', () => {
  const end = (node: NodePlan, length = 600, others: Record<string, NodePlan> = STEADY) => {
    const { goneSince, leftSince, expected, unseen } = timeline(
      rolled(journalOf({ n1: node, ...others }, length)),
      'n1',
    );
    return { gone: goneSince, left: leftSince, expected, unseen: spans(unseen) };
  };
  const THERE = { gone: undefined, left: undefined, expected: true, unseen: [] };

  test('lost by relay, and not back', () => {
    assert.deepEqual(end({ to: 400, began: [OLD], away: [[400, 1000]] }), { ...THERE, gone: at(399.5) });
  });

  test('silent for good, where nobody asked relay', () => {
    assert.deepEqual(end({ to: 400 }, 600, { n2: {} }), { ...THERE, gone: at(399.5) });
  });

  test('silent since a restart: its agent runs, but shows nothing', () => {
    assert.deepEqual(end({ to: 400, began: [OLD, 410], away: [[400, 410]] }), { ...THERE, gone: at(399.5) });
  });

  test('silent although its agent runs', () => {
    assert.deepEqual(end({ to: 400, began: [OLD] }), { ...THERE, unseen: [[399.5, 599.5]] });
  });

  test('taken out of the cluster', () => {
    assert.deepEqual(end({ to: 400, began: [OLD], listedTo: 405 }), { ...THERE, left: at(399.5), expected: false });
  });

  test('there, though it is quiet', () => {
    assert.deepEqual(end({ every: 45, to: 560, began: [OLD] }), THERE);
    assert.deepEqual(end({ every: 45, to: 560 }), THERE);
    assert.deepEqual(end({ to: 575, began: [OLD], away: [[575, 1000]] }), THERE, 'not yet 30 s');
  });

  test('all of them, with the recording', () => {
    const all = { to: 400, began: [OLD], away: [[400, 1000]] } as const;
    assert.ok(
      rolled(journalOf({ n1: all, n2: all, n3: all }, 600)).nodes.every((node) => node.goneSince === undefined),
    );
  });
});

describe('a PASS waits for', () => {
  const first = { silent: [[700, 708]], began: [OLD, 706] } as const;
  const expected = (nodes: Record<string, NodePlan>, settings = {}) =>
    rolled(journalOf({ n1: first, ...nodes }, 900), settings)
      .nodes.filter((node) => node.expected)
      .map((node) => node.name);

  test('nodes that were there 5 min before the first restart', () => {
    assert.deepEqual(expected({ n2: { from: 380, began: [378] }, n3: { from: 420, began: [418] } }), ['n1', 'n2']);
  });

  test('nodes that were sampled for 5 min, with or without a flow', () => {
    assert.deepEqual(expected({ n2: { from: 600, began: [OLD] } }), ['n1', 'n2']);
  });

  test('nodes that were there from the beginning, however short the baseline', () => {
    const early = { silent: [[60, 68]], began: [OLD, 66] } as const;
    const roll = rolled(journalOf({ n1: early, n2: { from: 20 }, n3: { from: 40 } }, 300));
    assert.deepEqual(
      roll.nodes.map((node) => node.expected),
      [true, true, false],
    );
  });

  test('those that the user names', () => {
    assert.deepEqual(expected({ n2: {}, n3: {} }, { isExpected: (node: string) => node !== 'n2' }), ['n1', 'n3']);
  });

  test('no node that is ignored, nor does it count for anything', () => {
    const roll = rolled(journalOf({ n1: first, n2: {} }, 900), { isIgnored: (node) => node === 'n1' });
    assert.deepEqual(
      roll.nodes.map((node) => node.name),
      ['n2'],
    );
  });
});

describe('what is seen of nodes', () => {
  test('nothing at all', () => {
    const roll = rolled(new Journal(WINDOW_MS));
    assert.deepEqual([roll.nodes, roll.from, roll.to], [[], Number.NaN, Number.NaN]);
  });

  test('a node that is sampled, but never sends a flow', () => {
    const roll = rolled(journalOf({ n1: { to: 0, began: [OLD] }, n2: { began: [OLD] } }, 300));
    const { phases, segments, restarts: none } = timeline(roll, 'n1');
    assert.deepEqual([phases, segments, none], [[], [], []]);
    const restarted = journalOf({ n1: { to: 0, began: [OLD, 100] }, n2: { began: [OLD] } }, 300);
    assert.deepEqual(restarts(rolled(restarted), 'n1'), [[100, 'uptime']]);
  });

  test('no node that relay alone names, and never reached', () => {
    const journal = journalOf({ n1: {}, n2: { to: 0, began: [OLD], away: [[-1, 999]] } }, 100, [
      status(1, NODE_STATE.UNAVAILABLE, 'n3'),
    ]);
    assert.deepEqual(
      rolled(journal).nodes.map((node) => node.name),
      ['n1'],
    );
  });

  test('nodes in the order of their names, from the first flow to the last', () => {
    const roll = rolled(plainJournal([...beats('b', 5, 50), ...beats('a', 10, 60)]));
    assert.deepEqual(
      roll.nodes.map((node) => node.name),
      ['a', 'b'],
    );
    assert.deepEqual([roll.from, roll.to], [at(5), at(59)]);
  });

  test('a silence between two journals, which neither of them knew', () => {
    const parts = [plainJournal([...beats('n1', 0, 200, 0.5), ...beats('n2', 0, 210, 0.5)])];
    parts.push(plainJournal([...beats('n1', 220, 400, 0.5), ...beats('n2', 210, 400, 0.5)]));
    assert.deepEqual(restarts(rolled(merge(parts)), 'n1'), [[220, 'gap']]);
    assert.deepEqual(restarts(rolled(merge(parts)), 'n2'), []);
  });

  test('two days of a node that is silent thousands of times, in no time', () => {
    const journal = new Journal(WINDOW_MS);
    for (const [i, node] of ['n1', 'n2', 'n3'].entries())
      for (let s = i; s < 2 * 86_400; s += 20) talk(journal, node, s - i, s - i + 10, 400);
    const roll = rolled(journal);
    assert.deepEqual(
      roll.nodes.flatMap((node) => node.restarts),
      [],
    );
  });
});
