import type { DropSeries, TrialSeries } from '../../../src/judge/observed.js';
import { TrialColumns } from '../../../src/judge/trial-columns.js';
import { SLOT } from '../../../src/judge/observed.js';
import { Random } from '../../simulator/random.js';
import { poisson, subset } from './distributions.js';
import { DropBook } from './drops.js';
import { swings, type Roll } from './roll.js';
import { NEW_SIGNAL, PER_MINUTE, type Soak } from './soak.js';

/** Drop reason number of a signal, for the slots whose attempts it dropped. */
export type ReasonOf = (signal: number) => number;

export interface SimulatedAttempts {
  readonly trials: readonly TrialSeries[];
  /** Attempts of the cluster in each window. */
  readonly attempts: Float64Array;
  /** Failed attempts by the node that began them, for the simple judges. */
  readonly failedBySource: readonly Float64Array[];
  /** Drops that stand behind failed attempts. */
  readonly drops: readonly DropSeries[];
}

/** Share of the edges of a two-ended cluster whose far end is outside, or on their own node. */
const OUTSIDE = 0.15;
const INSIDE = 0.15;
/** A third of the nodes have an edge that never worked. */
const NEVER_WORKED = 1 / 3;
const EDGE_LOG_SD = 0.85;
/** How often a failed attempt is tried again, and fails again by itself. */
const RETRY = 0.6;
const FAILS_AGAIN = 0.5;

interface Edge {
  readonly src: number;
  readonly dst: number;
  readonly name: string;
  readonly destination: number;
  /** Attempts a window. */
  readonly rate: number;
  readonly background: number;
  /** By rate on its node, from 1. */
  readonly rank: number;
  /** It leaves its node at this window for another (moved pods): the far part is an edge of its own. */
  readonly until: number;
  readonly from: number;
}

export function simulateAttempts(soak: Soak, roll: Roll, seed: number, reasonOf: ReasonOf): SimulatedAttempts {
  const edges = Array.from({ length: soak.nodes }, (_, node) => edgesOf(soak, roll, node, seed)).flat();
  const outages = outagesOf(soak, roll, new Random(seed, 'outages'));
  const attempts = new Float64Array(roll.length);
  const failedBySource = roll.nodes.map(() => new Float64Array(roll.length));
  const book = new DropBook();
  const trials = edges.map((edge, i) =>
    simulateEdge(edge, {
      soak,
      roll,
      random: new Random(seed, 'edge', i),
      outage: outages[edge.destination] ?? new Uint8Array(roll.length),
      attempts,
      failed: failedBySource[edge.src] ?? new Float64Array(0),
      book,
      reasonOf,
    }),
  );
  return { trials: trials.filter(({ slots }) => slots.length > 0), attempts, failedBySource, drops: book.series() };
}

function edgesOf(soak: Soak, roll: Roll, node: number, seed: number): Edge[] {
  const random = new Random(seed, 'edges', node);
  const weights = Array.from({ length: soak.edgesPerNode }, () => random.logNormal(EDGE_LOG_SD)).sort((a, b) => b - a);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const destinations = subset(random, soak.edgesPerNode, soak.destinations);
  const harmedRank = soak.harm?.kind === 'edge' ? soak.harm.rank : 0;
  const candidates = weights.map((_, k) => k).filter((k) => k >= 4 && k + 1 !== harmedRank);
  const neverWorked = random.chance(NEVER_WORKED) && candidates.length > 0 ? random.pick(candidates) : -1;
  return weights.flatMap((weight, k) => {
    const edge: Edge = {
      src: node,
      dst: farNode(soak, node, random),
      name: `app/client-${node}-${k}`,
      destination: destinations[k % destinations.length] ?? 0,
      rate: ((weight / total) * soak.attempts) / PER_MINUTE,
      background: k === neverWorked ? 1 : Math.min(0.1, soak.noise.background * random.logNormal(1)),
      rank: k + 1,
      from: 0,
      until: Number.POSITIVE_INFINITY,
    };
    const moves = soak.noise.moves && soak.nodes > 1 && random.chance(0.15) && k + 1 !== harmedRank;
    if (!moves) return [edge];
    const restart = roll.nodes[random.integer(0, soak.nodes - 1)]?.segments[0];
    const when = (restart?.back ?? 0) + random.integer(-6, 60);
    const to = (node + random.integer(1, soak.nodes - 1)) % soak.nodes;
    return [
      { ...edge, until: when },
      { ...edge, src: to, rank: 0, from: when + random.integer(1, 6) },
    ];
  });
}

function farNode(soak: Soak, node: number, random: Random): number {
  const where = random.next();
  if (!soak.twoEnded || where < OUTSIDE || soak.nodes < 2) return -1;
  if (where < OUTSIDE + INSIDE) return node;
  return (node + random.integer(1, soak.nodes - 1)) % soak.nodes;
}

/** Of each destination the windows in which it is out. */
function outagesOf(soak: Soak, roll: Roll, random: Random): Uint8Array[] {
  return Array.from({ length: soak.destinations }, () => {
    const out = new Uint8Array(roll.length);
    if (soak.noise.outages <= 0) return out;
    const mean = (60 / soak.noise.outages) * PER_MINUTE;
    for (let w = random.exponential(mean); w < roll.length; w += random.exponential(mean))
      out.fill(1, Math.floor(w), Math.floor(w + random.between(0.5, 3) * PER_MINUTE));
    return out;
  });
}

interface EdgeContext {
  readonly soak: Soak;
  readonly roll: Roll;
  readonly random: Random;
  readonly outage: Uint8Array;
  readonly attempts: Float64Array;
  readonly failed: Float64Array;
  readonly book: DropBook;
  readonly reasonOf: ReasonOf;
}

interface Slot {
  attempts: number;
  failed: number;
  dropped: number;
}

function simulateEdge(edge: Edge, context: EdgeContext): TrialSeries {
  const { soak, roll, random, outage, attempts, failed: failedHere, book, reasonOf } = context;
  const { retries } = soak.noise;
  const level = swings(soak, roll.length, random);
  const slots = new Map<number, Slot>();
  const due = new Uint16Array(roll.length + 8);
  const visible = (node: number, w: number) =>
    node < 0 || roll.nodes[node]?.visible[Math.min(w, roll.length - 1)] === 1;
  const lossy = (node: number, w: number) => node >= 0 && roll.lossy[node]?.[w] === 1;
  const to = Math.min(roll.length, edge.until);
  for (let w = edge.from; w < to; w++) {
    const fresh = poisson(random, edge.rate * (roll.traffic[w] ?? 1));
    const again = due[w] ?? 0;
    if (fresh + again === 0) continue;
    const harm = harmAt(edge, soak, roll, w);
    const works =
      (1 - (edge.background === 1 ? 1 : Math.min(0.3, edge.background * (level[w] ?? 1)))) *
      (1 - (roll.transient[edge.src]?.[w] ?? 0)) *
      (edge.dst < 0 || edge.dst === edge.src ? 1 : 1 - (roll.transient[edge.dst]?.[w] ?? 0)) *
      (outage[w] === 1 ? 0.05 : 1);
    let failed = 0;
    let dropped = 0;
    for (let i = 0; i < fresh + again; i++) {
      const hurt = harm.share > 0 && random.chance(harm.share);
      const bad = hurt || !random.chance(works) || (i >= fresh && random.chance(FAILS_AGAIN));
      if (!bad) continue;
      failed += 1;
      if (hurt && harm.signal >= 0) {
        dropped += 1;
        book.train(edge.src, harm.signal, edge.name, w, random, retries, roll);
      }
      if (retries && random.chance(RETRY)) {
        const when = w + random.integer(1, 2);
        due[when] = (due[when] ?? 0) + 1;
      }
    }
    attempts[w] = (attempts[w] ?? 0) + fresh + again;
    if (visible(edge.src, w)) failedHere[w] = (failedHere[w] ?? 0) + failed;
    // What from-journal.ts leaves of it: nothing while events may be missing; no unanswered attempt while an end is blind.
    if (!visible(edge.src, w) || lossy(edge.src, w) || lossy(edge.dst, w)) continue;
    const blind = !visible(edge.src, w + 1) || !visible(edge.dst, w) || !visible(edge.dst, w + 1);
    const counted = blind ? fresh + again - failed + dropped : fresh + again;
    if (counted === 0) continue;
    const at = Math.floor(w / SLOT);
    let slot = slots.get(at);
    if (slot === undefined) slots.set(at, (slot = { attempts: 0, failed: 0, dropped: 0 }));
    slot.attempts += counted;
    slot.failed += blind ? dropped : failed;
    slot.dropped += dropped;
  }
  return toSeries(edge, slots, reasonOf);
}

/** Share of this edge's attempts that the harm makes fail in a window, and the signal it drops them with (-1: silent). */
function harmAt(edge: Edge, soak: Soak, roll: Roll, w: number): { share: number; signal: number } {
  const { harm } = soak;
  const none = { share: 0, signal: -1 };
  if (harm === undefined) return none;
  const atSource = w >= (roll.onset[edge.src] ?? Number.POSITIVE_INFINITY);
  const atEither = atSource || (edge.dst >= 0 && w >= (roll.onset[edge.dst] ?? Number.POSITIVE_INFINITY));
  switch (harm.kind) {
    case 'edge':
      return atSource && edge.rank === harm.rank ? { share: harm.share, signal: -1 } : none;
    case 'silent':
      return atEither ? { share: harm.share, signal: -1 } : none;
    case 'reason':
      return atSource ? { share: Math.min(1, harm.rate / soak.attempts), signal: NEW_SIGNAL } : none;
    case 'sources':
    case 'known':
      return none;
  }
}

function toSeries(edge: Edge, slots: ReadonlyMap<number, Slot>, reasonOf: ReasonOf): TrialSeries {
  const columns = new TrialColumns();
  for (const [slot, { attempts, failed, dropped }] of [...slots].sort((a, b) => a[0] - b[0]))
    columns.add(slot, attempts, failed, dropped * 2 >= failed && dropped > 0 ? reasonOf(NEW_SIGNAL) : 0);
  const dst = `app/service-${edge.destination}`;
  return {
    edge: { src: edge.name, dst, protocol: 'TCP', port: 8080 },
    workloadEdge: `${edge.name}\t${dst}\tTCP\t8080`,
    destination: `${dst}\tTCP\t8080`,
    srcNode: edge.src,
    dstNode: edge.dst,
    nodes: [...new Set([edge.src, edge.dst])].filter((node) => node >= 0),
    ...columns.close(),
  };
}
