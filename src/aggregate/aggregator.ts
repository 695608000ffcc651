import {
  LOST_SOURCE,
  NODE_STATE,
  type FlowRecord,
  type LostEvents,
  type NodeSample,
  type SoakEvent,
} from '../hubble/event.js';
import {
  Journal,
  SILENCE_MS,
  type JournalHeader,
  type JournalLine,
  type NodeSampleLine,
  type NodeWindow,
} from './journal.js';
import { EdgeBook } from './edge-book.js';
import { KnownLosses } from './known-losses.js';
import { NodeAggregator, type NodeCheckpoint } from './node-aggregator.js';

/** A flow may come this much later than newer ones of its node, ms of event time. */
export const LATENESS_MS = 30_000;
/** A node is silent when the others went on for this long without it, ms. */
const SILENT_MS = 60_000;
/** A silent node's windows are closed this much behind those of the others, ms. */
const SILENT_GRACE_MS = 120_000;
/** HUBBLE_RING_BUFFER losses within this time of a subscription are an artefact of joining a full ring, ms. */
const SUBSCRIPTION_MS = 2_000;
/** Node samples are thinned to one in this time while nothing changes, ms. */
const SAMPLE_EVERY_MS = 10_000;
/** Start times of one agent run agree to this, ms. */
const SAME_START_MS = 1_500;

export interface AggregatorOptions {
  readonly windowMs: number;
  /** Hears of each line that the journal gets, but not of those that it began with. */
  readonly onLine?: (line: Exclude<JournalLine, JournalHeader>) => void;
}

/** A node, and when it was heard. */
interface Listened {
  readonly node: NodeAggregator;
  /** The common progress at its last flow, ms. */
  heardAt: number;
  /** Its clock less the common progress, ms. */
  ahead: number;
  /** Time of its newest flow when relay last subscribed to it, ms. */
  subscribedAt: number;
}

/**
 * Events in, a journal of closed windows out. Pure: its only clock is the time that the events carry.
 *
 * Every node is aggregated by itself, on its own clock; nothing in here compares two nodes but the watermark of a silent one.
 */
export class Aggregator {
  readonly journal: Journal;
  readonly #options: AggregatorOptions;
  readonly #nodes = new Map<string, Listened>();
  readonly #edges = new EdgeBook();
  readonly #losses = new KnownLosses();
  readonly #lastSample = new Map<string, NodeSampleLine>();
  #newest = Number.NEGATIVE_INFINITY;
  /**
   * How far the nodes went on together, ms: each on its own clock, as clocks may be minutes apart. Only what passes between two moments
   * means anything.
   */
  #progress = 0;
  #closedAt = 0;

  constructor(options: AggregatorOptions) {
    this.#options = options;
    this.journal = new Journal(options.windowMs);
  }

  push(event: SoakEvent): void {
    switch (event.kind) {
      case 'flow':
        this.#flow(event);
        return;
      case 'lost':
        this.#lost(event);
        return;
      case 'node-samples':
        for (const sample of event.nodes) this.#sample(sample, event.time);
        return;
      case 'node-status': {
        const time = Number.isNaN(event.time) ? this.#newest : event.time;
        if (!Number.isFinite(time)) return;
        for (const node of event.nodes) {
          this.#add({ kind: 'status', node, time, state: event.state });
          // It heads every stream: what follows is a new subscription.
          if (event.state === NODE_STATE.CONNECTED) this.#subscribe(node);
        }
        return;
      }
      case 'agent-event':
        if (event.type === 'AGENT_STARTED' && Number.isFinite(event.time))
          this.#add({ kind: 'agent-start', node: event.node, time: event.time });
        return;
      case 'other':
        return;
    }
  }

  /** Time up to which windows of talking nodes are closed, ms; NaN before any flow. */
  watermark(): number {
    return this.#newest === Number.NEGATIVE_INFINITY ? Number.NaN : this.#newest - LATENESS_MS;
  }

  /** Closes every window. What is still open then (an attempt that waits for its answer) stays unknown. */
  finish(): void {
    for (const listened of this.#nodes.values()) {
      const { node } = listened;
      this.#tell(
        node.finish(this.#isTalking(listened) ? node.newest : node.newest + this.#progress - listened.heardAt),
      );
    }
  }

  /** What a later process needs to go on behind the windows that are closed by now. */
  checkpoint(): NodeCheckpoint[] {
    return [...this.#nodes.values()].flatMap(({ node }) => node.checkpoint() ?? []);
  }

  /**
   * Goes on where another process stopped: its journal and its last checkpoint. The flows from the first window on that is not closed are
   * wanted again; lines of later windows than the checkpoint's are left out, as these flows make them anew.
   */
  static resume(options: AggregatorOptions, journal: Journal, checkpoint: readonly NodeCheckpoint[]): Aggregator {
    const aggregator = new Aggregator(options);
    const states = new Map(checkpoint.map((state) => [state.node, state]));
    for (const state of statesByLines(journal, states)) states.set(state.node, state);
    for (const line of journal.lines()) {
      if (line.kind === 'journal') continue;
      if (line.kind === 'window' && line.window >= (states.get(line.node)?.nextWindow ?? Number.POSITIVE_INFINITY))
        continue;
      aggregator.journal.add(line);
      if (line.kind === 'sample') aggregator.#lastSample.set(line.node, line);
    }
    for (const state of states.values()) aggregator.#listen(state.node).node.resume(state);
    return aggregator;
  }

  #add(line: Exclude<JournalLine, JournalHeader>): void {
    this.journal.add(line);
    this.#options.onLine?.(line);
  }

  #flow(flow: FlowRecord): void {
    if (!Number.isFinite(flow.time)) return;
    const { windowMs } = this.#options;
    const listened = this.#listen(flow.node);
    const { node } = listened;
    // After a silence it may be relay that subscribed anew.
    if (flow.time - node.newest >= SILENCE_MS) listened.subscribedAt = flow.time;
    const before = Math.floor(node.newest / windowMs);
    node.push(flow);
    if (flow.time > this.#newest) this.#newest = flow.time;
    this.#goOn(listened);
    // Each node on its own clock: one that is minutes ahead must not hold the others up.
    if (Math.floor(node.newest / windowMs) > before) this.#tell(node.close(node.newest - LATENESS_MS));
    if (this.#progress - this.#closedAt >= windowMs) this.#closeSilent();
  }

  /** A clock that is far from the others', or jumps, says nothing of how far they went on: it is taken as it is from here on. */
  #goOn(listened: Listened): void {
    const { newest } = listened.node;
    const progress = newest - listened.ahead;
    if (!(Math.abs(progress - this.#progress) <= SILENT_MS)) listened.ahead = newest - this.#progress;
    else if (progress > this.#progress) this.#progress = progress;
    listened.heardAt = this.#progress;
  }

  #tell(windows: readonly NodeWindow[]): void {
    for (const window of windows) this.#add(window);
  }

  #subscribe(name: string): void {
    const listened = this.#nodes.get(name);
    if (listened !== undefined) listened.subscribedAt = listened.node.newest;
  }

  #listen(name: string): Listened {
    let listened = this.#nodes.get(name);
    if (listened === undefined) {
      const node = new NodeAggregator(name, this.#options.windowMs, this.#edges);
      listened = { node, heardAt: this.#progress, ahead: Number.NaN, subscribedAt: Number.POSITIVE_INFINITY };
      this.#nodes.set(name, listened);
    }
    return listened;
  }

  /**
   * Losses are charged where they were received: their own time may lie minutes after the flows around them. Only what was left out on our
   * side has the time of the flows themselves.
   */
  #lost(event: LostEvents): void {
    if (event.count === 0 || !this.#losses.isNew(event)) return;
    const nodes = event.node === '' ? this.#nodes.values() : [this.#named(event.node)];
    for (const { node, subscribedAt } of nodes) {
      const isNew = !(node.newest - subscribedAt >= SUBSCRIPTION_MS);
      if (event.source === LOST_SOURCE.CLIENT_QUEUE && Number.isFinite(event.time))
        node.loseAt(event.time, event.count);
      else if (event.source !== LOST_SOURCE.HUBBLE_RING_BUFFER || !isNew) node.lose(event.count);
    }
  }

  /** Exporter files name the node without its cluster on lines that are no flows. */
  #named(name: string): Listened {
    const known = this.#nodes.get(name);
    if (known !== undefined) return known;
    for (const [full, listened] of this.#nodes) if (full.endsWith(`/${name}`)) return listened;
    return this.#listen(name);
  }

  #sample(sample: NodeSample, time: number): void {
    if (sample.name === '' || !Number.isFinite(time)) return;
    const startedAt = sample.uptimeMs === undefined ? null : time - sample.uptimeMs;
    const last = this.#lastSample.get(sample.name);
    const same =
      last !== undefined &&
      last.state === sample.state &&
      (last.startedAt === null) === (startedAt === null) &&
      Math.abs((last.startedAt ?? 0) - (startedAt ?? 0)) <= SAME_START_MS;
    if (same && time - last.time < SAMPLE_EVERY_MS) return;
    const line: NodeSampleLine = {
      kind: 'sample',
      node: sample.name,
      time,
      state: sample.state,
      startedAt,
      version: sample.version,
    };
    this.#lastSample.set(sample.name, line);
    this.#add(line);
  }

  /**
   * Closes the windows of nodes that are silent: they follow the slowest talking node, and go no further on their own clock than the
   * others went on since they were heard.
   */
  #closeSilent(): void {
    this.#closedAt = this.#progress;
    let slowest = Number.POSITIVE_INFINITY;
    const silent: Listened[] = [];
    for (const listened of this.#nodes.values())
      if (!this.#isTalking(listened)) silent.push(listened);
      else if (listened.node.newest < slowest) slowest = listened.node.newest;
    for (const { node, heardAt } of silent) {
      const elapsed = this.#progress - heardAt;
      this.#tell(node.close(Math.min(slowest, node.newest + elapsed) - LATENESS_MS - SILENT_GRACE_MS));
      node.rest(elapsed);
    }
  }

  #isTalking({ heardAt }: Listened): boolean {
    return this.#progress - heardAt <= SILENT_MS;
  }
}

/** Nodes of a journal that its checkpoint does not know: behind the last line of each. */
function statesByLines(journal: Journal, known: ReadonlyMap<string, NodeCheckpoint>): Iterable<NodeCheckpoint> {
  const found = new Map<string, NodeCheckpoint>();
  for (const line of journal.windows) {
    if (known.has(line.node)) continue;
    const before = found.get(line.node);
    const lastFlow = Math.max(line.lastFlow ?? Number.NEGATIVE_INFINITY, before?.lastFlow ?? Number.NEGATIVE_INFINITY);
    found.set(line.node, {
      kind: 'checkpoint',
      node: line.node,
      nextWindow: Math.max(line.window + 1, before?.nextWindow ?? Number.NEGATIVE_INFINITY),
      lastFlow: Number.isFinite(lastFlow) ? lastFlow : null,
      attempts: [],
      places: [],
      lost: [],
      late: [],
    });
  }
  return found.values();
}
