import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Changes } from '../../src/cli/live/changes.js';
import { progressBlock, progressLine, timeToGoMs, type Progress } from '../../src/cli/live/progress.js';
import type { Finding, NodeSummary, PhaseSummary, RestartSummary, VerdictDocument } from '../../src/judge/document.js';
import { DEFAULT_SETTINGS } from '../../src/judge/settings.js';
import { painter } from '../../src/report/paint.js';

function restart(at: string): RestartSummary {
  return { at, evidence: 'uptime', plusMinusSeconds: 1 };
}

function phase(name: PhaseSummary['phase']): PhaseSummary {
  return { phase: name, from: '', to: '', flows: 0, attempts: 0, lost: 0, blindSeconds: 0 };
}

function node(name: string, changes: Partial<NodeSummary> = {}): NodeSummary {
  return { name, verdict: 'inconclusive', restarts: [], phases: [phase('baseline')], needs: null, ...changes };
}

function finding(id: string, severity: Finding['severity']): Finding {
  return { id, severity, class: 'broken', says: `Something about ${id}.` } as Finding;
}

function document(nodes: readonly NodeSummary[], findings: readonly Finding[] = []): VerdictDocument {
  const soak = { to: '2026-03-01T10:10:00.000Z' };
  return { verdict: 'inconclusive', soak, nodes, findings } as unknown as VerdictDocument;
}

const ROLLED = document(
  [
    node('worker-2', { restarts: [restart('2026-03-01T10:05:00.000Z')], phases: [phase('settle')] }),
    node('worker-1', { restarts: [restart('2026-03-01T10:01:00.000Z')], phases: [phase('soak')], verdict: 'fail' }),
    node('worker-3'),
  ],
  [finding('a', 'fail'), finding('b', 'warn'), finding('c', 'info')],
);

function progress(changes: Partial<Progress> = {}): Progress {
  return {
    document: ROLLED,
    server: 'relay:4245',
    flows: 5000,
    flowsPerSecond: 1234.5,
    runningMs: 605_000,
    ...changes,
  };
}

const SIZE = { columns: 80, rows: 24 };

describe('news of a running soak', () => {
  it('are told once', () => {
    const changes = new Changes();
    assert.deepEqual(changes.since(document([node('worker-1')])), []);
    assert.deepEqual(changes.since(ROLLED), [
      { level: 'info', text: 'worker-2 restarted at 10:05:00Z, told by uptime' },
      { level: 'info', text: 'worker-1 restarted at 10:01:00Z, told by uptime' },
      { level: 'info', text: 'worker-1 has settled; its soak begins' },
      { level: 'error', text: 'worker-1: fail, stop the roll' },
      { level: 'error', text: 'broken: Something about a.' },
      { level: 'warn', text: 'broken: Something about b.' },
    ]);
    assert.deepEqual(changes.since(ROLLED), []);
  });

  it('tell a second restart, and a warning that becomes a failure', () => {
    const changes = new Changes();
    const first = restart('2026-03-01T10:01:00.000Z');
    changes.since(document([node('worker-1', { restarts: [first] })], [finding('a', 'warn')]));
    const again = node('worker-1', { restarts: [first, restart('2026-03-01T10:09:00.000Z')] });
    assert.deepEqual(
      changes.since(document([again], [finding('a', 'fail')])).map(({ text }) => text),
      ['worker-1 restarted at 10:09:00Z (restart 2), told by uptime', 'broken: Something about a.'],
    );
  });
});

describe('the time to go', () => {
  const settings = { ...DEFAULT_SETTINGS, settleMs: 60_000, soakMs: 600_000 };

  it('is unknown while a node has not restarted', () => {
    assert.equal(timeToGoMs(ROLLED, settings), undefined);
    assert.equal(timeToGoMs(document([]), settings), undefined);
  });

  it('is that of the last node, and never negative', () => {
    const rolled = document(ROLLED.nodes.slice(0, 2));
    assert.equal(timeToGoMs(rolled, settings), 360_000);
    assert.equal(timeToGoMs(rolled, { ...settings, soakMs: 60_000 }), 0);
  });
});

describe('progress', () => {
  it('in one line', () => {
    assert.equal(
      progressLine(progress(), DEFAULT_SETTINGS),
      '1,235 flows/s, 2 of 3 nodes restarted, 1 failed and 1 to watch, verdict so far inconclusive',
    );
    assert.equal(
      progressLine(progress({ document: undefined, flowsPerSecond: 0.25 }), DEFAULT_SETTINGS),
      '0.3 flows/s',
    );
  });

  it('as a block, failing nodes first, then those that restarted last', () => {
    assert.deepEqual(progressBlock(progress(), { ...DEFAULT_SETTINGS, knob: 'bpf.masquerade' }, painter(false), SIZE), [
      'bpf.masquerade  relay:4245  10m5s watched  1,235 flows/s',
      '  worker-1  soak      since 10:01:00Z  fail',
      '  worker-2  settle    since 10:05:00Z  ',
      '  worker-3  baseline                   ',
      '  2 of 3 nodes restarted, 1 failed and 1 to watch',
    ]);
  });

  it('fits the terminal, in height and width', () => {
    const many = document(
      Array.from({ length: 40 }, (_, i) => node(`a-node-with-a-rather-long-name-${i}.example.org`)),
    );
    for (const size of [SIZE, { columns: 30, rows: 10 }, { columns: 0, rows: 0 }]) {
      const block = progressBlock(progress({ document: many }), DEFAULT_SETTINGS, painter(false), size);
      assert.ok(block.length <= Math.max(size.rows, 9));
      for (const line of block) assert.ok(line.length < Math.max(size.columns, 21), line);
    }
  });

  it('escapes names, and colours nothing but whole words', () => {
    const hostile = document([node('a\u001b[2Jb', { verdict: 'pass' })]);
    const [, line = ''] = progressBlock(progress({ document: hostile }), DEFAULT_SETTINGS, painter(true), SIZE);
    assert.ok(line.startsWith('  a\\x1b[2Jb  baseline'));
    assert.ok(line.endsWith('\u001b[32mpass\u001b[39m'));
  });
});
