import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UsageError } from '../../src/errors.js';
import { nameMatcher } from '../../src/judge/node-names.js';
import type { FlowRecord, SoakEvent } from '../../src/hubble/event.js';
import { renamed } from './renamed.js';
import {
  DOWN,
  eventsOf,
  failures,
  journalOf,
  MINUTE,
  podOf,
  START,
  usualEdges,
  usualSoak,
  verdictOf,
  verdictOn,
  type Trouble,
} from './soak.js';

describe('nameMatcher', () => {
  it('knows * and ?, and nothing else of a pattern', () => {
    assert.ok(nameMatcher(['worker-*'])('worker-1'));
    assert.ok(!nameMatcher(['worker-?'])('worker-10'));
    assert.ok(!nameMatcher(['w.rker'])('worker'));
    assert.ok(nameMatcher(['a[1]+(b)|c$^{}\\'])('a[1]+(b)|c$^{}\\'));
    assert.ok(!nameMatcher([])('worker'));
  });

  it('matches any cluster unless the pattern names one', () => {
    assert.ok(nameMatcher(['worker-*'])('prod/worker-1'));
    assert.ok(nameMatcher(['prod/*'])('prod/worker-1'));
    assert.ok(!nameMatcher(['test/*'])('prod/worker-1'));
    assert.ok(nameMatcher(['*/worker-1'])('prod/worker-1'));
  });
});

describe('which nodes must restart', () => {
  it('leaves out those that expectNodes does not name', () => {
    const soak = usualSoak({ minutes: 45, restarts: [{ node: 'n1', minute: 8 }] });
    assert.equal(verdictOf(soak).verdict, 'inconclusive');
    assert.equal(verdictOf(soak, { expectNodes: ['n1'] }).verdict, 'pass');
  });

  it('leaves ignored nodes out of everything', () => {
    const trouble: Trouble = ({ from, to }, minute) =>
      from.node === 'n3' && to.node === 'n3' && minute > DOWN.n3 ? 'silent' : undefined;
    const soak = usualSoak({ edges: usualEdges(trouble) });
    assert.equal(verdictOf(soak).verdict, 'fail');
    const document = verdictOf(soak, { ignoreNodes: ['n3'] });
    assert.deepEqual(failures(document), []);
    assert.deepEqual(
      document.nodes.map((node) => node.name),
      ['n1', 'n2'],
    );
  });

  it('takes names with and without their cluster', () => {
    const events = renamed(
      eventsOf(usualSoak({ minutes: 45, restarts: [{ node: 'n1', minute: 8 }] })),
      (node) => `prod/${node}`,
    );
    const journal = journalOf(events);
    for (const expectNodes of [['n1'], ['prod/n1'], ['prod/*1']])
      assert.equal(verdictOn(journal, { expectNodes }).verdict, 'pass', expectNodes[0]);
    assert.deepEqual(
      verdictOn(journal, { ignoreNodes: ['n2', 'prod/n3'] }).nodes.map((node) => node.name),
      ['prod/n1'],
    );
  });

  it('wants no restart of a node that joins later', () => {
    const document = verdictOf(
      usualSoak({
        joins: { n3: 9 },
        restarts: [
          { node: 'n1', minute: 8 },
          { node: 'n2', minute: 10 },
        ],
      }),
    );
    assert.equal(document.verdict, 'pass');
    assert.deepEqual(document.nodes.find((node) => node.name === 'n3')?.restarts, []);
  });
});

describe('given restarts', () => {
  const quiet = usualSoak({ restarts: [] });

  it('stand for those that nothing shows', () => {
    const givenRestarts = (['n1', 'n2', 'n3'] as const).map((node) => ({ node, time: START + DOWN[node] * MINUTE }));
    const document = verdictOf(quiet, { givenRestarts });
    assert.equal(document.verdict, 'pass');
    assert.ok(document.nodes.every((node) => node.restarts[0]?.evidence === 'given'));
  });

  it('replace a detected one that is near', () => {
    const document = verdictOf(usualSoak(), { givenRestarts: [{ node: 'n1', time: START + 8.5 * MINUTE }] });
    assert.deepEqual(
      document.nodes.map((node) => node.restarts.map((restart) => restart.evidence)),
      [['given'], ['uptime'], ['uptime']],
    );
  });

  it('of an unknown node, or outside of the recording, are mistakes', () => {
    const wrong = (node: string, time: number) => () => verdictOf(quiet, { givenRestarts: [{ node, time }] });
    assert.throws(
      wrong('n9', START + MINUTE),
      (error) => error instanceof UsageError && /no node n9/.test(error.message),
    );
    assert.throws(wrong('n1', START - MINUTE), UsageError);
    assert.throws(wrong('n1', START + 99 * MINUTE), UsageError);
  });
});

describe('several restarts of one node', () => {
  const restarts = [
    { node: 'n1', minute: 8 },
    { node: 'n2', minute: 10 },
    { node: 'n3', minute: 12 },
    { node: 'n1', minute: 20 },
  ];

  it('pass when nothing breaks', () => {
    const document = verdictOf(usualSoak({ restarts, minutes: 40 }));
    assert.equal(document.verdict, 'pass');
    assert.equal(document.nodes[0]?.restarts.length, 2);
  });

  it('fail by what breaks after the second', () => {
    const trouble: Trouble = ({ to }, minute) => (to === podOf('n1', 'cache') && minute > 20 ? 'silent' : undefined);
    const [finding, ...more] = failures(verdictOf(usualSoak({ restarts, minutes: 40, edges: usualEdges(trouble) })));
    assert.deepEqual(more, []);
    assert.deepEqual(finding?.nodes, ['n1']);
  });

  it('keep a failure that a later restart mends', () => {
    const trouble: Trouble = ({ to }, minute) =>
      to === podOf('n1', 'cache') && minute > 8 && minute < 20 ? 'silent' : undefined;
    assert.equal(verdictOf(usualSoak({ restarts, minutes: 40, edges: usualEdges(trouble) })).verdict, 'fail');
  });
});

describe('hostile names', () => {
  it('are names like others', () => {
    const evil = new Map([
      ['n1', '__proto__'],
      ['n2', 'constructor'],
      ['n3', 'we\u001b[31mird\n\t"<b>'],
    ]);
    const trouble: Trouble = ({ to }, minute) =>
      to === podOf('n3', 'cache') && minute > DOWN.n3 ? 'silent' : undefined;
    const events = renamed(eventsOf(usualSoak({ edges: usualEdges(trouble) })), (node) => evil.get(node) ?? node).map(
      (event): SoakEvent => (event.kind === 'flow' ? spoiled(event) : event),
    );
    const document = verdictOn(journalOf(events));
    assert.deepEqual(document.nodes.map((node) => node.name).sort(), [...evil.values()].sort());
    const [finding, ...more] = failures(document);
    assert.deepEqual(more, []);
    assert.deepEqual(finding?.nodes, ['we\u001b[31mird\n\t"<b>']);
    assert.doesNotMatch(finding.nextCommand ?? '', /\p{Cc}/u);
    assert.match(finding.id, /^[\w.+-]+$/);
  });

  function spoiled(flow: FlowRecord): FlowRecord {
    const end = (one: FlowRecord['source']) =>
      one.workload === 'cache' || one.pod.startsWith('cache')
        ? { ...one, namespace: '__proto__', workload: one.workload }
        : one;
    return { ...flow, source: end(flow.source), destination: end(flow.destination) };
  }
});
