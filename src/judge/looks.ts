import { SLOT, type Observed } from './observed.js';
import type { EdgePath } from './edge-paths.js';
import type { EdgeSeries } from './edge-series.js';
import type { EdgeEvidence } from './edge-evidence.js';
import type { EdgeLane } from './lane-edges.js';
import type { SourceLanes } from './lane-sources.js';
import type { SourceEvidence } from './source-evidence.js';
import { MIN_FAILED, MIN_UNITS_KNOWN, MIN_UNITS_NEW } from './constants.js';

/** A series of drops that failed. */
export type SourceFailure = Extract<Failure, { readonly signal: number }>;

/** A series that failed: the look at which it first did, and its evidence then. */
export type Failure =
  | { readonly lane: 'edge'; readonly series: EdgeSeries; readonly look: number; readonly evidence: EdgeEvidence }
  | {
      readonly lane: 'node';
      readonly node: number;
      readonly segment: number;
      readonly look: number;
      readonly evidence: EdgeEvidence;
    }
  | {
      readonly lane: 'path';
      readonly path: EdgePath;
      readonly node: number;
      readonly segment: number;
      readonly look: number;
      readonly evidence: EdgeEvidence;
    }
  | { readonly lane: 'soak'; readonly look: number; readonly evidence: EdgeEvidence }
  | {
      readonly lane: 'new' | 'known';
      readonly node: number;
      readonly segment: number;
      readonly signal: number;
      readonly look: number;
      readonly evidence: SourceEvidence;
    }
  | {
      readonly lane: 'new-soak' | 'known-soak';
      readonly signal: number;
      readonly look: number;
      readonly evidence: SourceEvidence;
    };

export interface Looks {
  readonly failures: readonly Failure[];
  /** Series that have not failed but, at the last look, are worth watching. */
  readonly watches: readonly Failure[];
}

/** A series asked at one look. */
interface Question {
  readonly ask: (look: number) => Failure | undefined;
  readonly from: number;
  /** The first look from this one on at which it can fail, as far as that is known beforehand: every look is, unless something is said. */
  readonly next?: (look: number) => number;
}

/**
 * Looks at every series after every window, as a watch does while it runs: the first look at which a series fails is final. Series that
 * never had enough of anything to fail are not asked at all.
 */
export function lookAtAll(observed: Observed, edges: EdgeLane, sources: SourceLanes): Looks {
  const last = observed.length - 1;
  return answersTo([...edgeQuestions(observed, edges, last), ...sourceQuestions(observed, sources, last)], last);
}

/** The same for one lane of edges alone. */
export function lookAtEdges(observed: Observed, lane: EdgeLane): Looks {
  const last = observed.length - 1;
  return answersTo(edgeQuestions(observed, lane, last), last);
}

function answersTo(questions: readonly Question[], last: number): Looks {
  const failures: Failure[] = [];
  const watches: Failure[] = [];
  for (const { ask, from, next = (look: number) => look } of questions) {
    let failed: Failure | undefined;
    for (let look = next(from); look <= last && failed === undefined; look = next(look + 1)) {
      const answer = ask(look);
      if (answer?.evidence.fails === true) failed = answer;
    }
    if (failed !== undefined) {
      failures.push(failed);
      continue;
    }
    const now = last >= from ? ask(last) : undefined;
    if (now?.evidence.watched === true) watches.push(now);
  }
  return { failures: failures.sort((a, b) => a.look - b.look), watches };
}

function edgeQuestions(observed: Observed, lane: EdgeLane, last: number): Question[] {
  const questions: Question[] = [];
  const failing = (series: readonly EdgeSeries[]) =>
    series.reduce((sum, one) => sum + (one.knownGood ? lane.sums(one, last).failed : 0), 0);
  for (const series of lane.series) {
    if (failing([series]) < MIN_FAILED) continue;
    questions.push({
      from: series.from * SLOT,
      next: (look) => lane.nextLookAt(series, look),
      ask: (look) => {
        const evidence = lane.edge(series, look);
        return evidence && { lane: 'edge', series, look, evidence };
      },
    });
  }
  const { parts } = lane.plan;
  const nodes = parts.node > 0 ? observed.nodes : [];
  nodes.forEach(({ segments }, node) => {
    segments.forEach(({ after }, segment) => {
      const own = (lane.byNode[node] ?? []).filter((one) => one.segment === segment);
      if (failing(own) < MIN_FAILED) return;
      questions.push({
        from: after,
        next: (look) => lane.nextLook(look),
        ask: (look) => {
          const evidence = lane.node(node, segment, look);
          return evidence && { lane: 'node', node, segment, look, evidence };
        },
      });
    });
  });
  for (const path of lane.paths.all) {
    const { node, segment, edges } = path;
    if (failing(edges) < MIN_FAILED || !lane.mayTell(path)) continue;
    questions.push({
      from: observed.nodes[node]?.segments[segment]?.after ?? Number.POSITIVE_INFINITY,
      next: (look) => lane.nextLook(look),
      ask: (look) => {
        const evidence = lane.path(path, look);
        return evidence && { lane: 'path', path, node, segment, look, evidence };
      },
    });
  }
  if (parts.soak > 0 && failing(lane.series) >= MIN_FAILED)
    questions.push({
      from: firstAfter(observed),
      next: (look) => lane.nextLook(look),
      ask: (look) => {
        const evidence = lane.soak(look);
        return evidence && { lane: 'soak', look, evidence };
      },
    });
  return questions;
}

function sourceQuestions(observed: Observed, lanes: SourceLanes, last: number): Question[] {
  const questions: Question[] = [];
  observed.signals.forEach((_, signal) => {
    let fresh = 0;
    let known = 0;
    observed.nodes.forEach(({ segments }, node) => {
      segments.forEach(({ after }, segment) => {
        const on = lanes.describe(node, signal);
        const freshHere = on?.fresh[segment]?.length ?? 0;
        const knownHere = on?.known[segment]?.length ?? 0;
        fresh += freshHere;
        known += knownHere;
        if (freshHere >= MIN_UNITS_NEW)
          questions.push({
            from: after,
            ask: (look) => {
              const evidence = lanes.newSources(node, segment, signal, look);
              return evidence && { lane: 'new', node, segment, signal, look, evidence };
            },
          });
        if (knownHere >= MIN_UNITS_KNOWN)
          questions.push({
            from: after,
            ask: (look) => {
              const evidence = lanes.knownSources(node, segment, signal, look);
              return evidence && { lane: 'known', node, segment, signal, look, evidence };
            },
          });
      });
    });
    const from = firstAfter(observed);
    if (fresh >= MIN_UNITS_NEW && from <= last)
      questions.push({
        from,
        ask: (look) => {
          const evidence = lanes.newSourcesInSoak(signal, look);
          return evidence && { lane: 'new-soak', signal, look, evidence };
        },
      });
    if (known >= MIN_UNITS_KNOWN && from <= last)
      questions.push({
        from,
        ask: (look) => {
          const evidence = lanes.knownSourcesInSoak(signal, look);
          return evidence && { lane: 'known-soak', signal, look, evidence };
        },
      });
  });
  return questions;
}

function firstAfter(observed: Observed): number {
  return observed.nodes.reduce(
    (first, node) => Math.min(first, node.segments[0]?.after ?? first),
    Number.POSITIVE_INFINITY,
  );
}
