/** First the decision, then the estimate of where: which series failed, which nodes are named, how far it reaches. */
import { MIN_ADDED_EDGE, NAMED_FAILED, NAMED_LOG_E } from '../constants.js';
import type { Finding } from '../document.js';
import { addedShare, type EdgeSeries } from '../edge-series.js';
import { failedWith } from '../failed-trials.js';
import { strongestOf } from '../finding.js';
import type { Group } from '../groups.js';
import { signalsOf } from '../hit-edges.js';
import { nodeName, timeOf, type Judged } from '../judged.js';
import type { Failure } from '../looks.js';
import { FINE_TRIALS, fineSeries } from '../path-edge.js';
import { row, type Row, type Step } from './derivation.js';
import { edgeTitle, whereOf } from './edge-steps.js';
import { sourceTitle } from './source-steps.js';

const EDGES = 30;

/** Every series that failed, or is watched, with the same reason. */
export function seriesStep(group: Group, judged: Judged): Step {
  const strongest = strongestOf(group);
  return {
    heading: 'Which series tell of it',
    why: 'All that failed (or are watched) for the same reason are one finding; the strongest is taken apart below.',
    rows: group.failures.map((failure) => {
      const { logE, limit, fails } = failure.evidence;
      const when = `${fails ? 'failed' : 'watched'} at ${timeOf(judged, failure.look + 1) ?? ''}`;
      const which = failure === strongest ? '; the strongest' : '';
      return row('log e', logE, '', `${titleOf(failure, judged)}; limit ${limit.toFixed(3)}; ${when}${which}`);
    }),
  };
}

function titleOf(failure: Failure, judged: Judged): string {
  return 'signal' in failure ? sourceTitle(failure, judged) : edgeTitle(failure, judged);
}

/** What each restarted node shows of the reason by itself, and whether the finding names it. */
export function nodesStep(group: Group, finding: Finding, judged: Judged): Step {
  const { observed } = judged.evidence;
  const rows = observed.nodes.flatMap(({ segments }, node): Row[] => {
    if (segments.length === 0) return [];
    const word = group.undecided.includes(node)
      ? 'named, as it explains the same as well as another'
      : group.nodes.includes(node)
        ? 'named'
        : finding.nodes.includes(nodeName(judged, node))
          ? 'named by the rule'
          : group.peers.includes(node)
            ? 'peer: the other end'
            : 'not named';
    return [row(nodeName(judged, node), word, '', evidenceOn(node, group, judged))];
  });
  return {
    heading: 'Which nodes are named',
    why:
      group.edgeEvidence === undefined
        ? `The nodes that failed, and those that show the same by themselves (log e of their own at least ${NAMED_LOG_E.toFixed(3)}, ${NAMED_FAILED} episodes).`
        : 'An edge between two restarted nodes fails once and shows at both ends: the fewest restarts that explain all of it are named, and those that dropped more themselves.',
    rows,
  };
}

function evidenceOn(node: number, group: Group, judged: Judged): string {
  const { edges, sources, evidence } = judged;
  const look = evidence.observed.length - 1;
  const told: string[] = [];
  const failed = group.failures.filter((one) =>
    'node' in one ? one.node === node : one.lane === 'edge' && one.series.node === node,
  );
  if (failed.length > 0)
    told.push(`${failed.length} of its own series ${failed.length === 1 ? 'tells' : 'tell'} of it`);
  if (group.edgeEvidence !== undefined) {
    const good = (edges.byNode[node] ?? []).filter((one) => one.knownGood);
    const failing = good.filter((one) => isFailing(one, group.reason));
    const trials = failing.reduce((sum, one) => sum + failedWith(one, group.reason), 0);
    const worst = failing.reduce((most, one) => Math.max(most, addedOf(one, group.reason)), 0);
    told.push(
      `${failing.length} of ${good.length} known-good edges fail this way (${Math.round(trials * 100) / 100} failing trials, largest added share ${worst.toFixed(3)})`,
    );
  }
  if (group.sourceEvidence !== undefined)
    for (const signal of signalsOf(group.reason, evidence)) {
      const known = sources.known(node, 0, signal, look);
      const fresh = sources.fresh(node, 0, signal, look);
      if (known !== undefined && known.na > 0)
        told.push(`${known.na} episodes of known sources after, log e ${known.logE.toFixed(3)}`);
      if (fresh.na > 0) told.push(`${fresh.na} of new sources, log e ${fresh.logE.toFixed(3)}`);
    }
  return told.join('; ');
}

function addedOf(one: EdgeSeries, reason: number): number {
  return addedShare(one.before, { failed: failedWith(one, reason), trials: one.slots.length });
}

function isFailing(one: EdgeSeries, reason: number): boolean {
  return failedWith(one, reason) > 0 && addedOf(one, reason) >= MIN_ADDED_EDGE;
}

const KINDS: readonly { readonly name: string; readonly is: (one: EdgeSeries) => boolean }[] = [
  { name: 'between nodes', is: crosses },
  { name: 'from the node', is: (one) => crosses(one) && one.trial.srcNode === one.node },
  { name: 'towards the node', is: (one) => crosses(one) && one.trial.dstNode === one.node },
  { name: 'within a node', is: ({ trial }) => trial.srcNode >= 0 && trial.srcNode === trial.dstNode },
  { name: 'to or from outside', is: ({ trial }) => trial.srcNode < 0 || trial.dstNode < 0 },
];

function crosses({ trial }: EdgeSeries): boolean {
  return trial.srcNode >= 0 && trial.dstNode >= 0 && trial.srcNode !== trial.dstNode;
}

/** How far a failure of attempts reaches: failing and fine edges of each kind on the nodes that are named. */
export function scopeStep(group: Group, finding: Finding, judged: Judged): Step {
  const failing = new Set(group.series);
  const fineHere = fineSeries([...judged.edges.series, ...(judged.alongside ?? [])], group.series).filter((one) =>
    group.nodes.includes(one.node),
  );
  const count = (some: Iterable<EdgeSeries>, is: (one: EdgeSeries) => boolean) => [...some].filter(is).length;
  return {
    heading: 'How far it reaches',
    why: `The smallest scope that holds all failing edges and no fine one of its kind; fine are edges with ${FINE_TRIALS} trials since and less than ${MIN_ADDED_EDGE} added under each restart of their nodes.`,
    rows: [
      ...KINDS.flatMap(({ name, is }) => {
        const bad = count(failing, is);
        const fine = count(fineHere, is);
        return bad + fine === 0 ? [] : [row(name, bad, 'failing', `${fine} fine`)];
      }),
      row('workload edges', new Set(group.series.map((one) => one.trial.workloadEdge)).size, 'failing'),
      row('scope', finding.scope, '', finding.where),
      ...group.series
        .slice(0, EDGES)
        .map((one) =>
          row(
            'failing',
            failedWith(one, group.reason),
            'trials',
            `${whereOf(one, judged)}: of ${one.slots.length} trials until the end; ${Math.round(one.before.failed * 100) / 100} of ${one.before.trials} before`,
          ),
        ),
    ],
  };
}
