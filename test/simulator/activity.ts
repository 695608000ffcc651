import type { Cluster } from './cluster.js';
import type { Effects } from './effects.js';
import type { PacketWriter } from './packets.js';
import type { Proxy } from './proxy.js';

/** What the activities of a soak share. */
export interface Stage {
  readonly cluster: Cluster;
  readonly effects: Effects;
  readonly packets: PacketWriter;
  readonly proxy: Proxy;
}

/** Something that happens over and over: everything before `untilUs` that has not been written yet. */
export interface Activity {
  fill(untilUs: number): void;
}

/** Attempt numbers of one edge lie within this range; those of its lasting connections in the upper half of it. */
export const ATTEMPTS_PER_EDGE = 2 ** 24;
