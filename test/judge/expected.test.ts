import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Finding, VerdictDocument } from '../../src/judge/document.js';
import type { ExpectedDrop } from '../../src/judge/settings.js';
import {
  DOWN,
  eventsOf,
  failures,
  journalOf,
  NODES,
  outside,
  podOf,
  usualEdges,
  usualSoak,
  verdictOf,
  verdictOn,
  type EdgeSpec,
  type SoakSpec,
} from './soak.js';

function entry(over: Partial<ExpectedDrop>): ExpectedDrop {
  const perMinute = over.perMinute ?? 10;
  return {
    reason: 189,
    direction: null,
    nodes: null,
    from: null,
    to: null,
    port: null,
    protocol: null,
    perMinute,
    rate: `${perMinute}/min`,
    owner: 'team-mesh',
    until: Date.UTC(2027, 0, 1),
    untilText: '2027-01-01',
    why: null,
    place: 'known.yaml:2',
    ...over,
  };
}

function judged(spec: SoakSpec, ...entries: Partial<ExpectedDrop>[]): VerdictDocument {
  return verdictOf(spec, { expect: { file: 'known.yaml', entries: entries.map(entry) } });
}

function expected(document: VerdictDocument): Finding[] {
  return document.findings.filter((finding) => finding.kind === 'expected');
}

/** Drops of a client on n2 that had nothing to lose, with a reason that a hard rule minds. */
const STRAY: EdgeSpec = {
  from: { ...podOf('n2', 'client'), name: 'stray', pod: 'stray-0', ip: '10.8.8.8' },
  to: podOf('n3', 'server'),
  port: 7777,
  perMinute: 1,
  since: DOWN.n2 + 2,
  fate: () => ({ reason: 189, at: 'source' }),
};
const BREACH = usualSoak({ minutes: 22, edges: [...usualEdges(), STRAY] });

/** The client of n1 is denied at n2's server since n2 is back. */
const BROKEN = usualSoak({
  edges: usualEdges(({ from, to }, minute) =>
    from.node === 'n1' && to.name === 'server-b' && minute > DOWN.n2 ? { reason: 133, at: 'destination' } : undefined,
  ),
});
const DENIED = { reason: 133, from: ['shop/client'], to: ['shop/server-b'], port: 80, protocol: 'TCP' } as const;

describe('expected drops', () => {
  it('within their rate break no hard rule, and are told with their owner', () => {
    assert.deepEqual(
      failures(judged(BREACH)).map((finding) => finding.class),
      ['hard-rule'],
    );
    const document = judged(BREACH, { perMinute: 2, why: 'the mesh is being taken down' });
    assert.deepEqual(failures(document), []);
    const [finding, ...more] = expected(document);
    assert.deepEqual(more, []);
    assert.ok(finding);
    assert.deepEqual(
      [finding.class, finding.severity, finding.reasonName, finding.nodes, finding.direction, finding.edges],
      ['ambient', 'info', 'AUTH_REQUIRED', ['n2'], 'egress', ['shop/stray -> shop/server-c TCP/7777']],
    );
    assert.equal(finding.before?.episodes, 0);
    assert.ok((finding.after?.episodes ?? 0) >= 6);
    assert.match(
      finding.says,
      /expected until 2027-01-01 at up to 2\/min on a node \(owner team-mesh, because: the mesh/,
    );
    assert.match(finding.says, /the most since a restart has settled is \d+ episodes in \d+ min on n2/);
  });

  it('above their rate count again, and say by how much', () => {
    const document = judged(BREACH, { perMinute: 1 / 60, rate: '1/h' });
    assert.deepEqual(
      failures(document).map((finding) => finding.class),
      ['hard-rule'],
    );
    const [finding] = expected(document);
    assert.match(
      finding?.says ?? '',
      /up to 1\/h on a node \(owner team-mesh\), but n2 had \d+ episodes in its first .* times that rate/,
    );
    assert.match(finding?.says ?? '', /count like any other/);
    assert.ok((finding?.evidence?.logE ?? 0) >= (finding?.evidence?.limit ?? Infinity));
  });

  it('are not above their rate for one episode more', () => {
    assert.deepEqual(failures(judged(BREACH, { perMinute: 0.8 })), []);
  });

  it('count again when the entry has expired by the time of the soak, or by --now', () => {
    const document = judged(BREACH, { until: Date.UTC(2026, 0, 5, 10, 5), untilText: '2026-01-05T10:05:00Z' });
    assert.deepEqual(
      failures(document).map((finding) => finding.class),
      ['hard-rule'],
    );
    const [finding] = expected(document);
    assert.equal(finding?.severity, 'info');
    assert.match(finding.says, /was expected until 2026-01-05T10:05:00Z \(owner team-mesh\), and that has passed/);
    assert.match(finding.says, /Renew the entry at known\.yaml:2, or remove it\.$/);
    assert.deepEqual(failures(judged(BREACH, { until: Date.UTC(2026, 0, 5, 11) })), []);
  });

  it('leave both ends of an attempt, so that it is not silent at the other one', () => {
    const [finding] = failures(judged(BROKEN));
    assert.deepEqual([finding?.class, finding?.reasonName, finding?.nodes], ['broken', 'POLICY_DENIED', ['n2']]);
    const document = judged(BROKEN, { ...DENIED, direction: 'ingress' });
    assert.deepEqual(failures(document), []);
    const [told] = expected(document);
    assert.ok((told?.after?.attempts ?? 0) > 90);
    assert.equal(told?.before?.attempts, 0);
    assert.match(told.says, /left out on both sides of the restart, and so are \d+ attempts that ended so after it\.$/);
    assert.deepEqual(
      document.findings.filter(({ severity, reasonName }) => severity === 'warn' || reasonName === null),
      [],
    );
    assert.deepEqual(
      expected(document).map(({ nodes, edges }) => [nodes, edges]),
      [[['n2'], ['shop/client -> shop/server-b TCP/80']]],
    );
  });

  const elsewhere: readonly (readonly [why: string, over: Partial<ExpectedDrop>])[] = [
    ['another reason', { reason: 181 }],
    ['another direction', { direction: 'egress' }],
    ['another node', { nodes: ['n1', 'n3*'] }],
    ['another source', { from: ['shop/cache', 'other/*', 'client', 'world'] }],
    ['another destination', { to: ['shop/server-?-canary', 'shop/server-a'] }],
    ['another port', { port: 81 }],
    ['another protocol', { protocol: 'UDP' }],
  ];
  for (const [why, over] of elsewhere)
    it(`mean nothing but their scope: ${why}`, () => {
      const document = judged(BROKEN, { ...DENIED, ...over });
      assert.deepEqual(
        failures(document).map((finding) => finding.reasonName),
        ['POLICY_DENIED'],
      );
      assert.deepEqual(expected(document), []);
    });

  it('are found by globs', () => {
    const globs = { nodes: ['n?'], from: ['shop/cl*'], to: ['*/server-?'] };
    assert.deepEqual(failures(judged(BROKEN, { reason: 133, ...globs })), []);
  });

  it('of reserved identities are found by label', () => {
    const world: EdgeSpec = {
      ...STRAY,
      from: outside('203.0.113.7'),
      to: podOf('n2', 'server'),
      fate: () => ({ reason: 189, at: 'destination' }),
    };
    const spec = usualSoak({ minutes: 22, edges: [...usualEdges(), world] });
    assert.notDeepEqual(failures(judged(spec, { from: ['host'] })), []);
    assert.deepEqual(failures(judged(spec, { from: ['world'] })), []);
    assert.deepEqual(failures(judged(spec, { from: ['reserved:world'] })), []);
  });

  it('belong to the first entry that fits and holds', () => {
    const document = judged(
      BREACH,
      { until: 0, untilText: '1970-01-01', owner: 'old' },
      { perMinute: 2, owner: 'first' },
      { perMinute: 1 / 1440, owner: 'second' },
    );
    assert.deepEqual(failures(document), []);
    assert.deepEqual(
      expected(document).map(({ says }) => /owner (\w+)/.exec(says)?.[1]),
      ['old', 'first'],
    );
  });

  it('on one node above the rate leave the others as they were', () => {
    const strays = NODES.map((node, i): EdgeSpec => ({
      ...STRAY,
      from: { ...podOf(node, 'client'), name: 'stray', pod: `stray-${i}`, ip: `10.8.8.${i}` },
      to: podOf(node, 'server'),
      perMinute: node === 'n2' ? 1 : 0.2,
      since: DOWN.n3 + 2,
    }));
    const document = judged(usualSoak({ edges: [...usualEdges(), ...strays] }), { perMinute: 0.05 });
    assert.deepEqual(
      failures(document).map((finding) => finding.nodes),
      [['n2']],
    );
    assert.deepEqual(
      expected(document).map(({ nodes, says }) => [nodes, says.includes('count like any other')]),
      [
        [['n1', 'n3'], false],
        [['n2'], true],
      ],
    );
  });

  it('give the verdict of the soak without them', () => {
    const without = judged(usualSoak({ minutes: 22 }));
    const document = judged(BREACH, { perMinute: 2 });
    assert.deepEqual(
      [document.verdict, document.missing, document.power],
      [without.verdict, without.missing, without.power],
    );
    assert.deepEqual(
      document.findings.filter(({ kind }) => kind !== 'expected'),
      without.findings,
    );
  });

  it('that fit nothing change no byte of the document', () => {
    const journal = journalOf(eventsOf(usualSoak({ minutes: 14, edges: [...usualEdges(), { ...STRAY, since: 2 }] })));
    const fitting = entry({ perMinute: 0.5 });
    const of = (...entries: ExpectedDrop[]) =>
      JSON.stringify(verdictOn(journal, { expect: { file: 'known.yaml', entries } }));
    const idle = fc
      .record({
        reason: fc.constantFrom(133, 181, 189),
        direction: fc.constantFrom(null, 'ingress' as const, 'egress' as const),
        perMinute: fc.double({ min: 1e-3, max: 100, noNaN: true }),
        until: fc.constantFrom(0, Date.UTC(2027, 0, 1)),
      })
      .chain((some) =>
        fc
          .constantFrom<Partial<ExpectedDrop>>(
            { reason: 195 },
            { nodes: ['n4', 'other/*'] },
            { from: ['shop/nobody'] },
            { to: ['world'] },
            { port: 7778 },
            { protocol: 'UDP' },
          )
          .map((miss) => entry({ ...some, ...miss })),
      );
    const plain = [of(), of(fitting)];
    assert.notEqual(plain[0], plain[1]);
    fc.assert(
      fc.property(fc.array(idle, { minLength: 1, maxLength: 3 }), (entries) => {
        assert.equal(of(...entries), plain[0]);
        assert.equal(of(...entries, fitting, ...entries), plain[1]);
      }),
      { seed: 4, numRuns: 15 },
    );
  });
});
