import type { EdgeSeries } from './edge-series.js';

/** One edge alone is no path. */
const LEAST_EDGES = 2;

/**
 * The paths of one restarted node that a change may hurt as a whole: one way to or from one other node, all that crosses nodes, all that
 * goes out, all that comes in, what leads to one destination or speaks one protocol. Paths that hold all of the edges tell nothing new.
 */
export function pathsOf<T>(edges: readonly T[], seriesOf: (edge: T) => EdgeSeries): T[][] {
  const paths = new Map<string, T[]>();
  const add = (path: string, edge: T): void => {
    const known = paths.get(path);
    if (known === undefined) paths.set(path, [edge]);
    else known.push(edge);
  };
  for (const edge of edges) {
    const { node, trial } = seriesOf(edge);
    const { srcNode, dstNode } = trial;
    add(`to ${trial.edge.dst}`, edge);
    if (trial.edge.protocol !== 'TCP') add(trial.edge.protocol, edge);
    if (srcNode === dstNode) continue;
    add(srcNode === node ? 'out' : 'in', edge);
    if (srcNode < 0 || dstNode < 0) continue;
    add('across', edge);
    add(`${srcNode} ${dstNode}`, edge);
  }
  return [...paths.values()].filter((path) => path.length >= LEAST_EDGES && path.length < edges.length);
}
