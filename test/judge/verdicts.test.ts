import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Random } from '../simulator/random.js';
import { answers, verdicts } from './layers.js';
import { DOWN, failures, NODES, podOf, usualEdges, usualSoak, verdictOf, type SeenFlow, type Trouble } from './soak.js';

const MINUTES = 60;

interface Policy {
  readonly denies: (node: string, minute: number, random: Random) => boolean;
  readonly as?: 'denied' | 'audited';
  readonly by?: readonly string[];
  readonly revision?: (node: string, minute: number) => number;
}

/** Verdicts of what each node's client asks the server on n1, by the client's node. */
function told({ denies, as = 'denied', by = [], revision = () => 3 }: Policy): SeenFlow[] {
  return NODES.flatMap((node) =>
    verdicts({
      from: podOf(node, 'client'),
      to: podOf('n1', 'server'),
      perMinute: 9,
      until: MINUTES,
      verdict: (minute, random) =>
        denies(node, minute, random)
          ? { verdict: as, by, revision: revision(node, minute) }
          : { verdict: 'allowed', by: ['shop/clients'], revision: revision(node, minute) },
    }),
  );
}

const since =
  (node: 'n1' | 'n2' | 'n3', share = 1): Policy['denies'] =>
  (on, minute, random) =>
    on === node && minute > DOWN[node] && random.chance(share);

const others = (document: ReturnType<typeof verdictOf>) =>
  document.findings.filter(({ severity }) => severity !== 'info');

describe('an edge that policy allowed', () => {
  it('and denies since the restart of its node is denied, by no policy', () => {
    for (const share of [1, 0.5]) {
      const document = verdictOf(usualSoak({ more: told({ denies: since('n2', share) }), minutes: MINUTES }));
      const [finding, ...more] = others(document);
      assert.deepEqual(more, []);
      assert.equal(finding?.severity, 'fail');
      assert.equal(finding.class, 'denied');
      assert.equal(finding.kind, 'verdicts');
      assert.deepEqual(finding.nodes, ['n2']);
      assert.equal(finding.scope, 'edge');
      assert.match(
        finding.says,
        /^Policy denies what it allowed \(no policy allows it\) for TCP 80 from shop\/client on n2 to shop\/server-a on n1: [\d.]+ % of \d+ trials were denied after/,
      );
      assert.match(finding.nextCommand ?? '', /--type policy-verdict/);
    }
  });

  it('and audits names the audit', () => {
    const [finding] = failures(verdictOf(usualSoak({ more: told({ denies: since('n3'), as: 'audited' }) })));
    assert.equal(finding?.class, 'denied');
    assert.deepEqual(finding.nodes, ['n3']);
    assert.match(
      finding.says,
      /^Policy would deny what it allowed \(policy audit mode lets it pass\).* were audited after/,
    );
  });

  it('and drops as well is one finding, broken, that says who denies', () => {
    for (const by of [[], ['shop/deny-all', 'ns/other']]) {
      const trouble: Trouble = ({ from, to }, minute) =>
        from.node === 'n2' && to === podOf('n1', 'server') && minute > DOWN.n2
          ? { reason: 133, at: 'source' }
          : undefined;
      const more = told({ denies: since('n2'), by });
      const [finding, ...rest] = others(verdictOf(usualSoak({ edges: usualEdges(trouble), more })));
      assert.deepEqual(rest, []);
      assert.equal(finding?.class, 'broken');
      assert.equal(finding.reasonName, 'POLICY_DENIED');
      const word = by.length === 0 ? 'no policy allows it' : 'denied by ns/other and shop/deny-all';
      assert.ok(
        finding.says.includes(
          `dropped as POLICY_DENIED (${word}) for TCP 80 from shop/client on n2 to shop/server-a on n1 (`,
        ),
        finding.says,
      );
    }
  });

  it('and denied before is no news', () => {
    assert.deepEqual(others(verdictOf(usualSoak({ more: told({ denies: (node) => node === 'n2' }) }))), []);
  });

  it('and denies while the node settles is no harm', () => {
    const denies: Policy['denies'] = (node, minute) => node === 'n2' && minute > DOWN.n2 && minute < DOWN.n2 + 2;
    assert.equal(verdictOf(usualSoak({ more: told({ denies }) })).verdict, 'pass');
  });
});

describe('a policy that is changed during the soak', () => {
  it('shows on nodes not yet restarted, and is told as no harm', () => {
    const document = verdictOf(usualSoak({ more: told({ denies: (_, minute) => minute > 9, by: ['shop/new'] }) }));
    assert.deepEqual(others(document), []);
    const [finding] = document.findings;
    assert.equal(finding?.class, 'ambient');
    assert.equal(finding.severity, 'info');
    assert.equal(finding.kind, 'verdicts');
    assert.match(finding.says, /callers on nodes that no restart touched are denied as well/);
  });

  it('shows by the revision, after all restarts and on one edge alone', () => {
    const revision: Policy['revision'] = (node, minute) =>
      (minute > DOWN[node as 'n1' | 'n2' | 'n3'] ? 2 : 7) + (minute > 20 ? 1 : 0);
    const denies: Policy['denies'] = (node, minute) => node === 'n3' && minute > 20;
    const trouble: Trouble = ({ from, to }, minute) =>
      from.node === 'n3' && to === podOf('n1', 'server') && minute > 20 ? { reason: 133, at: 'source' } : undefined;
    const spec = usualSoak({ edges: usualEdges(trouble), more: told({ denies, revision }), minutes: MINUTES });
    const document = verdictOf(spec);
    assert.deepEqual(others(document), []);
    assert.ok(document.findings.every((finding) => finding.class === 'ambient'));
    assert.ok(document.findings.some(({ says }) => says.includes('revision rose on')));

    // The same without any new revision is harm, as far as its numbers go.
    const same = usualSoak({ edges: usualEdges(trouble), more: told({ denies }), minutes: MINUTES });
    assert.notEqual(others(verdictOf(same)).length, 0);
  });

  it('does not hide a restart that broke another edge', () => {
    const trouble: Trouble = ({ from, to }, minute) =>
      from.node === 'n2' && to === podOf('n3', 'server') && minute > DOWN.n2
        ? { reason: 133, at: 'source' }
        : undefined;
    const more = told({ denies: (_, minute) => minute > 9 });
    const [finding] = failures(verdictOf(usualSoak({ edges: usualEdges(trouble), more })));
    assert.equal(finding?.class, 'broken');
    assert.deepEqual(finding.nodes, ['n2']);
  });
});

describe('requests that an L7 policy let pass', () => {
  /** What each node's client asks the server on n1, through the proxy of its node. */
  const asked = (denies: Policy['denies']) =>
    NODES.flatMap((node) =>
      answers({
        from: podOf(node, 'client'),
        to: podOf('n1', 'server'),
        perMinute: 12,
        until: MINUTES,
        answer: (minute, random) => (denies(node, minute, random) ? 'denied' : { http: 200 }),
      }),
    );

  it('and refuses since the restart of its node are denied', () => {
    for (const share of [1, 0.5]) {
      const [finding, ...more] = others(verdictOf(usualSoak({ more: asked(since('n2', share)), minutes: MINUTES })));
      assert.deepEqual(more, []);
      assert.equal(finding?.severity, 'fail');
      assert.equal(finding.class, 'denied');
      assert.deepEqual(finding.nodes, ['n2']);
      assert.match(
        finding.says,
        /^Policy denies what it allowed \(a proxy refuses the requests\) for TCP 80 from shop\/client on n2 /,
      );
      assert.match(finding.nextCommand ?? '', /--type l7/);
    }
  });

  it('and always refused some of are no harm', () => {
    const document = verdictOf(usualSoak({ more: asked((_, __, random) => random.chance(0.15)), minutes: MINUTES }));
    assert.equal(document.verdict, 'pass');
  });

  it('and refuses for callers on nodes not yet restarted too were changed', () => {
    const [finding, ...more] = verdictOf(
      usualSoak({ more: asked((_, minute) => minute > DOWN.n1 + 0.5), minutes: MINUTES }),
    ).findings;
    assert.deepEqual(more, []);
    assert.equal(finding?.severity, 'info');
    assert.match(finding.says, /So a policy was changed during the soak/);
  });

  it('and refuses from some later time on may be others: a client asks for what it never asked for', () => {
    const document = verdictOf(
      usualSoak({ more: asked((node, minute) => node === 'n2' && minute > DOWN.n2 + 3), minutes: MINUTES }),
    );
    assert.deepEqual(failures(document), []);
  });
});
