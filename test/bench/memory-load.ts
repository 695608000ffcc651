/**
 * The memory that a large soak takes: `node memory-load.js [HOURS]` makes the windows of a cluster of 50 nodes and 5,000 edges one after the
 * other, adds each to a journal as an aggregator does, judges the journal, and prints what it measured as JSON: megabytes are the resident
 * set at that moment. The parent takes the peak.
 */
import { makeEdge, type Edge } from '../../src/aggregate/edge.js';
import { Journal, type AttemptRow, type NodeWindow, type Place, type Vantage } from '../../src/aggregate/journal.js';
import type { TalkRow } from '../../src/aggregate/talk-rows.js';
import { judge } from '../../src/judge/judge.js';
import { DEFAULT_SETTINGS } from '../../src/judge/settings.js';
import { Random } from '../simulator/random.js';

export interface MemoryLoad {
  readonly windows: number;
  readonly rows: number;
  /** CPU time of making the journal, and of judging it. */
  readonly journalSeconds: number;
  readonly journalMegabytes: number;
  readonly judgeSeconds: number;
  readonly judgedMegabytes: number;
  readonly verdict: string;
}

/** 2026-01-05 10:00 UTC. */
const START = Date.UTC(2026, 0, 5, 10);
const WINDOW_MS = 10_000;
const [NODES, EDGES] = [50, 5000];
/** Two hours of baseline, then a restart of one node every two minutes, which takes three windows. */
const [BASELINE, GAP, AWAY] = [720, 12, 3];
/** Share of the slots of two windows in which an edge is seen, of attempts that nothing answers, and windows until a place is told again. */
const [SEEN, UNANSWERED, AGAIN] = [0.8, 0.0001, 30];

/** One edge, as each of its ends' nodes names it: the workload of a pod is known on its own node alone. */
interface Pair {
  readonly source: number;
  readonly destination: number;
  readonly atSource: Edge;
  readonly atDestination: Edge;
}

const load = measure(Number(process.argv[2] ?? 6));
console.log(JSON.stringify(load));

function measure(hours: number): MemoryLoad {
  const length = Math.round((hours * 3_600_000) / WINDOW_MS);
  const journal = new Journal(WINDOW_MS);
  const began = cpuSeconds();
  const rows = fill(journal, length);
  const filled = cpuSeconds();
  const journalMegabytes = residentMegabytes();
  const { document } = judge(journal, DEFAULT_SETTINGS, { inputs: [], version: '0', now: undefined });
  return {
    windows: journal.windows.length,
    rows,
    journalSeconds: filled - began,
    journalMegabytes,
    judgeSeconds: cpuSeconds() - filled,
    judgedMegabytes: residentMegabytes(),
    verdict: document.verdict,
  };
}

function fill(journal: Journal, length: number): number {
  const origin = Math.floor(START / WINDOW_MS);
  const random = new Random(7);
  const pairs = Array.from({ length: EDGES }, (_, e) => pairOf(e));
  const places = Array.from({ length: NODES }, (_, node) => placesOf(node, pairs));
  let rows = 0;
  let [first, second] = seenIn(random);
  for (let w = 0; w < length; w++) {
    if (w > 0 && w % 2 === 0) [first, second] = seenIn(random);
    const seen = w % 2 === 0 ? first : second;
    const lines = Array.from({ length: NODES }, (_, node) =>
      isAway(node, w) ? undefined : emptyWindow(node, origin + w, w % AGAIN === 0 ? (places[node] ?? []) : []),
    );
    pairs.forEach((pair, e) => {
      if (seen[e] === 1) rows += tell(pair, lines, origin + w, random);
    });
    for (const line of lines) if (line !== undefined) journal.add(line);
    if (w % 6 === 0) addSamples(journal, w);
  }
  return rows;
}

/** In which windows of a slot each edge is seen: in one of them, or in both. */
function seenIn(random: Random): readonly [Uint8Array, Uint8Array] {
  const [first, second] = [new Uint8Array(EDGES), new Uint8Array(EDGES)];
  for (let e = 0; e < EDGES; e++) {
    const where = random.next() / SEEN;
    if (where < 0.75) first[e] = 1;
    if (where >= 0.25 && where < 1) second[e] = 1;
  }
  return [first, second];
}

type OpenWindow = NodeWindow & {
  readonly attempts: AttemptRow[];
  readonly talk: TalkRow[];
  readonly answered: number[];
};

/** The rows of one edge in one window, at each of its ends. */
function tell(
  { source, destination, atSource, atDestination }: Pair,
  lines: readonly (OpenWindow | undefined)[],
  window: number,
  random: Random,
): number {
  const count = 1 + Math.floor(random.next() * 2.2);
  const hashes = Array.from({ length: count }, () => random.bits());
  const isLost = random.next() < UNANSWERED * count;
  // Of each connection two or three packets a way have a flow, as monitor aggregation leaves them.
  const [forward, reply] = [2 * count + Math.floor(random.next() * 2), 2 * count];
  const add = (line: OpenWindow | undefined, edge: Edge, vantage: Vantage): number => {
    if (line === undefined) return 0;
    const unanswered = isLost ? hashes.slice(0, 1) : [];
    const answered = count - unanswered.length;
    line.attempts.push({ edge, vantage, window, answered, repeated: 0, unanswered, dropped: [], retransmissions: 0 });
    line.talk.push({ edge, vantage, forward, reply, repeats: 0 });
    if (vantage === 'destination') line.answered.push(...(isLost ? hashes.slice(1) : hashes));
    return 2;
  };
  if (source === destination) return add(lines[source], atSource, 'both');
  return add(lines[source], atSource, 'source') + add(lines[destination], atDestination, 'destination');
}

/** Two edges for each pair of nodes, the pairs of a node with itself included. */
function pairOf(e: number): Pair {
  const [source, destination] = [Math.floor(e / 2 / NODES), Math.floor(e / 2) % NODES];
  const [client, server] = [`client-${e % 97}`, `server-${e % 60}`];
  const from = { workload: `w:app/${client}`, pod: `p:app/${pod(client, source)}` };
  const to = { workload: `w:app/${server}`, pod: `p:app/${pod(server, destination)}` };
  const isLocal = source === destination;
  return {
    source,
    destination,
    atSource: makeEdge(from.workload, isLocal ? to.workload : to.pod, 'TCP', 8080),
    atDestination: makeEdge(from.pod, to.workload, 'TCP', 8080),
  };
}

function pod(workload: string, node: number): string {
  return `${workload}-7d9f8b6c5-${'bcdfghjklm'[node % 10] ?? ''}${'nprstvwxz2'[Math.floor(node / 10)] ?? ''}x4z`;
}

function placesOf(node: number, pairs: readonly Pair[]): Place[] {
  const places = new Map<string, Place>();
  const note = (workload: string) => {
    const name = workload.slice('w:app/'.length);
    places.set(name, { what: `app/${pod(name, node)}`, workload: name });
  };
  for (const { source, destination, atSource, atDestination } of pairs) {
    if (source === node) note(atSource.src);
    if (destination === node) note(atDestination.dst);
  }
  return [...places.values()];
}

function downAt(node: number): number {
  return BASELINE + node * GAP;
}

function isAway(node: number, w: number): boolean {
  return w >= downAt(node) && w < downAt(node) + AWAY;
}

function addSamples(journal: Journal, w: number): void {
  for (let node = 0; node < NODES; node++) {
    if (isAway(node, w)) continue;
    const back = downAt(node) + AWAY;
    const startedAt = w < back ? START - 86_400_000 : START + back * WINDOW_MS;
    journal.add({
      kind: 'sample',
      node: `node-${node}`,
      time: START + w * WINDOW_MS,
      state: 1,
      startedAt,
      version: '',
    });
  }
}

function emptyWindow(node: number, window: number, places: readonly Place[]): OpenWindow {
  return {
    kind: 'window',
    node: `node-${node}`,
    window,
    flows: 1000,
    late: 0,
    lost: 0,
    firstFlow: window * WINDOW_MS + 0.25,
    lastFlow: (window + 1) * WINDOW_MS - 0.5,
    silences: [],
    attemptsBegun: 100,
    drops: [],
    attempts: [],
    answered: [],
    verdicts: [],
    answers: [],
    talk: [],
    places,
    examples: [],
    overflow: 0,
    evicted: 0,
  };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function residentMegabytes(): number {
  return process.memoryUsage.rss() / 1e6;
}
