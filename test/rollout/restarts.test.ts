import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Journal } from '../../src/aggregate/journal.js';
import { NODE_STATE, type AgentEvent } from '../../src/hubble/event.js';
import { at, samples, status, WINDOW_MS } from '../aggregate/flows.js';
import { journalOf, restarts, rolled, spans, talk, timeline } from './roll.js';

const OLD = -5000;
const STEADY = { n2: {}, n3: {} };

const started = (node: string, seconds: number): AgentEvent => ({
  kind: 'agent-event',
  node,
  time: at(seconds),
  type: 'AGENT_STARTED',
});

/** n1 is silent from 200 to 208 s, its agent began at 206 s; what is told of it differs. */
const oneRestart = (began: readonly number[] | undefined, ...more: Parameters<typeof journalOf>[2] & object) =>
  rolled(journalOf({ n1: { silent: [[200, 208]], ...(began && { began }) }, ...STEADY }, 400, more));

describe('a restart is found', () => {
  test('by an uptime that fell: its time is when Hubble began', () => {
    const roll = oneRestart([OLD, 206]);
    assert.deepEqual(restarts(roll, 'n1'), [[206, 'uptime']]);
    const [restart] = timeline(roll, 'n1').restarts;
    assert.deepEqual(spans([{ from: restart?.lastFlow ?? 0, to: restart?.firstFlow ?? 0 }]), [[200, 208]]);
    assert.deepEqual([restarts(roll, 'n2'), restarts(roll, 'n3')], [[], []]);
  });

  test('by an uptime that began after the first flow, when nobody had asked before', () => {
    const journal = journalOf({ n1: { silent: [[200, 208]] }, ...STEADY }, 400, [samples(300, { n1: 94 })]);
    assert.deepEqual(restarts(rolled(journal), 'n1'), [[206, 'uptime']]);
  });

  test('by an uptime that fell without a gap', () => {
    const roll = rolled(journalOf({ n1: { began: [OLD, 206.5] }, ...STEADY }, 400));
    assert.deepEqual(restarts(roll, 'n1'), [[206.5, 'uptime']]);
    assert.deepEqual(timeline(roll, 'n1').blind, []);
  });

  test('by AGENT_STARTED, also where its node is named without the cluster, and told twice', () => {
    assert.deepEqual(restarts(oneRestart(undefined, started('n1', 206), started('n1', 206)), 'n1'), [
      [206, 'agent-event'],
    ]);
    const journal = journalOf({ 'prod/n1': { silent: [[200, 208]] }, ...STEADY }, 400, [started('n1', 206)]);
    assert.deepEqual(restarts(rolled(journal), 'prod/n1'), [[206, 'agent-event']]);
  });

  test('by what relay said of a silence, also of a short one', () => {
    assert.deepEqual(restarts(oneRestart(undefined, status(201, NODE_STATE.ERROR, 'n1')), 'n1'), [
      [208, 'node-status'],
    ]);
    const short = { n1: { silent: [[200, 203]] as const }, ...STEADY };
    assert.deepEqual(restarts(rolled(journalOf(short, 400)), 'n1'), []);
    const told = journalOf(short, 400, [status(200, NODE_STATE.ERROR, 'n1')]);
    assert.deepEqual(restarts(rolled(told), 'n1'), [[203, 'node-status']]);
  });

  test('by a gap in its flows while others went on', () => {
    const roll = oneRestart(undefined);
    assert.deepEqual(restarts(roll, 'n1'), [[208, 'gap']]);
    assert.equal(timeline(roll, 'n1').restarts[0]?.plusMinusMs, 4000);
  });

  test('once, by the strongest evidence of several', () => {
    const told = status(201, NODE_STATE.ERROR, 'n1');
    const agent = started('n1', 205);
    assert.deepEqual(restarts(oneRestart([OLD, 206], told, agent), 'n1'), [[206, 'uptime']]);
    assert.deepEqual(restarts(oneRestart(undefined, told, agent), 'n1'), [[205, 'agent-event']]);
    assert.deepEqual(restarts(oneRestart(undefined, told), 'n1'), [[208, 'node-status']]);
  });

  test('once, where relay subscribed long after the agent began', () => {
    const late = { n1: { silent: [[200, 270]] as const, began: [OLD, 210] }, ...STEADY };
    assert.deepEqual(restarts(rolled(journalOf(late, 400)), 'n1'), [[210, 'uptime']]);
  });

  test('with its silence, where the watcher’s clock differs by seconds', () => {
    const roll = rolled(journalOf({ n1: { silent: [[200, 208]], began: [OLD, 214] }, ...STEADY }, 400));
    assert.deepEqual(restarts(roll, 'n1'), [[214, 'uptime']]);
    assert.deepEqual(spans(timeline(roll, 'n1').blind), [[200, 208]]);
  });

  test('of each node of a roll, planned or not', () => {
    const node = (s: number) => ({ silent: [[s, s + 8]] as const, began: [OLD, s + 6] });
    const roll = rolled(journalOf({ n1: node(100), n2: node(200), n3: node(230) }, 400));
    assert.deepEqual(
      ['n1', 'n2', 'n3'].map((name) => restarts(roll, name)),
      [[[106, 'uptime']], [[206, 'uptime']], [[236, 'uptime']]],
    );
  });

  test('where two nodes are away at once', () => {
    const roll = rolled(journalOf({ n1: { silent: [[200, 210]] }, n2: { silent: [[201, 209]] }, n3: {} }, 400));
    assert.deepEqual([restarts(roll, 'n1'), restarts(roll, 'n2')], [[[210, 'gap']], [[209, 'gap']]]);
  });

  test('days apart', () => {
    const journal = new Journal(WINDOW_MS);
    const [day, restart] = [86_400, 20];
    for (const [i, node] of ['n1', 'n2', 'n3'].entries()) {
      const down = 3600 + i * day;
      talk(journal, node, 0, down);
      talk(journal, node, down + restart, 3 * day);
    }
    const roll = rolled(journal);
    for (const [i, node] of ['n1', 'n2', 'n3'].entries())
      assert.deepEqual(restarts(roll, node), [[3620 + i * day, 'gap']]);
  });

  test('six times on one node, when they are hours apart: that is no habit', () => {
    const journal = new Journal(WINDOW_MS);
    talk(journal, 'n2', 0, 7 * 3600);
    for (let hour = 0; hour < 7; hour++) talk(journal, 'n1', hour * 3600, hour * 3600 + 3580);
    assert.equal(restarts(rolled(journal), 'n1').length, 6);
  });
});

describe('a restart is not found', () => {
  test('where nothing happened', () => {
    const roll = rolled(journalOf({ n1: { began: [OLD] }, ...STEADY }, 400));
    assert.deepEqual(
      roll.nodes.flatMap((node) => node.restarts),
      [],
    );
    assert.ok(roll.nodes.every((node) => node.expected && node.blind.length === 0 && node.segments.length === 0));
  });

  test('where a blocked GetNodes came 20 s late', () => {
    const late = samples(301, { n1: 281 - OLD });
    const blocked = [samples(279, { n1: 279 - OLD }), late, samples(303, { n1: 303 - OLD })];
    assert.deepEqual(restarts(rolled(journalOf({ n1: {}, ...STEADY }, 400, blocked)), 'n1'), []);
    // Another watcher's samples went on meanwhile.
    assert.deepEqual(restarts(rolled(journalOf({ n1: { began: [OLD] }, ...STEADY }, 400, [late])), 'n1'), []);
  });

  test('twice, where the late answer comes just behind a restart', () => {
    // Asked at 209 s, 3 s after the start; the answer came at 230 s.
    const answers = [
      samples(100, { n1: 5100 }),
      samples(208, { n1: 2 }),
      samples(230, { n1: 3 }),
      samples(232, { n1: 26 }),
    ];
    const journal = journalOf({ n1: { silent: [[200, 208]] }, ...STEADY }, 400, answers);
    assert.deepEqual(restarts(rolled(journal), 'n1'), [[206, 'uptime']]);
  });

  test('where a sample shows that the agent ran through the gap', () => {
    const hung = { n1: { silent: [[200, 220]] as const, began: [OLD] }, ...STEADY };
    const roll = rolled(journalOf(hung, 400));
    assert.deepEqual(restarts(roll, 'n1'), []);
    assert.deepEqual(timeline(roll, 'n1').unseen, [{ from: at(200), to: at(220), why: 'silent' }]);
    assert.deepEqual(spans(timeline(roll, 'n1').blind), [[200, 220]]);
  });

  test('where a sample shows that the agent ran through what relay lost', () => {
    const cut = { n1: { silent: [[200, 203]] as const, began: [OLD] }, ...STEADY };
    const roll = rolled(journalOf(cut, 400, [status(200, NODE_STATE.ERROR, 'n1')]));
    assert.deepEqual(restarts(roll, 'n1'), []);
    assert.deepEqual(spans(timeline(roll, 'n1').unseen), [[200, 203]]);
  });

  test('by a sample that comes too late to be an alibi', () => {
    const journal = journalOf({ n1: { silent: [[200, 220]] }, ...STEADY }, 600, [samples(221 + 300, { n1: 5000 })]);
    assert.deepEqual(restarts(rolled(journal), 'n1'), [[220, 'gap']]);
  });

  test('where all nodes were silent: relay was gone', () => {
    const away = { silent: [[200, 212]], every: 0.2 } as const;
    const roll = rolled(journalOf({ n1: away, n2: away, n3: away }, 400));
    for (const node of roll.nodes) {
      assert.deepEqual(node.restarts, []);
      assert.deepEqual(node.unseen, [{ from: at(200), to: at(212), why: 'all-silent' }]);
    }
  });

  test('where a quiet cluster was silent: it is just quiet, and seen', () => {
    const quiet = { silent: [[200, 212]], every: 1 } as const;
    const roll = rolled(journalOf({ n1: quiet, n2: quiet, n3: quiet }, 400));
    for (const node of roll.nodes) assert.deepEqual([node.restarts, node.unseen, node.blind], [[], [], []]);
  });

  test('on the only node, by its silence alone', () => {
    assert.deepEqual(restarts(rolled(journalOf({ n1: { silent: [[200, 212]] } }, 400)), 'n1'), []);
    const known = journalOf({ n1: { silent: [[200, 212]], began: [OLD, 206] } }, 400);
    assert.deepEqual(restarts(rolled(known), 'n1'), [[206, 'uptime']]);
  });

  test('on a node that is quiet by nature', () => {
    for (const every of [2.5, 7, 31]) {
      const roll = rolled(journalOf({ n1: { every }, ...STEADY }, 900));
      assert.deepEqual(restarts(roll, 'n1'), [], `a flow every ${every} s`);
      assert.deepEqual(timeline(roll, 'n1').unseen, []);
    }
  });

  test('on a node that talks in bursts', () => {
    const bursts = Array.from({ length: 30 }, (_, i) => [i * 30 + 5, i * 30 + 30] as const);
    assert.deepEqual(restarts(rolled(journalOf({ n1: { every: 0.05, silent: bursts }, ...STEADY }, 900)), 'n1'), []);
  });

  test('on a node that joined with a fresh agent', () => {
    const roll = rolled(journalOf({ n1: { from: 200, began: [198] }, ...STEADY }, 600));
    assert.deepEqual(restarts(roll, 'n1'), []);
    const said = rolled(journalOf({ n1: { from: 200 }, ...STEADY }, 600, [started('n1', 199)]));
    assert.deepEqual(restarts(said, 'n1'), []);
  });
});

describe('a restart that is given', () => {
  const journal = journalOf({ 'prod/n1': { silent: [[200, 208]], began: [OLD, 206] }, 'prod/n2': {} }, 600);
  const given = (...times: [string, number][]) =>
    rolled(journal, { given: times.map(([node, s]) => ({ node, time: at(s) })) });

  test('replaces the detected one within 2 min, and keeps its silence', () => {
    const roll = given(['prod/n1', 190]);
    assert.deepEqual(restarts(roll, 'prod/n1'), [[190, 'given']]);
    assert.deepEqual(spans(timeline(roll, 'prod/n1').blind), [[200, 208]]);
  });

  test('stands beside the detected one when it is farther away', () => {
    assert.deepEqual(restarts(given(['prod/n1', 400]), 'prod/n1'), [
      [206, 'uptime'],
      [400, 'given'],
    ]);
  });

  test('needs no cluster prefix, and none too many', () => {
    assert.deepEqual(restarts(given(['n1', 206]), 'prod/n1'), [[206, 'given']]);
    const bare = journalOf({ n1: {}, n2: {} }, 300);
    assert.deepEqual(restarts(rolled(bare, { given: [{ node: 'prod/n1', time: at(100) }] }), 'n1'), [[100, 'given']]);
  });

  test('does not replace another given one', () => {
    assert.deepEqual(restarts(given(['n1', 206], ['n1', 250]), 'prod/n1'), [
      [206, 'given'],
      [250, 'given'],
    ]);
  });

  test('has the silence nearest to it within 2 min, or no length', () => {
    const roll = (s: number) =>
      rolled(journalOf({ n1: { silent: [[200, 204]] }, n2: {} }, 600), { given: [{ node: 'n1', time: at(s) }] });
    for (const s of [90, 202, 320]) assert.deepEqual(spans(timeline(roll(s), 'n1').blind), [[200, 204]]);
    for (const s of [60, 340]) assert.deepEqual(timeline(roll(s), 'n1').blind, []);
  });

  test('of a node that nobody knows is nowhere', () => {
    assert.deepEqual(
      given(['n9', 100]).nodes.map((node) => node.restarts.length),
      [1, 0],
    );
  });
});
