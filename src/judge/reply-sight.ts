/** Which nodes show no replies though they are answered: what such a node calls unanswered is unknown. */
import type { NodeWindow } from '../aggregate/journal.js';
import type { ObservedNode } from './observed.js';

/** A span of a node's life, windows [from, to), in which its replies do not show. */
export interface HiddenReplies {
  readonly node: number;
  readonly from: number;
  readonly to: number;
  /** The restart that it follows; -1 before the first one. */
  readonly segment: number;
  /** TCP attempts that the node took for answered, by what their clients sent next, and packets that it forwarded. */
  readonly answered: number;
  readonly forward: number;
  /** Before its first restart it did show replies: it is not the way of this cluster. */
  readonly isNew: boolean;
}

/** So many TCP attempts must have been answered, with at most this many packets of replies for each. */
const MIN_ANSWERED = 5;
const REPLIES_EACH = 0.02;
/** An edge that has so many attempts could tell; so many of them must go on, or half of them where they are few. */
const EDGE_ATTEMPTS = 3;
const MIN_EDGES = 3;

/** A span of a node between two restarts: replies may show differently after each. */
interface Span {
  readonly segment: number;
  readonly from: number;
  /** From here on what it shows is compared. */
  readonly settled: number;
  readonly to: number;
}

/** Counts of one node by window. */
interface Seen {
  readonly reply: Float64Array;
  readonly forward: Float64Array;
  readonly answered: Float64Array;
}

/**
 * What is not answered shows no replies either, so that their absence alone proves nothing. Clients do: one that goes on with its TCP
 * connection has been answered (`AttemptTable`). Where several edges go on so and no reply was shown, the replies are hidden: by the level of
 * monitor aggregation, or by a path that the node does not trace. Where nothing goes on, it is a failure and stays one. How many attempts go
 * on says nothing, as connections that are kept open show no further packet in time.
 */
export class ReplySight {
  readonly hidden: readonly HiddenReplies[];
  readonly #seen: readonly Seen[];
  readonly #byNode: readonly (readonly HiddenReplies[])[];

  constructor(
    windows: readonly NodeWindow[],
    of: {
      readonly start: number;
      readonly length: number;
      readonly nodes: readonly ObservedNode[];
      readonly index: ReadonlyMap<string, number>;
    },
  ) {
    const { start, length, nodes, index } = of;
    const counts = () => new Float64Array(length);
    this.#seen = nodes.map(() => ({ reply: counts(), forward: counts(), answered: counts() }));
    for (const line of windows) {
      const seen = this.#seen[index.get(line.node) ?? 0];
      if (seen === undefined) continue;
      const w = line.window - start;
      for (const { forward, reply } of line.talk) {
        seen.forward[w] = (seen.forward[w] ?? 0) + forward;
        seen.reply[w] = (seen.reply[w] ?? 0) + reply;
      }
      for (const { edge, answered } of line.attempts)
        if (edge.protocol === 'TCP') seen.answered[w] = (seen.answered[w] ?? 0) + answered;
    }
    this.#byNode = nodes.map((one, node) => {
      const spans = spansOf(one, length);
      const hidden = spans.filter((span) => this.#isHidden(node, span, windows, of));
      const [first] = spans;
      const showed = first !== undefined && !hidden.includes(first) && this.#sum(node, 'reply', first) > 0;
      return hidden.map((span) => ({
        node,
        from: span.from,
        to: span.to,
        segment: span.segment,
        answered: this.#sum(node, 'answered', span),
        forward: this.#sum(node, 'forward', span),
        isNew: showed && span.segment >= 0,
      }));
    });
    this.hidden = this.#byNode.flat();
  }

  /** Does an attempt that this node saw no answer of in a window tell nothing? */
  isHidden(node: number, w: number): boolean {
    for (const { from, to } of this.#byNode[node] ?? []) if (w >= from && w < to) return true;
    return false;
  }

  /** Did the node show any reply in a window? */
  shows(node: number, w: number): boolean {
    return (this.#seen[node]?.reply[w] ?? 0) > 0;
  }

  #sum(node: number, which: keyof Seen, { settled, to }: Span): number {
    const counts = this.#seen[node]?.[which];
    let sum = 0;
    for (let w = settled; w < to; w++) sum += counts?.[w] ?? 0;
    return sum;
  }

  #isHidden(
    node: number,
    span: Span,
    windows: readonly NodeWindow[],
    { start, index }: { readonly start: number; readonly index: ReadonlyMap<string, number> },
  ): boolean {
    const answered = this.#sum(node, 'answered', span);
    if (answered < MIN_ANSWERED || this.#sum(node, 'forward', span) < answered) return false;
    if (this.#sum(node, 'reply', span) > REPLIES_EACH * answered) return false;
    return goesOn(
      windows.filter((line) => index.get(line.node) === node),
      span,
      start,
    );
  }
}

/**
 * Do clients go on as if answered on several edges of a node? Of edges whose replies it showed before this span, if there are any: a path that
 * never showed replies goes on whatever becomes of the others.
 */
function goesOn(lines: readonly NodeWindow[], { settled, to }: Span, start: number): boolean {
  const shown = new Set<string>();
  const edges = new Map<string, { answered: number; all: number }>();
  for (const line of lines) {
    const w = line.window - start;
    if (w < settled) for (const { edge, reply } of line.talk) if (reply > 0) shown.add(edge.key);
    if (w < settled || w >= to) continue;
    for (const { edge, answered, unanswered } of line.attempts) {
      if (edge.protocol !== 'TCP') continue;
      let sums = edges.get(edge.key);
      if (sums === undefined) edges.set(edge.key, (sums = { answered: 0, all: 0 }));
      sums.answered += answered;
      sums.all += answered + unanswered.length;
    }
  }
  const telling = [...edges].filter(([, { all }]) => all >= EDGE_ATTEMPTS);
  const known = telling.filter(([key]) => shown.has(key));
  const asked = known.length > 0 ? known : telling;
  const going = asked.filter(([, { answered }]) => answered > 0);
  return going.length >= Math.max(1, Math.min(MIN_EDGES, asked.length / 2));
}

function spansOf({ segments }: ObservedNode, length: number): Span[] {
  const [first] = segments;
  const clip = (w: number) => Math.max(0, Math.min(w, length));
  return [
    { segment: -1, from: 0, settled: 0, to: clip(first?.down ?? length) },
    ...segments.map(({ back, after, end }, segment) => ({
      segment,
      from: clip(back),
      settled: clip(after),
      to: clip(end),
    })),
  ];
}
