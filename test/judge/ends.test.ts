/** An edge between two nodes that both restart breaks once, and is charged once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Finding } from '../../src/judge/document.js';
import { failures, podOf, usualEdges, usualSoak, verdictOf, type RestartSpec, type Trouble } from './soak.js';

const RESTARTS: readonly RestartSpec[] = [
  { node: 'n1', minute: 8 },
  { node: 'n2', minute: 13 },
];
const onPair: (since: number) => Trouble =
  (since) =>
  ({ from, to }, minute) =>
    from === podOf('n1', 'client') && to === podOf('n2', 'server') && minute > since ? 'silent' : undefined;

function found(since: number, restarts = RESTARTS): Finding[] {
  return [...failures(verdictOf(usualSoak({ edges: usualEdges(onPair(since), 12), restarts })))];
}

describe('an edge with two restarted ends', () => {
  it('is charged to the first one when it breaks with it', () => {
    const [finding, ...more] = found(8);
    assert.deepEqual(more, []);
    assert.deepEqual(finding?.nodes, ['n1']);
    assert.deepEqual(finding.peers, ['n2']);
    assert.equal(finding.scope, 'edge');
  });

  it('is charged to the second one when it survived the first', () => {
    const [finding, ...more] = found(13);
    assert.deepEqual(more, []);
    assert.deepEqual(finding?.nodes, ['n2']);
    assert.deepEqual(finding.peers, ['n1']);
  });

  it('names both where nothing was seen between the two restarts', () => {
    const restarts = [
      { node: 'n1', minute: 8 },
      { node: 'n2', minute: 8.3 },
    ];
    const [finding, ...more] = found(8, restarts);
    assert.deepEqual(more, []);
    assert.deepEqual(finding?.nodes, ['n1', 'n2']);
  });

  it('is explained by the end that broke other edges too, when all restart at once', () => {
    const restarts = ['n1', 'n2', 'n3'].map((node) => ({ node, minute: 8 }));
    const trouble: Trouble = ({ from, to }, minute) =>
      (from.node === 'n2' || to.node === 'n2') && minute > 8 ? 'silent' : undefined;
    const onlyAcross: Trouble = (edge, ...rest) =>
      edge.from.node === edge.to.node ? undefined : trouble(edge, ...rest);
    for (const edges of [usualEdges(trouble), usualEdges(onlyAcross)]) {
      const [finding, ...more] = failures(verdictOf(usualSoak({ edges, restarts })));
      assert.deepEqual(more, []);
      assert.deepEqual(finding?.nodes, ['n2']);
      assert.deepEqual(finding.peers, ['n1', 'n3']);
    }
  });
});
