import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Random } from '../simulator/random.js';
import { DOWN, failures, NODES, podOf, usualEdges, usualSoak, verdictOf, type EdgeSpec, type Trouble } from './soak.js';

const MINUTES = 40;

/** A part of some attempts comes through only when repeated. */
const late =
  (share: number, when: (from: string, to: string, minute: number, name: string) => boolean): Trouble =>
  ({ from, to }, minute, random) =>
    when(from.node, to.node, minute, to.name) && random.chance(share) ? 'late' : undefined;

const soak = (trouble: Trouble, perMinute = 6) =>
  verdictOf(usualSoak({ minutes: MINUTES, edges: usualEdges(trouble, perMinute) }));

/** Caches ask the caches of the other nodes. */
function edgesOfCaches(trouble: Trouble): EdgeSpec[] {
  return NODES.flatMap((node) => {
    const from = podOf(node, 'cache');
    return NODES.filter((other) => other !== node).flatMap((other) =>
      (['cache', 'server', 'client'] as const).map((what): EdgeSpec => {
        const to = podOf(other, what);
        const fate = (minute: number, random: Random) => trouble({ from, to }, minute, random) ?? 'answered';
        return { from, to, port: 9000, perMinute: 12, fate };
      }),
    );
  });
}

describe('attempts that come through only when repeated', () => {
  it('since the restart of their node are found there, though all of them are answered', () => {
    const document = soak(
      late(0.36, (from, to, minute) => from !== to && (from === 'n2' || to === 'n2') && minute > DOWN.n2),
    );
    assert.equal(document.verdict, 'fail');
    const [finding, ...others] = failures(document);
    assert.deepEqual(others, []);
    assert.equal(finding?.class, 'silent');
    assert.equal(finding.kind, 'retransmissions');
    assert.deepEqual(finding.nodes, ['n2']);
    assert.deepEqual(finding.peers, ['n1', 'n3']);
    assert.equal(finding.scope, 'cross-node');
    assert.match(
      finding.says,
      /^Attempts come through only when repeated, .* trials needed a repeat after the restart/,
    );
    assert.match(document.summary, /^Packet loss on n2: [\d.]+ % of what is answered is answered only when repeated/);
    assert.ok((finding.after?.events ?? 0) > 50);
  });

  it('between two nodes alone are a pair', () => {
    const isPair = (from: string, to: string) => (from === 'n3' && to === 'n2') || (from === 'n2' && to === 'n3');
    const trouble = late(0.36, (from, to, minute) => isPair(from, to) && minute > DOWN.n3);
    const edges = [...usualEdges(trouble, 12), ...edgesOfCaches(trouble)];
    const [finding] = failures(verdictOf(usualSoak({ minutes: MINUTES, edges })));
    assert.deepEqual(finding?.nodes, ['n3']);
    assert.deepEqual(finding.peers, ['n2']);
    assert.equal(finding.scope, 'pair');
  });

  it('all the time, or while nodes settle, are no harm', () => {
    const document = soak((_, minute, random) =>
      random.chance(0.03) || (minute > 8 && minute < 13 && random.chance(0.3)) ? 'late' : undefined,
    );
    assert.deepEqual(failures(document), []);
  });

  it('to a server that has too much to do are no matter of the restart', () => {
    const to = podOf('n1', 'server').name;
    const early = soak(late(0.5, (_, __, minute, name) => name === to && minute > DOWN.n1 + 0.5));
    assert.deepEqual(failures(early), []);
    const lately = soak(late(0.5, (_, __, minute, name) => name === to && minute > 25));
    assert.deepEqual(failures(lately), []);
  });

  it('are not told where they fail as well', () => {
    const document = soak(({ from, to }, minute, random) => {
      if (from.node !== 'n2' || to.node === 'n2' || minute < DOWN.n2) return undefined;
      return random.chance(0.4) ? 'silent' : random.chance(0.4) ? 'late' : undefined;
    });
    assert.deepEqual(
      failures(document).map(({ kind }) => kind),
      ['attempts'],
    );
  });
});
