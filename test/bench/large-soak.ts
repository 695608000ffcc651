import { makeEdge, type Edge } from '../../src/aggregate/edge.js';
import { Journal, type AttemptRow, type DropRow, type NodeWindow, type Vantage } from '../../src/aggregate/journal.js';
import { SLOT, type DropSeries, type Observed, type Signal, type TrialSeries } from '../../src/judge/observed.js';
import { simulate } from './verdict/simulate.js';
import { DEFAULT_SOAK, type Harm } from './verdict/soak.js';

/** 2026-01-05 10:00 UTC. */
const START = Date.UTC(2026, 0, 5, 10);
/** Attempts a minute on each edge: a trial in four slots of five. */
const ATTEMPTS = 9;
/** Two hours of baseline, a restart every two minutes, and what is left of six hours. */
const [BASELINE, GAP, MINUTES] = [120, 2, 360];

/** Seeded counts of a large soak: edges with two ends, realistic drops, and 20 % silent loss on one node where harm is wanted. */
export function largeSoak(nodes: number, edgesPerNode: number, isHarmed: boolean): Observed {
  const harm: Harm = { kind: 'silent', share: 0.2, where: 'one', delay: 1 };
  const soak = {
    ...DEFAULT_SOAK,
    nodes,
    edgesPerNode,
    destinations: 60,
    baseline: BASELINE,
    gap: GAP,
    soak: MINUTES - BASELINE - nodes * GAP,
    attempts: edgesPerNode * ATTEMPTS,
    harm: isHarmed ? harm : undefined,
  };
  return simulate(soak, 7).observed;
}

/** Trials of all series, and the same charged to the nodes of both ends. */
export function countTrials(observed: Observed): { readonly trials: number; readonly charged: number } {
  let trials = 0;
  let charged = 0;
  for (const { slots, nodes } of observed.trials) {
    trials += slots.length;
    charged += slots.length * nodes.length;
  }
  return { trials, charged };
}

type OpenWindow = NodeWindow & { readonly attempts: AttemptRow[]; readonly drops: DropRow[] };

/**
 * A journal that tells these counts: what each node's agent saw of every edge, window by window in the order in which an aggregator closes
 * them, and a sample of each node every minute.
 */
export function journalOf(observed: Observed): Journal {
  const journal = new Journal(observed.windowMs);
  const origin = Math.floor(START / observed.windowMs);
  const tellers = observed.trials.map((trial) => new Teller(trial));
  const droppers = observed.drops.map((drops) => new Dropper(drops, observed));
  for (let w = 0; w < observed.length; w++) {
    const lines = observed.nodes.map(({ name, visible }) =>
      visible[w] === 1 ? emptyWindow(name, origin + w, observed.windowMs) : undefined,
    );
    for (const teller of tellers) teller.tell(lines, w, origin);
    for (const dropper of droppers) dropper.tell(lines, w);
    for (const line of lines) if (line !== undefined) journal.add(line);
  }
  addSamples(journal, observed);
  return journal;
}

type Lines = readonly (OpenWindow | undefined)[];

function emptyWindow(node: string, window: number, windowMs: number): OpenWindow {
  return {
    kind: 'window',
    node,
    window,
    flows: 1000,
    late: 0,
    lost: 0,
    firstFlow: window * windowMs,
    lastFlow: (window + 1) * windowMs - 1,
    silences: [],
    attemptsBegun: 100,
    drops: [],
    attempts: [],
    answered: [],
    verdicts: NONE,
    answers: NONE,
    talk: NONE,
    places: [],
    examples: [],
    overflow: 0,
    evicted: 0,
  };
}

/** Tells the trials of an edge: one row at each end for each slot with attempts, in its first window. */
class Teller {
  readonly #trial: TrialSeries;
  readonly #edge: Edge;
  #next = 0;

  constructor(trial: TrialSeries) {
    this.#trial = trial;
    this.#edge = makeEdge(`w:${trial.edge.src}`, `w:${trial.edge.dst}`, 'TCP', trial.edge.port);
  }

  tell(lines: Lines, w: number, origin: number): void {
    const { slots, attempts, failed, srcNode, dstNode } = this.#trial;
    if (slots[this.#next] !== w / SLOT) return;
    const bad = failed[this.#next] ?? 0;
    const add = (line: OpenWindow | undefined, vantage: Vantage) =>
      line?.attempts.push({
        edge: this.#edge,
        vantage,
        window: origin + w,
        answered: (attempts[this.#next] ?? 0) - bad,
        unanswered: bad === 0 ? NONE : Array.from({ length: bad }, (_, k) => w * 8191 + k * 127 + srcNode),
        dropped: NONE,
        repeated: 0,
        retransmissions: 0,
      });
    add(lines[srcNode], srcNode === dstNode ? 'both' : 'source');
    if (srcNode !== dstNode) add(lines[dstNode], 'destination');
    this.#next += 1;
  }
}

/** Tells the drops of a source. */
class Dropper {
  readonly #drops: DropSeries;
  readonly #signal: Signal | undefined;
  readonly #edge: Edge;
  #next = 0;

  constructor(drops: DropSeries, observed: Observed) {
    this.#drops = drops;
    this.#signal = observed.signals[drops.signal];
    this.#edge = makeEdge(drops.source === 'world' ? 'r:world' : `w:${drops.source}`, 'w:app/dropped', 'TCP', 8080);
  }

  tell(lines: Lines, w: number): void {
    const { windows, events, node } = this.#drops;
    if (windows[this.#next] !== w) return;
    const { reason = 0, direction = 0 } = this.#signal ?? {};
    lines[node]?.drops.push({ reason, direction, edge: this.#edge, events: events[this.#next] ?? 0, first: START });
    this.#next += 1;
  }
}

/** Shared by all rows without failures, which are nearly all. */
const NONE: never[] = [];

function addSamples(journal: Journal, { nodes, windowMs, length }: Observed): void {
  for (const { name, segments } of nodes)
    for (let w = 0; w < length; w += 6) {
      const restarted = segments.findLast(({ back }) => back <= w);
      const startedAt = restarted === undefined ? START - 86_400_000 : START + restarted.back * windowMs;
      journal.add({ kind: 'sample', node: name, time: START + w * windowMs, state: 1, startedAt, version: '' });
    }
}
