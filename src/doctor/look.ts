/** What a short look at a relay showed, node by node: enough to say whether a soak could be judged through it. */
import { Aggregator } from '../aggregate/aggregator.js';
import type { Journal } from '../aggregate/journal.js';
import {
  EVENT_TYPE,
  TCP_FLAG,
  TRACE_REASON,
  type FlowRecord,
  type NodeSample,
  type SoakEvent,
} from '../hubble/event.js';

export interface NodeLook {
  readonly name: string;
  /** The last GetNodes sample; undefined where no answer named the node. */
  readonly sample: NodeSample | undefined;
  /** Flows that the node's observer saw a second, by two samples; undefined with fewer. */
  readonly seenPerSecond: number | undefined;
  readonly flows: number;
  readonly lost: number;
  /** Least time from a flow's own time to its arrival, ms: delay and difference of the clocks together; undefined without flows. */
  readonly leastLagMs: number | undefined;
  readonly policyVerdicts: number;
  /** Flows of established TCP connections with nothing new in them, and flows of all packets that opened one. */
  readonly repeatedTraces: number;
  readonly openings: number;
}

export interface Look {
  /** How long it took, ms of wall time. */
  readonly lookedMs: number;
  readonly nodes: readonly NodeLook[];
  /** What was counted, window by window. */
  readonly journal: Journal;
}

interface OpenLook {
  first: { readonly seen: number; readonly at: number } | undefined;
  last: { readonly sample: NodeSample; readonly at: number } | undefined;
  flows: number;
  lost: number;
  leastLagMs: number | undefined;
  policyVerdicts: number;
  repeatedTraces: number;
  openings: number;
}

/** Short windows, so that a short look has some. */
const WINDOW_MS = 10_000;

/** Takes what a relay tells. Times of arrival are given, ms since the epoch. */
export class Looking {
  readonly #aggregator = new Aggregator({ windowMs: WINDOW_MS });
  readonly #nodes = new Map<string, OpenLook>();

  take(event: SoakEvent, now: number): void {
    this.#aggregator.push(event);
    switch (event.kind) {
      case 'flow':
        this.#flow(event, now);
        return;
      case 'lost':
        for (const one of event.node === '' ? this.#nodes.values() : [this.#of(event.node)]) one.lost += event.count;
        return;
      case 'node-samples':
        for (const sample of event.nodes) this.#sample(sample, now);
        return;
      case 'node-status':
      case 'agent-event':
      case 'other':
        return;
    }
  }

  end(lookedMs: number): Look {
    this.#aggregator.finish();
    const nodes = [...this.#nodes].map(([name, { first, last, ...counts }]): NodeLook => {
      const seconds = first === undefined || last === undefined ? 0 : (last.at - first.at) / 1000;
      const seen = seconds > 0 && last !== undefined && first !== undefined ? last.sample.seenFlows - first.seen : -1;
      return { name, sample: last?.sample, seenPerSecond: seen >= 0 ? seen / seconds : undefined, ...counts };
    });
    return {
      lookedMs,
      nodes: nodes.sort((a, b) => (a.name < b.name ? -1 : 1)),
      journal: this.#aggregator.journal,
    };
  }

  #flow(flow: FlowRecord, now: number): void {
    const one = this.#of(flow.node);
    one.flows += flow.weight;
    const lag = now - flow.time;
    if (Number.isFinite(lag) && (one.leastLagMs === undefined || lag < one.leastLagMs)) one.leastLagMs = lag;
    if (flow.eventType === EVENT_TYPE.POLICY_VERDICT) one.policyVerdicts += 1;
    if (flow.eventType !== EVENT_TYPE.TRACE || flow.protocol !== 'TCP') return;
    if ((flow.tcpFlags & TCP_FLAG.SYN) !== 0) one.openings += 1;
    else if (flow.traceReason === TRACE_REASON.ESTABLISHED && flow.tcpFlags === TCP_FLAG.ACK) one.repeatedTraces += 1;
  }

  #sample(sample: NodeSample, now: number): void {
    const one = this.#of(sample.name);
    one.first ??= { seen: sample.seenFlows, at: now };
    one.last = { sample, at: now };
  }

  #of(name: string): OpenLook {
    let one = this.#nodes.get(name);
    if (one === undefined) {
      const none = { flows: 0, lost: 0, policyVerdicts: 0, repeatedTraces: 0, openings: 0 };
      one = { first: undefined, last: undefined, leastLagMs: undefined, ...none };
      this.#nodes.set(name, one);
    }
    return one;
  }
}
