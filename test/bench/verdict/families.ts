import { DEFAULT_SOAK, PLAIN, STEADY, type Harm, type Noise, type Soak } from './soak.js';

/** What issue 4 asks of a family; each is broken only beyond its 95 % interval. */
export interface Bounds {
  /** Largest share of false FAILs; `none`: not a single one. */
  readonly falseFail?: number | 'none';
  /** Least share of PASSes. */
  readonly pass?: number;
  /** Least share found, with the right node, class and reason. */
  readonly detected?: number;
  /** Largest median from onset to FAIL, minutes. */
  readonly minutes?: number;
  /** Never a PASS. */
  readonly neverPass?: boolean;
}

export interface Family {
  readonly name: string;
  readonly says: string;
  readonly soak: Soak;
  readonly bounds: Bounds;
  /** What the study measured: FAIL share, and median minutes. */
  readonly study?: string;
  /** Part of --quick, with this share of its soaks. */
  readonly quick?: number;
}

const noisy = (more: Partial<Noise>): Soak => ({ ...DEFAULT_SOAK, noise: { ...STEADY, ...more } });
const HEAVY = { share: 0.5, seconds: 17, slowNodes: 0.15, slowFactor: 4 } as const;
const MIXED: Partial<Noise> = {
  burstShape: 1,
  swing: 0.4,
  scans: 3,
  trend: true,
  traffic: 1.3,
  moves: true,
  transient: { share: 0.4, seconds: 20, slowNodes: 0.1, slowFactor: 2 },
  rare: { rate: 0.02, sources: 60 },
  outages: 0.05,
};
const RARE: Partial<Noise> = { rare: { rate: 0.03, sources: 60 } };
const ONE_PERCENT: Bounds = { falseFail: 0.01 };

const sized = (soak: Soak, nodes: number): Soak => ({ ...soak, nodes });

export const HARMLESS: readonly Family[] = [
  {
    name: 'pure',
    says: 'pure Poisson and Bernoulli',
    soak: { ...DEFAULT_SOAK, noise: PLAIN },
    bounds: ONE_PERCENT,
    study: '0.0 / 99',
  },
  {
    name: 'steady',
    says: 'steady (retries, trains, chronic clients, scans, transients)',
    soak: DEFAULT_SOAK,
    bounds: { falseFail: 'none', pass: 0.9 },
    study: '0.0 / 98',
    quick: 1,
  },
  {
    name: 'bursts',
    says: 'minute-to-minute bursts of drops (gamma, k = 0.3)',
    soak: noisy({ burstShape: 0.3 }),
    bounds: ONE_PERCENT,
    study: '0.0 / 99',
    quick: 1,
  },
  {
    name: 'swings',
    says: 'slow swings (log-sd 0.7, 10 min) and scanners',
    soak: noisy({ swing: 0.7, scans: 6 }),
    bounds: ONE_PERCENT,
    study: '0.1 / 97',
    quick: 1,
  },
  {
    name: 'trend',
    says: 'cluster-wide trend of drops x0.5 to x2',
    soak: noisy({ trend: true }),
    bounds: ONE_PERCENT,
    study: '0.0 / 98',
  },
  { name: 'halves', says: 'traffic halves', soak: noisy({ traffic: 0.5 }), bounds: ONE_PERCENT, study: '0.0 / 87' },
  { name: 'doubles', says: 'traffic doubles', soak: noisy({ traffic: 2 }), bounds: ONE_PERCENT, study: '0.0 / 99' },
  {
    name: 'moves',
    says: 'pods move with their chronic drops',
    soak: noisy({ moves: true }),
    bounds: ONE_PERCENT,
    study: '0.0 / 98',
    quick: 1,
  },
  {
    name: 'heavy',
    says: 'heavy restart transients (half fails at first, 15 % of nodes 4 times as long)',
    soak: noisy({ transient: HEAVY }),
    bounds: ONE_PERCENT,
    study: '0.5 / 67',
    quick: 1,
  },
  { name: 'rare', says: 'many rare reasons', soak: noisy(RARE), bounds: ONE_PERCENT, study: '0.0 / 96' },
  {
    name: 'outages',
    says: 'destinations out for up to 3 min',
    soak: noisy({ outages: 0.07 }),
    bounds: ONE_PERCENT,
    study: '0.1 / 85',
    quick: 1,
  },
  { name: 'outages-many', says: 'the same, 4 times as often', soak: noisy({ outages: 0.3 }), bounds: {} },
  { name: 'mixed', says: 'all of these mixed', soak: noisy(MIXED), bounds: ONE_PERCENT, study: '0.2 / 90', quick: 1 },
  {
    name: 'old-loss',
    says: 'old agents lose 10 % of the events',
    soak: noisy({ oldLoss: 0.1 }),
    bounds: { ...ONE_PERCENT, neverPass: true },
    study: '0.0 / 0',
  },
  {
    name: 'fresh-loss',
    says: 'fresh agents lose 3 % for 8 min',
    soak: noisy({ freshLoss: { share: 0.03, minutes: 8 } }),
    bounds: ONE_PERCENT,
    study: '0.0 / 94',
  },
  {
    name: 'cron',
    says: 'jobs every 10 min, cluster-wide, x5 for a minute',
    soak: noisy({ cron: 5 }),
    bounds: ONE_PERCENT,
  },
  { name: 'twice', says: 'one node restarts twice', soak: noisy({ twice: true }), bounds: ONE_PERCENT },
  { name: 'steady-3', says: 'steady, 3 nodes', soak: sized(DEFAULT_SOAK, 3), bounds: ONE_PERCENT, study: '0.0 / 50' },
  { name: 'mixed-3', says: 'mixed, 3 nodes', soak: sized(noisy(MIXED), 3), bounds: ONE_PERCENT, study: '0.3 / 42' },
  {
    name: 'heavy-3',
    says: 'heavy transients, 3 nodes',
    soak: sized(noisy({ transient: HEAVY }), 3),
    bounds: ONE_PERCENT,
  },
  { name: 'steady-20', says: 'steady, 20 nodes', soak: sized(DEFAULT_SOAK, 20), bounds: ONE_PERCENT, study: '0.0 / -' },
  { name: 'mixed-20', says: 'mixed, 20 nodes', soak: sized(noisy(MIXED), 20), bounds: ONE_PERCENT, study: '0.7 / -' },
  {
    name: 'quiet',
    says: 'steady, 10 attempts a minute, 60 min',
    soak: { ...DEFAULT_SOAK, attempts: 10, soak: 60 },
    bounds: { falseFail: 0.01, pass: 0.9 },
    study: '0.0 / 93',
  },
  {
    name: 'too-quiet',
    says: 'steady, 3 attempts a minute',
    soak: { ...DEFAULT_SOAK, attempts: 3 },
    bounds: ONE_PERCENT,
  },
];

const harmed = (harm: Harm, more: Partial<Soak> = {}): Soak => ({ ...DEFAULT_SOAK, ...more, harm });
const edge = (rank: number, share: number, where: Harm['where'] = 'one', delay = 0): Harm => ({
  kind: 'edge',
  rank,
  share,
  where,
  delay,
});
const silent = (share: number, where: Harm['where'] = 'one', delay = 0): Harm => ({
  kind: 'silent',
  share,
  where,
  delay,
});
const reason = (rate: number, where: Harm['where'] = 'one'): Harm => ({ kind: 'reason', rate, where, delay: 0 });
const sources = (count: number, rate: number, where: Harm['where'] = 'one'): Harm => ({
  kind: 'sources',
  sources: count,
  rate,
  where,
  delay: 0,
});
const known = (rate: number, factor: number, from: number, where: Harm['where'] = 'one'): Harm => ({
  kind: 'known',
  rate,
  factor,
  sources: from,
  where,
  delay: 0,
});

export const HARMFUL: readonly Family[] = [
  {
    name: 'edge-dead',
    says: 'one edge, all attempts (4th busiest)',
    soak: harmed(edge(4, 1)),
    bounds: { detected: 0.95, minutes: 5 },
    study: '100, 4.0',
    quick: 1,
  },
  {
    name: 'edge-dead-all',
    says: 'the same on every node',
    soak: harmed(edge(4, 1, 'all')),
    bounds: { detected: 0.95, minutes: 5 },
    study: '100, 4.2',
  },
  {
    name: 'edge-rare-dead',
    says: 'one edge, all attempts (9th busiest, some 25 trials)',
    soak: harmed(edge(9, 1)),
    bounds: { detected: 0.95 },
    study: '97.5, 6.8',
    quick: 1,
  },
  { name: 'edge-half', says: 'one edge, 50 %', soak: harmed(edge(4, 0.5)), bounds: {}, study: '87, 13.8' },
  {
    name: 'edge-half-60',
    says: 'one edge, 50 %, baseline 60 min',
    soak: harmed(edge(4, 0.5), { baseline: 60 }),
    bounds: { detected: 0.95 },
    study: '100, 6.8',
    quick: 0.5,
  },
  {
    name: 'edge-half-all',
    says: 'one edge of every node, 50 %',
    soak: harmed(edge(4, 0.5, 'all')),
    bounds: {},
    study: '100, 10.7',
  },
  { name: 'edge-fifth', says: 'one edge, 20 %', soak: harmed(edge(4, 0.2)), bounds: {}, study: '2, -' },
  {
    name: 'edge-fifth-all',
    says: 'one edge of every node, 20 %',
    soak: harmed(edge(4, 0.2, 'all')),
    bounds: {},
    study: '100, 18.9',
  },
  {
    name: 'silent-dead',
    says: 'silent, all edges, 100 %',
    soak: harmed(silent(1)),
    bounds: { detected: 0.95, minutes: 5 },
    study: '100, 4.0',
    quick: 1,
  },
  {
    name: 'silent-20',
    says: 'silent, all edges, 20 %',
    soak: harmed(silent(0.2)),
    bounds: { detected: 0.95, minutes: 7 },
    study: '100, 5.9',
    quick: 1,
  },
  {
    name: 'silent-20-all',
    says: 'the same on every node',
    soak: harmed(silent(0.2, 'all')),
    bounds: { detected: 0.95, minutes: 7 },
    study: '100, 5.7',
  },
  {
    name: 'silent-20-quiet',
    says: 'silent 20 % at 10 attempts a minute',
    soak: harmed(silent(0.2), { attempts: 10 }),
    bounds: { detected: 0.95 },
    study: '99, 9.0',
    quick: 1,
  },
  {
    name: 'silent-20-3',
    says: 'silent 20 % at 3 attempts a minute',
    soak: harmed(silent(0.2), { attempts: 3 }),
    bounds: { neverPass: true },
    study: '23, -',
  },
  {
    name: 'silent-5',
    says: 'silent, all edges, 5 %',
    soak: harmed(silent(0.05)),
    bounds: { neverPass: true },
    study: '52, 38.8',
  },
  {
    name: 'silent-5-all',
    says: 'silent 5 % on every node',
    soak: harmed(silent(0.05, 'all')),
    bounds: {},
    study: '100, 9.7',
  },
  { name: 'silent-2', says: 'silent, all edges, 2 %', soak: harmed(silent(0.02)), bounds: {}, study: '0, -' },
  {
    name: 'silent-2-all',
    says: 'silent 2 % on every node',
    soak: harmed(silent(0.02, 'all')),
    bounds: { detected: 0.95 },
    study: '98, 19.0',
    quick: 1,
  },
  {
    name: 'reason-5',
    says: 'new reason on working edges, 5 a minute',
    soak: harmed(reason(5)),
    bounds: { detected: 0.95 },
    study: '100, 6.3',
  },
  {
    name: 'reason-1',
    says: 'new reason on working edges, 1 a minute',
    soak: harmed(reason(1)),
    bounds: { detected: 0.95, minutes: 12 },
    study: '100, 11.3',
    quick: 1,
  },
  {
    name: 'reason-1-all',
    says: 'the same on every node',
    soak: harmed(reason(1, 'all')),
    bounds: {},
    study: '100, 8.8',
  },
  {
    name: 'sources-5',
    says: 'new reason, 5 new sources, 1 a minute in sum',
    soak: harmed(sources(5, 1)),
    bounds: {},
    study: '100, 14.3',
  },
  { name: 'sources-5-slow', says: 'the same, 0.2 a minute', soak: harmed(sources(5, 0.2)), bounds: {}, study: '0, -' },
  {
    name: 'source-1',
    says: 'new reason, one new source, 5 a minute',
    soak: harmed(sources(1, 5)),
    bounds: { neverPass: true },
    study: '2, -',
  },
  {
    name: 'late-silent',
    says: 'onset 10 min late: silent 20 %',
    soak: harmed(silent(0.2, 'one', 10)),
    bounds: {},
    study: '100, 5.0',
  },
  {
    name: 'late-edge',
    says: 'onset 10 min late: edge dead',
    soak: harmed(edge(4, 1, 'one', 10)),
    bounds: {},
    study: '100, 5.8',
  },
  {
    name: 'last-silent',
    says: 'last node of the roll: silent 20 %',
    soak: harmed(silent(0.2, 'last')),
    bounds: {},
    study: '100, 5.7',
  },
  {
    name: 'last-edge',
    says: 'last node of the roll: edge dead',
    soak: harmed(edge(4, 1, 'last')),
    bounds: {},
    study: '100, 4.2',
  },
  {
    name: 'mixed-silent',
    says: 'mixed noise: silent 20 %',
    soak: { ...noisy(MIXED), harm: silent(0.2) },
    bounds: {},
    study: '100, 6.0',
  },
  {
    name: 'mixed-edge',
    says: 'mixed noise: edge dead',
    soak: { ...noisy(MIXED), harm: edge(4, 1) },
    bounds: {},
    study: '100, 4.3',
  },
  {
    name: 'mixed-reason',
    says: 'mixed noise: new reason, 5 a minute',
    soak: { ...noisy(MIXED), harm: reason(5) },
    bounds: {},
    study: '100, 6.3',
  },
  { name: 'known-x3', says: 'known drop, 1 a minute, x3', soak: harmed(known(1, 3, 10)), bounds: {}, study: '2, -' },
  { name: 'known-x5', says: 'known drop, 1 a minute, x5', soak: harmed(known(1, 5, 10)), bounds: {}, study: '52, 39' },
  {
    name: 'known-x10',
    says: 'known drop, 1 a minute, x10',
    soak: harmed(known(1, 10, 10)),
    bounds: { detected: 0.95 },
    study: '98, 7.7',
    quick: 1,
  },
  {
    name: 'known-x3-all',
    says: 'known drop, 1 a minute, x3 on every node',
    soak: harmed(known(1, 3, 10, 'all')),
    bounds: { detected: 0.95 },
    study: '100, 14.4',
    quick: 1,
  },
  {
    name: 'known-40-x3',
    says: 'known drop, 10 a minute from 40 sources, x3',
    soak: harmed(known(10, 3, 40)),
    bounds: {},
    study: '100, 7.3',
  },
  {
    name: 'known-rare-x10-all',
    says: 'known drop, 0.1 a minute, x10 on every node',
    soak: harmed(known(0.1, 10, 10, 'all')),
    bounds: {},
    study: '96, 20.2',
  },
];
