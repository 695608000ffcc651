import { LATE_MS } from '../rollout/phases.js';

/** What a soak is judged by. Durations are milliseconds, shares are in 0...1. */
export interface Settings {
  /** Name of the knob that was changed, as the user gave it. */
  readonly knob: string | null;
  /** Length of a counting window; fixed in a journal. */
  readonly windowMs: number;
  /** Dead time of an episode of an ordinary reason; noisy reasons (133, 181, 189) take twice as long. */
  readonly episodeMs: number;
  /** How long `watch` wants to see a cluster before its first restart. */
  readonly baselineMs: number;
  /** Time after a node's return that belongs to the restart itself; the times of the method follow it. */
  readonly settleMs: number;
  /** How long `watch` soaks the last node. */
  readonly soakMs: number;
  /** How much of the late phase a PASS wants to see of every expected node; it begins ten minutes after its flows came back. */
  readonly lateMs: number;
  /** What may come late, where it is the knob that asks for it: `bpf.masquerade may fail late (NAT map fill)`; null = somebody asked. */
  readonly lateWhy: string | null;
  /** Chance of a false FAIL for the whole soak. */
  readonly alpha: number;
  /** Largest added share of failed attempts that a PASS may leave open, in the soak and on one node. */
  readonly tolerance: number;
  readonly nodeTolerance: number;
  /** Globs of nodes that must restart; null = those seen before the first restart. */
  readonly expectNodes: readonly string[] | null;
  /** Globs of nodes that are left out. */
  readonly ignoreNodes: readonly string[];
  readonly givenRestarts: readonly GivenRestart[];
  /** Drops that are known; null = none. */
  readonly expect: ExpectedDrops | null;
}

/** Drops that somebody knows of and answers for: up to their rate they do not count. */
export interface ExpectedDrops {
  /** The file that they stand in, as it was given. */
  readonly file: string;
  /** The first one that fits a drop speaks for it. */
  readonly entries: readonly ExpectedDrop[];
}

/** Which drops are known, how often they may come, and until when. What is null fits every drop. */
export interface ExpectedDrop {
  /** flow.DropReason number. */
  readonly reason: number;
  readonly direction: 'ingress' | 'egress' | null;
  /** Globs of the nodes that see them. */
  readonly nodes: readonly string[] | null;
  /** Globs of `namespace/workload`, or names of reserved identities such as `world`. */
  readonly from: readonly string[] | null;
  readonly to: readonly string[] | null;
  readonly port: number | null;
  readonly protocol: string | null;
  /** Episodes a minute that one node may see. */
  readonly perMinute: number;
  /** The same as it was written: `6/min`. */
  readonly rate: string;
  /** Who answers for it. */
  readonly owner: string;
  /** The last moment at which it holds, ms, and the same as it was written. */
  readonly until: number;
  readonly untilText: string;
  readonly why: string | null;
  /** `FILE:LINE`. */
  readonly place: string;
}

/** A restart that the user names. */
export interface GivenRestart {
  /** Node name, with or without its cluster prefix. */
  readonly node: string;
  readonly time: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

export const DEFAULT_SETTINGS: Settings = {
  knob: null,
  windowMs: 10 * SECOND,
  episodeMs: 30 * SECOND,
  baselineMs: 15 * MINUTE,
  settleMs: 60 * SECOND,
  soakMs: 30 * MINUTE,
  lateMs: 0,
  lateWhy: null,
  alpha: 0.01,
  tolerance: 0.01,
  nodeTolerance: 0.05,
  expectNodes: null,
  ignoreNodes: [],
  givenRestarts: [],
  expect: null,
};

/** How long after its flows came back enough of a node's late phase is seen; 0 where none is asked for. */
export function lateUntilMs({ settleMs, lateMs }: Pick<Settings, 'settleMs' | 'lateMs'>): number {
  return lateMs > 0 ? Math.max(LATE_MS, settleMs) + lateMs : 0;
}

/** How long a node is watched after its restart. */
export function watchedMs(settings: Pick<Settings, 'soakMs' | 'settleMs' | 'lateMs'>): number {
  return Math.max(settings.settleMs + settings.soakMs, lateUntilMs(settings));
}
