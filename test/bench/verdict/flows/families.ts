import type { Family } from '../family.js';
import { HEAVY, MIXED, RARE } from '../families.js';
import { PLAIN, STEADY, type Noise, type Where } from '../soak.js';
import { PATH_FLOWS } from './path-families.js';
import { DEFAULT_FLOW_SOAK, flowNoise, REASONS, type FlowHarm, type FlowNoise, type FlowSoak } from './soak.js';

export interface FlowFamily extends Family {
  readonly soak: FlowSoak;
}

/** Parts of the soaks that a family gets in the full bench, and in --quick. */
const MOST = 1;
const USUAL = 1 / 3;
const SOME = 1 / 5;
const FEW = 1 / 10;
const QUICK = 1 / 15;

const noisy = (noise: Partial<Noise>, more: Partial<FlowNoise> = {}): FlowSoak => ({
  ...DEFAULT_FLOW_SOAK,
  noise: flowNoise({ ...STEADY, ...noise }, more),
});
const sized = (soak: FlowSoak, nodes: number): FlowSoak => ({ ...soak, nodes });

const breaks = (breakdowns: FlowNoise['breakdowns']): FlowSoak => noisy({}, { breakdowns });

const EVENTS: Partial<FlowNoise> = {
  deployed: true,
  renamed: true,
  skewSeconds: 5,
  lateSeconds: 5,
  repeatedShare: 0.05,
};
const ONE_PERCENT = { falseFail: 0.01 } as const;

const harmless = (name: string, says: string, soak: FlowSoak, more: Partial<FlowFamily> = {}): FlowFamily => ({
  name,
  says,
  soak,
  bounds: ONE_PERCENT,
  full: USUAL,
  ...more,
});

export const HARMLESS_FLOWS: readonly FlowFamily[] = [
  harmless('pure', 'pure Poisson and Bernoulli', { ...DEFAULT_FLOW_SOAK, noise: flowNoise(PLAIN) }, { full: FEW }),
  harmless('steady', 'steady (retries, trains, chronic clients, scans, transients)', DEFAULT_FLOW_SOAK, {
    bounds: { falseFail: 'none', pass: 0.9 },
    full: MOST,
    quick: 2 * QUICK,
  }),
  harmless('bursts', 'minute-to-minute bursts of drops (gamma, k = 0.3)', noisy({ burstShape: 0.3 })),
  harmless('swings', 'slow swings (log-sd 0.7, 10 min) and scanners', noisy({ swing: 0.7, scans: 6 }), {
    quick: QUICK / 2,
  }),
  harmless('trend', 'cluster-wide trend of drops x0.5 to x2', noisy({ trend: true })),
  harmless('halves', 'traffic halves', noisy({ traffic: 0.5 })),
  harmless('doubles', 'traffic doubles', noisy({ traffic: 2 })),
  harmless('moves', 'pods move, some with their chronic drops', noisy({ moves: true }), { quick: QUICK / 2 }),
  harmless(
    'heavy',
    'heavy restart transients (half fails at first, 15 % of nodes 4 times as long)',
    noisy({ transient: HEAVY }),
    { bounds: { falseFail: 0.01 }, quick: QUICK },
  ),
  harmless('rare', 'many rare reasons', noisy(RARE)),
  harmless('outages', 'destinations out for up to 3 min', noisy({ outages: 0.07 }), { quick: QUICK / 2 }),
  harmless('cron', 'jobs every 10 min, cluster-wide, x5 for a minute', noisy({ cron: 5 })),
  harmless('mixed', 'swings, scans, trend, traffic, moves, transients, rare reasons, outages', noisy(MIXED), {
    quick: QUICK,
  }),
  harmless('old-loss', 'old agents lose 10 % of the events', noisy({ oldLoss: 0.1 }), {
    bounds: { ...ONE_PERCENT, neverPass: true },
  }),
  harmless('fresh-loss', 'fresh agents lose 3 % for 8 min', noisy({ freshLoss: { share: 0.03, minutes: 8 } })),
  harmless('twice', 'one node restarts twice', noisy({ twice: true })),
  harmless('deployed', 'a workload deployed in mid-roll that policy refuses', noisy({}, { deployed: true }), {
    quick: QUICK / 2,
  }),
  harmless('renamed', 'a reason that changes its name', noisy({}, { renamed: true }), { quick: QUICK / 2 }),
  harmless('clocks', 'clocks of nodes that differ by up to 5 s either way', noisy({}, { skewSeconds: 5 })),
  harmless('disorder', 'flows up to 20 s late, 5 % of them twice', noisy({}, { lateSeconds: 20, repeatedShare: 0.05 })),
  harmless('server-breaks', 'a server that breaks for good by itself, at any time', breaks({ count: 1, share: 1 }), {
    full: FEW,
  }),
  harmless('server-ails', 'the same, 30 % of its answers', breaks({ count: 1, share: 0.3 }), { full: FEW }),
  harmless('endings', 'clients that end, a service scaled down in mid-roll, jobs', noisy({}, { endings: true }), {
    quick: QUICK / 2,
  }),
  harmless('hidden-one', 'one restarted agent shows no answers', noisy({}, { hiddenReplies: 'one' }), {
    full: FEW,
  }),
  harmless('hidden-all', 'no restarted agent shows answers', noisy({}, { hiddenReplies: 'all' }), {
    full: FEW,
  }),
  harmless('blind-peer', 'a node that cannot be reached for some minutes', noisy({}, { blindPeer: true }), {
    full: FEW,
    quick: QUICK / 2,
  }),
  harmless('policy-changed', 'policy changes in mid-roll and denies a service', noisy({}, { policyChanged: true }), {
    full: FEW,
  }),
  harmless('failing-server', 'a server that begins to answer 503 by itself', noisy({}, { failingServer: true }), {
    full: FEW,
  }),
  harmless('joins', 'a node that joins in mid-roll', noisy({}, { joins: true })),
  harmless('leaves', 'a node that leaves in mid-roll', noisy({}, { leaves: true }), { quick: QUICK / 2 }),
  harmless(
    'everything',
    'mixed, deployed, renamed, clocks, disorder, two restarts',
    noisy({ ...MIXED, twice: true }, EVENTS),
    {
      quick: QUICK,
    },
  ),
  harmless('steady-3', 'steady, 3 nodes', sized(DEFAULT_FLOW_SOAK, 3), { quick: QUICK / 2 }),
  harmless('mixed-3', 'mixed, 3 nodes', sized(noisy(MIXED), 3)),
  harmless('heavy-3', 'heavy transients, 3 nodes', sized(noisy({ transient: HEAVY }), 3)),
  harmless('steady-20', 'steady, 20 nodes', sized(DEFAULT_FLOW_SOAK, 20), { full: FEW }),
  harmless('mixed-20', 'mixed, 20 nodes', sized(noisy(MIXED), 20), { full: FEW }),
  harmless(
    'quiet',
    'steady, 10 attempts a minute, 60 min',
    { ...DEFAULT_FLOW_SOAK, attempts: 10, soak: 60 },
    { bounds: { falseFail: 0.01, pass: 0.9 }, quick: QUICK },
  ),
  harmless(
    'no-restart',
    'no restart at all',
    { ...DEFAULT_FLOW_SOAK, restarts: false },
    { bounds: { falseFail: 'none', neverPass: true }, full: FEW, quick: QUICK / 2 },
  ),
  harmless(
    'thin-node',
    'a node with one attempt a minute',
    { ...DEFAULT_FLOW_SOAK, thinNode: 1 },
    { bounds: { ...ONE_PERCENT, neverPass: true }, full: FEW, quick: QUICK / 2 },
  ),
];

const harmed = (harm: FlowHarm, more: Partial<FlowSoak> = {}): FlowSoak => ({ ...DEFAULT_FLOW_SOAK, ...more, harm });
const edge = (
  trials: number,
  share: number,
  where: Where = 'one',
  delay = 0,
  how: { readonly reason?: string; readonly within?: boolean; readonly unseen?: boolean } = {},
): FlowHarm => ({
  kind: 'edge',
  within: false,
  ...how,
  trials,
  share,
  where,
  delay,
});
const silent = (share: number, where: Where = 'one', delay = 0): FlowHarm => ({ kind: 'silent', share, where, delay });
const answers = (share: number): FlowHarm => ({ kind: 'answers', share, where: 'one', delay: 0 });
const loss = (share: number): FlowHarm => ({ kind: 'loss', share, where: 'one', delay: 0 });
const known = (rate: number, factor: number, where: Where = 'one'): FlowHarm => ({
  kind: 'known',
  rate,
  factor,
  where,
  delay: 0,
});
const BUSY = 40;
const LEAST = 29;

const harmful = (
  name: string,
  says: string,
  soak: FlowSoak,
  minutes: number | undefined,
  more: Partial<FlowFamily> = {},
): FlowFamily => ({
  name,
  says,
  soak,
  bounds: { detected: 0.95, ...(minutes === undefined ? {} : { minutes }) },
  full: SOME,
  ...more,
});

export const HARMFUL_FLOWS: readonly FlowFamily[] = [
  harmful('edge-dead', 'one edge, silent', harmed(edge(BUSY, 1)), 5, { quick: QUICK }),
  harmful('edge-denied', 'one edge, denied by policy', harmed(edge(BUSY, 1, 'one', 0, { reason: REASONS.denied })), 5, {
    quick: QUICK,
  }),
  harmful(
    'edge-denied-within',
    'one edge inside a node, denied by policy',
    harmed(edge(BUSY, 1, 'one', 0, { reason: REASONS.denied, within: true })),
    5,
    { full: FEW },
  ),
  harmful(
    'edge-vanished',
    'one edge inside a node, silent: it vanishes',
    harmed(edge(BUSY, 1, 'one', 0, { within: true })),
    undefined,
    { bounds: {}, full: FEW },
  ),
  harmful('edge-rare-dead', 'one edge with 25 to 35 trials, silent', harmed(edge(LEAST, 1)), undefined, {
    quick: QUICK / 2,
  }),
  harmful(
    'edge-half-60',
    'one edge, half of it, baseline 60 min',
    harmed(edge(BUSY, 0.5), { baseline: 60 }),
    undefined,
    {
      full: FEW,
      quick: QUICK / 2,
    },
  ),
  harmful('silent-dead', 'a node, silent, all', harmed(silent(1)), 5, { quick: QUICK }),
  harmful('silent-20', 'a node, silent, 20 %', harmed(silent(0.2)), 7, { quick: QUICK }),
  harmful('silent-20-quiet', 'the same at 10 attempts a minute', harmed(silent(0.2), { attempts: 10 }), undefined, {
    quick: QUICK,
  }),
  harmful('silent-2-all', 'all nodes, silent, 2 %', harmed(silent(0.02, 'all')), undefined, { quick: QUICK }),
  harmful(
    'reason-1',
    'a node, new reason on working edges, 1 a minute',
    harmed({ kind: 'reason', rate: 1, where: 'one', delay: 0 }),
    12,
    { quick: QUICK },
  ),
  harmful('known-x10', 'a node, known drop, 1 a minute, x10', harmed(known(1, 10)), undefined, { quick: QUICK / 2 }),
  harmful('known-x3-all', 'all nodes, known drop, 1 a minute, x3', harmed(known(1, 3, 'all')), undefined, {
    quick: QUICK / 2,
  }),
  harmful('late-silent', 'a node, silent, 20 %, from 10 min on', harmed(silent(0.2, 'one', 10)), 7, { full: FEW }),
  harmful('late-edge', 'one edge, silent, from 10 min on', harmed(edge(BUSY, 1, 'one', 10)), undefined, { full: FEW }),
  harmful('last-silent', 'the last node, silent, 20 %', harmed(silent(0.2, 'last')), 7, { full: FEW }),
  harmful('last-edge', 'one edge of the last node, silent', harmed(edge(BUSY, 1, 'last')), 5, { full: FEW }),
  harmful('mixed-silent', 'mixed noise, a node, silent, 20 %', { ...noisy(MIXED), harm: silent(0.2) }, undefined, {
    full: FEW,
    quick: QUICK / 2,
  }),
  harmful('mixed-edge', 'mixed noise, one edge, silent', { ...noisy(MIXED), harm: edge(BUSY, 1) }, undefined, {
    full: FEW,
  }),
  harmful(
    'vanished',
    'one edge inside a node is seen no more, its ends live',
    harmed(edge(BUSY, 1, 'one', 0, { within: true, unseen: true })),
    undefined,
    { full: FEW, quick: QUICK / 2, scopes: ['edge'] },
  ),
  harmful(
    'vanished-across',
    'one edge between nodes is seen no more',
    harmed(edge(BUSY, 1, 'one', 0, { unseen: true })),
    undefined,
    { full: FEW, scopes: ['edge'], bounds: {} },
  ),
  harmful('loss-20', 'one packet in five between a node and others', harmed(loss(0.2)), undefined, {
    full: FEW,
    scopes: ['cross-node', 'node'],
  }),
  harmful('loss-5', 'one packet in twenty', harmed(loss(0.05)), undefined, { full: FEW, bounds: {} }),
  harmful('answers', "bad answers to a node's proxies", harmed(answers(1)), undefined, { full: FEW, quick: QUICK / 2 }),
  harmful('answers-20', 'the same, 20 %', harmed(answers(0.2)), undefined, { full: FEW, bounds: { detected: 0.9 } }),
  harmful(
    'lasting',
    'connections that were there before',
    harmed({ kind: 'lasting', where: 'one', delay: 0 }),
    undefined,
    {
      full: FEW,
      bounds: {},
    },
  ),
  harmful(
    'lossy-silent',
    'a node, silent, all, while its fresh agent loses 3 % of the events',
    { ...noisy({ freshLoss: { share: 0.03, minutes: 60 } }), harm: silent(1) },
    undefined,
    { full: FEW, bounds: { neverPass: true } },
  ),
  harmful(
    'late-silent-60',
    'a node, silent, 20 %, from 60 min on',
    { ...harmed(silent(0.2, 'one', 60)), soak: 85 },
    undefined,
    {
      full: FEW / 2,
      bounds: {},
    },
  ),
  harmful(
    'late-edge-60',
    'one edge, silent, from 60 min on',
    { ...harmed(edge(BUSY, 1, 'one', 60)), soak: 85 },
    undefined,
    {
      full: FEW / 2,
      bounds: {},
    },
  ),
  ...PATH_FLOWS,
];
