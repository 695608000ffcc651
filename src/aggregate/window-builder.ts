import type { FlowRecord, L7 } from '../hubble/event.js';
import { AnswerRows } from './answer-rows.js';
import type { Attempt } from './attempts.js';
import { hashOf } from './attempts.js';
import { vantageOf, type Edge, type Vantage } from './edge.js';
import type { Example, NodeWindow, Place } from './journal.js';
import { TalkRows } from './talk-rows.js';
import { VerdictRows } from './verdict-rows.js';

/** Edges kept apart in one window of one node; what comes beyond is counted without its edge. */
const EDGE_CAP = 20_000;
/** Example flows kept for one reason, or for unanswered attempts, in one window of one node. */
const EXAMPLES_PER_KIND = 2;

interface OpenAttemptRow {
  readonly edge: Edge;
  readonly vantage: Vantage;
  readonly window: number;
  answered: number;
  repeated: number;
  readonly unanswered: number[];
  readonly dropped: Map<number, number[]>;
  retransmissions: number;
}

interface OpenDropRow {
  readonly reason: number;
  readonly direction: number;
  readonly edge: Edge;
  events: number;
  readonly first: number;
}

/** The counts of one node's window while it is being closed. */
export class WindowBuilder {
  readonly #node: string;
  readonly #window: number;
  readonly #attempts: OpenAttemptRow[] = [];
  readonly #attemptsByEdge = new Map<string, OpenAttemptRow[]>();
  readonly #drops = new Map<string, OpenDropRow>();
  readonly #answered: number[] = [];
  readonly #verdicts = new VerdictRows(EDGE_CAP);
  readonly #answers = new AnswerRows(EDGE_CAP);
  readonly #talk = new TalkRows(EDGE_CAP);
  readonly #places: Place[] = [];
  readonly #examples: Example[] = [];
  readonly #examplesByKind = new Map<number, number>();
  readonly #silences: [number, number][] = [];
  #flows = 0;
  #firstFlow: number | null = null;
  #lastFlow: number | null = null;
  #begun = 0;
  #overflow = 0;

  constructor(node: string, window: number) {
    this.#node = node;
    this.#window = window;
  }

  flow(flow: FlowRecord): void {
    this.#flows += flow.weight;
  }

  /** There was a flow at this time, read or not. */
  heard(time: number): void {
    this.#firstFlow ??= time;
    this.#lastFlow = time;
  }

  silence(from: number, to: number): void {
    this.#silences.push([from, to]);
  }

  place(place: Place): void {
    this.#places.push(place);
  }

  drop(flow: FlowRecord, edge: Edge): void {
    const key = `${flow.dropReason}\t${flow.direction}\t${edge.key}`;
    const row = this.#drops.get(key);
    if (row !== undefined) row.events += flow.weight;
    else if (this.#drops.size >= EDGE_CAP) this.#overflow += flow.weight;
    else {
      this.#drops.set(key, {
        reason: flow.dropReason,
        direction: flow.direction,
        edge,
        events: flow.weight,
        first: flow.time,
      });
      this.#example(flow.dropReason, () => exampleOf(flow, edge));
    }
  }

  verdict(flow: FlowRecord, edge: Edge): void {
    if (!this.#verdicts.add(flow, edge)) this.#overflow += flow.weight;
  }

  answer(flow: FlowRecord, l7: L7, edge: Edge): void {
    if (!this.#answers.add(flow, l7, edge)) this.#overflow += flow.weight;
  }

  talk(flow: FlowRecord, edge: Edge, vantage: Vantage, isReply: boolean): void {
    if (!this.#talk.add(flow, edge, vantage, isReply)) this.#overflow += flow.weight;
  }

  /** A SYN of an attempt that was answered before. */
  repeated(flow: FlowRecord, edge: Edge, vantage: Vantage): void {
    if (!this.#talk.repeat(flow, edge, vantage)) this.#overflow += flow.weight;
  }

  begun(): void {
    this.#begun += 1;
  }

  /** An attempt that ended as this node saw it; `window` is the one in which it began. */
  ended(attempt: Attempt, window: number): void {
    const row = this.#attemptRow(attempt, window);
    if (row === undefined) {
      this.#overflow += 1;
      return;
    }
    row.retransmissions += attempt.retransmissions;
    if (attempt.outcome === 'answered') {
      row.answered += 1;
      if (attempt.retransmissions > 0 || attempt.slow) row.repeated += 1;
      if (row.vantage === 'destination') this.#answered.push(hashOf(attempt));
    } else if (attempt.dropReason !== undefined) {
      const hashes = row.dropped.get(attempt.dropReason);
      if (hashes === undefined) row.dropped.set(attempt.dropReason, [hashOf(attempt)]);
      else hashes.push(hashOf(attempt));
    } else {
      row.unanswered.push(hashOf(attempt));
      const { flow, edge } = attempt;
      this.#example(0, () => (flow === undefined ? attempt.example : exampleOf(flow, edge)));
    }
  }

  #attemptRow({ edge, sourceLocal, destinationLocal }: Attempt, window: number): OpenAttemptRow | undefined {
    const vantage = vantageOf(sourceLocal, destinationLocal);
    let known = this.#attemptsByEdge.get(edge.key);
    if (known === undefined) this.#attemptsByEdge.set(edge.key, (known = []));
    for (const row of known) if (row.window === window && row.vantage === vantage) return row;
    if (this.#attempts.length >= EDGE_CAP) return undefined;
    const none = { answered: 0, repeated: 0, retransmissions: 0 };
    const row: OpenAttemptRow = { edge, vantage, window, ...none, unanswered: [], dropped: new Map() };
    known.push(row);
    this.#attempts.push(row);
    return row;
  }

  #example(kind: number, make: () => Example | undefined): void {
    const kept = this.#examplesByKind.get(kind) ?? 0;
    if (kept >= EXAMPLES_PER_KIND) return;
    const example = make();
    if (example === undefined) return;
    this.#examplesByKind.set(kind, kept + 1);
    this.#examples.push(example);
  }

  close(counts: { readonly late: number; readonly lost: number; readonly evicted: number }): NodeWindow {
    return {
      kind: 'window',
      node: this.#node,
      window: this.#window,
      flows: this.#flows,
      late: counts.late,
      lost: counts.lost,
      firstFlow: this.#firstFlow,
      lastFlow: this.#lastFlow,
      silences: this.#silences,
      attemptsBegun: this.#begun,
      drops: [...this.#drops.values()],
      attempts: this.#attempts.map((row) => ({
        ...row,
        dropped: [...row.dropped].map(([reason, hashes]) => ({ reason, hashes })),
      })),
      answered: this.#answered,
      verdicts: this.#verdicts.close(),
      answers: this.#answers.close(),
      talk: this.#talk.close(),
      places: this.#places,
      examples: this.#examples,
      overflow: this.#overflow,
      evicted: counts.evicted,
    };
  }
}

/** What a person needs of a flow to find it again. */
export function exampleOf(flow: FlowRecord, edge: Edge): Example {
  return {
    time: flow.time,
    verdict: flow.verdict,
    reason: flow.dropReason,
    direction: flow.direction,
    source: endText(flow.source.namespace, flow.source.pod, flow.sourceIp),
    destination: endText(flow.destination.namespace, flow.destination.pod, flow.destinationIp),
    protocol: flow.protocol,
    port: flow.destinationPort,
    uuid: flow.uuid,
    edge: edge.key,
  };
}

function endText(namespace: string, pod: string, ip: string): string {
  return pod === '' ? ip : `${namespace}/${pod}`;
}
