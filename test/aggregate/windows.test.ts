import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Journal } from '../../src/aggregate/journal.js';
import { LOST_SOURCE, NODE_STATE, type FlowRecord, type SoakEvent } from '../../src/hubble/event.js';
import {
  aggregator,
  at,
  beat,
  beats,
  Connection,
  inTime,
  journalOf,
  linesOf,
  lost,
  outcomes,
  pod,
  samples,
  status,
  W0,
  world,
} from './flows.js';

const sum = (journal: Journal, what: 'flows' | 'late' | 'lost', node?: string) =>
  journal.windows.reduce((all, line) => all + (node === undefined || line.node === node ? line[what] : 0), 0);

const lostIn = (journal: Journal, node: string) =>
  journal.windows.filter((line) => line.node === node && line.lost > 0).map((line) => [line.window - W0, line.lost]);

/** The same flows by a clock that is `seconds` ahead. */
const ahead = (flows: readonly FlowRecord[], seconds: number): FlowRecord[] =>
  flows.map((flow) => ({ ...flow, time: flow.time + seconds * 1000 }));

describe('a window', () => {
  test('holds the flows of its time, with the first and the last', () => {
    const journal = journalOf([beat('n1', 0), beat('n1', 9.999), beat('n1', 10), beat('n1', 13)]);
    assert.deepEqual(
      journal.windows.map((line) => [line.window - W0, line.flows, line.firstFlow, line.lastFlow]),
      [
        [0, 2, at(0), at(9.999)],
        [1, 2, at(10), at(13)],
      ],
    );
  });

  test('goes by the time of the flows, not by their order', () => {
    const flows = [beat('n1', 12), beat('n1', 3), beat('n1', 25), beat('n1', 1), beat('n1', 11)];
    const journal = journalOf(flows);
    assert.deepEqual(
      journal.windows.map((line) => [line.window - W0, line.flows, line.firstFlow]),
      [
        [0, 2, at(1)],
        [1, 2, at(11)],
        [2, 1, at(25)],
      ],
    );
  });

  test('without news has no line', () => {
    const journal = journalOf([beat('n1', 0), beat('n1', 100)]);
    assert.deepEqual(
      journal.windows.map((line) => line.window - W0),
      [0, 10],
    );
  });

  test('may have another length', () => {
    assert.equal(journalOf(beats('n1', 0, 120), 60_000).windows.length, 2);
    assert.equal(journalOf(beats('n1', 0, 120), 60_000).windowMs, 60_000);
  });

  test('is closed 30 s of the node’s own time later', () => {
    const into = aggregator();
    assert.equal(Number.isNaN(into.watermark()), true);
    for (const flow of beats('n1', 0, 40)) into.push(flow);
    assert.equal(into.journal.windows.length, 0);
    into.push(beat('n1', 40));
    assert.equal(into.journal.windows.length, 1);
    assert.equal(into.watermark(), at(10));
  });

  test('notes silences from 2 s on, where they end', () => {
    const journal = journalOf([beat('n1', 0), beat('n1', 1.9), beat('n1', 3.9), beat('n1', 25)]);
    assert.deepEqual(
      journal.windows.map((line) => line.silences),
      [[[at(1.9), at(3.9)]], [[at(3.9), at(25)]]],
    );
  });

  test('keeps two examples of each kind of failure', () => {
    const [a, b] = [pod('n1', 'web'), pod('n2', 'api')];
    const flows = Array.from({ length: 9 }, (_, i) => [
      new Connection(a, b, 40_000 + i).drop('n1', i / 10, 133),
      new Connection(a, b, 41_000 + i, 80 + i).drop('n1', i / 10, 133),
      new Connection(a, b, 42_000 + i).syn('n1', i / 10),
    ]).flat();
    const journal = journalOf(inTime([...flows, ...beats('n1', 0, 60)]));
    const examples = journal.windows.flatMap((line) => line.examples);
    assert.deepEqual(
      examples.map((example) => example.reason),
      [133, 133, 0, 0],
    );
    assert.equal(examples[0]?.source, 'shop/web-6d4cf56db6-x7k2p');
    assert.notEqual(examples[0]?.uuid, '');
  });
});

describe('a flow that comes twice', () => {
  test('is counted once while its window is open', () => {
    const flow = beat('n1', 1);
    assert.equal(sum(journalOf([flow, flow, beat('n1', 2), flow]), 'flows'), 2);
  });

  test('is counted once when its window is closed, and is not late', () => {
    const flows = beats('n1', 0, 100);
    const journal = journalOf([...flows, ...flows]);
    assert.equal(sum(journal, 'flows'), 100);
    assert.equal(sum(journal, 'late'), 0);
  });

  test('is another flow on another node, and without a uuid', () => {
    const [one, other] = [beat('n1', 1), beat('n2', 1)];
    assert.equal(sum(journalOf([one, { ...other, uuid: one.uuid }]), 'flows'), 2);
    assert.equal(sum(journalOf([beat('n1', 1), beat('n1', 1)].map((flow) => ({ ...flow, uuid: '' }))), 'flows'), 2);
  });
});

describe('a late flow', () => {
  test('is counted as such in a further line of its window', () => {
    const journal = journalOf([...beats('n1', 0, 100), beat('n1', 5.5), beat('n1', 5.6), ...beats('n1', 100, 200)]);
    const lines = linesOf(journal, 'n1', 0);
    assert.deepEqual(
      lines.map((line) => [line.flows, line.late, line.firstFlow]),
      [
        [10, 0, at(0)],
        [0, 2, null],
      ],
    );
    assert.equal(sum(journal, 'flows'), 200);
  });

  test('is in time up to 30 s behind the newest flow of its node, from the first flow on', () => {
    const journal = journalOf([beat('n1', 50), beat('n1', 21), beat('n1', 20.5), ...beats('n1', 51, 100)]);
    assert.equal(sum(journal, 'late'), 0);
    assert.equal(sum(journal, 'flows'), 52);
  });

  test('is told at the end at the latest', () => {
    assert.equal(sum(journalOf([...beats('n1', 0, 100), beat('n1', 5.5)]), 'late'), 1);
  });
});

describe('nodes are apart', () => {
  test('a clock that is minutes off loses nothing', () => {
    for (const seconds of [-600, -90, 45, 600]) {
      const flows = beats('n1', 0, 900).flatMap((flow, i) => [flow, ...ahead([beat('n2', i)], seconds)]);
      const journal = journalOf(flows);
      assert.equal(sum(journal, 'late'), 0);
      assert.equal(sum(journal, 'flows', 'n2'), 900);
    }
  });

  test('a clock that is minutes behind loses nothing after a silence', () => {
    const flows = beats('n1', 0, 900).flatMap((flow, i) =>
      i > 300 && i < 440 ? [flow] : [flow, ...ahead([beat('n2', i)], -600)],
    );
    assert.equal(sum(journalOf(flows), 'late'), 0);
  });

  test('a clock that is minutes ahead holds no other node up, also when its node is silent', () => {
    const into = aggregator();
    for (const flow of ahead(beats('fast', 0, 60), 600)) into.push(flow);
    for (const flow of beats('n1', 0, 300)) into.push(flow);
    assert.deepEqual(
      into.journal.windows.filter((line) => line.node === 'n1').map((line) => line.window - W0),
      Array.from({ length: 26 }, (_, i) => i),
    );
  });

  test('a silent node follows the others, two and a half minutes behind', () => {
    const into = aggregator();
    for (const flow of [...beats('n2', 0, 5), ...beats('n1', 0, 150)]) into.push(flow);
    assert.equal(linesOf(into.journal, 'n2', 0).length, 0);
    for (const flow of beats('n1', 150, 180)) into.push(flow);
    assert.equal(linesOf(into.journal, 'n2', 0).length, 1);
  });

  test('a silent node follows the slowest of them', () => {
    const into = aggregator();
    for (const flow of beats('n3', 0, 5)) into.push(flow);
    for (const [i, flow] of beats('n1', 0, 400).entries()) {
      into.push(flow);
      // n2 comes in packs and is 140 s behind at the most; so may n3 be.
      if (i % 20 === 0 && i >= 140) for (const late of beats('n2', i - 140, i - 120)) into.push(late);
      if (i === 200) assert.equal(linesOf(into.journal, 'n3', 0).length, 0);
    }
    for (const flow of beats('n3', 115, 120)) into.push(flow);
    into.finish();
    assert.equal(sum(into.journal, 'late', 'n3'), 0);
  });

  test('an attempt on a node that falls silent is given up when the others went on', () => {
    const call = new Connection(pod('n2', 'web'), world('192.0.2.9'), 40_000);
    const journal = journalOf([beat('n2', 0), call.syn('n2', 1), ...beats('n1', 0, 300)]);
    assert.equal(outcomes(journal).unanswered, 1);
  });

  test('a time that is none is nowhere', () => {
    const journal = journalOf([
      { ...beat('n1', 0), time: Number.NaN },
      { ...beat('n1', 0), time: Number.POSITIVE_INFINITY },
    ]);
    assert.deepEqual(journal.windows, []);
  });
});

describe('lost events', () => {
  const during = (...events: SoakEvent[]) => journalOf([...beats('n1', 0, 20), ...events, ...beats('n1', 20, 60)]);

  test('are charged to the window in which they were told, whatever their own time', () => {
    assert.deepEqual(lostIn(during(lost('n1', 7), lost('n1', 2)), 'n1'), [[1, 9]]);
  });

  test('are charged to all nodes when they name none', () => {
    const journal = journalOf([...inTime([...beats('n1', 0, 20), ...beats('n2', 0, 20)]), lost('', 3)]);
    assert.deepEqual([lostIn(journal, 'n1'), lostIn(journal, 'n2')], [[[1, 3]], [[1, 3]]]);
  });

  test('before the first flow are charged to its window', () => {
    assert.deepEqual(lostIn(journalOf([lost('n1', 4), ...beats('n1', 30, 80)]), 'n1'), [[3, 4]]);
  });

  test('find their node without its cluster', () => {
    const journal = journalOf([...beats('prod/n1', 0, 5), lost('n1', 4), lost('prod/n1', 1)]);
    assert.deepEqual(lostIn(journal, 'prod/n1'), [[0, 5]]);
  });

  test('of Hubble’s ring are none within 2 s of a subscription', () => {
    const ring = LOST_SOURCE.HUBBLE_RING_BUFFER;
    const journal = (...events: SoakEvent[]) => lostIn(journalOf(events), 'n1');
    assert.deepEqual(
      journal(lost('n1', 1, ring), beat('n1', 0), lost('n1', 1, ring), beat('n1', 1.9), lost('n1', 1, ring)),
      [],
    );
    assert.deepEqual(journal(...beats('n1', 0, 4), lost('n1', 1, ring)), [[0, 1]]);
    assert.deepEqual(journal(beat('n1', 0), lost('n1', 1, LOST_SOURCE.OBSERVER_EVENTS_QUEUE)), [[0, 1]]);
  });

  test('of Hubble’s ring are none within 2 s of another subscription either', () => {
    const again = status(20, NODE_STATE.CONNECTED, 'n1');
    const ring = lost('n1', 1, LOST_SOURCE.HUBBLE_RING_BUFFER);
    assert.deepEqual(lostIn(during(ring), 'n1'), [[1, 1]]);
    assert.deepEqual(lostIn(during(again, ring), 'n1'), []);
    assert.deepEqual(
      lostIn(journalOf([...beats('n1', 0, 20), beat('n1', 30), ring, ...beats('n1', 30, 60)]), 'n1'),
      [],
    );
  });

  describe('that our own queue shed', () => {
    const shed = (node: string, seconds: number, count: number): SoakEvent => ({
      ...lost(node, count, LOST_SOURCE.CLIENT_QUEUE),
      time: at(seconds),
    });
    const stalled = (...events: SoakEvent[]) => journalOf([...beats('n1', 0, 9), ...events, ...beats('n1', 38, 60)]);

    test('are charged to the windows of the flows, and are no silence', () => {
      const seconds = Array.from({ length: 29 }, (_, i) => 9 + i);
      const journal = stalled(...seconds.map((s) => shed('n1', s, 5)));
      assert.deepEqual(lostIn(journal, 'n1'), [
        [0, 5],
        [1, 50],
        [2, 50],
        [3, 40],
      ]);
      assert.deepEqual(
        journal.windows.flatMap((line) => line.silences),
        [],
      );
      assert.deepEqual(journal.windows[1]?.flows, 0);
    });

    test('leave a silence where nothing was shed either', () => {
      assert.deepEqual(
        stalled(shed('n1', 30, 5)).windows.flatMap((line) => line.silences),
        [
          [at(8), at(30)],
          [at(30), at(38)],
        ],
      );
    });

    test('open no window far ahead, and none that is closed', () => {
      assert.deepEqual(lostIn(stalled(shed('n1', 1e9, 3)), 'n1'), [[60, 3]]);
      assert.deepEqual(lostIn(journalOf([...beats('n1', 0, 60), shed('n1', 1, 3), ...beats('n1', 60, 80)]), 'n1'), [
        [2, 3],
      ]);
    });

    test('before the first flow, or of no time, are charged as others are', () => {
      assert.deepEqual(lostIn(journalOf([shed('n1', 2, 4), ...beats('n1', 30, 80)]), 'n1'), [[3, 4]]);
      assert.deepEqual(lostIn(stalled(shed('n1', Number.NaN, 4)), 'n1'), [[0, 4]]);
    });
  });

  test('of which there are none make no line', () => {
    assert.deepEqual(lostIn(during(lost('n1', 0)), 'n1'), []);
  });
});

describe('what else a journal holds', () => {
  test('samples of nodes: one in 10 s while nothing changes', () => {
    const journal = journalOf(Array.from({ length: 61 }, (_, i) => samples(i, { n1: 100 + i })));
    assert.deepEqual(
      journal.samples.map((sample) => [sample.time, sample.startedAt]),
      [0, 10, 20, 30, 40, 50, 60].map((i) => [at(i), at(-100)]),
    );
  });

  test('samples of nodes: each that is news', () => {
    const uptimes = [50, 51, undefined, undefined, 0.5, 1.5, 2.5];
    const journal = journalOf(uptimes.map((uptime, i) => samples(i, { n1: uptime })));
    assert.deepEqual(
      journal.samples.map((sample) => [sample.time - at(0), sample.state, sample.startedAt === null]),
      [
        [0, NODE_STATE.CONNECTED, false],
        [2000, NODE_STATE.UNAVAILABLE, true],
        [4000, NODE_STATE.CONNECTED, false],
      ],
    );
  });

  test('statuses by node, and starts of agents', () => {
    const journal = journalOf([
      status(1, NODE_STATE.ERROR, 'n1', 'n2'),
      { kind: 'agent-event', time: at(2), node: 'n1', type: 'AGENT_STARTED' },
      { kind: 'agent-event', time: at(2), node: 'n1', type: 'POLICY_UPDATED' },
      { kind: 'other', time: at(3), node: 'n1' },
    ]);
    assert.deepEqual(
      journal.statuses.map(({ node, time }) => [node, time]),
      [
        ['n1', at(1)],
        ['n2', at(1)],
      ],
    );
    assert.deepEqual(journal.starts, [{ kind: 'agent-start', node: 'n1', time: at(2) }]);
  });

  test('a status without a time is as old as the newest flow', () => {
    const timeless = { ...status(0, NODE_STATE.ERROR, 'n1'), time: Number.NaN };
    assert.deepEqual(journalOf([timeless]).statuses, []);
    assert.equal(journalOf([beat('n1', 7), timeless]).statuses[0]?.time, at(7));
  });
});
