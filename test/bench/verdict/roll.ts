import type { ObservedNode, ObservedSegment } from '../../../src/judge/observed.js';
import type { Random } from '../../simulator/random.js';
import { swing } from './distributions.js';
import { PER_MINUTE, type Soak } from './soak.js';

/** Who restarts when, and how the whole cluster fares. All times are windows. */
export interface Roll {
  readonly length: number;
  readonly nodes: readonly ObservedNode[];
  /** Traffic, and drops, of the whole cluster in each window, relative to the baseline's. */
  readonly traffic: Float64Array;
  readonly drops: Float64Array;
  /** Share of attempts that a restart makes fail, by node and window. */
  readonly transient: readonly Float64Array[];
  /** 1 where events of a node may be missing. */
  readonly lossy: readonly Uint8Array[];
  /** Onset of the harm on each node, Infinity where there is none. */
  readonly onset: readonly number[];
}

const SETTLE = PER_MINUTE;

export function makeRoll(soak: Soak, random: Random): Roll {
  const segments = restarts(soak, random);
  const lastBack = Math.max(...segments.flatMap((own) => own.map(({ back }) => back)));
  const length = Math.round(lastBack + soak.soak * PER_MINUTE);
  const nodes = segments.map((own, i) => observeNode(`node-${i + 1}`, own, length));
  const lossy = nodes.map((node) => lossyWindows(soak, node, length));
  const [rollFrom, rollTo] = [soak.baseline, soak.baseline + soak.gap * soak.nodes];
  const turn = random.between(rollFrom, rollTo);
  const drift = soak.noise.trend ? Math.exp(random.between(-1, 1) * Math.LN2) : 1;
  const traffic = new Float64Array(length);
  const drops = new Float64Array(length);
  for (let w = 0; w < length; w++) {
    const minute = w / PER_MINUTE;
    const cron = minute % 10 < 1 ? soak.noise.cron : 1;
    traffic[w] = ramp(minute, turn, 5, soak.noise.traffic) * cron;
    drops[w] = ramp(minute, turn, 20, drift) * (traffic[w] ?? 1);
  }
  return {
    length,
    nodes,
    traffic,
    drops,
    transient: nodes.map((node) => transientOf(soak, node, length, random)),
    lossy,
    onset: onsets(soak, nodes, random),
  };
}

function restarts(soak: Soak, random: Random): ObservedSegment[][] {
  const second = soak.noise.twice ? random.integer(0, soak.nodes - 1) : -1;
  return Array.from({ length: soak.nodes }, (_, i) => {
    const downs = [Math.round((soak.baseline + i * soak.gap) * PER_MINUTE) + random.integer(0, 3)];
    if (i === second) downs.push((downs[0] ?? 0) + 12 * PER_MINUTE);
    return downs.map((down, k) => {
      const back = down + random.integer(2, 4);
      return { down, back, after: back + SETTLE, end: downs[k + 1] ?? Number.POSITIVE_INFINITY };
    });
  });
}

function observeNode(name: string, segments: readonly ObservedSegment[], length: number): ObservedNode {
  const visible = new Uint8Array(length).fill(1);
  for (const { down, back } of segments) visible.fill(0, down, back);
  const visibleBefore = new Float64Array(length + 1);
  for (let w = 0; w < length; w++) visibleBefore[w + 1] = (visibleBefore[w] ?? 0) + (visible[w] ?? 0);
  return { name, expected: true, segments, visible, visibleBefore };
}

function lossyWindows(soak: Soak, node: ObservedNode, length: number): Uint8Array {
  const lossy = new Uint8Array(length);
  const { oldLoss, freshLoss } = soak.noise;
  const [first] = node.segments;
  if (first === undefined) return lossy;
  if (oldLoss > 0) lossy.fill(1, 0, first.down);
  if (freshLoss.share > 0) lossy.fill(1, first.back, Math.min(length, first.back + freshLoss.minutes * PER_MINUTE));
  return lossy;
}

/** 1 until `from`, then along a straight line to `to` within `minutes`. */
function ramp(minute: number, from: number, minutes: number, to: number): number {
  return 1 + (to - 1) * Math.min(1, Math.max(0, (minute - from) / minutes));
}

function transientOf(soak: Soak, node: ObservedNode, length: number, random: Random): Float64Array {
  const { share, seconds, slowNodes, slowFactor } = soak.noise.transient;
  const windows = (seconds / 60) * PER_MINUTE * (random.chance(slowNodes) ? slowFactor : 1);
  const shares = new Float64Array(length);
  for (const { back } of node.segments)
    for (let w = back; w < length; w++) {
      const now = share * Math.exp(-(w - back) / windows);
      if (now < 1e-4) break;
      shares[w] = Math.max(shares[w] ?? 0, now);
    }
  return shares;
}

function onsets(soak: Soak, nodes: readonly ObservedNode[], random: Random): number[] {
  const { harm } = soak;
  if (harm === undefined) return nodes.map(() => Number.POSITIVE_INFINITY);
  const last = nodes.length - 1;
  const chosen = harm.where === 'last' ? last : random.integer(0, Math.max(0, last - 1));
  return nodes.map((node, i) => {
    if (harm.where !== 'all' && i !== chosen) return Number.POSITIVE_INFINITY;
    return (node.segments[0]?.back ?? 0) + Math.round(harm.delay * PER_MINUTE);
  });
}

/** A level for each window: slow swings, and the bursts that the noise asks for. */
export function swings(soak: Soak, length: number, random: Random): Float64Array {
  return swing(random, length, soak.noise.swing, 10 * PER_MINUTE);
}
