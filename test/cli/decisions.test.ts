import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Decisions } from '../../src/cli/live/decisions.js';
import type { NodeSummary, VerdictDocument } from '../../src/judge/document.js';
import { DEFAULT_SETTINGS } from '../../src/judge/settings.js';
import { PASSED } from '../report/documents.js';

const at = (minute: number) => new Date(Date.UTC(2026, 0, 31, 9, minute)).toISOString();

function node(name: string, verdict: NodeSummary['verdict'], ...restarts: number[]): NodeSummary {
  return {
    name,
    verdict,
    restarts: restarts.map((minute) => ({ at: at(minute), evidence: 'uptime', plusMinusSeconds: 1 })),
    phases: [],
    needs: null,
  };
}

function document(
  verdict: VerdictDocument['verdict'],
  to: number,
  nodes: readonly NodeSummary[],
  missing: readonly string[] = [],
): VerdictDocument {
  return { ...PASSED, verdict, summary: `It is ${verdict}.`, nodes, missing, soak: { ...PASSED.soak, to: at(to) } };
}

const told = (decisions: Decisions, ...of: Parameters<typeof document>) =>
  decisions.since(document(...of)).map(({ decision, node: name, restart, why }) => [decision, name, restart, why]);

describe('what the roll is told after each node', () => {
  it('is go when a node has passed, once for each of its restarts', () => {
    const decisions = new Decisions(DEFAULT_SETTINGS);
    assert.deepEqual(told(decisions, 'inconclusive', 3, [node('a', 'inconclusive', 2), node('b', 'inconclusive')]), []);
    const passed = [node('a', 'pass', 2), node('b', 'inconclusive')];
    assert.deepEqual(told(decisions, 'inconclusive', 12, passed), [['go', 'a', 1, 'a has passed.']]);
    assert.deepEqual(told(decisions, 'inconclusive', 13, passed), []);
    const again = [node('a', 'pass', 2, 20), node('b', 'inconclusive')];
    assert.deepEqual(told(decisions, 'inconclusive', 30, again), [['go', 'a', 2, 'a has passed.']]);
  });

  it('is stop for every restarted node at a FAIL, whatever comes later', () => {
    const decisions = new Decisions(DEFAULT_SETTINGS);
    const nodes = [node('a', 'pass', 2), node('b', 'fail', 5), node('c', 'inconclusive')];
    assert.deepEqual(
      told(decisions, 'fail', 12, nodes).map(([decision, name]) => [decision, name]),
      [
        ['stop', 'a'],
        ['stop', 'b'],
      ],
    );
    assert.deepEqual(told(decisions, 'pass', 40, [node('a', 'pass', 2), node('b', 'pass', 5)]), []);
  });

  it('is wait, with what is missing, when a node was soaked as long as asked and not proved', () => {
    const decisions = new Decisions({ ...DEFAULT_SETTINGS, soakMs: 600_000 });
    const missing = ['The soak needs 100 more trials.', 'a needs 20 more trials.'];
    assert.deepEqual(told(decisions, 'inconclusive', 12, [node('a', 'inconclusive', 2)], missing), []);
    assert.deepEqual(told(decisions, 'inconclusive', 13, [node('a', 'inconclusive', 2)], missing), [
      ['wait', 'a', 1, 'a needs 20 more trials.'],
    ]);
    assert.deepEqual(told(decisions, 'inconclusive', 20, [node('a', 'pass', 2)], missing), [
      ['go', 'a', 1, 'a has passed.'],
    ]);
  });
});
