/** Rises that something else explains: a reason that changed its name, events that were lost before and are not any more. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DOWN, failures, NODES, podOf, usualEdges, usualSoak, verdictOf, type EdgeSpec } from './soak.js';

type NodeName = keyof typeof DOWN;

/** Ten workers on each node that reach their server, and are refused at a port of it with the reason that `reason` gives. */
function refusedWorkers(reason: (node: NodeName, minute: number) => number, perMinute = 1): EdgeSpec[] {
  return NODES.flatMap((node) =>
    Array.from({ length: 10 }, (_, k) => ({
      ...podOf(node, 'client'),
      name: `worker-${k}`,
      pod: `worker-${k}-${node}`,
      ip: `10.4.${k}.${node.slice(1)}`,
    })).flatMap((from): EdgeSpec[] => [
      { from, to: podOf(node, 'server'), perMinute: 2 },
      {
        from,
        to: podOf(node, 'server'),
        port: 8443,
        perMinute,
        fate: (minute) => {
          const code = reason(node as NodeName, minute);
          return code === 0 ? 'answered' : { reason: code, at: 'source' };
        },
      },
    ]),
  );
}

const verdictWith = (edges: readonly EdgeSpec[], over = {}) =>
  verdictOf(usualSoak({ edges: [...usualEdges(), ...edges], ...over }));

describe('a reason that changes its name', () => {
  it('is no failure at the same rate', () => {
    const document = verdictWith(refusedWorkers((node, minute) => (minute < DOWN[node] ? 153 : 158)));
    assert.deepEqual(failures(document), []);
    assert.equal(document.verdict, 'pass');
    const told = document.findings.find((finding) => finding.class === 'ambient');
    assert.equal(told?.severity, 'info');
    assert.match(told.says, /changed its name/);
    assert.match(
      told.says,
      /Both together are \d+ episodes in \d+ min before, \d+ in \d+ min after, which is no rise \(one in \d+ by chance, one in [\d,]+ is the limit\)/,
    );
    assert.ok(told.control !== null && told.control.seconds > 0);
    assert.equal(told.reason?.code, 158);
  });

  it('is a failure when it comes much more often than the old name', () => {
    const rare = refusedWorkers((node, minute) => (minute < DOWN[node] ? 153 : 158), 0.2);
    const often = refusedWorkers((node, minute) => (minute < DOWN[node] ? 0 : 158), 2).filter(
      ({ port }) => port === 8443,
    );
    const document = verdictWith([...rare, ...often.map((edge): EdgeSpec => ({ ...edge, port: 8444 }))]);
    assert.equal(document.verdict, 'fail');
    assert.ok(failures(document).some((finding) => finding.reason?.code === 158));
  });

  it('is a failure when the old name stays', () => {
    const old = refusedWorkers(() => 153);
    const extra = refusedWorkers((node, minute) => (minute < DOWN[node] + 1 ? 0 : 158)).map((edge): EdgeSpec => ({
      ...edge,
      since: 8,
    }));
    assert.equal(verdictWith([...old, ...extra]).verdict, 'fail');
  });
});

describe('lost events', () => {
  const fresh = refusedWorkers((node, minute) => (minute < DOWN[node] + 1 ? 0 : 158)).map((edge): EdgeSpec =>
    edge.port === 8443 ? { ...edge, since: 14 } : edge,
  );
  const lossOn = (from: number, to: number) => NODES.map((node) => ({ node, from, to, perMinute: 300 }));

  it('do not hide a new reason when there were none', () => {
    const document = verdictWith(fresh);
    assert.equal(document.verdict, 'fail');
    assert.deepEqual(
      failures(document).map((finding) => finding.reason?.code),
      [158],
    );
  });

  it('make it a matter of sight when the old agents lost what would have told', () => {
    const document = verdictWith(fresh, { lost: lossOn(0, 7) });
    assert.equal(document.verdict, 'inconclusive');
    assert.deepEqual(failures(document), []);
    const told = document.findings.filter((finding) => finding.class === 'visibility');
    const rise = told.find((finding) => finding.reason?.code === 158);
    assert.equal(rise?.severity, 'warn');
    assert.match(
      rise.says,
      /\d+ episodes after the restart and 0 before, but events were lost in \d+(\.\d+)? % more of the windows before it\. Without those windows it is one in [\d,]+ by chance/,
    );
    assert.ok(told.some((finding) => /Hubble lost/.test(finding.says) && finding.severity === 'warn'));
  });

  it('change nothing when they were few', () => {
    assert.equal(verdictWith(fresh, { lost: lossOn(2, 3) }).verdict, 'fail');
  });

  it('stand in the way of a pass on either side', () => {
    for (const lost of [lossOn(0, 7), lossOn(16, 26)]) {
      const document = verdictOf(usualSoak({ lost }));
      assert.equal(document.verdict, 'inconclusive');
      assert.deepEqual(failures(document), []);
      assert.ok(document.findings.some((finding) => finding.class === 'visibility' && finding.severity === 'warn'));
    }
  });

  it('are no news while they are rare', () => {
    const document = verdictOf(usualSoak({ lost: [{ node: 'n2', from: 3, to: 3.2, perMinute: 60 }] }));
    assert.equal(document.verdict, 'pass');
    assert.deepEqual(
      document.findings.map(({ class: kind, severity, nodes }) => ({ kind, severity, nodes })),
      [{ kind: 'visibility', severity: 'info', nodes: ['n2'] }],
    );
  });
});
