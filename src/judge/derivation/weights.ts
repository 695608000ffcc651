/** What a series may spend of alpha: the factors of its weight. */
import {
  FURTHER_PARTS,
  LANE_WEIGHT,
  LATE_PART,
  LATE_STARTS,
  NODE_PART,
  NOMINAL_SIGNALS,
  NOVEL_SIGNALS,
  SEEN_BEFORE_PART,
  UNEXPECTED_RESERVE,
} from '../constants.js';
import type { Judged } from '../judged.js';
import type { LanePlan } from '../lane-plan.js';
import type { SourceFailure } from '../looks.js';
import { countWithin } from '../observed.js';
import { signalShares } from '../source-counts.js';
import type { EdgeFailure } from './edge-account.js';
import { sourceAccount } from './source-account.js';

/** One factor of a series' weight. */
export interface Factor {
  readonly name: string;
  readonly value: number;
  readonly note: string;
}

/** The factors of the weight of a series of a lane of edges. */
export function edgeFactors(failure: EdgeFailure, { evidence, edges }: Judged): Factor[] {
  const lanes = laneFactors(edges.plan);
  const part = {
    name: 'part',
    value: edges.plan.parts[failure.lane] ?? 0,
    note: `${failure.lane} series, among ${edges.plan.parts.path === undefined ? 'edge, node' : 'edge, node, path'} and soak`,
  };
  if (failure.lane === 'soak') return [...lanes, part];
  const { nodes } = evidence.observed;
  const node = failure.lane === 'edge' ? failure.series.node : failure.node;
  const factors = [...lanes, part, nodeFactor(nodes, node), restartFactor(nodes, node)];
  if (failure.lane === 'node') return factors;
  if (failure.lane === 'path') {
    const paths = Math.max(1, edges.paths.count(node));
    const note = `one of ${paths} paths of the node (to or from one other node, to one destination, by one protocol)`;
    return [...factors, { name: 'path share', value: 1 / paths, note }];
  }
  const good = edges.knownGood(node);
  return [
    ...factors,
    { name: 'edge share', value: 1 / Math.max(1, good), note: `one of ${good} known-good edges of the node` },
  ];
}

/** The tenth that is kept for further lanes is shared by all of them. */
function laneFactors({ topic }: LanePlan): Factor[] {
  const of = (value: number, note: string): Factor => ({ name: 'lane', value, note });
  const further = of(LANE_WEIGHT.further, 'what is kept for further lanes, among all lanes');
  const share = (value: number, note: string): Factor => ({ name: 'share', value, note: `${note}, among those` });
  switch (topic) {
    case 'attempts':
      return [of(LANE_WEIGHT.edges, 'edges that worked before, among all lanes')];
    case 'late':
      return [
        of(LANE_WEIGHT.edges, 'edges that worked before, among all lanes'),
        { name: 'late', value: LATE_PART, note: 'what begins late, among those' },
        { name: 'start', value: 1 / LATE_STARTS, note: `one of ${LATE_STARTS} moments to count from` },
      ];
    case 'answers':
      return [further, share(FURTHER_PARTS.answers, 'answers of proxies')];
    case 'vanished':
      return [further, share(FURTHER_PARTS.vanished, 'steady edges that are gone')];
    case 'verdicts':
      return [further, share(FURTHER_PARTS.verdicts, 'verdicts of policies')];
    case 'repeats':
      return [further, share(FURTHER_PARTS.repeats, 'attempts that were repeated')];
    case 'oneway':
      return [further, share(FURTHER_PARTS.oneway, 'established traffic without replies')];
  }
}

/** A node's part of what all nodes may spend; a tenth is kept for nodes that nobody expected. */
function nodeFactor(nodes: Judged['evidence']['observed']['nodes'], node: number): Factor {
  const expected = nodes.filter((one) => one.expected).length;
  const others = Math.max(1, nodes.length - Math.max(1, expected));
  const isExpected = nodes[node]?.expected === true;
  return {
    name: 'node share',
    value: isExpected ? (1 - UNEXPECTED_RESERVE) / Math.max(1, expected) : UNEXPECTED_RESERVE / others,
    note: isExpected
      ? `one of ${expected} expected nodes, less ${UNEXPECTED_RESERVE} for others`
      : `one of ${others} nodes that nobody expected`,
  };
}

function restartFactor(nodes: Judged['evidence']['observed']['nodes'], node: number): Factor {
  const restarts = Math.max(1, nodes[node]?.segments.length ?? 1);
  return {
    name: 'restart share',
    value: 1 / restarts,
    note: restarts === 1 ? 'its only restart' : `one of its ${restarts} restarts`,
  };
}

/** The factors of the weight of a series of lanes B and C. */
export function sourceFactors(failure: SourceFailure, judged: Judged): Factor[] {
  const { observed } = judged.evidence;
  const { nodes } = observed;
  const unitsBefore = (node: number, signal: number) =>
    countWithin(
      judged.sources.describe(node, signal)?.units ?? [],
      0,
      nodes[node]?.segments[0]?.down ?? observed.length,
    );
  const withUnits = observed.signals.map(
    (_, signal) => nodes.filter((__, node) => unitsBefore(node, signal) > 0).length,
  );
  const signalFactor: Factor = {
    name: 'signal share',
    value: signalShares(observed)[failure.signal] ?? 0,
    note: `half for ${NOMINAL_SIGNALS} signals known before the first restart, half for ${NOVEL_SIGNALS} new ones; fixed at its first appearance`,
  };
  const part = (ofNode: boolean): Factor => ({
    name: 'part',
    value: ofNode ? NODE_PART : 1 - NODE_PART,
    note: `${ofNode ? 'node' : 'soak'} series, among the two`,
  });
  const lane = (value: number, note: string): Factor => ({
    name: 'lane',
    value,
    note: `${note}, among all lanes`,
  });
  switch (failure.lane) {
    case 'new':
      return [
        lane(LANE_WEIGHT.newSources, 'new sources'),
        part(true),
        nodeFactor(nodes, failure.node),
        restartFactor(nodes, failure.node),
        signalFactor,
      ];
    case 'new-soak':
      return [lane(LANE_WEIGHT.newSources, 'new sources'), part(false), signalFactor];
    case 'known':
    case 'known-soak': {
      const known = lane(LANE_WEIGHT.knownSources, 'known sources');
      const soak = !('node' in failure);
      const counted = sourceAccount(failure, judged).parts.filter(({ on }) => on || !soak);
      const hadUnits = counted.some(({ before }) => before > 0);
      const kind: Factor = {
        name: 'kind',
        value: hadUnits ? SEEN_BEFORE_PART : 1 - SEEN_BEFORE_PART,
        note: hadUnits ? 'series that had episodes before' : 'series that had none before',
      };
      if (!('node' in failure)) {
        const series = Math.max(1, withUnits.filter((number) => number > 0).length);
        const share: Factor = {
          name: 'series share',
          value: 1 / series,
          note: `one of ${series} signals that had episodes before`,
        };
        return [known, part(false), kind, hadUnits ? share : signalFactor];
      }
      const restart = restartFactor(nodes, failure.node);
      if (!hadUnits) {
        const again = nodes[failure.node]?.segments.length === 1 ? [] : [restart];
        return [known, part(true), kind, nodeFactor(nodes, failure.node), restart, signalFactor, ...again];
      }
      const all = Math.max(
        1,
        withUnits.reduce((sum, number) => sum + number, 0),
      );
      const share: Factor = {
        name: 'series share',
        value: (1 - UNEXPECTED_RESERVE) / all,
        note: `one of ${all} series (node and signal) that had episodes before, less ${UNEXPECTED_RESERVE}`,
      };
      return [known, part(true), kind, share, restart];
    }
  }
}
