/** Where findings are said to be, on small soaks of flows. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Finding } from '../../src/judge/document.js';
import { DOWN, NODES, failures, podOf, usualSoak, verdictOf, type EdgeSpec, type End, type Fate } from './soak.js';

const v6 = (end: End): End => ({ ...end, ip: `fd00::${end.ip}` });

/** Two services of every node, each called from every node. */
function mesh(fate: (from: End, to: End, minute: number) => Fate = () => 'answered'): EdgeSpec[] {
  return NODES.flatMap((a) =>
    NODES.flatMap((b) =>
      (['server', 'cache'] as const).map((what): EdgeSpec => {
        const [from, to] = [podOf(a, 'client'), { ...podOf(b, what), name: what }];
        return { from, to, port: what === 'cache' ? 6379 : 80, fate: (minute) => fate(from, to, minute) };
      }),
    ),
  );
}

const since = (minute: number, now: number, isHit: boolean): Fate => (isHit && now > minute ? 'silent' : 'answered');
const RESTART = [{ node: 'n2', minute: DOWN.n2 }];

function only(edges: EdgeSpec[], restarts = RESTART): Finding {
  const found = failures(verdictOf(usualSoak({ edges, restarts })));
  assert.equal(found.length, 1);
  return found[0] as Finding;
}

describe('a finding says where it is', () => {
  it('towards the restarted node', () => {
    const finding = only(mesh((from, to, now) => since(DOWN.n2, now, to.node === 'n2' && from.node !== 'n2')));
    assert.equal(finding.scope, 'towards');
    assert.equal(finding.where, 'traffic to n2; what n2 sends is fine');
    assert.match(finding.says, / for traffic to n2 \(what n2 sends is fine\): /);
  });

  it('from the restarted node', () => {
    const finding = only(mesh((from, to, now) => since(DOWN.n2, now, from.node === 'n2' && to.node !== 'n2')));
    assert.equal(finding.scope, 'from');
    assert.equal(finding.where, 'traffic from n2; what n2 receives is fine');
  });

  it('from one node to another', () => {
    const finding = only(mesh((from, to, now) => since(DOWN.n2, now, from.node === 'n2' && to.node === 'n3')));
    assert.equal(finding.scope, 'pair');
    assert.equal(finding.where, 'traffic from n2 to n3; the way back and to other nodes are fine');
    assert.match(finding.nextCommand ?? '', /--node-name n2 --node-name n3 /);
  });

  it('between two nodes', () => {
    const pair = ['n2', 'n3'];
    const isHit = (from: End, to: End) => from.node !== to.node && pair.includes(from.node) && pair.includes(to.node);
    const finding = only(mesh((from, to, now) => since(DOWN.n2, now, isHit(from, to))));
    assert.equal(finding.scope, 'pair');
    assert.equal(finding.where, 'traffic between n2 and n3; between other nodes is fine');
  });

  it('across nodes, to and from the one that was restarted', () => {
    const finding = only(
      mesh((from, to, now) => since(DOWN.n2, now, from.node !== to.node && [from.node, to.node].includes('n2'))),
    );
    assert.equal(finding.scope, 'cross-node');
    assert.equal(finding.where, 'cross-node traffic, to and from n2; same-node is fine');
  });
});

describe('IPv4 and IPv6 of one workload edge', () => {
  const dual = (isHit: (family: 4 | 6) => boolean): EdgeSpec[] =>
    mesh().flatMap((edge): EdgeSpec[] =>
      ([4, 6] as const).map((family) => ({
        ...edge,
        from: family === 6 ? v6(edge.from) : edge.from,
        to: family === 6 ? v6(edge.to) : edge.to,
        fate: (now: number) => since(DOWN.n2, now, isHit(family) && [edge.from.node, edge.to.node].includes('n2')),
      })),
    );

  it('are two, of which one may fail', () => {
    const finding = only(dual((family) => family === 6));
    assert.match(finding.where, /^IPv6 .*; IPv4 is fine$/);
    assert.ok(finding.edges.every((edge) => edge.endsWith(' (IPv6)')));
    assert.match(finding.nextCommand ?? '', /--ip-version v6/);
  });

  it('are told as one where both fail', () => {
    const finding = only(dual(() => true));
    assert.doesNotMatch(finding.where, /IPv/);
  });
});
