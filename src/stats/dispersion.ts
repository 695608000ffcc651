/**
 * Dispersion phi: how much burstier than Poisson (or Bernoulli) events come. A log e-value is divided by it ("tempering").
 * Each estimate is shrunk towards a prior that weighs as much as `priorWeight` degrees of freedom, and is never below 1.
 */
import { amount, atLeastOne } from './domain.js';

export interface Dispersion {
  /** Pearson's statistic: sum of (count - mean)^2 / mean. */
  readonly x2: number;
  /** Degrees of freedom. */
  readonly df: number;
  /** (x2 + priorWeight prior) / (df + priorWeight), at least 1. */
  readonly phi: number;
}

function shrunk(x2: number, df: number, prior: number, priorWeight: number): Dispersion {
  atLeastOne('prior', prior);
  const weight = amount('prior weight', priorWeight);
  return { x2, df, phi: df + weight > 0 ? Math.max(1, (x2 + weight * prior) / (df + weight)) : prior };
}

function pearson(blocksPerNode: readonly (readonly number[])[]): { x2: number; df: number } {
  let x2 = 0;
  let df = 0;
  for (const blocks of blocksPerNode) {
    let sum = 0;
    for (const units of blocks) sum += amount('units', units);
    if (sum === 0) continue;
    const mean = sum / blocks.length;
    for (const units of blocks) x2 += (units - mean) ** 2 / mean;
    df += blocks.length - 1;
  }
  return { x2, df };
}

/**
 * Dispersion of one signal from blocks of one length: x2 = sum over nodes and blocks of (n - mean of the node)^2 / that mean,
 * df = sum over nodes with any unit of (blocks - 1).
 *
 * @param blocksPerNode units per block of each node's baseline.
 * @throws RangeError for negative counts or weights, or a prior below 1.
 */
export function phiFromBlocks(
  blocksPerNode: readonly (readonly number[])[],
  prior: number,
  priorWeight: number,
): Dispersion {
  const { x2, df } = pearson(blocksPerNode);
  return shrunk(x2, df, prior, priorWeight);
}

/** Length of the blocks that `phiOfUnits` is given, and the multiples of it that are looked at: 5, 10, 20, 30 minutes. */
const BLOCK_MINUTES = 5;
const BLOCKS_JOINED = [1, 2, 4, 6];
/** What is compared in the end is some half hour: bursts that last long count for more there than in short blocks. */
const COMPARED_MINUTES = 30;

/** Prior dispersion of a signal, of the noisy class (policy denials, authentication required), and their weight. */
export const PRIOR_PHI = 1.5;
export const PRIOR_PHI_NOISY = 3;
export const PRIOR_WEIGHT = 10;

export interface BlockDispersion extends Dispersion {
  readonly minutes: number;
}

/**
 * Dispersion of one signal: the greatest over blocks of 5, 10, 20 and 30 minutes, as far as two blocks fit. For blocks above
 * 5 minutes the excess is scaled up to the half hour that is compared: x2 := df + max(x2 - df, 0) max(30 / minutes, 1).
 *
 * @param unitsPer5Minutes units in whole blocks of 5 minutes of each node's baseline (nodes may differ in length).
 * @throws RangeError for negative counts or weights, or a prior below 1.
 */
export function phiOfUnits(
  unitsPer5Minutes: readonly (readonly number[])[],
  prior = PRIOR_PHI,
  priorWeight = PRIOR_WEIGHT,
): { readonly blocks: readonly BlockDispersion[]; readonly phi: number } {
  const longest = Math.max(0, ...unitsPer5Minutes.map((units) => units.length));
  const blocks: BlockDispersion[] = [];
  for (const joined of BLOCKS_JOINED) {
    if (longest < 2 * joined) continue;
    const minutes = joined * BLOCK_MINUTES;
    const { x2, df } = pearson(unitsPer5Minutes.map((units) => joinBlocks(units, joined)));
    const scaled = joined === 1 ? x2 : df + Math.max(x2 - df, 0) * Math.max(COMPARED_MINUTES / minutes, 1);
    blocks.push({ minutes, ...shrunk(scaled, df, prior, priorWeight) });
  }
  if (blocks.length === 0) return { blocks, phi: shrunk(0, 0, prior, priorWeight).phi };
  return { blocks, phi: Math.max(...blocks.map((block) => block.phi)) };
}

/** Sums of `size` neighbours; what is left over at the end is no whole block and is dropped. */
function joinBlocks(units: readonly number[], size: number): number[] {
  const joined: number[] = [];
  for (let start = 0; start + size <= units.length; start += size) {
    let sum = 0;
    for (let i = start; i < start + size; i++) sum += units[i] ?? 0;
    joined.push(sum);
  }
  return joined;
}

/** Trials of one known-good edge in one block of 5 minutes. */
export interface TrialBlock {
  readonly trials: number;
  /** Failed trials, a real number of at most `trials`. */
  readonly failed: number;
}

/** Trials' worth of the pooled share that an edge's own share is smoothed with. */
export const SHARE_PRIOR_TRIALS = 20;
const LARGEST_RESIDUAL = 50;
const TRIAL_PRIOR_PHI = 1.25;
const TRIAL_PRIOR_WEIGHT = 50;

/**
 * Failing share of an edge, smoothed towards the share of all edges: (f + 20 pool) / (n + 20).
 * @throws RangeError for negative or infinite input.
 */
export function smoothedShare(failed: number, trials: number, pool: number): number {
  return (
    (amount('failed trials', failed) + SHARE_PRIOR_TRIALS * amount('pooled share', pool)) /
    (amount('trials', trials) + SHARE_PRIOR_TRIALS)
  );
}

/**
 * Dispersion of lane A: one for all known-good edges. A block's expectation mu is the edge's smoothed share times its trials;
 * x2 = sum of (failed - mu)^2 / mu, each at most 50; df = blocks with trials; prior 1.25 with weight 50.
 *
 * @param edges the 5 minute blocks of each known-good edge's baseline, which are asked for twice; blocks without trials are ignored.
 * @throws RangeError for negative or infinite counts.
 */
export function phiOfTrials(edges: Iterable<readonly TrialBlock[]>): Dispersion {
  const sums: { trials: number; failed: number }[] = [];
  let trials = 0;
  let failed = 0;
  for (const blocks of edges) {
    const edge = { trials: 0, failed: 0 };
    for (const block of blocks) {
      edge.trials += amount('trials', block.trials);
      edge.failed += amount('failed trials', block.failed);
    }
    trials += edge.trials;
    failed += edge.failed;
    sums.push(edge);
  }
  const pool = trials > 0 ? failed / trials : 0;
  let x2 = 0;
  let df = 0;
  let next = 0;
  for (const blocks of edges) {
    const edge = sums[next++];
    if (edge === undefined) break;
    const share = smoothedShare(edge.failed, edge.trials, pool);
    for (const block of blocks) {
      if (block.trials === 0) continue;
      df++;
      const mu = share * block.trials;
      if (mu > 0) x2 += Math.min((block.failed - mu) ** 2 / mu, LARGEST_RESIDUAL);
    }
  }
  return shrunk(x2, df, TRIAL_PRIOR_PHI, TRIAL_PRIOR_WEIGHT);
}
