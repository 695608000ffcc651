import { EVENT_TYPE, L7_TYPE, TRACE_REASON, VERDICT, type Endpoint, type FlowRecord } from '../hubble/event.js';
import { isAnswer } from './answer-rows.js';
import { AttemptTable, type Attempt, type Observed } from './attempts.js';
import { EdgeBook } from './edge-book.js';
import { isLocal, looksLikeReply, makeEdge, vantageOf, type Edge, type Vantage } from './edge.js';
import { SILENCE_MS, type NodeWindow } from './journal.js';
import { RecentUuids } from './recent.js';
import { ToldPlaces } from './told-places.js';
import { exampleOf, WindowBuilder } from './window-builder.js';

/** A silence this long, and the uuids from before it are forgotten, ms. */
const FORGET_MS = 3_600_000;

/** Attempts of one node remembered at once; what comes beyond is evicted and counted. */
const IN_FLIGHT = 100_000;

/** Losses so far ahead of the node's newest flow are charged there, ms: nobody may open windows of another age. */
const AHEAD_MS = 600_000;

/** What one node's aggregation needs to go on where it stopped: its state behind the last closed window. */
export interface NodeCheckpoint {
  readonly kind: 'checkpoint';
  readonly node: string;
  /** First window that is not closed. */
  readonly nextWindow: number;
  readonly lastFlow: number | null;
  readonly attempts: readonly Omit<Attempt, 'flow'>[];
  readonly places: readonly (readonly [string, number])[];
  /** Events lost in windows that are not closed, and flows that came too late and are not told yet, by window. */
  readonly lost: readonly (readonly [number, number])[];
  readonly late: readonly (readonly [number, number])[];
}

/**
 * The flows of one node, put in order and counted window by window.
 *
 * Flows wait in the bucket of their window until the caller closes it, and are then taken in order of their time: within the lateness the
 * order of arrival changes nothing.
 */
export class NodeAggregator {
  readonly node: string;
  readonly #windowMs: number;
  readonly #buckets = new Map<number, FlowRecord[]>();
  readonly #lost = new Map<number, number>();
  /** Times at which there was a flow that nobody read, by window. */
  readonly #unread = new Map<number, number[]>();
  readonly #late = new Map<number, number>();
  readonly #edges: EdgeBook;
  readonly #attempts: AttemptTable;
  readonly #uuids = new RecentUuids();
  readonly #places = new ToldPlaces();
  /** First window that is not closed yet; undefined before the first flow. */
  #next: number | undefined;
  #lastFlow: number | null = null;
  /** Windows before this one were closed by an earlier process: their flows are no news. */
  #resumedAt = Number.NEGATIVE_INFINITY;
  /** Events lost before the first flow: only that tells their window. */
  #lostEarly = 0;
  /** Time of the newest flow taken, ms. */
  newest = Number.NEGATIVE_INFINITY;

  /** Nodes may share a book of edges. */
  constructor(node: string, windowMs: number, edges = new EdgeBook()) {
    this.node = node;
    this.#windowMs = windowMs;
    this.#edges = edges;
    this.#attempts = new AttemptTable(IN_FLIGHT, edges);
  }

  push(flow: FlowRecord): void {
    const window = Math.floor(flow.time / this.#windowMs);
    if (this.#uuids.add(flow.uuid, window, this.#next ?? Number.NEGATIVE_INFINITY) !== 'new') return;
    if (flow.time > this.newest) this.newest = flow.time;
    if (this.#next !== undefined && window < this.#next) {
      if (window >= this.#resumedAt) this.#late.set(window, (this.#late.get(window) ?? 0) + 1);
      return;
    }
    const bucket = this.#buckets.get(window);
    if (bucket === undefined) this.#buckets.set(window, [flow]);
    else bucket.push(flow);
  }

  /** Lost events, charged to the window of the newest flow, or to the oldest open one. */
  lose(count: number): void {
    if (!Number.isFinite(this.newest)) {
      this.#lostEarly += count;
      return;
    }
    const window = Math.max(Math.floor(this.newest / this.#windowMs), this.#next ?? Number.NEGATIVE_INFINITY);
    this.#lost.set(window, (this.#lost.get(window) ?? 0) + count);
  }

  /** Flows that came at this time and were left out: lost in the window of that time, but no silence of the node. */
  loseAt(time: number, count: number): void {
    if (!Number.isFinite(this.newest)) {
      this.#lostEarly += count;
      return;
    }
    const at = Math.min(time, this.newest + AHEAD_MS);
    const window = Math.max(Math.floor(at / this.#windowMs), this.#next ?? Number.NEGATIVE_INFINITY);
    this.#lost.set(window, (this.#lost.get(window) ?? 0) + count);
    if (Math.floor(at / this.#windowMs) !== window) return;
    const times = this.#unread.get(window);
    if (times === undefined) this.#unread.set(window, [at]);
    else times.push(at);
  }

  /** The node has been silent for so long, ms. Nodes come and go for days: what only a return would need is given up in time. */
  rest(silentMs: number): void {
    if (silentMs > FORGET_MS) this.#uuids.forget();
  }

  /**
   * Closes every window that ends at or before `time` and gives them in order; windows without any news are left out. No attempt is given
   * up before the node was watched until `watchedUntil`. Late flows come as further lines of their closed windows.
   */
  close(time: number, watchedUntil = time): NodeWindow[] {
    const closed = this.#tellLate();
    const end = Math.floor(time / this.#windowMs);
    if (this.#next === undefined) {
      const first = minimum([...this.#buckets.keys(), ...this.#lost.keys()]);
      if (first === undefined) return closed;
      // Not `first` itself: a flow from before it may still come in time.
      this.#next = Math.min(first, end);
    }
    while (this.#next < end) {
      const window = this.#skipEmpty(this.#next, end);
      if (window >= end) {
        this.#next = end;
        break;
      }
      closed.push(this.#closeWindow(window, watchedUntil));
      this.#next = window + 1;
    }
    return closed;
  }

  /** Closes everything that the node has told and all windows until `watchedUntil`. */
  finish(watchedUntil: number): NodeWindow[] {
    const last = maximum([...this.#buckets.keys(), ...this.#lost.keys(), Math.floor(watchedUntil / this.#windowMs)]);
    return last === undefined ? [] : this.close((last + 1) * this.#windowMs, watchedUntil);
  }

  #tellLate(): NodeWindow[] {
    const lines = [...this.#late].map(([window, late]) =>
      new WindowBuilder(this.node, window).close({ late, lost: 0, evicted: 0 }),
    );
    this.#late.clear();
    return lines;
  }

  /** The first window from `from` on that has something to tell. */
  #skipEmpty(from: number, end: number): number {
    if (this.#attempts.isWaiting()) return from;
    let next = end;
    for (const keys of [this.#buckets.keys(), this.#lost.keys()])
      for (const key of keys) if (key >= from && key < next) next = key;
    return next;
  }

  #closeWindow(window: number, watchedUntil: number): NodeWindow {
    const flows = this.#buckets.get(window) ?? [];
    this.#buckets.delete(window);
    flows.sort(inOrder);
    const builder = new WindowBuilder(this.node, window);
    const unread = (this.#unread.get(window) ?? []).sort((a, b) => a - b);
    this.#unread.delete(window);
    let heard = 0;
    for (const flow of flows) {
      for (let at = unread[heard]; at !== undefined && at < flow.time; at = unread[++heard]) this.#hear(at, builder);
      this.#hear(flow.time, builder);
      this.#count(flow, builder, window);
    }
    for (const at of unread.slice(heard)) this.#hear(at, builder);
    for (const attempt of this.#attempts.expire(Math.min((window + 1) * this.#windowMs, watchedUntil)))
      builder.ended(attempt, Math.floor(attempt.began / this.#windowMs));
    const evicted = this.#attempts.evicted;
    this.#attempts.evicted = 0;
    const lost = (this.#lost.get(window) ?? 0) + this.#lostEarly;
    this.#lostEarly = 0;
    this.#lost.delete(window);
    this.#places.forget(window);
    return builder.close({ late: 0, lost, evicted });
  }

  #hear(time: number, builder: WindowBuilder): void {
    if (this.#lastFlow !== null && time - this.#lastFlow >= SILENCE_MS) builder.silence(this.#lastFlow, time);
    this.#lastFlow = time;
    builder.heard(time);
  }

  #count(flow: FlowRecord, builder: WindowBuilder, window: number): void {
    builder.flow(flow);
    const sourceLocal = isLocal(flow.source);
    const destinationLocal = isLocal(flow.destination);
    if (sourceLocal) this.#locate(flow.source, flow.sourceIp, builder, window);
    if (destinationLocal) this.#locate(flow.destination, flow.destinationIp, builder, window);
    const seen = this.#attempts.observe(flow);
    const forward = vantageOf(sourceLocal, destinationLocal);
    this.#tellAttempt(flow, seen, forward, builder);
    switch (flow.eventType) {
      case EVENT_TYPE.DROP:
        // A denial is a policy verdict and a drop of the same packet: the drop event alone is counted.
        if (flow.verdict === VERDICT.DROPPED) builder.drop(flow, this.#edgeOf(flow, seen));
        return;
      case EVENT_TYPE.POLICY_VERDICT:
        builder.verdict(flow, this.#edgeOf(flow, seen));
        return;
      case EVENT_TYPE.TRACE:
        if (flow.traceReason === TRACE_REASON.RELATED) return;
        if (seen.attempt === undefined ? looksLikeReply(flow) : seen.isReply)
          builder.talk(flow, this.#edgeOf(flow, seen), vantageOf(destinationLocal, sourceLocal), true);
        else builder.talk(flow, this.#edgeOf(flow, seen), forward, false);
        return;
      case EVENT_TYPE.L7:
        if (flow.l7 !== undefined && isAnswer(flow))
          builder.answer(flow, flow.l7, this.#edgeTo(flow, flow.l7.type === L7_TYPE.RESPONSE));
        return;
    }
  }

  #tellAttempt(flow: FlowRecord, { attempt, word }: Observed, vantage: Vantage, builder: WindowBuilder): void {
    if (attempt === undefined) return;
    switch (word) {
      case 'begun':
        builder.begun();
        return;
      case 'answered':
        builder.ended(attempt, Math.floor(attempt.began / this.#windowMs));
        return;
      case 'repeated':
        builder.repeated(flow, attempt.edge, vantage);
        return;
      case undefined:
        return;
    }
  }

  #edgeOf(flow: FlowRecord, { attempt }: Observed): Edge {
    return attempt?.edge ?? this.#edgeTo(flow, looksLikeReply(flow));
  }

  #edgeTo(flow: FlowRecord, isReply: boolean): Edge {
    return isReply ? this.#edges.backward(flow) : this.#edges.forward(flow);
  }

  #locate(end: Endpoint, ip: string, builder: WindowBuilder, window: number): void {
    const place = this.#places.locate(end, ip, window);
    if (place !== undefined) builder.place(place);
  }

  checkpoint(): NodeCheckpoint | undefined {
    if (this.#next === undefined) return undefined;
    return {
      kind: 'checkpoint',
      node: this.node,
      nextWindow: this.#next,
      lastFlow: this.#lastFlow,
      attempts: [...this.#attempts.entries()].map(withoutFlow),
      places: this.#places.entries(),
      lost: [...this.#lost],
      late: [...this.#late],
    };
  }

  /** Goes on behind a checkpoint: flows of windows closed before it are taken for known. */
  resume(checkpoint: NodeCheckpoint): void {
    this.#next = checkpoint.nextWindow;
    this.#resumedAt = checkpoint.nextWindow;
    this.#lastFlow = checkpoint.lastFlow;
    if (checkpoint.lastFlow !== null) this.newest = checkpoint.lastFlow;
    for (const attempt of checkpoint.attempts)
      this.#attempts.restore({
        ...attempt,
        edge: makeEdge(
          attempt.edge.src,
          attempt.edge.dst,
          attempt.edge.protocol,
          attempt.edge.port,
          attempt.edge.family,
        ),
        flow: undefined,
      });
    this.#places.restore(checkpoint.places);
    for (const [window, count] of checkpoint.lost) this.#lost.set(window, count);
    for (const [window, count] of checkpoint.late) this.#late.set(window, count);
  }
}

/** An attempt as a checkpoint keeps it: its flow cut down to the example that it may still become. */
function withoutFlow({ flow, ...attempt }: Attempt): Omit<Attempt, 'flow'> {
  const isNeeded = flow !== undefined && attempt.outcome === 'open' && attempt.dropReason === undefined;
  return { ...attempt, example: isNeeded ? exampleOf(flow, attempt.edge) : attempt.example };
}

/** By time; ties by uuid, then by what tells two flows of one instant apart, so that the order of arrival never decides. */
function inOrder(a: FlowRecord, b: FlowRecord): number {
  return (
    a.time - b.time ||
    compare(a.uuid, b.uuid) ||
    a.eventType - b.eventType ||
    a.eventSubType - b.eventSubType ||
    a.sourcePort - b.sourcePort ||
    a.destinationPort - b.destinationPort ||
    compare(a.sourceIp, b.sourceIp) ||
    compare(a.destinationIp, b.destinationIp) ||
    a.tcpFlags - b.tcpFlags ||
    a.icmpType - b.icmpType ||
    a.verdict - b.verdict ||
    a.dropReason - b.dropReason ||
    Number(a.isReply ?? 2) - Number(b.isReply ?? 2)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function minimum(values: Iterable<number>): number | undefined {
  let least: number | undefined;
  for (const value of values) if (least === undefined || value < least) least = value;
  return least;
}

function maximum(values: Iterable<number>): number | undefined {
  let most: number | undefined;
  for (const value of values) if (most === undefined || value > most) most = value;
  return most;
}
