import type { FlowRecord, LostEvents, NodeSample, NodeStatus, SoakEvent } from '../../src/hubble/event.js';
import { LOST_SOURCE, NODE_STATE } from '../../src/hubble/event.js';
import type { Cluster, End, Node } from './cluster.js';
import { isOn } from './applies.js';
import { timeAt } from './flow-writer.js';
import { Random, coin } from './random.js';
import type { Restarts } from './restarts.js';
import type { LostEventsEffect, Scenario } from './scenario.js';

const SECOND_US = 1e6;
const MINUTE_US = 60e6;
const HOUR_US = 3600e6;

/** Hubble's ring by default. */
const RING_SIZE = 4095;

/** How long the relay gathers equal errors before it tells them. */
const ERROR_DELAY_US = 10 * SECOND_US;

/** From the end of an agent to the relay's noticing it. */
const STREAM_FAILS_US = 48_000;

/** From the relay's connection to a restarted agent to the first flow of it. */
const CONNECTED_BEFORE_FLOWS_US = SECOND_US;

interface AgentState {
  readonly node: Node;
  /** For effects that ask for the ends of a connection: this node alone. */
  readonly end: End;
  readonly observerStart: number;
  readonly seenBefore: number;
  /** While the relay cannot reach it, microseconds since the start. */
  readonly blindFrom: number;
  readonly blindUntil: number;
  /** Flows since `countedFrom`, the observer's start if that lies in the soak. */
  seen: number;
  countedFrom: number | undefined;
  lost: number;
  lostSource: LostEventsEffect['source'];
}

/** The agents as the relay knows them: which flows of them reach us, and what GetNodes says. */
export class Agents {
  readonly #scenario: Scenario;
  readonly #startMs: number;
  readonly #restarts: Restarts;
  readonly #states = new Map<string, AgentState>();
  readonly #lossEffects: readonly LostEventsEffect[];
  #flows = 0;

  constructor(scenario: Scenario, startMs: number, cluster: Cluster, restarts: Restarts) {
    this.#scenario = scenario;
    this.#startMs = startMs;
    this.#restarts = restarts;
    this.#lossEffects = scenario.effects.filter((effect) => effect.kind === 'lost-events');
    const random = new Random(scenario.seed, 'agents');
    for (const [index, end] of cluster.ends('host').entries()) {
      const node = cluster.nodes[index];
      if (node === undefined) continue;
      const blind = scenario.nodes[index]?.blind;
      const age = node.joinsAt > 0 ? -node.joinsAt : random.between(20 * HOUR_US, 900 * HOUR_US);
      this.#states.set(node.name, {
        node,
        end,
        observerStart: -Math.round(age),
        seenBefore: node.joinsAt > 0 ? 0 : random.integer(200_000, 9_000_000),
        blindFrom: (blind?.from ?? Infinity) * MINUTE_US,
        blindUntil: (blind?.until ?? Infinity) * MINUTE_US,
        seen: 0,
        countedFrom: undefined,
        lost: 0,
        lostSource: 'PERF_EVENT_RING_BUFFER',
      });
    }
  }

  /** Does a flow that its node had at `at` reach us? */
  shows(flow: FlowRecord, at: number): boolean {
    const state = this.#states.get(flow.node);
    if (state === undefined || this.#restarts.blindIn(flow.node, at) !== undefined) return false;
    if (state.node.leavesAt <= at) return false;
    if (isOutOfReach(state, at)) {
      this.#count(state, at);
      return false;
    }
    this.#flows += 1;
    for (const effect of this.#lossEffects) {
      if (!effect.nodes.includes(flow.node) || !isOn(effect.when, state.end, state.end, at, this.#restarts)) continue;
      if (coin(this.#scenario.seed, 0x10577, this.#flows) >= effect.share) continue;
      state.lost += 1;
      state.lostSource = effect.source;
      return false;
    }
    this.#count(state, at);
    return true;
  }

  /** What the relay says when the stream begins. */
  opening(): NodeStatus {
    const nodes = [...this.#states.values()].filter(({ node }) => node.joinsAt === 0).map(({ node }) => node.name);
    return { kind: 'node-status', time: this.#startMs, state: NODE_STATE.CONNECTED, nodes, message: '' };
  }

  /** The relay's words about every stream that ends, each at the time when they arrive. */
  errors(): { readonly at: number; readonly event: NodeStatus }[] {
    return [...this.#states.values()].flatMap(({ node: { name }, blindFrom }) => {
      const ends = this.#restarts.of(name).map(({ down }) => this.#error(name, down, 'EOF'));
      return blindFrom === Infinity ? ends : [...ends, this.#error(name, blindFrom, 'connection reset by peer')];
    });
  }

  #error(node: string, at: number, how: string): { readonly at: number; readonly event: NodeStatus } {
    const failed = at + STREAM_FAILS_US;
    const message = `rpc error: code = Unavailable desc = error reading from server: ${how}`;
    const time = timeAt(this.#startMs, failed);
    const event: NodeStatus = { kind: 'node-status', time, state: NODE_STATE.ERROR, nodes: [node], message };
    return { at: failed + ERROR_DELAY_US, event };
  }

  /** One poll: events lost since the last one, then the answer of GetNodes. */
  *poll(at: number): Generator<SoakEvent> {
    for (const state of this.#states.values()) {
      if (state.lost === 0 || isOutOfReach(state, at) || this.#restarts.blindIn(state.node.name, at)) continue;
      const lost: LostEvents = {
        kind: 'lost',
        time: timeAt(this.#startMs, at),
        node: state.node.name,
        source: LOST_SOURCE[state.lostSource],
        count: state.lost,
      };
      state.lost = 0;
      yield lost;
    }
    const there = [...this.#states.values()].filter(({ node }) => node.joinsAt <= at && at < node.leavesAt);
    yield {
      kind: 'node-samples',
      time: timeAt(this.#startMs, at),
      nodes: there.map((state) => this.#sample(state, at)),
    };
  }

  #sample(state: AgentState, at: number): NodeSample {
    const { name } = state.node;
    const blind = this.#restarts.blindIn(name, at);
    if (isOutOfReach(state, at) || (blind !== undefined && at < blind.back - CONNECTED_BEFORE_FLOWS_US)) {
      const nothing = { version: '', uptimeMs: undefined, seenFlows: 0, numFlows: 0, maxFlows: 0 };
      return { name, state: NODE_STATE.UNAVAILABLE, ...nothing };
    }
    this.#countFrom(state, at);
    const restarted = this.#restarts.observerStart(name, at);
    const seenFlows = (restarted === undefined ? state.seenBefore : 0) + state.seen;
    return {
      name,
      state: NODE_STATE.CONNECTED,
      version: `cilium v${this.#scenario.cilium}`,
      uptimeMs: (at - (restarted ?? state.observerStart)) / 1000,
      seenFlows,
      numFlows: Math.min(RING_SIZE, seenFlows),
      maxFlows: RING_SIZE,
    };
  }

  #count(state: AgentState, at: number): void {
    this.#countFrom(state, at);
    state.seen += 1;
  }

  /** A new observer counts its flows from nothing. */
  #countFrom(state: AgentState, at: number): void {
    const start = this.#restarts.observerStart(state.node.name, at);
    if (start === state.countedFrom) return;
    state.countedFrom = start;
    state.seen = 0;
  }
}

/** Can the relay not reach the agent, though it runs? */
function isOutOfReach({ blindFrom, blindUntil }: AgentState, at: number): boolean {
  return at >= blindFrom && at < blindUntil;
}
