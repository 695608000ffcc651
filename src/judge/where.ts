/** Where a finding is: one analysis of what fails and what is fine, for its scope, its clause and its command. */
import type { Scope } from './document.js';
import type { DropEdge } from './drop-series.js';
import type { EdgeSeries } from './edge-series.js';
import { extentOf, type Extent } from './extent.js';
import { SILENT } from './failed-trials.js';
import { nodeName, type Judged } from './judged.js';
import { fineSeries, pathOf, pathOfDrops, type PathEdge } from './path-edge.js';
import { probesSentence } from './probes.js';
import { oneClause, whereText } from './where-text.js';

export interface Where {
  readonly scope: Scope;
  readonly extent: Extent;
  /** For `Finding.where`. */
  readonly clause: string;
  /** The same inside of a sentence, with what is fine in brackets. */
  readonly told: string;
  /** A sentence on probes over the same paths, with a blank before it; or ''. */
  readonly probes: string;
}

/** @param series failing edges of attempts. @param drops further edges that are hit, where attempts do not tell of them. */
export function whereOf(
  of: {
    readonly nodes: readonly number[];
    /** Drop reason; SILENT for attempts without an answer. */
    readonly reason: number;
    readonly series: readonly EdgeSeries[];
    readonly drops?: readonly Omit<DropEdge, 'windows' | 'events'>[];
  },
  judged: Judged,
): Where {
  const { nodes, reason, series, drops = [] } = of;
  const all = [...judged.edges.series, ...(judged.alongside ?? [])];
  const failing: PathEdge[] = [...series.map(pathOf), ...drops.map(pathOfDrops)];
  const count = judged.evidence.observed.nodes.length;
  const extent = extentOf({ nodes, failing, fine: fineSeries(all, series).map(pathOf), count });
  const text = whereText(extent, (node) => nodeName(judged, node), count);
  const probes = probesSentence(
    failing,
    judged.edges.plan.topic === 'attempts' ? judged.edges.series : [],
    reason === SILENT,
  );
  return {
    scope: extent.scope,
    extent,
    clause: oneClause(text),
    told: text.fine === '' ? text.fails : `${text.fails} (${text.fine})`,
    probes: probes === undefined ? '' : ` ${probes}`,
  };
}
