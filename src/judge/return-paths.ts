/** Answers that left the destination's node and never came back to the source's: lost on their way, or only not shown? */
import type { AttemptRow, NodeWindow } from '../aggregate/journal.js';
import { edgePlacesOf } from './edge-places.js';
import type { ObservedNode } from './observed.js';
import type { Places } from './places.js';
import type { ReplySight } from './reply-sight.js';

/** So many packets of replies show that a node shows those of another one. */
const MIN_REPLIES = 10;

/** An edge by the nodes of its ends. */
interface Path {
  readonly workloadEdge: string;
  readonly srcNode: number;
  readonly dstNode: number;
}

interface Known {
  /** Packets of replies before the first restart of either end, by source's node, destination's node and protocol. */
  readonly replies: ReadonlyMap<string, number>;
  /** Windows with repeats that the destination's node counted, by path. */
  readonly repeats: ReadonlyMap<string, readonly number[]>;
}

/**
 * An attempt that the destination's node answered has reached its server, and mostly its client. That the answer got lost on its way back is
 * believed only where the source's node used to show such answers, shows others now, and the client sent its packet again.
 */
export class ReturnPaths {
  readonly #windows: readonly NodeWindow[];
  readonly #of: ConstructorParameters<typeof ReturnPaths>[1];
  /** Only a soak with such attempts pays for looking. */
  #known: Known | undefined;

  constructor(
    windows: readonly NodeWindow[],
    of: {
      readonly start: number;
      readonly nodes: readonly ObservedNode[];
      readonly index: ReadonlyMap<string, number>;
      readonly places: Places;
      readonly replies: ReplySight;
    },
  ) {
    this.#windows = windows;
    this.#of = of;
  }

  /** Were the answers to a row's unanswered attempts lost? `end`: the window in which their waiting ended. */
  isLost(row: AttemptRow, path: Path, end: number): boolean {
    if (row.vantage !== 'source' || path.dstNode < 0 || path.dstNode === path.srcNode) return false;
    const { start, replies } = this.#of;
    let shows = false;
    for (let w = row.window; w <= end && !shows; w++) shows = replies.shows(path.srcNode, w - start);
    if (!shows) return false;
    const known = (this.#known ??= this.#look());
    if ((known.replies.get(pairOf(path, row.edge.protocol)) ?? 0) < MIN_REPLIES) return false;
    if (row.retransmissions > 0) return true;
    return known.repeats.get(keyOf(path))?.some((window) => window >= row.window && window <= end) === true;
  }

  #look(): Known {
    const { start, nodes, index, places: known } = this.#of;
    const places = edgePlacesOf(known);
    const replies = new Map<string, number>();
    const repeats = new Map<string, number[]>();
    const downOf = (node: number) => nodes[node]?.segments[0]?.down ?? Number.POSITIVE_INFINITY;
    for (const line of this.#windows) {
      const observer = index.get(line.node) ?? 0;
      for (const row of line.talk) {
        const isReply = row.vantage === 'source' && row.reply > 0;
        const isRepeat = row.vantage === 'destination' && row.repeats > 0;
        if (!isReply && !isRepeat) continue;
        const place = places.find(row.edge, row.vantage, observer, line.window);
        if (isRepeat) {
          const list = repeats.get(keyOf(place));
          if (list === undefined) repeats.set(keyOf(place), [line.window]);
          else list.push(line.window);
        } else if (line.window - start < Math.min(downOf(place.srcNode), downOf(place.dstNode))) {
          const pair = pairOf(place, row.edge.protocol);
          replies.set(pair, (replies.get(pair) ?? 0) + row.reply);
        }
      }
    }
    return { replies, repeats };
  }
}

function pairOf({ srcNode, dstNode }: Path, protocol: string): string {
  return `${srcNode}\t${dstNode}\t${protocol}`;
}

function keyOf({ workloadEdge, srcNode, dstNode }: Path): string {
  return `${workloadEdge}\t${srcNode}\t${dstNode}`;
}
