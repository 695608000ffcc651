import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Changes } from '../../src/cli/live/changes.js';
import { DropHistory } from '../../src/cli/live/drop-history.js';
import { progressLine, timeToGoMs, type Progress } from '../../src/cli/live/progress.js';
import type { Finding, NodeSummary, PhaseSummary, RestartSummary, VerdictDocument } from '../../src/judge/document.js';
import { DEFAULT_SETTINGS } from '../../src/judge/settings.js';

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

describe('progress in one line', () => {
  const CONNECTED = { state: 'connected', heardAt: 0 } as const;
  const progress: Progress = {
    document: ROLLED,
    server: 'relay:4245',
    link: CONNECTED,
    flowsPerSecond: 1234.5,
    drops: new DropHistory(10_000),
    runningMs: 605_000,
    now: 0,
    isEnding: false,
  };

  it('tells where the roll stands', () => {
    assert.equal(
      progressLine(progress, DEFAULT_SETTINGS),
      '1,235 flows/s, 2 of 3 nodes restarted, 1 failed and 1 to watch, verdict so far inconclusive',
    );
    assert.equal(
      progressLine({ ...progress, document: undefined, flowsPerSecond: 0.25 }, DEFAULT_SETTINGS),
      '0.3 flows/s',
    );
  });

  it('tells first that nothing is seen', () => {
    const told = (changes: Partial<Progress>): string =>
      progressLine({ ...progress, document: undefined, flowsPerSecond: 0, now: 60_000, ...changes }, DEFAULT_SETTINGS);
    assert.equal(told({}), 'connected, but no flow for 1m, 0.0 flows/s');
    assert.equal(
      told({ link: { state: 'interrupted', since: 18_000 } }),
      'NOT CONNECTED for 42s, since 00:00:18Z, 0.0 flows/s',
    );
  });
});
