/** Derivations: what is printed must lead to what was decided, by formulas that are worked out here once more and by themselves. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Derivation, Step } from '../../src/judge/derivation/derivation.js';
import type { Finding } from '../../src/judge/document.js';
import { judge, type Judgement } from '../../src/judge/judge.js';
import { DEFAULT_SETTINGS } from '../../src/judge/settings.js';
import { answers, talk, verdicts } from './layers.js';
import {
  DOWN,
  eventsOf,
  journalOf,
  NODES,
  podOf,
  usualEdges,
  usualSoak,
  type EdgeSpec,
  type SoakSpec,
  type Trouble,
} from './soak.js';

const judgementOf = (soak: SoakSpec): Judgement =>
  judge(journalOf(eventsOf(soak)), DEFAULT_SETTINGS, { inputs: [], version: 'test', now: undefined });

/** Clients that are refused on each node, as often as `perMinute` says of their node and minute. */
function refused(reason: number, clients: number, perMinute: number, only = NODES, since = 0, port = 9999): EdgeSpec[] {
  return only.flatMap((node) =>
    Array.from({ length: clients }, (_, k): EdgeSpec => ({
      from: { ...podOf(node, 'client'), name: `noisy-${k}`, pod: `noisy-${node}-${k}`, ip: `10.7.${k}.7` },
      to: { ...podOf('n1', 'server'), name: 'wall', pod: `wall-${node}`, node, ip: '10.7.7.8' },
      port,
      perMinute,
      since,
      fate: () => ({ reason, at: 'source' }),
    })),
  );
}

function newReason(): EdgeSpec[] {
  const clients = NODES.flatMap((node) =>
    Array.from({ length: 9 }, (_, k): EdgeSpec => ({
      from: { ...podOf('n2', 'client'), name: `worker-${k}`, pod: `worker-${k}-x`, ip: `10.5.1.${k}` },
      to: podOf(node, 'server'),
    })),
  );
  const drops = clients.map((edge): EdgeSpec => ({
    ...edge,
    port: 443,
    perMinute: 2,
    since: DOWN.n2 + 1,
    fate: () => ({ reason: 153, at: 'source' }),
  }));
  return [...clients, ...drops];
}

const deadEdge: Trouble = ({ to }, minute) =>
  to === podOf('n2', 'server') && minute > DOWN.n2 ? { reason: 133, at: 'destination' } : undefined;
const silentNode: Trouble = ({ from, to }, minute, random) =>
  (from.node === 'n2' || to.node === 'n2') && minute > DOWN.n2 && random.chance(0.2) ? 'silent' : undefined;
const silentLate: Trouble = ({ from: { node } }, minute, random) =>
  node === 'n2' && minute > DOWN.n2 + 50 && random.chance(0.35) ? 'silent' : undefined;
const thinEverywhere: Trouble = ({ from }, minute, random) =>
  minute > DOWN[from.node as keyof typeof DOWN] && random.chance(0.06) ? 'silent' : undefined;
const fading: Trouble = ({ from, to }, minute) =>
  (from.node === 'n2' || to.node === 'n2') && minute > DOWN.n2 + 1.4 && minute < DOWN.n2 + 3.2 ? 'silent' : undefined;

const hosts = NODES.map((node, i) => ({ name: 'host', node, pod: `kubelet-${node}`, ip: `192.168.0.${i + 1}` }));
const lostWithin: Trouble = ({ from, to }, minute) =>
  from.node === 'n2' && to === podOf('n2', 'cache') && minute > DOWN.n2 ? 'unseen' : undefined;
const fromEach = (to: ReturnType<typeof podOf>) =>
  NODES.flatMap((node) =>
    (['client', 'cache', 'server'] as const).map((what) => ({
      from: podOf(node, what),
      to,
      port: 53,
      perMinute: 12,
      until: 40,
    })),
  );

const SOAKS: Readonly<Record<string, SoakSpec>> = {
  'a dead edge': usualSoak({ edges: usualEdges(deadEdge) }),
  'a node that loses a fifth': usualSoak({ edges: usualEdges(silentNode, 12) }),
  'a thin loss everywhere': usualSoak({ edges: usualEdges(thinEverywhere, 12), minutes: 45 }),
  'an outage after settle': usualSoak({ edges: usualEdges(fading, 12), minutes: 17 }),
  'a new reason': usualSoak({ edges: [...usualEdges(), ...newReason()] }),
  'a known drop on one node': usualSoak({
    edges: [...usualEdges(), ...refused(153, 4, 0.4), ...refused(153, 4, 4, ['n2'], DOWN.n2 + 1, 9998)],
  }),
  'a known drop everywhere': usualSoak({
    edges: [...usualEdges(), ...refused(153, 4, 0.25), ...refused(153, 4, 0.5, NODES, DOWN.n3 + 1, 9998)],
    minutes: 40,
  }),
  'failing answers on a node': usualSoak({
    more: fromEach(podOf('n3', 'server')).flatMap((of) =>
      answers({
        ...of,
        answer: (minute, random) => ({
          rcode: of.from.node === 'n2' && minute > DOWN.n2 && random.chance(0.4) ? 2 : 0,
        }),
      }),
    ),
    minutes: 40,
  }),
  'answers that fail late': usualSoak({
    more: fromEach(podOf('n3', 'server')).flatMap((of) =>
      answers({ ...of, answer: (minute) => ({ http: minute > DOWN.n3 + 9 ? 503 : 200 }) }),
    ),
    minutes: 40,
  }),
  'an edge that is gone': usualSoak({
    edges: usualEdges(lostWithin),
    more: hosts.flatMap((from) =>
      (['client', 'cache'] as const).flatMap((what) =>
        talk({ from, to: podOf(from.node, what), port: 8080, until: 30 }),
      ),
    ),
  }),
  'an edge that policy denies': usualSoak({
    more: fromEach(podOf('n1', 'server')).flatMap((of) =>
      verdicts({
        ...of,
        verdict: (minute) => ({ verdict: of.from.node === 'n2' && minute > DOWN.n2 ? 'denied' : 'allowed' }),
      }),
    ),
  }),
  'harm that begins late': usualSoak({ edges: usualEdges(silentLate), minutes: 72 }),
  'established traffic without replies': usualSoak({
    more: NODES.flatMap((node) => {
      const of = { from: podOf(node, 'client'), to: podOf('n3', 'server'), port: 5432, perMinute: 12, until: 30 };
      return [...talk(of), ...talk({ ...of, reply: true, until: node === 'n2' ? DOWN.n2 : of.until })];
    }),
  }),
  'a policy that is changed': usualSoak({
    more: fromEach(podOf('n1', 'server')).flatMap((of) =>
      verdicts({ ...of, verdict: (minute) => ({ verdict: minute > 9 ? 'denied' : 'allowed' }) }),
    ),
  }),
  'a restarted node twice': usualSoak({
    edges: usualEdges(deadEdge),
    restarts: [...NODES.map((node, i) => ({ node, minute: 8 + 2 * i })), { node: 'n1', minute: 22 }],
  }),
};

const told = new Map<string, { readonly judgement: Judgement; readonly seen: readonly [Finding, Derivation][] }>();
for (const [name, soak] of Object.entries(SOAKS)) {
  const judgement = judgementOf(soak);
  const seen = judgement.document.findings.map((finding): [Finding, Derivation] => {
    const derivation = judgement.derive(finding.id);
    assert.ok(derivation !== undefined, finding.id);
    return [finding, derivation];
  });
  told.set(name, { judgement, seen });
}

const ALL = [...told].flatMap(([name, { seen }]) =>
  seen.map(([finding, derivation]) => ({ name, finding, derivation })),
);
const BY_NUMBERS = ALL.filter(({ derivation }) => derivation.steps.some(({ heading }) => heading === 'The limit'));

function stepOf(derivation: Derivation, heading: RegExp): Step {
  const step = derivation.steps.find((one) => heading.test(one.heading));
  assert.ok(step !== undefined, `${derivation.finding}: ${String(heading)}`);
  return step;
}

/** The last row with this name, as a number. */
function number(step: Step, name: string): number {
  const value = step.rows.findLast((one) => one.name === name)?.value;
  assert.ok(typeof value === 'number', `${step.heading}: ${name} is ${String(value)}`);
  return value;
}

// ---- the formulas once more -----------------------------------------------------------------------------------------

function lnGamma(x: number): number {
  let shift = 0;
  for (; x < 20; x++) shift -= Math.log(x);
  return shift + (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + 1 / (12 * x) - 1 / (360 * x ** 3);
}
const lnBeta = (a: number, b: number) => lnGamma(a) + lnGamma(b) - lnGamma(a + b);
function lnMean(logs: readonly number[]): number {
  const most = Math.max(...logs);
  return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0) / logs.length);
}
const marginal = (f: number, g: number) =>
  lnMean([0.5, 5, 50, 500].map((b) => lnBeta(f + 0.5, g + b) - lnBeta(0.5, b)));
const lnM = (nb: number, eb: number, na: number, ea: number, rho: number) =>
  lnMean(
    [1.5, 2, 3, 5, 8, 12, 20, 40, 100].map(
      (theta) => na * Math.log(theta) + (na + nb) * Math.log((eb + rho * ea) / (eb + rho * theta * ea)),
    ),
  );

/** log e from the rows of a step that gives it. */
function logEOf(step: Step): number {
  const of = (name: string) => number(step, name);
  if (step.rows.some(({ name }) => name === 'Nb'))
    return lnM(of('Nb'), of('Eb'), of('Na'), of('Ea'), of('rho')) / of('phi');
  const [fb, gb, nb, fa, ga, na] = ['fb', 'gb', 'nb', 'fa', 'ga', 'na'].map(of) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const pb = (fb + 0.5) / (nb + 1);
  assert.ok(Math.abs(pb - of('pb')) < 1e-12);
  assert.ok(Math.abs(Math.max(0, (1 - of('mix') * pb) / (1 - pb)) - of('c')) < 1e-12);
  const bin = marginal(fb, gb) + marginal(fa, ga) - of('sup');
  return lnMean([bin, lnM(fb, nb, fa, na, of('mix'))]) / of('phi');
}

describe('a derivation', () => {
  it('stands behind every finding, and says what the finding says', () => {
    for (const { finding, derivation } of ALL) {
      assert.equal(derivation.finding, finding.id);
      assert.equal(derivation.says, finding.says);
      assert.ok(derivation.steps.length >= 2, finding.id);
      for (const { rows } of derivation.steps)
        for (const { name, value } of rows)
          assert.ok(
            typeof value === 'string' ? value !== '' : Number.isFinite(value),
            `${finding.id}: ${name} is ${value}`,
          );
    }
  });

  it('covers every lane', () => {
    const titles = BY_NUMBERS.map(({ derivation }) => stepOf(derivation, /^What was counted: /).heading).join('\n');
    assert.match(titles, /: edge /);
    assert.match(titles, /: all known-good edges of n\d but/);
    assert.match(titles, /: all known-good edges of the restarted nodes/);
    const kinds = new Set(ALL.map(({ finding }) => finding.kind));
    for (const kind of ['attempts', 'answers', 'edges', 'verdicts', 'talk', 'drops']) assert.ok(kinds.has(kind), kind);
    assert.match(titles, / on n\d, from sources that never had it/);
    assert.match(titles, / on n\d, from sources that had it/);
    assert.match(titles, / on all restarted nodes together, /);
  });

  for (const { name, finding, derivation } of BY_NUMBERS)
    describe(`${name}: ${finding.id}`, () => {
      const whole = stepOf(derivation, /^How much the whole after phase says/);
      const limit = stepOf(derivation, /^The limit/);

      it('leads to log e by its formulas', () => {
        for (const step of [whole, stepOf(derivation, /^How much the held part says/)])
          assert.ok(Math.abs(logEOf(step) - number(step, 'log e')) < 1e-6, step.heading);
        assert.ok(Math.abs(number(whole, 'log e') - (finding.evidence?.logE ?? NaN)) < 1e-9);
      });

      it('leads to the limit by its factors', () => {
        const factors = limit.rows.slice(
          1,
          limit.rows.findIndex((one) => one.name === 'w'),
        );
        const weight = factors.reduce((product, { value }) => product * Number(value), 1);
        assert.ok(Math.abs(weight - number(limit, 'w')) < 1e-12);
        assert.ok(Math.abs(Math.log(1 / (number(limit, 'alpha') * weight)) - number(limit, 'limit')) < 1e-9);
        assert.ok(Math.abs(number(limit, 'limit') - (finding.evidence?.limit ?? NaN)) < 1e-9);
      });

      it('leads to the decision', () => {
        const { rows } = stepOf(derivation, /^Does it hold/);
        const yes = (row: RegExp) => rows.some((one) => row.test(one.name) && /: yes/.test(one.note ?? ''));
        const on = rows.filter((one) => one.name.endsWith('still on'));
        const isOn = on.length > 1 || on.every(({ value }) => value === 'yes');
        const isBlamed = rows.every(({ name, value }) => name !== 'may be blamed' || value === 'yes');
        const fails =
          number(whole, 'log e') >= number(limit, 'limit') &&
          (yes(/^held log e/) || yes(/^last minute/)) &&
          isOn &&
          isBlamed;
        assert.equal(rows.at(-1)?.value, fails ? 'yes' : 'no');
        assert.equal(finding.severity === 'fail', fails);
      });
    });

  it('names the nodes and how far it reaches', () => {
    const [one] = BY_NUMBERS.filter(({ name }) => name === 'a dead edge');
    assert.ok(one !== undefined);
    const nodes = stepOf(one.derivation, /^Which nodes are named/).rows;
    assert.deepEqual(
      nodes.map(({ name, value }) => [name, value]),
      [
        ['n1', 'peer: the other end'],
        ['n2', 'named'],
        ['n3', 'peer: the other end'],
      ],
    );
    assert.match(nodes[1]?.note ?? '', /3 of \d+ known-good edges fail this way/);
    const reach = stepOf(one.derivation, /^How far it reaches/).rows;
    assert.equal(reach.find(({ name }) => name === 'workload edges')?.value, 1);
    assert.equal(reach.find(({ name }) => name === 'scope')?.value, one.finding.scope);
  });

  it('says which rule keeps numbers from being a failure that would do', () => {
    const [one] = BY_NUMBERS.filter(({ name }) => name === 'an outage after settle');
    assert.equal(one?.finding.severity, 'warn');
    assert.ok((one.finding.evidence?.logE ?? 0) >= (one.finding.evidence?.limit ?? Infinity));
    assert.match(
      one.finding.says,
      /By its numbers it would be a FAIL .* but it is fading: of late it kept 0 % of its average/,
    );
    const [thin] = BY_NUMBERS.filter(({ name }) => name === 'a known drop everywhere');
    assert.match(thin?.finding.says ?? '', /no proof yet: .* is one in \d+, and a FAIL needs one in 1,000\.$/);
  });

  it('is undefined for an unknown id', () => {
    assert.equal(told.get('a dead edge')?.judgement.derive('nothing'), undefined);
  });
});

describe('what did not fail', () => {
  it('of a transient shows the drops around each restart', () => {
    const trouble: Trouble = ({ to }, minute) =>
      to.node === 'n2' && minute > DOWN.n2 + 0.34 && minute < DOWN.n2 + 1
        ? { reason: 140, at: 'destination' }
        : undefined;
    const { document, derive } = judgementOf(usualSoak({ edges: usualEdges(trouble, 12) }));
    const finding = document.findings.find((one) => one.class === 'transient');
    const step = stepOf(derive(finding?.id ?? '') ?? assert.fail(), /^Drops around the restart of n2/);
    assert.equal(number(step, 'settle'), finding?.after?.events);
    assert.equal(number(step, 'before'), 0);
    assert.match(finding?.says ?? '', /drops in 60 s of settle, 0 in \d+ min before and 0 in \d+ min since/);
  });

  it('of an ambient failure shows the controls', () => {
    const trouble: Trouble = ({ to }, minute) => (to === podOf('n3', 'server') && minute > 9 ? 'silent' : undefined);
    const { document, derive } = judgementOf(
      usualSoak({ edges: usualEdges(trouble), minutes: 24, restarts: [{ node: 'n1', minute: 8 }] }),
    );
    const finding = document.findings.find((one) => one.class === 'ambient');
    const step = stepOf(derive(finding?.id ?? '') ?? assert.fail(), /^Trials of n1 that were left out/);
    assert.ok(number(step, 'c') > 0 && number(step, 'cf') === number(step, 'c'));
    assert.equal(finding?.control?.rate, 1);
    assert.equal(finding.after?.attempts, number(step, 'left out'));
  });

  it('of lost events shows the windows with losses', () => {
    const { document, derive } = judgementOf(usualSoak({ lost: [{ node: 'n2', from: 2, to: 5, perMinute: 600 }] }));
    const finding = document.findings.find((one) => one.class === 'visibility');
    const step = stepOf(derive(finding?.id ?? '') ?? assert.fail(), /^Events lost on n2/);
    assert.equal(number(step, 'with losses before'), 18);
    assert.equal(number(step, 'with losses after'), 0);
    assert.match(finding?.says ?? '', /18 of \d+ windows with losses/);
  });
});

describe('controls', () => {
  it('are what nodes showed that had not restarted yet', () => {
    for (const { name, finding } of ALL) {
      const { control, kind, nodes } = finding;
      if (kind !== 'attempts' && kind !== 'drops') continue;
      // Long after the last restart there is none left.
      if (name === 'harm that begins late' && finding.severity === 'fail') {
        assert.equal(control, null);
        continue;
      }
      if (nodes.includes('n1') || nodes.includes('n2')) assert.ok(control !== null && control.seconds > 0, finding.id);
      else assert.ok(nodes.includes('n3'));
    }
    const { judgement } = told.get('a dead edge') ?? assert.fail();
    const [first] = judgement.document.findings;
    assert.match(
      first?.says ?? '',
      /% of \d+ trials failed after the restart, 0 % of \d+ before, 0 % of \d+ meanwhile/,
    );
  });

  it('are none once every node has restarted', () => {
    const trouble: Trouble = ({ from }, minute) =>
      from.node === 'n3' && minute > DOWN.n3 ? { reason: 133, at: 'source' } : undefined;
    const { document } = judgementOf(usualSoak({ edges: usualEdges(trouble) }));
    const [failure] = document.findings;
    assert.deepEqual(failure?.nodes, ['n3']);
    assert.equal(failure.control, null);
    assert.doesNotMatch(failure.says, /meanwhile/);
  });
});
