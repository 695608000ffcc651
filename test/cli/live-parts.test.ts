import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cut, cutMiddle, lineOf, rowsTaken } from '../../src/cli/fit.js';
import { ClosedWindows } from '../../src/cli/live/closed-windows.js';
import { coverageOf } from '../../src/cli/live/coverage.js';
import { DropHistory } from '../../src/cli/live/drop-history.js';
import { shortener } from '../../src/cli/live/short-names.js';
import { bar, spark, wholePercent } from '../../src/cli/live/spark.js';
import { Aggregator } from '../../src/aggregate/aggregator.js';
import { decodeResponse } from '../../src/hubble/decode.js';
import type { NodeSummary } from '../../src/judge/document.js';
import { DEFAULT_SETTINGS } from '../../src/judge/settings.js';
import { columns } from '../../src/report/layout.js';
import { painter } from '../../src/report/paint.js';
import { documentOf, finding, restarted, waiting } from './roll-of-nine.js';
import { FAILING, soak } from './soaks.js';

describe('texts that fit', () => {
  it('are never wider than they may be, and whole where there is room', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 40 }), (text, width) => {
        for (const one of [cut(text, width), cutMiddle(text, width)]) {
          assert.ok(columns(one) <= width);
          if (columns(text) <= width) assert.equal(one, text);
        }
      }),
    );
  });

  it('keep both ends of a name', () => {
    assert.equal(cutMiddle('gke-pool-default-4f2a-x1y2', 12), 'gke-po…-x1y2');
    assert.equal(cutMiddle('節点節点節点', 6), '節…点');
    assert.equal(cut('e\u0301e\u0301e\u0301', 2), 'e\u0301…');
  });

  it('end without blanks', () => {
    const line = lineOf([{ text: 'a  ' }, { text: 'b  ', style: 'red' }, { text: '   ' }], 80, painter(true));
    assert.equal(line, 'a  \u001b[31mb\u001b[39m');
  });

  it('take as many rows as a terminal gives them', () => {
    assert.equal(rowsTaken('', 10), 1);
    assert.equal(rowsTaken('\u001b[31m1234567890\u001b[39m', 10), 1);
    assert.equal(rowsTaken('12345678901', 10), 2);
    // One that takes two columns is never parted.
    assert.equal(rowsTaken('節節節', 3), 3);
  });
});

describe('numbers as characters', () => {
  it('tell nothing from little, and what is not known from nothing', () => {
    assert.equal(spark([0, undefined, 0.001, 4, 8], 8), '▁ ▂▅█');
    assert.equal(spark([0, 0], 0), '▁▁');
  });

  it('tell nearly all from all', () => {
    assert.equal(bar(0.999, 4), '███░');
    assert.equal(bar(0.001, 4), '█░░░');
    assert.deepEqual([bar(0, 4), bar(1, 4)], ['░░░░', '████']);
    assert.deepEqual([wholePercent(0.999), wholePercent(1), wholePercent(-1)], [' 99%', '100%', '  0%']);
  });
});

describe('the drops of late', () => {
  const window = (node: string, n: number, drops: number, flows = 1) => ({ node, from: n * 10_000, flows, drops });

  it('are rates over the same time for all nodes', () => {
    const history = new DropHistory(10_000);
    history.note([window('a', 1, 10), window('a', 2, 20), window('a', 3, 0), window('b', 1, 5), window('b', 3, 7)]);
    history.note([window('a', 4, 0), window('b', 4, 0)]);
    assert.deepEqual(history.all(3), [1.5, 2, 0.7]);
    assert.deepEqual(history.of('b', 4), [undefined, 0.5, undefined, 0.7]);
    assert.deepEqual(history.of('c', 2), [undefined, undefined]);
  });

  it('are not moved by one node whose clock is wrong, nor by windows without flows', () => {
    const history = new DropHistory(10_000);
    for (const n of [5, 6]) history.note([window('a', n, 20 - 10 * (n - 4)), window('b', n, 0), window('c', n, 0)]);
    history.note([window('wrong', 900_000, 3)]);
    history.note([window('a', 7, 0, 0)]);
    assert.deepEqual(history.all(2), [undefined, 1]);
  });

  it('go on when most nodes have gone', () => {
    const history = new DropHistory(10_000);
    const nodes = Array.from({ length: 10 }, (_, i) => `n${i}`);
    for (let n = 0; n < 40; n++) history.note(nodes.map((node) => window(node, n, 0)));
    for (let n = 40; n < 60; n++) history.note(nodes.slice(0, 2).map((node) => window(node, n, 5)));
    assert.deepEqual(history.all(2), [1, 1]);
    assert.deepEqual(history.of('n9', 2), [undefined, undefined]);
  });

  it('of long ago are forgotten', () => {
    const history = new DropHistory(10_000);
    for (let n = 0; n < 1000; n++)
      history.note([window('a', n, n), window('b', n, 0), window(`gone-${Math.floor(n / 20)}`, n, 1)]);
    const kept = history.of('a', 500).filter((rate) => rate !== undefined);
    assert.ok(kept.length >= 60 && kept.length <= 120, String(kept.length));
    assert.ok(history.of('gone-3', 1000).every((rate) => rate === undefined));
  });

  it('are those of the windows that the aggregator closes', () => {
    const closed = new ClosedWindows(10_000);
    let windows = 0;
    const aggregator = new Aggregator({
      windowMs: 10_000,
      onLine: (line) => {
        if (line.kind !== 'window') return;
        windows += 1;
        closed.note(line);
      },
    });
    for (const line of soak(FAILING)) {
      const event = decodeResponse(JSON.parse(line));
      if (event !== undefined) aggregator.push(event);
    }
    const taken = closed.take();
    assert.equal(taken.length, windows);
    assert.deepEqual(closed.take(), []);
    assert.deepEqual([...new Set(taken.filter(({ drops }) => drops > 0).map(({ node }) => node))], ['worker-1']);
  });
});

describe('how far a node is', () => {
  const far = (node: NodeSummary, changes = {}) => coverageOf(node, documentOf(changes), DEFAULT_SETTINGS);

  it('is all under a PASS alone', () => {
    assert.deepEqual(far(restarted('a', 20, { verdict: 'pass' })), { share: 1, waits: '' });
    const { share = 0, waits } = far(restarted('a', 20));
    assert.ok(share > 0.98 && share < 1);
    assert.equal(waits, '');
    const open = far(restarted('a', 20), { findings: [finding({ nodes: ['a'] })] });
    assert.equal(open.waits, 'has an open question');
  });

  it('is the lesser of time and attempts', () => {
    const half = restarted('a', 75 - 15.5 - 0.4);
    assert.equal(Math.round((far(half).share ?? 0) * 100), 51);
    assert.equal(far(half).waits, 'needs 15m of soak');
    const needs = { trials: 9, attempts: 13_500, about: 'PT2H' };
    assert.deepEqual(far({ ...half, needs }), { share: 0.1, waits: 'needs 2h of traffic' });
    assert.equal(far({ ...half, needs: { ...needs, about: null } }).waits, 'has no traffic');
    assert.deepEqual(far({ ...half, needs: { trials: 0, attempts: 0, about: null } }), {
      share: 0,
      waits: 'fails too often',
    });
  });

  it('does not grow while the node is out of sight', () => {
    const node = restarted('a', 40);
    const late = node.phases.at(-1);
    assert.ok(late !== undefined);
    const blind = [...node.phases.slice(0, -1), { ...late, phase: 'blind' as const }];
    const { share = 0, waits } = far({ ...node, phases: blind });
    assert.ok(share > 0.3 && share < 0.36, String(share));
    assert.equal(waits, 'out of sight');
  });

  it('is nothing before a restart, nor after a failure', () => {
    assert.deepEqual(far(waiting('a')), { share: undefined, waits: 'needs its restart' });
    assert.deepEqual(far(waiting('a', 5)), { share: undefined, waits: 'needs 10m of baseline' });
    assert.deepEqual(far(restarted('a', 20, { verdict: 'fail' })), { share: undefined, waits: '' });
  });
});

describe('short names of nodes', () => {
  it('lack the cluster and the domain that all share', () => {
    const shorten = shortener(['eu/ip-1.eu.compute.internal', 'eu/ip-2.eu.compute.internal']);
    assert.equal(shorten('eu/ip-1.eu.compute.internal is late'), 'ip-1 is late');
  });

  it('are whole where nothing is shared, or nothing would be left', () => {
    for (const names of [['a.example.org'], ['10.0.1.7', '10.0.2.7'], ['b.org', '.org'], ['x/a', 'y/a']])
      assert.deepEqual(names.map(shortener(names)), names);
  });
});
