import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { VerdictDocument } from '../../src/judge/document.js';
import {
  DOWN,
  failures,
  NODES,
  outside,
  podOf,
  usualEdges,
  usualSoak,
  verdictOf,
  type EdgeSpec,
  type Trouble,
} from './soak.js';

function only<T>(items: readonly T[]): T {
  const [first] = items;
  assert.ok(first !== undefined && items.length === 1, `one of ${JSON.stringify(items)}`);
  return first;
}

const onNode = (document: VerdictDocument, name: string) => {
  const node = document.nodes.find((one) => one.name === name);
  assert.ok(node !== undefined);
  return node;
};

/** Drops of a client that never had its way: known noise of a node. `perMinute` may change with time. */
function chronic(node: string, reason: number, isOn: (minute: number) => boolean): EdgeSpec {
  return {
    from: { ...podOf(node, 'client'), name: 'noisy', pod: `noisy-${node}`, ip: '10.7.7.7' },
    to: { ...podOf('n1', 'server'), name: 'wall', pod: `wall-${node}`, node, ip: '10.7.7.8' },
    port: 9999,
    perMinute: 20,
    fate: (minute) => (isOn(minute) ? { reason, at: 'source' } : 'answered'),
  };
}

describe('a roll that changes nothing', () => {
  it('passes with enough traffic', () => {
    const document = verdictOf(usualSoak());
    assert.equal(document.verdict, 'pass');
    assert.deepEqual(document.findings, []);
    assert.deepEqual(document.missing, []);
    for (const node of document.nodes) {
      assert.equal(node.verdict, 'pass');
      assert.equal(node.restarts.length, 1);
      assert.equal(node.needs, null);
    }
    assert.ok((document.power.smallestDetectable ?? 1) < 0.1);
  });

  it('is inconclusive without any restart, and says so', () => {
    const document = verdictOf(usualSoak({ restarts: [] }));
    assert.equal(document.verdict, 'inconclusive');
    assert.match(document.summary, /No agent restart was seen/);
    for (const node of document.nodes) assert.equal(node.verdict, 'inconclusive');
  });

  it('is inconclusive with too little traffic, and says how much is missing', () => {
    const document = verdictOf(usualSoak({ edges: usualEdges(undefined, 0.5) }));
    assert.equal(document.verdict, 'inconclusive');
    assert.deepEqual(failures(document), []);
    const { needs } = onNode(document, 'n3');
    assert.ok(needs !== null && needs.trials > 0 && needs.attempts > 0);
    assert.match(needs.about ?? '', /^PT/);
    assert.ok(document.missing.some((sentence) => /more trials?/.test(sentence)));
  });

  it('waits for a node that has not restarted', () => {
    const document = verdictOf(usualSoak({ restarts: [{ node: 'n1', minute: 8 }] }));
    assert.equal(document.verdict, 'inconclusive');
    assert.ok(document.missing.some((sentence) => /n2 and n3 have not restarted/.test(sentence)));
    assert.equal(onNode(document, 'n1').verdict, 'pass');
  });

  it('passes with noise that was as loud before', () => {
    const edges = [...usualEdges(), ...NODES.map((node) => chronic(node, 181, () => true))];
    assert.equal(verdictOf(usualSoak({ edges })).verdict, 'pass');
  });
});

describe('harm', () => {
  it('names an edge that dies on one node', () => {
    const trouble: Trouble = ({ to }, minute) =>
      to === podOf('n2', 'server') && minute > DOWN.n2 ? { reason: 133, at: 'destination' } : undefined;
    const document = verdictOf(usualSoak({ edges: usualEdges(trouble) }));
    assert.equal(document.verdict, 'fail');
    const finding = only(failures(document));
    assert.equal(finding.class, 'broken');
    assert.equal(finding.reasonName, 'POLICY_DENIED');
    assert.deepEqual(finding.nodes, ['n2']);
    assert.deepEqual(finding.peers, ['n1', 'n3']);
    assert.deepEqual(finding.edges, ['shop/client -> shop/server-b TCP/80']);
    assert.equal(finding.direction, 'ingress');
    assert.ok(finding.before !== null && finding.before.rate === 0);
    assert.ok(finding.after !== null && finding.after.rate > 0.95);
    assert.ok((finding.evidence?.logE ?? 0) >= (finding.evidence?.limit ?? Infinity));
    assert.ok(finding.examples.length > 0 && finding.examples.every((flow) => flow.dropReason === 'POLICY_DENIED'));
    assert.match(finding.nextCommand ?? '', /^hubble observe .*--drop-reason-desc POLICY_DENIED/);
    assert.equal(onNode(document, 'n2').verdict, 'fail');
    assert.equal(onNode(document, 'n3').verdict, 'pass');
  });

  it('names silent loss on one node', () => {
    const trouble: Trouble = ({ from, to }, minute, random) =>
      (from.node === 'n2' || to.node === 'n2') && minute > DOWN.n2 && random.chance(0.5) ? 'silent' : undefined;
    const finding = only(failures(verdictOf(usualSoak({ edges: usualEdges(trouble) }))));
    assert.equal(finding.class, 'silent');
    assert.equal(finding.reason, null);
    assert.deepEqual(finding.nodes, ['n2']);
    assert.deepEqual(finding.peers, ['n1', 'n3']);
    assert.equal(finding.scope, 'node');
  });

  it('names a new reason on edges that still work most of the time', () => {
    const trouble: Trouble = ({ from }, minute, random) =>
      from.node === 'n3' && minute > DOWN.n3 && random.chance(0.3) ? { reason: 181, at: 'source' } : undefined;
    const finding = only(failures(verdictOf(usualSoak({ edges: usualEdges(trouble, 12) }))));
    assert.equal(finding.class, 'broken');
    assert.equal(finding.reasonName, 'POLICY_DENY');
    assert.deepEqual(finding.nodes, ['n3']);
  });

  it('calls a reason novel that only shows beside connections that work', () => {
    // Packets of connections that exist are dropped on top: no attempt fails.
    const extra = NODES.flatMap((node): EdgeSpec[] =>
      [0, 1, 2, 3, 4, 5, 6, 7, 8].map((k) => {
        const from = { ...podOf('n2', 'client'), name: `worker-${k}`, pod: `worker-${k}-x`, ip: `10.5.1.${k}` };
        return { from, to: podOf(node, 'server'), perMinute: 6 };
      }),
    );
    const drops = extra.map((edge): EdgeSpec => ({
      ...edge,
      port: 443,
      perMinute: 2,
      since: DOWN.n2 + 1,
      fate: () => ({ reason: 153, at: 'source' }),
    }));
    const document = verdictOf(usualSoak({ edges: [...usualEdges(), ...extra, ...drops] }));
    const finding = only(failures(document));
    assert.equal(finding.class, 'novel');
    assert.deepEqual(finding.nodes, ['n2']);
    assert.equal(finding.reason?.code, 153);
    assert.equal(finding.before?.events, 0);
  });

  it('calls a known drop worse that comes ten times as often', () => {
    const often = NODES.flatMap((node) =>
      [0, 1, 2, 3].map((k): EdgeSpec => ({
        ...chronic(node, 153, () => true),
        from: { ...podOf(node, 'client'), name: `noisy-${k}`, pod: `noisy-${node}-${k}`, ip: `10.7.${k}.7` },
        perMinute: 0.4,
      })),
    );
    const more = often
      .filter(({ from }) => from.node === 'n2')
      .map((edge): EdgeSpec => ({ ...edge, port: 9998, perMinute: 4, since: DOWN.n2 + 1 }));
    const document = verdictOf(usualSoak({ edges: [...usualEdges(), ...often, ...more] }));
    const finding = only(failures(document));
    assert.equal(finding.class, 'worse');
    assert.deepEqual(finding.nodes, ['n2']);
    assert.equal(finding.reason?.code, 153);
    assert.ok((finding.evidence?.rateRatio?.low ?? 0) > 1);
    assert.ok((finding.after?.rate ?? 0) > 3 * (finding.before?.rate ?? Infinity));
  });

  it('names every node of a harm that all of them show', () => {
    const trouble: Trouble = ({ from, to }, minute, random) =>
      from.node !== to.node && minute > DOWN[from.node as 'n1' | 'n2' | 'n3'] && random.chance(0.4)
        ? { reason: 133, at: 'source' }
        : undefined;
    const document = verdictOf(usualSoak({ edges: usualEdges(trouble) }));
    assert.equal(document.verdict, 'fail');
    const broken = failures(document).find((finding) => finding.class === 'broken');
    assert.deepEqual(broken?.nodes, NODES);
    assert.equal(broken?.reasonName, 'POLICY_DENIED');
    assert.equal(broken.scope, 'cross-node');
  });
});

describe('what is no harm', () => {
  it('tells of a transient that settles, and passes', () => {
    const trouble: Trouble = ({ to }, minute) =>
      to.node === 'n2' && minute > DOWN.n2 + 0.34 && minute < DOWN.n2 + 1
        ? { reason: 140, at: 'destination' }
        : undefined;
    const document = verdictOf(usualSoak({ edges: usualEdges(trouble, 12) }));
    assert.deepEqual(failures(document), []);
    const transient = only(document.findings.filter((finding) => finding.class === 'transient'));
    assert.equal(transient.severity, 'info');
    assert.equal(transient.reasonName, 'MISSED_TAIL_CALL');
    assert.deepEqual(transient.nodes, ['n2']);
    assert.equal(document.verdict, 'pass');
  });

  it('takes a destination that is down for everybody for ambient', () => {
    const trouble: Trouble = ({ to }, minute) => (to === podOf('n3', 'server') && minute > 9 ? 'silent' : undefined);
    const soak = usualSoak({ edges: usualEdges(trouble), minutes: 24, restarts: [{ node: 'n1', minute: 8 }] });
    const document = verdictOf(soak);
    assert.deepEqual(failures(document), []);
    const ambient = document.findings.find((finding) => finding.class === 'ambient');
    assert.equal(ambient?.severity, 'info');
    assert.deepEqual(ambient.edges, ['shop/server-c TCP/80']);
  });

  it('does not mind a scanner that comes after the restart', () => {
    const scans = Array.from({ length: 200 }, (_, k): EdgeSpec => ({
      from: outside(`198.51.100.${k}`),
      to: podOf('n2', 'server'),
      port: 1000 + k,
      perMinute: 2,
      since: DOWN.n2 + 1.5,
      fate: () => ({ reason: 181, at: 'destination' }),
    }));
    assert.deepEqual(failures(verdictOf(usualSoak({ edges: [...usualEdges(), ...scans] }))), []);
  });

  it('does not mind one client that retries what never worked', () => {
    const retrying = NODES.map((node): EdgeSpec => ({
      ...chronic(node, 181, () => true),
      perMinute: 2,
      since: node === 'n2' ? DOWN.n2 + 2 : 0,
      retries: node === 'n2' ? 8 : 0,
    }));
    assert.deepEqual(failures(verdictOf(usualSoak({ edges: [...usualEdges(), ...retrying] }))), []);
  });

  it('does not take a refused connection for a lost one', () => {
    const trouble: Trouble = ({ to }, minute) => (to.node === 'n2' && minute > DOWN.n2 ? 'refused' : undefined);
    assert.deepEqual(failures(verdictOf(usualSoak({ edges: usualEdges(trouble) }))), []);
  });

  it('does not charge a workload that is deployed in mid-roll and refused', () => {
    const fresh: EdgeSpec = {
      from: { ...podOf('n2', 'client'), name: 'newcomer', pod: 'newcomer-0', ip: '10.6.6.6' },
      to: podOf('n3', 'server'),
      port: 5432,
      perMinute: 12,
      since: DOWN.n2 + 2,
      fate: () => ({ reason: 133, at: 'source' }),
    };
    const old = chronic('n1', 133, () => true);
    assert.deepEqual(failures(verdictOf(usualSoak({ edges: [...usualEdges(), old, fresh] }))), []);
  });
});
