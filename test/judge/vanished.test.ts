import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { talk } from './layers.js';
import {
  DOWN,
  failures,
  NODES,
  pod,
  podOf,
  usualEdges,
  usualSoak,
  verdictOf,
  type EdgeSpec,
  type End,
  type SeenFlow,
  type SoakSpec,
  type Trouble,
} from './soak.js';

const END = 30;

/** The kubelet of each node probes its pods: they are seen to live whatever else becomes of them. */
function probes(pods: readonly End[], until: (pod: End) => number = () => END): SeenFlow[] {
  return pods.flatMap((to) => talk({ from: host(to.node), to, port: 8080, perMinute: 6, until: until(to) }));
}

function host(node: string): End {
  return { name: 'host', node, pod: `kubelet-${node}`, ip: `192.168.0.${NODES.indexOf(node) + 1}` };
}

const ALL_PODS = NODES.flatMap((node) => [podOf(node, 'client'), podOf(node, 'cache'), podOf(node, 'server')]);

function soakWith(trouble: Trouble | undefined, more: Partial<SoakSpec> = {}): SoakSpec {
  return usualSoak({ edges: usualEdges(trouble), more: probes(ALL_PODS), minutes: END, ...more });
}

const found = (spec: SoakSpec) =>
  verdictOf(spec).findings.filter((finding) => finding.class === 'vanished' || finding.severity === 'fail');

describe('a steady edge that is gone after a restart while its ends live', () => {
  const lost: Trouble = ({ from, to }, minute) =>
    from.node === 'n2' && to === podOf('n2', 'cache') && minute > DOWN.n2 ? 'unseen' : undefined;

  it('has vanished, on that node', () => {
    const document = verdictOf(soakWith(lost));
    assert.equal(document.verdict, 'fail');
    const [finding, ...others] = document.findings.filter(({ severity }) => severity !== 'info');
    assert.deepEqual(others, []);
    assert.equal(finding?.class, 'vanished');
    assert.equal(finding.kind, 'edges');
    assert.equal(finding.severity, 'fail');
    assert.deepEqual(finding.nodes, ['n2']);
    assert.equal(finding.scope, 'edge');
    assert.deepEqual(finding.edges, ['shop/client -> shop/cache TCP/6379']);
    assert.match(
      finding.says,
      /^Steady traffic is gone while both of its ends live, and no event says why, for TCP 6379 from shop\/client to shop\/cache on n2 \(its other traffic is fine\): 100 % of \d+ trials found none after the restart/,
    );
  });

  it('has vanished where it is one of long-lived connections alone', () => {
    const from = podOf('n3', 'client');
    const to = podOf('n3', 'server');
    const edges = usualEdges().filter((edge) => edge.to !== to || edge.from !== from);
    const more = [
      ...probes(ALL_PODS),
      ...talk({ from, to, port: 5432, perMinute: 12, until: DOWN.n3 }),
      ...NODES.slice(0, 2).flatMap((node) => talk({ from: podOf(node, 'client'), to, port: 5432, until: END })),
    ];
    const [finding] = failures(verdictOf(usualSoak({ edges, more, minutes: END })));
    assert.equal(finding?.class, 'vanished');
    assert.deepEqual(finding.nodes, ['n3']);
    assert.deepEqual(finding.edges, ['shop/client -> shop/server-c TCP/5432']);
  });

  it('has vanished between nodes too, and is charged to the one whose restart it did not survive', () => {
    const gone: Trouble = ({ from, to }, minute) =>
      from.node === 'n1' && to === podOf('n3', 'server') && minute > DOWN.n3 ? 'unseen' : undefined;
    const [finding, ...others] = found(soakWith(gone));
    assert.deepEqual(others, []);
    assert.equal(finding?.class, 'vanished');
    assert.deepEqual(finding.nodes, ['n3']);
    assert.deepEqual(finding.peers, ['n1']);
  });

  it('is found where it shows only every other slot', () => {
    const rare = usualEdges(lost).map((edge) => (edge.to.name === 'cache' ? { ...edge, perMinute: 2 } : edge));
    const [finding] = found(soakWith(undefined, { edges: rare, minutes: 45, more: probes(ALL_PODS, () => 45) }));
    assert.equal(finding?.class, 'vanished');
    assert.deepEqual(finding.nodes, ['n2']);
  });

  it('is watched where nothing else tells whether the far end lives', () => {
    const [finding] = found(soakWith(lost, { more: [] }));
    assert.equal(finding?.class, 'vanished');
    assert.equal(finding.severity, 'warn');
    assert.match(finding.says, /but nothing else tells whether shop\/cache still lives/);
  });
});

describe('the only edge of a client', () => {
  /** On every node a client of this name that talks to one server alone; that of n2 stops at its restart, or goes on. */
  const lonely = (name: string, k: number, nodes: readonly string[], stops: boolean): EdgeSpec[] =>
    nodes.map((node) => ({
      from: pod(name, node, k, NODES.indexOf(node)),
      to: podOf('n1', 'server'),
      port: 6000 + k,
      ...(stops && node === 'n2' ? { until: DOWN.n2 } : {}),
    }));
  const soak = (edges: readonly EdgeSpec[], until: number = END) =>
    found(
      usualSoak({
        edges: [...usualEdges(), ...edges],
        more: probes([...ALL_PODS, ...edges.map(({ from }) => from)], (one) => (one.node === 'n2' ? until : END)),
        minutes: END,
      }),
    );

  it('is watched where its pod is probed on and the same client goes on elsewhere: another may lead now', () => {
    const [finding, ...others] = soak(lonely('agent', 5, NODES, true));
    assert.deepEqual(others, []);
    assert.equal(finding?.severity, 'warn');
    assert.equal(finding.class, 'vanished');
    assert.deepEqual(finding.nodes, ['n2']);
    assert.deepEqual(finding.edges, ['shop/agent -> shop/server-a TCP/6005']);
  });

  it('is watched where it is the only client: it may have finished', () => {
    const [finding] = soak(lonely('agent', 5, ['n2'], true));
    assert.equal(finding?.severity, 'warn');
    assert.match(finding.says, /but nothing else tells whether shop\/agent still lives/);
  });

  it('has not vanished where its pod is gone as well', () => {
    assert.deepEqual(
      soak(lonely('agent', 5, NODES, true), DOWN.n2).filter(({ severity }) => severity === 'fail'),
      [],
    );
  });
});

describe('a steady edge that ends', () => {
  it('by itself, before or well after a restart, has not vanished', () => {
    for (const minute of [6, 7.5, 16, 20])
      assert.deepEqual(
        found(
          soakWith(({ from, to }, at) =>
            from.node === 'n2' && to === podOf('n2', 'cache') && at > minute ? 'unseen' : undefined,
          ),
        ),
        [],
        `ends at ${minute}`,
      );
  });

  it('with its client has not vanished', () => {
    const edges = usualEdges().map((edge) =>
      edge.from === podOf('n2', 'client') ? { ...edge, until: DOWN.n2 + 0.2 } : edge,
    );
    assert.deepEqual(found(soakWith(undefined, { edges })), []);
  });

  it('with its server, which was scaled down, has not vanished', () => {
    const edges = usualEdges().map((edge) =>
      edge.to === podOf('n2', 'server') ? { ...edge, until: DOWN.n2 + 0.2 } : edge,
    );
    const until = (one: End) => (one === podOf('n2', 'server') ? DOWN.n2 + 0.2 : END);
    assert.deepEqual(found(soakWith(undefined, { edges, more: probes(ALL_PODS, until) })), []);
  });

  it('and goes on at the node that its pod moved to has not vanished', () => {
    const moved: End = { ...podOf('n2', 'cache'), ...pod('cache', 'n3', 5, 2) };
    const from = podOf('n2', 'client');
    const edges: EdgeSpec[] = usualEdges().map((edge) =>
      edge.from === from && edge.to.name === 'cache' ? { ...edge, until: DOWN.n2 + 0.2 } : edge,
    );
    edges.push({ from, to: moved, port: 6379, since: DOWN.n2 + 0.5 });
    assert.deepEqual(found(soakWith(undefined, { edges })), []);
    // The old pod may go on living beside it.
    assert.deepEqual(found(soakWith(undefined, { edges, more: probes([...ALL_PODS, moved]) })), []);
  });

  it('as its deployment is replaced on the same node has not vanished', () => {
    const next: End = { ...podOf('n2', 'cache'), ...pod('cache', 'n2', 6, 1) };
    const from = podOf('n2', 'client');
    const edges: EdgeSpec[] = usualEdges().map((edge) =>
      edge.from === from && edge.to.name === 'cache' ? { ...edge, until: DOWN.n2 + 0.2 } : edge,
    );
    const until = (one: End) => (one === podOf('n2', 'cache') ? DOWN.n2 + 0.2 : END);
    const more = [
      ...probes(ALL_PODS, until),
      ...talk({ from: host('n2'), to: next, port: 8080, since: DOWN.n2 + 0.5, until: END }),
    ];
    assert.deepEqual(found(soakWith(undefined, { edges, more })), []);
  });

  it('for callers on nodes not yet restarted too has not vanished', () => {
    const gone: Trouble = ({ to }, minute) =>
      to === podOf('n3', 'server') && minute > DOWN.n1 + 0.2 ? 'unseen' : undefined;
    assert.deepEqual(found(soakWith(gone)), []);
  });
});

describe('traffic that was never steady, or only falls', () => {
  it('is no matter of this lane: halved, and down to a fifth', () => {
    for (const share of [0.5, 0.2]) {
      const fewer: Trouble = ({ from }, minute, random) =>
        from.node === 'n2' && minute > DOWN.n2 && !random.chance(share) ? 'unseen' : undefined;
      assert.deepEqual(found(soakWith(fewer)), []);
    }
  });

  it('of a cron job may stay away', () => {
    const cron: EdgeSpec = { from: podOf('n2', 'client'), to: podOf('n2', 'server'), port: 9000, perMinute: 6 };
    const runs = [0, 4, 8].map((since) => ({ ...cron, since, until: since + 1.5 }));
    assert.deepEqual(found(soakWith(undefined, { edges: [...usualEdges(), ...runs] })), []);
  });

  it('that its caller may choose to send elsewhere is not missed', () => {
    // Long-lived connections to one service: after the restart the caller happens to use the others.
    const from = podOf('n2', 'client');
    const service = (node: string): End => ({
      ...podOf(node, 'server'),
      name: 'service',
      pod: pod('service', node, 7, NODES.indexOf(node)).pod,
    });
    const more = [
      ...probes([...ALL_PODS, ...NODES.map(service)]),
      ...NODES.flatMap((node) =>
        talk({ from, to: service(node), port: 7000, perMinute: 12, until: node === 'n2' ? DOWN.n2 : END }),
      ),
    ];
    assert.deepEqual(found(soakWith(undefined, { more })), []);
  });
});
