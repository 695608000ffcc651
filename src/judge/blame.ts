import { logMeanExp, logSumExp } from '../stats/log-sum-exp.js';
import { NAMED_SHARE } from './constants.js';
import type { EdgeSeries } from './edge-series.js';
import type { EdgeLane } from './lane-edges.js';
import type { Observed } from './observed.js';
import { pathsOf } from './paths.js';
import { ADDED, suspicionsOf, type Suspicion } from './suspects.js';

/** Whom failing edges are blamed on. */
export interface Blame {
  /** The fewest nodes whose restarts explain what fails, the surest first; empty where the edges do not tell. */
  readonly nodes: readonly number[];
  /** Nodes that explain it as well as one of those: both ends of an edge restarted too close together to tell. */
  readonly alike: readonly number[];
  /** Is this series charged to its node, or does the restart of another blamed end explain it better? */
  readonly isCharged: (series: EdgeSeries) => boolean;
}

/** Odds that a restart must have on its side to be named. */
const LOG_ODDS = Math.log(10);
/** Restarts whose likelihoods lie within this factor explain the same thing as well. */
const LOG_ALIKE = Math.log(3);
/** Where single edges of a node are hurt: the part of its edges that one expects to be. */
const LOG_HURT = Math.log(0.2);
const LOG_WHOLE = Math.log(0.8);

/** A restart with the suspicions of all edges that it touches. */
interface Restart {
  readonly node: number;
  readonly own: readonly Own[];
  /** Some of them that may be hurt together. */
  readonly paths: readonly (readonly Own[])[];
}

interface Own {
  readonly suspicion: Suspicion;
  readonly edge: number;
}

/**
 * Names the fewest restarts that explain what fails with this reason. An edge between two restarted nodes fails once and shows at both ends,
 * so restarts are weighed by likelihood: the one that explains most comes first, then the one that explains most of what is left, until
 * what is left is no more than chance.
 *
 * @param given nodes that are blamed already, whatever the edges say: they dropped the packets themselves.
 * @param spread is the harm known to be spread over the soak? Then every restart with the odds on its side is named.
 * @param mayBlame the nodes that come into question at all.
 */
export function blame(
  observed: Observed,
  edges: EdgeLane,
  reason: number,
  {
    given,
    spread,
    mayBlame,
  }: { readonly given: readonly number[]; readonly spread: boolean; readonly mayBlame: (node: number) => boolean },
): Blame {
  const suspicions = suspicionsOf(observed, edges, reason);
  const restarts = restartsOf(suspicions).filter(({ node }) => given.includes(node) || mayBlame(node));
  /** How well the named restarts explain each edge so far. */
  const explained = new Float64Array(suspicions.length);
  const enough = spread ? 0 : LOG_ODDS;
  const named: Restart[] = [];
  const alike = new Set<Restart>();
  let least = 0;
  const take = (restart: Restart) => {
    named.push(restart);
    const { added, explains } = bestOf(restart, explained);
    // What is far weaker than the worst is another matter, or chance.
    least = Math.max(least, NAMED_SHARE * added);
    for (const { suspicion, edge } of restart.own)
      explained[edge] = Math.max(explained[edge] ?? 0, explains(suspicion));
  };
  for (const restart of restarts) if (given.includes(restart.node)) take(restart);
  for (;;) {
    const left = restarts
      .filter((one) => !named.includes(one) && !alike.has(one))
      .map((restart) => ({ restart, score: scoreOf(restart, explained, least) }))
      .sort((a, b) => b.score - a.score);
    const [best] = left;
    if (best === undefined || best.score < enough) break;
    take(best.restart);
    for (const { restart, score } of left)
      if (restart !== best.restart && score > best.score - LOG_ALIKE && scoreOf(restart, explained, least) < enough)
        alike.add(restart);
  }
  const nodesOf = (some: Iterable<Restart>) => [...new Set([...some].map(({ node }) => node))];
  const nodes = nodesOf(named);
  const doubtful = nodesOf(alike).filter((node) => !nodes.includes(node));
  return { nodes, alike: doubtful, isCharged: chargesOf(suspicions, new Set([...nodes, ...doubtful])) };
}

function restartsOf(suspicions: readonly (readonly Suspicion[])[]): Restart[] {
  const restarts = new Map<string, { node: number; own: Own[] }>();
  suspicions.forEach((ends, edge) => {
    for (const suspicion of ends) {
      const { node, segment } = suspicion.series;
      const key = `${node}/${segment}`;
      const known = restarts.get(key);
      if (known === undefined) restarts.set(key, { node, own: [{ suspicion, edge }] });
      else known.own.push({ suspicion, edge });
    }
  });
  return [...restarts.values()].map(({ node, own }) => ({
    node,
    own,
    paths: pathsOf(own, ({ suspicion }) => suspicion.series),
  }));
}

/**
 * Log odds that this restart did harm beyond what is explained, of at least this share: to all of its edges alike, to those of a path, or
 * to some of them.
 */
function scoreOf({ own, paths }: Restart, explained: Float64Array, least: number): number {
  const alike = (some: readonly Own[]) =>
    ADDED.flatMap((added, i) => (added < least ? [] : [sharedBy(some, i, explained)]));
  const some = own.reduce((sum, { suspicion, edge }) => {
    if (suspicion.added < least) return sum + LOG_WHOLE;
    const before = explained[edge] ?? 0;
    return sum + logSumExp([LOG_WHOLE + before, LOG_HURT + suspicion.alone]) - before;
  }, 0);
  const whole = logSumExp(alike(own)) - Math.log(ADDED.length);
  if (paths.length === 0) return logMeanExp(whole, some);
  const part = logSumExp(paths.flatMap(alike)) - Math.log(ADDED.length * paths.length);
  return logSumExp([whole, part, some]) - Math.log(3);
}

/** What harm of this share on all edges explains. An edge that another restart explains already keeps that where it is the better one. */
function sharedBy(own: readonly Own[], added: number, explained: Float64Array): number {
  return own.reduce((sum, { suspicion, edge }) => {
    const before = explained[edge] ?? 0;
    const gain = (suspicion.shared[added] ?? 0) - before;
    return sum + (before > 0 ? Math.max(0, gain) : gain);
  }, 0);
}

/**
 * The best that a restart explains: all of its edges alike, those of a path, or some of them; with the added share of that, of the worst
 * edge if some.
 */
function bestOf(
  { own, paths }: Restart,
  explained: Float64Array,
): { readonly added: number; readonly explains: (suspicion: Suspicion) => number } {
  let whole = { score: Number.NEGATIVE_INFINITY, added: 0, edges: own };
  for (const edges of [own, ...paths])
    ADDED.forEach((_, i) => {
      const score = sharedBy(edges, i, explained);
      if (score > whole.score) whole = { score, added: i, edges };
    });
  let part = 0;
  let added = 0;
  let most = 0;
  for (const { suspicion, edge } of own) {
    const gain = suspicion.alone - (explained[edge] ?? 0);
    part += Math.max(0, gain);
    if (gain <= most) continue;
    most = gain;
    added = suspicion.added;
  }
  if (whole.score <= part) return { added, explains: ({ alone }) => alone };
  const hurt = new Set(whole.edges.map(({ suspicion }) => suspicion));
  return {
    added: ADDED[whole.added] ?? 0,
    explains: (suspicion) => (hurt.has(suspicion) ? (suspicion.shared[whole.added] ?? 0) : 0),
  };
}

/** An edge is charged to that of its blamed ends whose restart explains it best, to both where they are alike. */
function chargesOf(
  suspicions: readonly (readonly Suspicion[])[],
  blamed: ReadonlySet<number>,
): (series: EdgeSeries) => boolean {
  const gain = ({ alone, shared }: Suspicion) => Math.max(alone, ...shared);
  const elsewhere = new Set<EdgeSeries>();
  for (const ends of suspicions)
    for (const end of ends)
      if (
        ends.some(
          (other) =>
            other.series.node !== end.series.node &&
            blamed.has(other.series.node) &&
            gain(other) > gain(end) + LOG_ALIKE,
        )
      )
        elsewhere.add(end.series);
  return (series) => !elsewhere.has(series);
}
