/** What a simulated soak is made of. Times are minutes unless said otherwise; shares lie in 0...1. */
export interface Soak {
  readonly nodes: number;
  readonly baseline: number;
  /** Between one node's restart and the next. */
  readonly gap: number;
  /** After the last node is back. */
  readonly soak: number;
  readonly edgesPerNode: number;
  /** Attempts a minute that a node's edges begin together. */
  readonly attempts: number;
  readonly destinations: number;
  /** Most edges have a node at either end, and each attempt is a trial of both; else each belongs to its source's node alone. */
  readonly twoEnded: boolean;
  readonly noise: Noise;
  readonly harm: Harm | undefined;
}

/** What goes on whether or not the change does harm. */
export interface Noise {
  /** Failing share of attempts that work. */
  readonly background: number;
  /** Failed attempts are tried again; drops come in trains of retransmissions. */
  readonly retries: boolean;
  /** Clients that retry for ever what policy denies, for each node. */
  readonly chronic: number;
  /** Scans of the world an hour and node, each some minutes long. */
  readonly scans: number;
  /** Shape of the gamma law of drop rates from minute to minute; Infinity: steady. */
  readonly burstShape: number;
  /** Slow swings of drop rates and failing shares: log-sd (they forget within 10 minutes). */
  readonly swing: number;
  /** Drops drift cluster-wide to between half and twice as many. */
  readonly trend: boolean;
  /** Traffic (and drops with it) goes to this factor while nodes restart. */
  readonly traffic: number;
  /** Pods, chronic clients among them, move to other nodes around restarts. */
  readonly moves: boolean;
  readonly transient: Transient;
  /** Drops a minute, node and reason, of the 15 rare reasons, and how many sources each has in the cluster. */
  readonly rare: { readonly rate: number; readonly sources: number };
  /** Outages of a destination an hour, each 0.5 to 3 minutes long. */
  readonly outages: number;
  /** Share of the events that agents lose before their restart, and for some minutes after it. */
  readonly oldLoss: number;
  readonly freshLoss: { readonly share: number; readonly minutes: number };
  /** Every 10 minutes jobs run cluster-wide, which multiplies attempts and drops for a minute. */
  readonly cron: number;
  /** One node restarts a second time, 12 minutes after the first. */
  readonly twice: boolean;
}

/** What a restart by itself does: this share of attempts fails when flows are back, and less and less, with this time constant (s). */
export interface Transient {
  readonly share: number;
  readonly seconds: number;
  readonly slowNodes: number;
  readonly slowFactor: number;
}

export type Where = 'one' | 'all' | 'last';

export type Harm = { readonly where: Where; /** Minutes after the node's flows are back. */ readonly delay: number } & (
  | /** One edge, by the rank of its rate on its node, from 1. */ {
      readonly kind: 'edge';
      readonly rank: number;
      readonly share: number;
    }
  | /** All attempts of a node, without a word. */ { readonly kind: 'silent'; readonly share: number }
  | /** A reason that never was, on edges that worked. */ { readonly kind: 'reason'; readonly rate: number }
  | /** A reason that never was, from workloads without attempts of their own. */ {
      readonly kind: 'sources';
      readonly sources: number;
      readonly rate: number;
    }
  | /** A drop that always was, from `sources` workloads on each node, multiplied. */ {
      readonly kind: 'known';
      readonly sources: number;
      readonly rate: number;
      readonly factor: number;
    }
);

export const PLAIN: Noise = {
  background: 0.003,
  retries: false,
  chronic: 0,
  scans: 0,
  burstShape: Number.POSITIVE_INFINITY,
  swing: 0,
  trend: false,
  traffic: 1,
  moves: false,
  transient: { share: 0, seconds: 10, slowNodes: 0, slowFactor: 1 },
  rare: { rate: 0.004, sources: 10 },
  outages: 0,
  oldLoss: 0,
  freshLoss: { share: 0, minutes: 0 },
  cron: 1,
  twice: false,
};

/** An ordinary cluster: nothing moves, but clients retry, scanners call and restarts cost something. */
export const STEADY: Noise = {
  ...PLAIN,
  retries: true,
  chronic: 5 / 3,
  scans: 1,
  transient: { share: 0.3, seconds: 15, slowNodes: 0, slowFactor: 1 },
};

export const DEFAULT_SOAK: Soak = {
  nodes: 9,
  baseline: 20,
  gap: 2,
  soak: 30,
  edgesPerNode: 12,
  attempts: 30,
  destinations: 15,
  twoEnded: true,
  noise: STEADY,
  harm: undefined,
};

export const WINDOW_MS = 10_000;
export const PER_MINUTE = 60_000 / WINDOW_MS;

/** Signals: two of the noisy class, four that are always there, one that restarts cause, rare ones, and those that harm is made of. */
export const SIGNALS = 24;
export const NOISY = [0, 1];
export const STEADY_SIGNALS = [2, 3, 4, 5];
export const TRANSIENT_SIGNAL = 6;
export const RARE_FROM = 7;
export const KNOWN_HARM_SIGNAL = 22;
export const NEW_SIGNAL = 23;
