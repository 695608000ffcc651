import { DIRECTION } from '../hubble/event.js';
import type { Layout } from './from-journal.js';
import { globExpression, nameMatcher } from './node-names.js';
import type { EdgeInfo } from './observed.js';
import type { ExpectedDrop } from './settings.js';

/** The entry that speaks for a drop, by number; null where none does. */
export type Owner = number | null;

interface Fitting {
  readonly owner: Owner;
  /** The owner, and expired entries that would fit. */
  readonly told: readonly number[];
  readonly edge: EdgeInfo;
}

/** Which entries fit a drop: looked up once for each node, signal and edge. */
export class Finder {
  readonly #layout: Layout;
  readonly #matchers: readonly EntryMatcher[];
  readonly #expired: readonly boolean[];
  readonly #fitsNode: readonly (readonly boolean[])[];
  readonly #edges = new Map<string, EdgeInfo>();
  readonly #found = new Map<string, Fitting>();

  constructor(layout: Layout, entries: readonly ExpectedDrop[], clock: number) {
    this.#layout = layout;
    this.#matchers = entries.map(entryMatcher);
    this.#expired = entries.map((entry) => entry.until < clock);
    this.#fitsNode = this.#matchers.map(({ fitsNode }) => layout.nodes.map((node) => fitsNode(node.name)));
  }

  isExpired(entry: number): boolean {
    return this.#expired[entry] === true;
  }

  edge(edgeKey: string): EdgeInfo {
    let edge = this.#edges.get(edgeKey);
    if (edge === undefined) {
      const [src = '', dst = '', protocol = '', port = '0'] = edgeKey.split('\t');
      const { places } = this.#layout;
      edge = { src: places.name(src), dst: places.name(dst), protocol, port: Number(port) };
      this.#edges.set(edgeKey, edge);
    }
    return edge;
  }

  find(node: number, reason: number, direction: number, edgeKey: string): Fitting {
    const key = `${node}\t${reason}\t${direction}\t${edgeKey}`;
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const edge = this.edge(edgeKey);
    const told: number[] = [];
    let owner: Owner = null;
    this.#matchers.forEach(({ fitsDrop }, e) => {
      if (this.#fitsNode[e]?.[node] !== true || !fitsDrop(reason, direction, edge)) return;
      if (!this.isExpired(e) && owner !== null) return;
      if (!this.isExpired(e)) owner = e;
      told.push(e);
    });
    const found = { owner, told, edge };
    this.#found.set(key, found);
    return found;
  }
}

/** What an entry says of the drops that it means, apart from their rate. */
interface EntryMatcher {
  /** `direction` is a flow.TrafficDirection number. */
  readonly fitsDrop: (reason: number, direction: number, edge: EdgeInfo) => boolean;
  readonly fitsNode: (name: string) => boolean;
}

function entryMatcher(entry: ExpectedDrop): EntryMatcher {
  const from = endMatcher(entry.from);
  const to = endMatcher(entry.to);
  const direction =
    entry.direction === null ? null : entry.direction === 'ingress' ? DIRECTION.INGRESS : DIRECTION.EGRESS;
  return {
    fitsDrop: (reason, seen, edge) =>
      reason === entry.reason &&
      (direction === null || seen === direction) &&
      (entry.port === null || edge.port === entry.port) &&
      (entry.protocol === null || edge.protocol === entry.protocol) &&
      from(edge.src) &&
      to(edge.dst),
    fitsNode: entry.nodes === null ? () => true : nameMatcher(entry.nodes),
  };
}

/** Ends are called `namespace/workload`, or by a reserved label; every node's own host is `host`, seen from wherever. */
function endMatcher(globs: readonly string[] | null): (name: string) => boolean {
  if (globs === null) return () => true;
  const expressions = globs.map((glob) => {
    const label = glob.replace(/^reserved:/, '');
    return globExpression(label === 'remote-node' ? 'host' : label);
  });
  return (name) => expressions.some((expression) => expression.test(name));
}
