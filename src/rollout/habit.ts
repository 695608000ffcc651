import { quantileSorted } from 'simple-statistics';
import { SILENCE_MS } from '../aggregate/journal.js';
import { flowRate, type NodeSight } from './sight.js';

/** What silences are usual on a node. */
export interface Habit {
  /** Flows per ms. */
  readonly rate: number;
  /** Time from the first to the last flow, ms. */
  readonly seenMs: number;
  /** Lengths of its silences of at least SILENCE_MS, ms, ascending. */
  readonly lengths: readonly number[];
  /** Mean of what they exceed SILENCE_MS by, ms. */
  readonly excess: number;
}

/** A silence stands for itself when this many flows were to be expected in it. */
const EXPECTED_FLOWS = 10;
/** So few silences say nothing of a habit. */
const FEW_SILENCES = 5;
/** Silences of at least a third of the length come more often than this, ms, or they are no habit: agents restart several times, too. */
const OFTEN_MS = 600_000;
/** A silence is beyond the habit when fewer than so many of its length are to be expected. */
const BY_CHANCE = 0.01;

export function habitOf(node: NodeSight): Habit {
  const lengths = node.silences.map(({ from, to }) => to - from).sort((a, b) => a - b);
  const seenMs = Math.max(node.lastFlow - node.firstFlow, 1);
  const median = lengths.length === 0 ? SILENCE_MS : quantileSorted(lengths, 0.5);
  return { rate: flowRate(node), seenMs, lengths, excess: Math.max((median - SILENCE_MS) / Math.LN2, 1) };
}

/** Is a silence of this length, ms, more than the node's own rhythm explains? */
export function isBeyondHabit({ rate, seenMs, lengths, excess }: Habit, length: number): boolean {
  const flows = rate * seenMs;
  if ((flows / Math.max(seenMs - length, 1000)) * length < EXPECTED_FLOWS) return false;
  if (lengths.length < FEW_SILENCES) return true;
  const alike = lengths.length - firstAtLeast(lengths, length / 3);
  if (alike < FEW_SILENCES || seenMs / alike > OFTEN_MS) return true;
  // Silences beyond the shortest that is noted are exponential, near enough: how many this long does chance give this node?
  return lengths.length * Math.exp(-(length - SILENCE_MS) / excess) < BY_CHANCE;
}

/** Place of the first of some ascending numbers that is at least `limit`. */
function firstAtLeast(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? Number.POSITIVE_INFINITY) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
