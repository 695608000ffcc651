import type { DropSeries } from '../../../src/judge/observed.js';
import { Random } from '../../simulator/random.js';
import { gammaOfMeanOne, subset } from './distributions.js';
import { swings, type Roll } from './roll.js';
import {
  KNOWN_HARM_SIGNAL,
  NEW_SIGNAL,
  NOISY,
  PER_MINUTE,
  RARE_FROM,
  STEADY_SIGNALS,
  TRANSIENT_SIGNAL,
  type Soak,
} from './soak.js';

/** Drops a minute and node of the signals that are always there, and of the noisy ones. */
const STEADY_RATES = [0.15, 0.4, 0.7, 0.7];
const NOISY_RATE = 0.15;
const WORLD_RATE = 0.2;
/** Workloads that cause a signal in the cluster, and how many of them each node has. */
const SOURCES = 10;
const SOURCES_HERE = 3;

/** Collects drops by node, signal and source. */
export class DropBook {
  readonly #sources = new Map<
    string,
    { readonly node: number; readonly signal: number; readonly source: string; readonly events: Map<number, number> }
  >();

  add(node: number, signal: number, source: string, window: number, events: number): void {
    const key = `${node}\t${signal}\t${source}`;
    let series = this.#sources.get(key);
    if (series === undefined) this.#sources.set(key, (series = { node, signal, source, events: new Map() }));
    series.events.set(window, (series.events.get(window) ?? 0) + events);
  }

  /** A dropped packet, with its retransmissions 1, 3, 7, 15 s later where clients retry; what nobody sees, or what is lost, is not added. */
  train(
    node: number,
    signal: number,
    source: string,
    window: number,
    random: Random,
    retries: boolean,
    roll: Roll,
  ): void {
    const within = random.next() * (60 / PER_MINUTE);
    const packets = retries ? random.integer(1, 5) : 1;
    for (let i = 0; i < packets; i++) {
      const at = window + Math.floor((within + 2 ** i - 1) / (60 / PER_MINUTE));
      if (at < roll.length && roll.nodes[node]?.visible[at] === 1) this.add(node, signal, source, at, 1);
    }
  }

  series(): DropSeries[] {
    return [...this.#sources.values()].map(({ node, signal, source, events }) => {
      const seen = [...events].sort((a, b) => a[0] - b[0]);
      const windows = seen.map(([window]) => window);
      return { node, signal, source, windows, events: seen.map(([, count]) => count), harmful: windows };
    });
  }
}

/** Drops that have nothing to do with attempts. */
export function simulateDrops(soak: Soak, roll: Roll, seed: number): DropSeries[] {
  const book = new DropBook();
  for (let node = 0; node < soak.nodes; node++) {
    ordinary(book, soak, roll, node, seed);
    scans(book, soak, roll, node, new Random(seed, 'scans', node));
    restartDrops(book, soak, roll, node, new Random(seed, 'restart drops', node));
    harmfulDrops(book, soak, roll, node, new Random(seed, 'harm', node));
  }
  chronicClients(book, soak, roll, new Random(seed, 'chronic'));
  return thinned(book.series(), soak, roll, new Random(seed, 'loss'));
}

function ordinary(book: DropBook, soak: Soak, roll: Roll, node: number, seed: number): void {
  const { noise } = soak;
  const kinds = [
    ...NOISY.map((signal) => ({ signal, rate: NOISY_RATE, sources: SOURCES, here: SOURCES_HERE, world: WORLD_RATE })),
    ...STEADY_SIGNALS.map((signal, k) => ({
      signal,
      rate: STEADY_RATES[k] ?? 0,
      sources: SOURCES,
      here: SOURCES_HERE,
      world: 0,
    })),
    ...Array.from({ length: KNOWN_HARM_SIGNAL - RARE_FROM }, (_, k) => ({
      signal: RARE_FROM + k,
      rate: noise.rare.rate,
      sources: noise.rare.sources,
      here: noise.rare.sources,
      world: 0,
    })),
  ];
  for (const { signal, rate, sources, here, world } of kinds) {
    const random = new Random(seed, 'drops', node, signal);
    const own = subset(random, here, sources).map((k) => `app/noise-${signal}-${k}`);
    const mean = rate * random.logNormal(0.5);
    arrivals(soak, roll, random, mean, (w) =>
      book.train(node, signal, random.pick(own), w, random, noise.retries, roll),
    );
    if (world > 0)
      arrivals(soak, roll, random, world, (w) => book.train(node, signal, 'world', w, random, false, roll));
  }
}

/** Calls `drop` for each arrival of a process of `rate` a minute, with whatever the noise does to rates. */
function arrivals(soak: Soak, roll: Roll, random: Random, rate: number, drop: (window: number) => void): void {
  const level = swings(soak, roll.length, random);
  let burst = 1;
  let next = random.exponential(1);
  for (let w = 0; w < roll.length; w++) {
    if (Number.isFinite(soak.noise.burstShape) && w % PER_MINUTE === 0)
      burst = gammaOfMeanOne(random, soak.noise.burstShape);
    next -= (rate / PER_MINUTE) * burst * (level[w] ?? 1) * (roll.drops[w] ?? 1);
    for (; next <= 0; next += random.exponential(1)) drop(w);
  }
}

function scans(book: DropBook, soak: Soak, roll: Roll, node: number, random: Random): void {
  if (soak.noise.scans <= 0) return;
  const mean = (60 / soak.noise.scans) * PER_MINUTE;
  for (let from = random.exponential(mean); from < roll.length; from += random.exponential(mean)) {
    const signal = random.pick(NOISY);
    const until = Math.min(roll.length, from + random.between(0.5, 5) * PER_MINUTE);
    for (let w = Math.floor(from); w < until; w++)
      if (roll.nodes[node]?.visible[w] === 1) book.add(node, signal, 'world', w, random.integer(1, 30));
  }
}

/** What a restart drops while it lasts, from workloads that never had such a drop. */
function restartDrops(book: DropBook, soak: Soak, roll: Roll, node: number, random: Random): void {
  roll.transient[node]?.forEach((share, w) => {
    const packets = share * (soak.attempts / PER_MINUTE);
    for (let left = packets; left > 0; left -= 1)
      if (random.chance(Math.min(1, left))) {
        const source = `app/noise-${TRANSIENT_SIGNAL}-${random.integer(0, SOURCES - 1)}`;
        book.train(node, TRANSIENT_SIGNAL, source, w, random, soak.noise.retries, roll);
      }
  });
}

/** Clients that retry for ever, every 5 to 40 s; some move with their pods. */
function chronicClients(book: DropBook, soak: Soak, roll: Roll, random: Random): void {
  const count = Math.round(soak.noise.chronic * soak.nodes);
  for (let k = 0; k < count; k++) {
    const home = random.integer(0, soak.nodes - 1);
    const signal = random.pick(NOISY);
    const every = (random.between(5, 40) / 60) * PER_MINUTE;
    const moves = soak.noise.moves && soak.nodes > 1 && random.chance(0.6);
    const restarted = random.chance(0.5) ? home : random.integer(0, soak.nodes - 1);
    const leaves = moves
      ? (roll.nodes[restarted]?.segments[0]?.down ?? 0) + random.integer(0, 60)
      : Number.POSITIVE_INFINITY;
    const arrives = leaves + random.integer(1, 6);
    const away = (home + random.integer(1, Math.max(1, soak.nodes - 1))) % soak.nodes;
    for (let at = random.next() * every; at < roll.length; at += every * random.between(0.5, 1.5)) {
      const w = Math.floor(at);
      if (w >= leaves && w < arrives) continue;
      const node = w >= arrives ? away : home;
      if (roll.nodes[node]?.visible[w] === 1) book.add(node, signal, `app/chronic-${k}`, w, 1);
    }
  }
}

function harmfulDrops(book: DropBook, soak: Soak, roll: Roll, node: number, random: Random): void {
  const { harm } = soak;
  if (harm?.kind !== 'sources' && harm?.kind !== 'known') return;
  const onset = roll.onset[node] ?? Number.POSITIVE_INFINITY;
  const isNew = harm.kind === 'sources';
  const signal = isNew ? NEW_SIGNAL : KNOWN_HARM_SIGNAL;
  const drop = (w: number) => {
    const source = `app/harmed-${node}-${random.integer(0, harm.sources - 1)}`;
    book.train(node, signal, source, w, random, soak.noise.retries, roll);
  };
  const more = isNew ? harm.rate : harm.rate * (harm.factor - 1);
  if (!isNew) arrivals(soak, roll, random, harm.rate, drop);
  if (Number.isFinite(onset)) arrivals(soak, roll, random, more, (w) => w >= onset && drop(w));
}

function thinned(series: readonly DropSeries[], soak: Soak, roll: Roll, random: Random): DropSeries[] {
  const { oldLoss, freshLoss } = soak.noise;
  if (oldLoss <= 0 && freshLoss.share <= 0) return [...series];
  return series.flatMap((one) => {
    const [first] = roll.nodes[one.node]?.segments ?? [];
    const lost = (w: number) => {
      if (first === undefined || roll.lossy[one.node]?.[w] !== 1) return 0;
      return w < first.down ? oldLoss : freshLoss.share;
    };
    const kept = one.windows.map((w, i) => {
      let left = 0;
      for (let n = 0; n < (one.events[i] ?? 0); n++) if (!random.chance(lost(w))) left += 1;
      return { w, left };
    });
    const seen = kept.filter(({ left }) => left > 0);
    if (seen.length === 0) return [];
    const windows = seen.map(({ w }) => w);
    return [{ ...one, windows, events: seen.map(({ left }) => left), harmful: windows }];
  });
}
