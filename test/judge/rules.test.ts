import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Finding } from '../../src/judge/document.js';
import { DOWN, podOf, usualEdges, usualSoak, verdictOf, type EdgeSpec, type SoakSpec } from './soak.js';

/** Drops on n2 of a client that had nothing to lose: only a rule can mind them. */
function drops(reason: number, over: Partial<EdgeSpec>): EdgeSpec {
  return {
    from: { ...podOf('n2', 'client'), name: 'stray', pod: 'stray-0', ip: '10.8.8.8' },
    to: podOf('n3', 'server'),
    port: 7777,
    perMinute: 1,
    fate: () => ({ reason, at: 'source' }),
    ...over,
  };
}

function rules(over: Partial<SoakSpec>): Finding[] {
  return verdictOf(usualSoak({ minutes: 22, ...over })).findings.filter((finding) => finding.class === 'hard-rule');
}

function withDrops(reason: number, over: Partial<EdgeSpec>): Finding[] {
  return rules({ edges: [...usualEdges(), drops(reason, over)] });
}

describe('hard rules', () => {
  it('mind unencrypted traffic: five episodes in five minutes', () => {
    const [finding, ...more] = withDrops(195, { since: DOWN.n2 + 2, perMinute: 2 });
    assert.deepEqual(more, []);
    assert.equal(finding?.severity, 'fail');
    assert.equal(finding.reasonName, 'UNENCRYPTED_TRAFFIC');
    assert.deepEqual(finding.nodes, ['n2']);
    assert.deepEqual(withDrops(195, { since: DOWN.n2 + 2, perMinute: 0.5 }), []);
  });

  it('mind missing authentication where there was none missing before', () => {
    assert.deepEqual(
      withDrops(189, { since: DOWN.n2 + 2 }).map((finding) => finding.nodes),
      [['n2']],
    );
    assert.deepEqual(withDrops(189, { perMinute: 0.4 }), []);
    assert.deepEqual(withDrops(189, { since: DOWN.n2 + 2, until: DOWN.n2 + 4 }), []);
  });

  it('mind missed tail calls that do not settle', () => {
    assert.deepEqual(
      withDrops(140, { since: DOWN.n2 + 0.5 }).map((finding) => finding.reasonName),
      ['MISSED_TAIL_CALL'],
    );
    assert.deepEqual(withDrops(140, { since: DOWN.n2 + 0.5, until: DOWN.n2 + 2.5, perMinute: 10 }), []);
  });

  it('mind missing address translations where there were none', () => {
    for (const reason of [167, 191]) {
      const [finding] = withDrops(reason, { since: DOWN.n2 + 2 });
      assert.equal(finding?.reason?.code, reason);
      assert.deepEqual(withDrops(reason, { perMinute: 0.4 }), []);
    }
  });

  it('mind an agent that restarts again and again', () => {
    const restarts = [0, 2.5, 5].map((minute) => ({ node: 'n2', minute: 8 + minute }));
    const [finding, ...more] = rules({ restarts });
    assert.deepEqual(more, []);
    assert.match(finding?.says ?? '', /restarted 3 times/);
    assert.deepEqual(rules({ restarts: restarts.slice(0, 2) }), []);
    assert.deepEqual(
      rules({ restarts: restarts.map(({ node, minute }, i) => ({ node, minute: minute + 4 * i })) }),
      [],
    );
  });

  it('mind a node that does not come back', () => {
    const restarts = [{ node: 'n2', minute: 8, seconds: Number.POSITIVE_INFINITY }];
    const [finding] = rules({ restarts });
    assert.deepEqual(finding?.nodes, ['n2']);
    assert.match(finding.says, /sent no flow any more/);
    assert.deepEqual(rules({ restarts, minutes: 12 }), []);
  });
});
