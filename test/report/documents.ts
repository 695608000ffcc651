/** Verdict documents for the tests of the reports: small, but with everything that a report can show. */
import type {
  Finding,
  NodeSummary,
  Phase,
  PhaseSummary,
  RestartSummary,
  Side,
  VerdictDocument,
} from '../../src/judge/document.js';

const START = Date.parse('2026-01-31T21:00:00Z');
const MINUTE = 60_000;

/** RFC 3339 of so many minutes after the first flow. */
export function at(minutes: number): string {
  return new Date(START + minutes * MINUTE).toISOString();
}

export function side(change: Partial<Side> = {}): Side {
  return { episodes: 0, events: 0, attempts: 0, seconds: 0, rate: 0, ...change };
}

export function finding(change: Partial<Finding> = {}): Finding {
  return {
    id: 'broken-policy_denied-worker-1',
    class: 'broken',
    kind: 'attempts',
    severity: 'fail',
    nodes: ['worker-1'],
    peers: [],
    direction: null,
    reason: null,
    reasonName: null,
    scope: 'node',
    where: `traffic on ${(change.nodes ?? ['worker-1']).join(', ')}`,
    edges: [],
    before: null,
    after: null,
    control: null,
    evidence: null,
    firstSeen: null,
    lastSeen: null,
    examples: [],
    nextCommand: null,
    says: 'Something broke. Look at it.',
    ...change,
  };
}

const LENGTHS: readonly (readonly [Phase, minutes: number, perMinute: number])[] = [
  ['blind', 0.2, 0],
  ['settle', 1, 20],
  ['soak', 9, 21],
  ['late', Infinity, 21],
];

/** A node that restarted so many minutes after the first flow of a soak of 70 minutes. */
export function node(name: string, restart: number | undefined, change: Partial<NodeSummary> = {}): NodeSummary {
  const end = 70;
  const phases: PhaseSummary[] = [];
  const add = (phase: Phase, from: number, to: number, perMinute: number): void => {
    phases.push({
      phase,
      from: at(from),
      to: at(to),
      flows: Math.round((to - from) * perMinute * 12),
      attempts: Math.round((to - from) * perMinute),
      lost: 0,
      blindSeconds: phase === 'blind' ? (to - from) * 60 : 0,
    });
  };
  add('baseline', 0, restart ?? end, 21);
  let from = restart ?? end;
  for (const [phase, minutes, perMinute] of LENGTHS) {
    const to = Math.min(end, from + minutes);
    if (to > from) add(phase, from, to, perMinute);
    from = to;
  }
  const restarts: RestartSummary[] =
    restart === undefined ? [] : [{ at: at(restart + 0.2), evidence: 'uptime', plusMinusSeconds: 0.4 }];
  return { name, verdict: 'pass', restarts, phases, needs: null, ...change };
}

export function document(
  change: Partial<VerdictDocument> = {},
  soak: Partial<VerdictDocument['soak']> = {},
): VerdictDocument {
  return {
    schema: 'hubble-soak/verdict/v1',
    verdict: 'pass',
    summary:
      'Nothing that used to work fails because of the change: more than 1 % of added failures are excluded over 2,204 trials.',
    soak: {
      knob: 'bpf.masquerade',
      from: at(0),
      to: at(70),
      judgedAt: at(70),
      inputs: [
        {
          path: 'before.jsonl.zst',
          sha256: '1f0c'.repeat(16),
          lines: 48_211,
          flows: 48_108,
          events: 103,
          broken: 0,
        },
        { path: 'roll.jsonl.zst', sha256: '9ad2'.repeat(16), lines: 101_454, flows: 101_200, events: 252, broken: 2 },
      ],
      settings: { knob: 'bpf.masquerade', windowMs: 10_000, tolerance: 0.01, restarts: [] },
      ciliumVersions: ['1.20.0'],
      tool: { version: '0.1.0' },
      ...soak,
    },
    nodes: [node('cp-1', 15), node('worker-1', 25), node('worker-2', 35)],
    findings: [],
    missing: [],
    power: {
      smallestDetectable: 0.0042,
      perNode: [
        { node: 'cp-1', smallestDetectable: 0.011 },
        { node: 'worker-1', smallestDetectable: 0.018 },
        { node: 'worker-2', smallestDetectable: 0.0304 },
      ],
    },
    ...change,
  };
}

const NO_MAPPING = { code: 167, name: 'NO_MAPPING_FOR_NAT_MASQUERADE', text: 'No mapping for NAT masquerade' };
const DENIED = { code: 133, name: 'POLICY_DENIED', text: 'Policy denied' };

const MASQUERADE = finding({
  id: 'broken-no_mapping_for_nat_masquerade-worker-1',
  peers: ['worker-2', 'cp-1'],
  scope: 'from',
  where: 'TCP from pods on worker-1; what worker-1 receives is fine',
  direction: 'egress',
  reason: NO_MAPPING,
  reasonName: NO_MAPPING.name,
  edges: [
    'shop/web -> shop/api TCP/8080',
    'shop/cart -> shop/api TCP/8080',
    'shop/web -> shop/sessions TCP/6379',
    'jobs/report -> shop/api TCP/8080',
    'monitoring/prometheus -> shop/api TCP/9090',
  ],
  before: side({ episodes: 1, events: 2, attempts: 525, seconds: 1500, rate: 0.0038 }),
  after: side({ episodes: 131.4, events: 301, attempts: 890, seconds: 2628, rate: 0.338 }),
  control: side({ episodes: 0, events: 0, attempts: 1260, seconds: 5400, rate: 0 }),
  evidence: { logE: 61.3, pValue: null, rateRatio: null, limit: 9.82 },
  firstSeen: at(26.3),
  lastSeen: at(69.7),
  examples: [
    {
      time: at(26.3412),
      node: 'worker-1',
      verdict: 'DROPPED',
      dropReason: NO_MAPPING.name,
      direction: 'EGRESS',
      source: 'shop/web-6b7f9c5d4-x2x7q',
      destination: 'shop/api-5c9d8f7b6-k8m2p',
      protocol: 'TCP',
      destinationPort: 8080,
      uuid: '6f1f4f9e-8a38-4a25-9a54-0c5b6c5f0d11',
    },
  ],
  nextCommand:
    'hubble observe --node-name worker-1 --since 2026-01-31T21:26:18.000Z --verdict DROPPED --drop-reason-desc NO_MAPPING_FOR_NAT_MASQUERADE --to-port 8080',
  says: 'Attempts that used to work are dropped as NO_MAPPING_FOR_NAT_MASQUERADE for TCP from pods on worker-1 (what worker-1 receives is fine): 33.8 % of 210 trials failed after the restart, 0.38 % of 130 before, 0 % of 310 meanwhile on nodes not yet restarted. The chance that this is noise is less than one in a million, however often one looks (one in 18,398 is the limit), and it still showed 43 min past settle.',
});

const RESTART_LOOP = finding({
  id: 'hard-rule-rule-worker-2',
  class: 'hard-rule',
  kind: 'rule',
  nodes: ['worker-2'],
  after: side({ episodes: 3, events: 3 }),
  evidence: { logE: null, pValue: null, rateRatio: null, limit: 3 },
  firstSeen: at(35.2),
  lastSeen: at(43),
  nextCommand: 'kubectl -n kube-system get pods -l k8s-app=cilium --field-selector spec.nodeName=worker-2',
  says: 'The agent of worker-2 restarted 3 times in 10 min. No statistics are needed for that: look at its last log before anything else is rolled.',
});

const POLICY_WATCH = finding({
  id: 'worse-policy_denied-cp-1',
  class: 'worse',
  kind: 'drops',
  severity: 'warn',
  nodes: ['cp-1'],
  direction: 'ingress',
  reason: DENIED,
  reasonName: DENIED.name,
  edges: ['world -> kube-system/ingress TCP/443'],
  before: side({ episodes: 4, events: 9, attempts: 315, seconds: 900, rate: 0.2667 }),
  after: side({ episodes: 31, events: 412, attempts: 1130, seconds: 3228, rate: 0.5762 }),
  evidence: { logE: 4.1, pValue: 0.0013, rateRatio: { estimate: 2.16, low: 1.02, high: 6.9 }, limit: 11.2 },
  firstSeen: at(17),
  lastSeen: at(68.5),
  nextCommand:
    'hubble observe --node-name cp-1 --since 2026-01-31T21:17:00.000Z --verdict DROPPED --drop-reason-desc POLICY_DENIED',
  says: 'POLICY_DENIED became more frequent on cp-1: 31 episodes (412 drops) in 54 min after the restart, 4 in 15 min before. That is worth watching and no proof yet: the chance that this is noise is one in 60, and a FAIL needs one in 73,130.',
});

const SETTLED = finding({
  id: 'transient-ct_map_insertion_failed-worker-1',
  class: 'transient',
  kind: 'drops',
  severity: 'info',
  reason: { code: 155, name: 'CT_MAP_INSERTION_FAILED', text: 'CT: Map insertion failed' },
  reasonName: 'CT_MAP_INSERTION_FAILED',
  before: side({ seconds: 1500 }),
  after: side({ episodes: 2, events: 41, seconds: 60, rate: 2 }),
  firstSeen: at(25.3),
  lastSeen: at(25.9),
  says: "CT_MAP_INSERTION_FAILED came with the restart of worker-1: 41 drops in 60 s of settle, 0 in 25 min before and 0 in 44 min since. The last came at most 36 s after the node's return, so it left with the restart and does not count against the change.",
});

/** Nothing to complain about. */
export const PASSED = document();

/** Two failures, a warning, and a note. */
export const FAILED = document({
  verdict: 'fail',
  summary:
    'NO_MAPPING_FOR_NAT_MASQUERADE on worker-1 since 2026-01-31T21:26:18.000Z: 0.38 % of attempts failed before, 33.8 % after, and 1 more failure.',
  nodes: [
    node('cp-1', 15, { verdict: 'inconclusive' }),
    node('worker-1', 25, { verdict: 'fail' }),
    node('worker-2', 35, {
      verdict: 'fail',
      restarts: [
        { at: at(35.2), evidence: 'uptime', plusMinusSeconds: 0.4 },
        { at: at(39), evidence: 'agent-event', plusMinusSeconds: 0 },
        { at: at(43), evidence: 'gap', plusMinusSeconds: 12.4 },
      ],
    }),
    node('worker-3', undefined, { verdict: 'inconclusive' }),
  ],
  findings: [MASQUERADE, RESTART_LOOP, POLICY_WATCH, SETTLED],
  missing: [
    'worker-3 has not restarted yet.',
    'Failure broken-no_mapping_for_nat_masquerade-worker-1 stands in the way.',
    'Failure hard-rule-rule-worker-2 stands in the way.',
    'Open question worse-policy_denied-cp-1 stands in the way.',
  ],
});

/** A roll over two days that is not done: not all nodes restarted, too little traffic, events lost. */
export const UNDECIDED = document(
  {
    verdict: 'inconclusive',
    summary: 'Not enough to say: worker-3 has not restarted yet.',
    nodes: [
      node('prod/cp-1', 15, { needs: null }),
      node('prod/worker-1', 25, {
        verdict: 'inconclusive',
        restarts: [{ at: '2026-02-01T08:14:07.250Z', evidence: 'given', plusMinusSeconds: 0 }],
        needs: { trials: 412, attempts: 1300, about: 'PT14M' },
      }),
      node('prod/worker-2', 35, {
        verdict: 'inconclusive',
        phases: [
          { phase: 'baseline', from: at(0), to: at(35), flows: 8800, attempts: 735, lost: 12_044, blindSeconds: 6 },
          { phase: 'blind', from: at(35), to: at(35.2), flows: 0, attempts: 0, lost: 0, blindSeconds: 12 },
          { phase: 'settle', from: at(35.2), to: at(36.2), flows: 260, attempts: 20, lost: 0, blindSeconds: 0 },
          { phase: 'soak', from: at(36.2), to: at(41), flows: 1201, attempts: 98, lost: 7, blindSeconds: 0 },
        ],
        needs: { trials: 0, attempts: 0, about: null },
      }),
      node('prod/worker-3', undefined, { verdict: 'inconclusive' }),
    ],
    missing: [
      'worker-3 has not restarted yet.',
      'worker-1: about 412 more trials (PT14M at this traffic) are needed to exclude 5 % of added failures.',
      'Only 71.4 % of what used to work was seen to work again; not seen: shop/web -> shop/api TCP/8080, jobs/report -> shop/api TCP/8080 and 2 more.',
    ],
    power: {
      smallestDetectable: 0.087,
      perNode: [
        { node: 'prod/cp-1', smallestDetectable: 0.087 },
        { node: 'prod/worker-1', smallestDetectable: null },
        { node: 'prod/worker-2', smallestDetectable: null },
        { node: 'prod/worker-3', smallestDetectable: null },
      ],
    },
  },
  {
    knob: 'bandwidthManager.bbr',
    to: '2026-02-01T10:45:00.000Z',
    inputs: [{ path: 'localhost:4245', sha256: null, lines: 0, flows: 18_220, events: 912, broken: 0 }],
    ciliumVersions: ['cilium v1.19.4+ge12f6fc0', 'cilium v1.20.0'],
  },
);

/** Nothing was seen at all. */
export const EMPTY = document(
  {
    verdict: 'inconclusive',
    summary: 'Not enough to say: no agent restart was seen.',
    nodes: [],
    missing: ['No agent restart was seen, so there is nothing to compare.'],
    power: { smallestDetectable: null, perNode: [] },
  },
  { knob: null, from: null, to: null, inputs: [], ciliumVersions: [] },
);

/** What an attacker may put into names. */
export const ATTACKS: readonly string[] = [
  '\u001b[31mred\u001b[0m',
  '\u001b]8;;http://evil.example\u0007here\u001b]8;;\u0007',
  'line\nbreak\r\u0000\u009b2J\u0085\u2028\u2029end',
  '\u202egpj.exe\u2066\u200b\ufeff',
  '<script>alert("mark")</script><img src=x onerror=alert(1)>',
  '<!channel><!here><@U0MARK>|<http://evil.example|click>',
  '@everyone @octocat #1 org/repo#1 GH-1 https://evil.example www.evil.example a@evil.example :tada:',
  '[click](http://evil.example) ![x](http://evil.example/x.png) <http://evil.example>',
  '```\n# heading\n- list\n> quote\n| a | b |\n```` ` `` ~~~',
  '*bold* _em_ ~strike~ `code` &amp; &#60;b&#62; \\` \\| ||',
  '::error::mark\n]]>',
  "'; rm -rf / #",
  '\ud800 lone',
];

/** Every name is an attack. */
export const HOSTILE: VerdictDocument = (() => {
  const attack = (i: number): string => ATTACKS[i % ATTACKS.length] ?? '';
  const every = ATTACKS.join(' ');
  return document(
    {
      verdict: 'fail',
      summary: `Broken on ${every}`,
      nodes: ATTACKS.map((name, i) => node(name, 15 + i, { verdict: i === 0 ? 'fail' : 'pass' })),
      findings: ATTACKS.map((name, i) =>
        finding({
          id: `finding-${i}`,
          severity: i % 3 === 2 ? 'info' : 'fail',
          kind: 'drops',
          nodes: [name],
          peers: [attack(i + 1), attack(i + 2)],
          scope: 'pair',
          where: `TCP 80 from ${name} to ${attack(i + 1)}; other pairs are fine`,
          reason: { code: 133, name: attack(i + 3), text: attack(i + 4) },
          reasonName: attack(i + 3),
          edges: [`${name} -> ${attack(i + 5)} TCP/80`],
          before: side({ seconds: 60 }),
          after: side({ episodes: 5, events: 5, seconds: 60, rate: 5 }),
          firstSeen: at(16),
          lastSeen: at(17),
          examples: [
            {
              time: at(16),
              node: name,
              verdict: 'DROPPED',
              dropReason: attack(i + 6),
              direction: 'EGRESS',
              source: attack(i + 7),
              destination: attack(i + 8),
              protocol: attack(i + 9),
              destinationPort: 80,
              uuid: name,
            },
          ],
          nextCommand: `hubble observe --node-name '${name}'`,
          says: `Attempts of ${name} to ${attack(i + 1)} fail. Look at ${every}.`,
        }),
      ),
      missing: ATTACKS.map((name) => `${name} stands in the way.`),
      power: { smallestDetectable: 0.01, perNode: ATTACKS.map((name) => ({ node: name, smallestDetectable: null })) },
    },
    {
      knob: attack(4),
      inputs: ATTACKS.map((path) => ({ path, sha256: null, lines: 1, flows: 1, events: 0, broken: 0 })),
      ciliumVersions: [...ATTACKS],
      tool: { version: attack(0) },
    },
  );
})();

/** A big bad roll: hundreds of nodes and findings, with long names. */
export const HUGE: VerdictDocument = (() => {
  const name = (i: number): string => `ip-10-0-${i >> 8}-${i & 255}.eu-central-1.compute.internal.${'x'.repeat(60)}`;
  const names = Array.from({ length: 300 }, (_, i) => name(i));
  return document({
    verdict: 'fail',
    summary: 'Everything is broken.',
    nodes: names.map((one) => node(one, 15, { verdict: 'fail' })),
    findings: names.map((one, i) =>
      finding({
        ...MASQUERADE,
        id: `broken-${i}`,
        severity: i < 200 ? 'fail' : 'info',
        nodes: [one],
        peers: names.slice(0, 40),
        edges: names.slice(0, 20).map((other) => `${one} -> ${other} TCP/80`),
      }),
    ),
    missing: names.map((one) => `${one} needs more. ${'word '.repeat(400)}`),
    power: { smallestDetectable: 0.01, perNode: names.map((one) => ({ node: one, smallestDetectable: 0.02 })) },
  });
})();

export const SAMPLES: ReadonlyMap<string, VerdictDocument> = new Map([
  ['pass', PASSED],
  ['fail', FAILED],
  ['inconclusive', UNDECIDED],
  ['empty', EMPTY],
  ['hostile', HOSTILE],
]);
