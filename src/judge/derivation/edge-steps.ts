/** A lane of edges taken apart: lane A (do connections that used to work fail now?) and the further ones, which have its formulas. */
import { HELD_LOG_E, MIN_ADDED, MIN_FAILED, MIN_FAILED_SOAK, MIX, STRONG_SHARE } from '../constants.js';
import type { EdgePath } from '../edge-paths.js';
import { blocksOf, sumUntil, type EdgeSeries } from '../edge-series.js';
import { nodeName, secondsOf, timeOf, type Judged } from '../judged.js';
import type { Topic } from '../lane-plan.js';
import { edgeText, SLOT } from '../observed.js';
import { phiOfTrials } from '../../stats/dispersion.js';
import { odds } from '../text.js';
import { row, yesNo, type Row, type Step } from './derivation.js';
import { edgeAccount, type EdgeAccount, type EdgeFailure } from './edge-account.js';
import { again, attemptsStep, limitStep, trialRows } from './kernels.js';
import { isOn, STILL_ON_SHARE } from './source-account.js';
import { edgeFactors } from './weights.js';

/** Edges that are shown one by one. */
const EDGES = 12;

export function edgeSteps(failure: EdgeFailure, judged: Judged): Step[] {
  const account = edgeAccount(failure, judged);
  const { before, mix, phi, logE, limit, watch } = failure.evidence;
  return [
    countedStep(account, judged),
    ...(account.sums === undefined ? [] : [mixStep(account)]),
    dispersionStep(judged),
    attemptsStep(
      'How much the whole after phase says',
      'The e-value of "it works as it did", however often one looks.',
      {
        before,
        after: failure.evidence.after,
        mix,
        phi,
      },
    ),
    limitStep(edgeFactors(failure, judged), judged.alpha, { logE, limit, watch }),
    minimumStep(failure, judged),
    again(
      attemptsStep('How much the held part says', heldWhy(account, judged), {
        before,
        after: account.held.trials,
        mix,
        phi,
      }),
    ),
    holdsStep(account, judged),
  ];
}

/** What a failure of lane A is about, in a few words. */
export function edgeTitle(failure: EdgeFailure, judged: Judged): string {
  switch (failure.lane) {
    case 'edge':
      return `edge ${whereOf(failure.series, judged)} as one of ${nodeName(judged, failure.series.node)}`;
    case 'node':
      return `all known-good edges of ${nodeName(judged, failure.node)}${judged.edges.plan.trimmed ? ' but those to its worst destination' : ''}`;
    case 'path':
      return `all known-good edges ${wayText(failure.path, judged)}`;
    case 'soak':
      return 'all known-good edges of the restarted nodes that still fail, but those to the worst destination';
  }
}

function wayText({ node, way }: EdgePath, judged: Judged): string {
  const own = nodeName(judged, node);
  switch (way.kind) {
    case 'pair': {
      const peer = nodeName(judged, way.peer);
      return way.isOutbound ? `from ${own} to ${peer}` : `from ${peer} to ${own}`;
    }
    case 'destination':
      return `of ${own} to ${way.destination}`;
    case 'protocol':
      return `of ${own} over ${way.protocol}`;
  }
}

/** The edge with the nodes of its ends. */
export function whereOf({ trial }: EdgeSeries, judged: Judged): string {
  const end = (node: number) => (node < 0 ? 'outside' : nodeName(judged, node));
  return `${edgeText(trial.edge)} (${end(trial.srcNode)} to ${end(trial.dstNode)})`;
}

function countedStep(account: EdgeAccount, judged: Judged): Step {
  const { failure, kept, leftOut, horizon } = account;
  const rows: Row[] = [
    row(
      'look',
      timeOf(judged, failure.look + 1) ?? '',
      '',
      failure.evidence.fails ? 'the first at which it failed' : 'the last one',
    ),
    row('trials before', timeOf(judged, horizon * SLOT) ?? '', '', 'are complete at that look'),
    ...trialRows(failure.evidence.before, failure.evidence.after),
    row(
      'ambient',
      kept.reduce((sum, one) => sum + one.ambient, 0),
      'trials',
      'taken out: the destination failed for callers that no restart touched',
    ),
  ];
  if (failure.lane === 'edge') {
    const { series } = failure;
    if (series.handedOver)
      rows.push(
        row(
          'ends',
          timeOf(judged, series.until * SLOT) ?? '',
          '',
          'its other end restarts then, and it had survived its own restart: what comes later is charged there',
        ),
      );
  } else if (failure.lane === 'node' || failure.lane === 'path') {
    rows.push(row('edges', kept.length, 'edges', 'known good: at least 3 good trials before, at most 20 % failing'));
    for (const one of worstFirst(kept, horizon).slice(0, EDGES)) rows.push(edgeRow('counted', one, horizon, judged));
    for (const one of leftOut.slice(0, EDGES)) rows.push(edgeRow('left out (worst destination)', one, horizon, judged));
  } else rows.push(row('edges', kept.length, 'edges', 'known good, each counted once'));
  return {
    heading: `What was counted: ${edgeTitle(failure, judged)}`,
    why: TRIAL[judged.edges.plan.topic],
    rows,
  };
}

const ATTEMPT =
  'A trial is one edge in one slot with at least one attempt; it fails by the share of its attempts that were dropped or never answered';

/** What a trial is, and when it fails. */
const TRIAL: Record<Topic, string> = {
  attempts: `${ATTEMPT}.`,
  late: `${ATTEMPT}. Counted from some time after the restart on: what was fine until then does not hide what began later.`,
  answers:
    "A trial is one edge in one slot in which the node's proxy saw answers; it fails by the share of them that are DNS failures (all rcodes but NOERROR and NXDOMAIN), HTTP 5xx, or errors of the proxy itself.",
  vanished:
    'A trial is one steady edge in one slot (or as many slots as it takes to see it at least four times out of five) in which both nodes are in sight and both ends live; it fails when nothing of the edge was seen.',
  verdicts:
    'A trial is one edge in one slot with a policy verdict; it fails when the verdict was denied or audited, by half when it was allowed too.',
  repeats:
    'A trial is one edge in one slot with TCP attempts that were answered; it fails by the share of them that came through only when repeated: a repeat was shown, or the SYN-ACK came 900 ms or more after the first SYN.',
  oneway:
    "A trial is one edge in one slot in which the source's node forwarded packets of connections that were open already (no attempt began in it or in the slot before); it fails when no reply came back in it or in the next one.",
};

function worstFirst(series: readonly EdgeSeries[], horizon: number): EdgeSeries[] {
  return [...series].sort((a, b) => sumUntil(b, horizon).failed - sumUntil(a, horizon).failed);
}

function edgeRow(name: string, one: EdgeSeries, horizon: number, judged: Judged): Row {
  const after = sumUntil(one, horizon);
  const note = `${whereOf(one, judged)}: ${round(after.failed)} of ${after.trials} trials failed, ${round(one.before.failed)} of ${one.before.trials} before`;
  return row(name, after.failed, 'trials', note);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function mixStep({ sums, failure }: EdgeAccount): Step {
  const { before, after, expectedBefore, expectedAfter } = sums ?? {
    before: failure.evidence.before,
    after: failure.evidence.after,
    expectedBefore: 0,
    expectedAfter: 0,
  };
  return {
    heading: 'The mix of edges',
    why: 'More traffic on edges that always failed a little is no harm: it may raise the share by as much.',
    rows: [
      row('xb', expectedBefore, 'trials', 'expected to fail before, from the smoothed shares of the edges'),
      row('nb', before.trials, 'trials'),
      row('xa', expectedAfter, 'trials', 'expected to fail after, from the same shares'),
      row('na', after.trials, 'trials'),
      row('mix', failure.evidence.mix),
    ],
    formula: `mix = ${MIX} max(1, (xa / na) / (xb / nb))`,
  };
}

function dispersionStep({ edges, evidence }: Judged): Step {
  if (edges.plan.baseline !== undefined)
    return {
      heading: 'How bursty failures are here',
      why: 'Pauses that come in bursts are worth less: log e is divided by phi.',
      rows: [row('phi', edges.phi, '', 'from the baselines of all steady edges, those that are not gone included')],
    };
  const good = edges.series.filter((one) => one.knownGood && one.segment === 0);
  const { x2, df, phi } = phiOfTrials(good.map((one) => blocksOf(evidence.observed, one)));
  return {
    heading: 'How bursty failures are here',
    why: 'Failures that come in bursts are worth less: log e is divided by phi.',
    rows: [
      row('blocks', df, 'blocks', 'of 5 min with trials, over the baselines of all known-good edges'),
      row('X2', x2, '', 'sum of (failed - expected)^2 / expected over them, each at most 50'),
      row('pool', edges.pool, '', 'failing share of all known-good edges before'),
      row('phi', phi),
    ],
    formula: 'phi = max(1, (X2 + 50 x 1.25) / (blocks + 50))',
  };
}

function minimumStep({ lane, evidence }: EdgeFailure, { edges }: Judged): Step {
  const least = lane === 'soak' ? MIN_FAILED_SOAK : MIN_FAILED;
  const added = lane === 'edge' ? edges.plan.minAdded : MIN_ADDED;
  return {
    heading: 'Is it large enough to matter?',
    why: 'What is sure but trivial never fails a soak.',
    rows: [
      row(
        'fa',
        evidence.after.failed,
        'trials',
        `at least ${least} are wanted: ${yesNo(evidence.after.failed >= least)}`,
      ),
      row('added', evidence.added, '', `at least ${added} is wanted: ${yesNo(evidence.added >= added)}`),
    ],
    formula: 'added = 1 - (1 - fa / na) / (1 - fb / nb)',
  };
}

function heldWhy({ held }: EdgeAccount, judged: Judged): string {
  return `A transient that is over by ${timeOf(judged, held.from * SLOT) ?? 'then'} must not count: the part from there on alone must say so too.`;
}

function holdsStep({ held, strong, latest, failure, all, horizon }: EdgeAccount, judged: Judged): Step {
  const slotSeconds = secondsOf(judged, SLOT);
  const rows: Row[] = [
    row(
      'held part',
      (held.slots * slotSeconds) / 60,
      'min',
      `at least ${(held.needed * slotSeconds) / 60} min are wanted`,
    ),
    row(
      'held log e',
      held.logE,
      '',
      `at least ${HELD_LOG_E.toFixed(3)} (${odds(HELD_LOG_E)}) is wanted: ${yesNo(held.holds)}`,
    ),
  ];
  if (strong !== undefined) {
    const { last } = strong;
    const share = last.trials > 0 ? last.failed / last.trials : 0;
    rows.push(
      row(
        'last minute',
        share,
        '',
        `${round(last.failed)} of ${last.trials} trials failed; from ${timeOf(judged, strong.from * SLOT) ?? ''} on ${STRONG_SHARE} will do instead: ${yesNo(strong.holds)}`,
      ),
    );
  }
  if (failure.lane === 'soak')
    rows.push(row('still on', 'yes', '', 'each node by itself: those that fade are not in the sums'));
  else if (latest === undefined) rows.push(row('still on', 'yes', '', 'the after phase is too short to have faded'));
  else
    rows.push(
      row(
        'average',
        latest.events / latest.exposure,
        '',
        `failing share: ${round(latest.events)} of ${latest.exposure} trials`,
      ),
      row(
        'of late',
        latest.latestEvents / latest.latestExposure,
        '',
        `failing share of the latest part: ${round(latest.latestEvents)} of ${latest.latestExposure} trials`,
      ),
      row('still on', yesNo(isOn(latest)), '', `it keeps at least ${STILL_ON_SHARE} of the average`),
    );
  if (judged.edges.plan.topic !== 'attempts') {
    const objection = judged.edges.objection(all, horizon);
    rows.push(row('may be blamed', yesNo(objection === undefined), '', objection ?? 'nothing speaks against it'));
  }
  rows.push(
    row(
      'fails',
      yesNo(failure.evidence.fails),
      '',
      'limit reached, large enough, held (or strong), still on, and nothing speaks against it',
    ),
  );
  return { heading: 'Does it hold?', rows };
}
