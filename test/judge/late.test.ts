import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { journalOf, DOWN, eventsOf, failures, usualEdges, usualSoak, verdictOf, type Trouble } from './soak.js';
import { judge } from '../../src/judge/judge.js';
import { DEFAULT_SETTINGS } from '../../src/judge/settings.js';

/** Everything that n2 begins fails from a minute on. */
const from =
  (minute: number, share: number): Trouble =>
  ({ from: { node } }, at, random) =>
    node === 'n2' && at > minute && random.chance(share) ? 'silent' : undefined;

describe('harm that begins long after a restart', () => {
  it('is found within minutes, whatever was fine before', () => {
    const onset = DOWN.n2 + 50;
    const document = verdictOf(usualSoak({ edges: usualEdges(from(onset, 0.35)), minutes: onset + 11 }));
    assert.equal(document.verdict, 'fail');
    const [finding, ...others] = failures(document);
    assert.deepEqual(others, []);
    assert.deepEqual(finding?.nodes, ['n2']);
    assert.equal(finding.class, 'silent');
    assert.match(finding.says, /from \d+ min after the restart on, /);
    assert.match(finding.says, /It began (49|50) min after the restart of n2\. /);
  });

  it('is not found in an outage of some minutes, of which the destination itself is the cause', () => {
    const out: Trouble = ({ to }, at) => (to.node === 'n1' && at > 55 && at < 58 ? 'silent' : undefined);
    const document = verdictOf(usualSoak({ edges: usualEdges(out), minutes: 70 }));
    assert.deepEqual(failures(document), []);
  });

  it('is told with its time where it begins as the identity grace period ends', () => {
    const [finding] = failures(
      verdictOf(usualSoak({ edges: usualEdges(from(DOWN.n2 + 11.4, 1)), minutes: DOWN.n2 + 30 })),
    );
    assert.match(
      finding?.says ?? '',
      /It began 11 min after the restart of n2; the identity grace period ends at 10 min\. /,
    );
    const [early] = failures(verdictOf(usualSoak({ edges: usualEdges(from(DOWN.n2, 1)) })));
    assert.doesNotMatch(early?.says ?? 'It began', /It began/);
  });
});

describe('a PASS that wants some of the late phase', () => {
  const [lateWhy, minute] = ['bpf.masquerade may fail late (NAT map fill)', 60_000];

  it('is there once it was seen on every node and proved', () => {
    assert.equal(verdictOf(usualSoak(), { lateMs: 0 }).verdict, 'pass');
    assert.equal(verdictOf(usualSoak({ minutes: 40 }), { lateMs: 5 * minute }).verdict, 'pass');
  });

  it('says what is missing of it, and whose', () => {
    const document = verdictOf(usualSoak({ minutes: 26 }), { lateMs: 5 * minute, lateWhy });
    assert.equal(document.verdict, 'inconclusive');
    assert.equal(document.missing[0], `${lateWhy}: the late phase of n3 needs 80 s more.`);
    assert.deepEqual(
      document.nodes.map(({ verdict }) => verdict),
      ['pass', 'pass', 'inconclusive'],
    );
    const asked = verdictOf(usualSoak({ minutes: 26 }), { lateMs: 5 * minute });
    assert.match(asked.missing[0] ?? '', /^The late phase of n3 needs 80 s more\.$/);
    assert.equal(document.soak.settings['late'], '300s');
  });

  it('rests on trials of the late phase alone', () => {
    // Enough in all; in the late phase there is hardly any traffic.
    const edges = usualEdges(undefined, 12).map((edge) => ({ ...edge, until: 24 }));
    const document = verdictOf(usualSoak({ edges, minutes: 40 }), { lateMs: 5 * minute });
    assert.ok(
      document.missing.some((one) => /^The late phase of n3 needs \d+ more trials.* to exclude 5 % of added/.test(one)),
      document.missing.join('\n'),
    );
  });

  it('keeps a watch waiting', () => {
    const journal = journalOf(eventsOf(usualSoak()));
    const complete = (lateMs: number) =>
      judge(
        journal,
        { ...DEFAULT_SETTINGS, soakMs: 10 * minute, lateMs },
        { inputs: [], version: 'test', now: undefined },
      ).complete;
    assert.equal(complete(0), true);
    assert.equal(complete(5 * minute), true);
    assert.equal(complete(10 * minute), false);
  });
});
