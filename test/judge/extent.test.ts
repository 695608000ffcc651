/** Where a failure is said to be, on edges made by hand. Nodes are numbers; node 1 is the one that was restarted. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { extentOf } from '../../src/judge/extent.js';
import { filtersOf, nextCommand } from '../../src/judge/next-command.js';
import type { PathEdge } from '../../src/judge/path-edge.js';
import { oneClause, whereText } from '../../src/judge/where-text.js';

interface Made {
  readonly src?: string;
  readonly dst?: string;
  readonly protocol?: string;
  readonly port?: number;
  readonly family?: 6;
  /** Node that it is charged to; default 1. */
  readonly node?: number;
}

/** `path(0, 1)`: an edge from a pod on node 0 to one on node 1. */
function path(from: number, to: number, of: Made = {}): PathEdge {
  const { src = 'shop/client', dst = 'shop/server', protocol = 'TCP', port = 80, family, node = 1 } = of;
  return { edge: { src, dst, protocol, port, ...(family && { family }) }, node, src: from, dst: to };
}

const nameOf = (node: number) => `n${node}`;

function where(failing: readonly PathEdge[], fine: readonly PathEdge[], nodes: readonly number[] = [1], count = 4) {
  const extent = extentOf({ nodes, failing, fine, count });
  return { scope: extent.scope, text: oneClause(whereText(extent, nameOf, count)), extent };
}

function says(found: ReturnType<typeof where>, scope: string, text: string): void {
  assert.deepEqual({ scope: found.scope, text: found.text }, { scope, text });
}

/** Two kinds of traffic on the same path, so that no single edge names itself. */
const both = (from: number, to: number, of: Made = {}) => [
  path(from, to, of),
  path(from, to, { ...of, dst: 'shop/cache', port: 6379 }),
];

describe('the way between two nodes', () => {
  const others = [...both(1, 0), ...both(0, 1), ...both(1, 3), ...both(3, 1)];

  it('is told when it fails one way', () => {
    const found = where(both(1, 2), [...others, ...both(2, 1)]);
    says(found, 'pair', 'traffic from n1 to n2; the way back and to other nodes are fine');
  });

  it('is told as the other way when that is what fails', () => {
    const found = where(both(2, 1), [...others, ...both(1, 2)]);
    says(found, 'pair', 'traffic from n2 to n1; the way back and from other nodes are fine');
  });

  it('is no way when both fail', () => {
    says(
      where([...both(1, 2), ...both(2, 1)], others),
      'pair',
      'traffic between n1 and n2; between other nodes is fine',
    );
  });

  it('is no pair when the same traffic is fine that way', () => {
    const found = where(both(1, 2), [...others, path(1, 2, { dst: 'shop/other' })]);
    assert.notEqual(found.scope, 'pair');
  });

  it('is a pair for several nodes that share a peer', () => {
    const failing = [0, 1].flatMap((node) => both(node, 3, { node }));
    const fine = [0, 1].flatMap((node) => both(node, 2, { node }));
    says(where(failing, fine, [0, 1]), 'pair', 'traffic to n3; to other nodes is fine');
  });
});

describe('one end', () => {
  it('is what peers send to a node', () => {
    const found = where([...both(0, 1), ...both(2, 1)], [...both(1, 0), ...both(1, 2), ...both(1, 1)]);
    says(found, 'towards', 'traffic to n1; what n1 sends is fine');
  });

  it('is what a node sends', () => {
    const found = where([...both(1, 0), ...both(1, 2)], [...both(0, 1), ...both(2, 1), ...both(1, 1)]);
    says(found, 'from', 'traffic from n1; what n1 receives is fine');
  });

  it('is no end when nothing is known of the other way', () => {
    assert.equal(where([...both(0, 1), ...both(2, 1)], both(1, 1)).scope, 'cross-node');
  });
});

describe('the path', () => {
  it('is cross-node, to and from the node that is named', () => {
    const failing = [0, 2].flatMap((other) => [...both(1, other), ...both(other, 1)]);
    says(where(failing, both(1, 1)), 'cross-node', 'cross-node traffic, to and from n1; same-node is fine');
  });

  it('is same-node', () => {
    says(where(both(1, 1), both(1, 2)), 'same-node', 'same-node traffic on n1; cross-node is fine');
    const everywhere = [0, 1].flatMap((node) => both(node, node, { node }));
    const found = where(everywhere, both(1, 0), [0, 1], 2);
    says(found, 'same-node', 'same-node traffic on all 2 nodes; cross-node is fine');
  });

  it('names the nodes among which it fails', () => {
    const failing = [1, 2, 3].flatMap((a) => [1, 2, 3].flatMap((b) => (a === b ? [] : both(a, b, { node: a }))));
    const fine = [1, 2, 3].flatMap((a) => [
      ...both(a, a, { node: a }),
      ...both(a, 0, { node: a }),
      ...both(0, a, { node: a }),
    ]);
    const found = where(failing, fine, [1, 2, 3]);
    says(found, 'cross-node', 'cross-node traffic between n1, n2 and n3; same-node is fine');
  });

  it('names sources and destinations apart', () => {
    const failing = [1, 2].flatMap((a) => [...both(a, 3, { node: a }), ...both(a, 0, { node: a })]);
    const fine = [1, 2].flatMap((a) => [
      ...both(a, a, { node: a }),
      ...both(a, 4, { node: a }),
      ...both(4, 3, { node: 4 }),
    ]);
    const found = where(failing, fine, [1, 2], 5);
    says(found, 'cross-node', 'cross-node traffic from n1 and n2 to n0 and n3; same-node is fine');
  });
});

describe('the kind of traffic', () => {
  const inside = path(1, 1);

  it('is a protocol where another one is fine on the same path', () => {
    const dns = path(1, 2, { protocol: 'UDP', port: 53, dst: 'kube-system/coredns' });
    const failing = [...both(1, 2), ...both(1, 3)];
    says(where(failing, [dns, inside]), 'cross-node', 'cross-node TCP from n1; same-node is fine');
    says(where([...failing, dns], [inside]), 'cross-node', 'cross-node traffic from n1; same-node is fine');
  });

  it('is no protocol where the other one is fine on another path alone', () => {
    const dns = path(1, 1, { protocol: 'UDP', port: 53, dst: 'kube-system/coredns' });
    assert.match(where([...both(1, 2), ...both(1, 3)], [dns, inside]).text, /^cross-node traffic/);
  });

  it('is the kind of its ends where others are fine', () => {
    const probe = path(1, 2, { src: 'host', dst: 'health', port: 4240 });
    const found = where([...both(1, 2), ...both(1, 3)], [probe, inside]);
    says(found, 'cross-node', 'cross-node traffic from shop/client on n1 to pods; same-node is fine');
  });

  it('is all of one edge, and who else uses it', () => {
    const other = path(1, 2, { src: 'shop/other' });
    says(
      where([path(1, 2)], [other]),
      'edge',
      'TCP 80 from shop/client on n1 to shop/server on n2; other callers are fine',
    );
  });

  it('is IPv6 where IPv4 is fine for the same edges', () => {
    const failing = [0, 2].map((to) => path(1, to, { family: 6 }));
    const four = [0, 2].map((to) => path(1, to));
    const found = where(failing, four);
    assert.match(found.text, /^IPv6 TCP 80 from shop\/client on n1 to shop\/server; IPv4 is fine$/);
    const command = nextCommand({ ...filtersOf(found.extent, [1], nameOf), reason: undefined, since: null });
    assert.match(command, /--ip-version v6 --protocol tcp --to-port 80$/);
  });

  it('is no family where the other one was never used there', () => {
    const elsewhere = path(1, 2, { dst: 'shop/other' });
    assert.doesNotMatch(where([path(1, 0, { family: 6 })], [elsewhere]).text, /IPv/);
  });
});

describe('what nothing tells', () => {
  it('is left out', () => {
    says(where([], []), 'node', 'traffic on n1');
    says(where([...both(1, 2), ...both(1, 1)], []), 'node', 'traffic on n1');
    says(where([...both(1, 2), ...both(1, 1)], both(0, 2, { node: 0 })), 'node', 'traffic on n1; other nodes are fine');
    says(where([...both(1, 2), ...both(0, 0, { node: 0 })], [], [0, 1], 2), 'soak', 'traffic on all 2 nodes');
  });
});

describe('the command for a place', () => {
  const command = (failing: readonly PathEdge[], fine: readonly PathEdge[]) =>
    nextCommand({ ...filtersOf(where(failing, fine).extent, [1], nameOf), reason: undefined, since: null });

  it('asks both ends of a path for what goes over it', () => {
    assert.equal(
      command([path(1, 2, { src: 'host' })], [path(1, 3, { src: 'host' })]),
      'hubble observe --node-name n1 --node-name n2 --from-label reserved:host --from-label reserved:remote-node --to-pod shop/server --protocol tcp --to-port 80',
    );
  });

  it('asks for no more than is known', () => {
    assert.equal(command([...both(1, 2), ...both(1, 1)], []), 'hubble observe --node-name n1');
  });

  it('takes no name of a pod that is none', () => {
    assert.doesNotMatch(command([path(1, 2, { src: "shop/a'b; rm" })], []), /rm/);
  });
});
