/**
 * What one stream that follows gets of each node while a script is played. As relay does: it asks each node it can reach with the request
 * of the client, asks a lost one again (with the same request, so that all since then is repeated), tells errors late and merged, and
 * ends the stream when no node is left. All times in milliseconds since the start of the recording. Pure.
 */
import { NODE_STATE } from './event.js';
import { only, type Fault } from './replay-faults.js';
import { RECHECK_MS, type NodeError, type Outages } from './replay-outages.js';

/** Equal errors are told together, so much after the first; another one has them told at once. */
const MERGED_MS = 10_000;

export type StreamAction =
  | {
      readonly kind: 'status';
      readonly at: number;
      /** When the first of the merged errors happened. */
      readonly time: number;
      readonly state: number;
      readonly nodes: readonly string[];
      readonly message: string;
    }
  /** The node is asked again: what it holds by then comes first. */
  | { readonly kind: 'repeat'; readonly at: number; readonly node: string }
  | { readonly kind: 'end'; readonly at: number };

/** A time during which a node is asked by the stream; a node that refuses the request sends nothing. */
interface Segment {
  readonly from: number;
  readonly to: number;
  readonly refused: boolean;
  /** What is told when it ends. */
  readonly errors: readonly NodeError[];
}

export interface SubscriptionRequest {
  readonly opened: number;
  /** It has a field mask. */
  readonly masked: boolean;
  /** Nothing is told of refusals behind it. */
  readonly horizon: number;
}

export class Subscription {
  /** In order of time. */
  readonly actions: readonly StreamAction[];
  readonly #opened: number;
  readonly #segments: ReadonlyMap<string, readonly Segment[]>;

  constructor(outages: Outages, faults: readonly Fault[], request: SubscriptionRequest) {
    this.#opened = request.opened;
    this.#segments = new Map(outages.nodes.map((node) => [node, segmentsOf(node, outages, faults, request)]));
    this.actions = actionsOf(this.#segments, request);
  }

  /** Is the node asked from the beginning of the stream on? */
  isAskedFirst(node: string): boolean {
    const first = this.#segments.get(node)?.[0];
    return first !== undefined && first.from === this.#opened && !first.refused;
  }

  /** Does the stream get what the node sends then? What is told of no node always comes. */
  isLive(node: string, played: number): boolean {
    const segments = this.#segments.get(node);
    if (segments === undefined) return true;
    return segments.some(({ from, to, refused }) => !refused && played >= from && played < to);
  }
}

function segmentsOf(
  node: string,
  outages: Outages,
  faults: readonly Fault[],
  { opened, masked }: SubscriptionRequest,
): Segment[] {
  const segments: Segment[] = [];
  const refusals = masked
    ? only(faults, 'mask-refused').filter((one) => one.node === undefined || one.node === node)
    : [];
  for (let from = opened; Number.isFinite(from);) {
    const lasting = outages.at(node, from);
    if (lasting !== undefined) {
      from = lasting.asked;
      continue;
    }
    const began = from;
    const next = outages.of(node).find((one) => one.from > began);
    const refused = refusals.some(({ at }) => at <= began);
    segments.push({ from, to: next?.from ?? Number.POSITIVE_INFINITY, refused, errors: next?.errors ?? [] });
    from = next?.asked ?? Number.POSITIVE_INFINITY;
  }
  return segments;
}

function actionsOf(
  byNode: ReadonlyMap<string, readonly Segment[]>,
  { opened, horizon }: SubscriptionRequest,
): StreamAction[] {
  const end = endOf([...byNode.values()].flat(), opened);
  const errors: NodeError[] = [];
  const actions: StreamAction[] = end === Number.POSITIVE_INFINITY ? [] : [{ kind: 'end', at: end }];
  for (const [node, segments] of byNode)
    for (const segment of segments) {
      errors.push(...(segment.refused ? refusals(node, segment, Math.min(end, horizon)) : segment.errors));
      if (segment.from > opened && segment.from < end && !segment.refused)
        actions.push({ kind: 'repeat', at: segment.from, node });
    }
  const told = merged(
    errors.filter(({ at }) => at >= opened && at <= end).sort((a, b) => a.at - b.at),
    end,
  );
  // The end comes behind what is told at that moment.
  return [...told, ...actions].sort((a, b) => a.at - b.at || Number(a.kind === 'end') - Number(b.kind === 'end'));
}

/** When no node is left to be asked; Infinity: there always is one. */
function endOf(segments: readonly Segment[], opened: number): number {
  const sending = segments.filter(({ refused }) => !refused);
  const moments = [opened, ...sending.map(({ to }) => to)].sort((a, b) => a - b);
  const lonely = moments.find((at) => !sending.some(({ from, to }) => at >= from && at < to));
  return lonely ?? Number.POSITIVE_INFINITY;
}

/** A node that refuses a request is asked again and again. */
function refusals(node: string, { from, to }: Segment, end: number): NodeError[] {
  const last = Math.min(to, end);
  const count = Math.floor(Math.max(0, last - from) / RECHECK_MS) + 1;
  return Array.from({ length: count }, (_, i) => ({ at: from + i * RECHECK_MS, node, message: 'invalid fieldmask' }));
}

/** As relay tells errors: names are not told apart, so that one can come twice. */
function merged(errors: readonly NodeError[], end: number): StreamAction[] {
  const groups: { readonly message: string; readonly time: number; readonly nodes: string[]; until: number }[] = [];
  for (const { at, node, message } of errors) {
    const last = groups.at(-1);
    if (last !== undefined && at < last.until && last.message === message) {
      last.nodes.push(node);
      continue;
    }
    if (last !== undefined) last.until = Math.min(last.until, at);
    groups.push({ message, time: at, nodes: [node], until: at + MERGED_MS });
  }
  return groups.map(({ message, time, nodes, until }) => ({
    kind: 'status',
    at: Math.min(until, end),
    time,
    state: NODE_STATE.ERROR,
    nodes,
    message,
  }));
}
