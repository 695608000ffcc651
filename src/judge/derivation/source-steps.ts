/** Lanes B and C taken apart: drops from sources that never had any, and drops that became more frequent. */
import { dropReasonName } from '../../hubble/names.js';
import { phiOfUnits, PRIOR_PHI, PRIOR_PHI_NOISY, PRIOR_WEIGHT } from '../../stats/dispersion.js';
import {
  BLOCK_MS,
  HELD_LOG_E,
  HELD_UNITS,
  MIN_RATIO,
  MIN_UNITS_KNOWN,
  MIN_UNITS_NEW,
  NEW_SOURCE_DEAD_MS,
  RHO_KNOWN,
  RHO_KNOWN_NOISY,
  RHO_NEW,
  RHO_NEW_SOAK,
  VISIT_MS,
} from '../constants.js';
import { firstDown, nodeName, secondsOf, timeOf, type Judged } from '../judged.js';
import type { SourceFailure } from '../looks.js';
import { countWithin } from '../observed.js';
import { controlsOf, difference, unitsPerBlock } from '../source-counts.js';
import { odds } from '../text.js';
import { row, yesNo, type Row, type Step } from './derivation.js';
import { again, countsStep, limitStep } from './kernels.js';
import { sourceAccount, STILL_ON_SHARE, type SourceAccount, type SourcePart } from './source-account.js';
import { sourceFactors } from './weights.js';

/** Sources that are shown one by one. */
const SOURCES = 12;

export function sourceSteps(failure: SourceFailure, judged: Judged): Step[] {
  const account = sourceAccount(failure, judged);
  const { nb, eb, na, ea, rho, phi, logE, limit, watch } = failure.evidence;
  const isKnown = account.which === 'known';
  return [
    countedStep(account, judged),
    isKnown ? baselineStep(account, judged) : newcomersStep(failure, judged),
    ...(isKnown ? [trendStep(account, judged), dispersionStep(failure, judged)] : []),
    countsStep(
      'How much the whole after phase says',
      isKnown
        ? 'The e-value of "these drops come as often as before", however often one looks.'
        : 'The e-value of "new sources come as often as they always did", however often one looks.',
      { nb, eb, na, ea, rho, phi },
    ),
    limitStep(sourceFactors(failure, judged), judged.alpha, { logE, limit, watch }),
    minimumStep(failure),
    again(
      countsStep(
        'How much the held part says',
        `A transient that is over ${secondsOf(judged, judged.times.heldFrom) / 60} min past settle must not count: the part from there on alone must say so too.`,
        { nb, eb, na: account.held.units, ea: account.held.exposure, rho, phi },
      ),
    ),
    holdsStep(account, judged),
  ];
}

/** What a failure of lanes B and C is about, in a few words. */
export function sourceTitle(failure: SourceFailure, judged: Judged): string {
  const { reason = 0, direction = 0 } = judged.evidence.observed.signals[failure.signal] ?? {};
  const way = ['', ', ingress', ', egress'][direction] ?? '';
  const who =
    failure.lane === 'new' || failure.lane === 'new-soak'
      ? 'sources that never had it'
      : 'sources that had it before, or may have';
  const where = 'node' in failure ? nodeName(judged, failure.node) : 'all restarted nodes together';
  return `${dropReasonName(reason)}${way} on ${where}, from ${who}`;
}

/** Units of sources that are counted apart: dead time, and the units of each source since its node settled. */
function countedStep({ failure, which, parts }: SourceAccount, judged: Judged): Step {
  const { observed } = judged.evidence;
  const noisy = observed.signals[failure.signal]?.noisy === true;
  const dead = which === 'fresh' ? NEW_SOURCE_DEAD_MS : (noisy ? 2 : 1) * judged.episodeMs;
  const soak = !('node' in failure);
  return {
    heading: `What was counted: ${sourceTitle(failure, judged)}`,
    why: 'One client that retries is not many pieces of evidence: its drops within the dead time are one episode.',
    rows: [
      row(
        'look',
        timeOf(judged, failure.look + 1) ?? '',
        '',
        failure.evidence.fails ? 'the first at which it failed' : 'the last one',
      ),
      row(
        'dead time',
        dead / 1000,
        's',
        which === 'fresh' ? 'of new sources' : noisy ? 'twice the usual, as this reason comes in bursts by nature' : '',
      ),
      ...parts.flatMap((part) => partRows(part, soak, judged)),
      ...sourceRows(failure, which, parts, judged),
    ],
    formula: soak
      ? 'Na, Ea (and Nb, Eb of known sources) are the sums over the nodes that are still on'
      : 'Ea = windows in sight, each times the growth of traffic (at least 1)',
  };
}

function partRows(part: SourcePart, soak: boolean, judged: Judged): Row[] {
  const name = nodeName(judged, part.node);
  const growth = part.seen > 0 ? part.ea / part.seen : 1;
  return [
    row(
      `${name} Na`,
      part.na,
      'episodes',
      soak && !part.on ? 'since it settled; fading, so it is not in the sums' : 'since it settled',
    ),
    row(`${name} Ea`, part.ea, 'windows', `${part.seen} in sight, times ${round(growth)} for the growth of traffic`),
  ];
}

function sourceRows(
  failure: SourceFailure,
  which: 'fresh' | 'known',
  parts: readonly SourcePart[],
  judged: Judged,
): Row[] {
  const rows: Row[] = [];
  for (const { node, bounds, end } of parts)
    for (const one of judged.sources.describe(node, failure.signal)?.series ?? []) {
      const windows = which === 'fresh' ? one.harmful : one.windows;
      const after = countWithin(windows, bounds.after, end);
      if (after > 0)
        rows.push(
          row(
            one.source,
            after,
            'windows',
            `with a drop on ${nodeName(judged, node)} since it settled; ${countWithin(one.windows, 0, bounds.down)} before`,
          ),
        );
    }
  return rows.sort((a, b) => Number(b.value) - Number(a.value)).slice(0, SOURCES);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function baselineStep({ failure, parts }: SourceAccount, judged: Judged): Step {
  const soak = !('node' in failure);
  return {
    heading: 'What it is compared with',
    why: 'The same drops on the same nodes before the restart. A source that moved here brings the rate along that it had on its old node.',
    rows: [
      ...parts
        .filter(({ on }) => on || !soak)
        .flatMap((part) => [
          row(`${nodeName(judged, part.node)} episodes before`, part.before, 'episodes', 'of all sources'),
          row(`${nodeName(judged, part.node)} moved in`, part.donor, 'episodes', 'expected of sources that moved here'),
          row(`${nodeName(judged, part.node)} Eb`, part.eb, 'windows', 'in sight before'),
        ]),
      row('Nb', failure.evidence.nb, 'episodes', 'before, with those that moved in'),
      row('Eb', failure.evidence.eb, 'windows'),
    ],
  };
}

function newcomersStep({ signal, evidence }: SourceFailure, judged: Judged): Step {
  const { observed } = judged.evidence;
  const common = firstDown(judged.evidence);
  return {
    heading: 'What it is compared with',
    why: `New sources come by anyway: as often as episodes came, before the first restart of all, from sources that paid one visit only (visits are ${VISIT_MS / 60_000} min apart).`,
    rows: [
      row('nodes', observed.nodes.length, 'nodes'),
      row('common baseline', common, 'windows', `until ${timeOf(judged, common) ?? ''}, the first restart`),
      row('Nb', evidence.nb, 'episodes', `of such sources of ${dropReasonName(observed.signals[signal]?.reason ?? 0)}`),
      row('Eb', evidence.eb, 'windows'),
    ],
    formula: 'Eb = nodes x common baseline',
  };
}

function trendStep({ failure, parts }: SourceAccount, judged: Judged): Step {
  const { observed } = judged.evidence;
  const common = firstDown(judged.evidence);
  const controls = controlsOf(observed, common, (node) => judged.sources.describe(node, failure.signal)?.units ?? []);
  const noisy = observed.signals[failure.signal]?.noisy === true;
  const soak = !('node' in failure);
  return {
    heading: 'What the controls did meanwhile',
    why: 'What also rises on nodes that have not restarted yet is a trend of the cluster, and raises what is asked.',
    rows: [
      ...parts
        .filter(({ on }) => on || !soak)
        .flatMap(({ node, bounds }) => [
          row(
            `${nodeName(judged, node)} seen`,
            difference(controls.seen, bounds.after + 1, failure.look + 1),
            'episodes',
            'on nodes not yet restarted, since this one settled',
          ),
          row(
            `${nodeName(judged, node)} expected`,
            difference(controls.expected, bounds.after + 1, failure.look + 1),
            'episodes',
            'there at their rates before the first restart',
          ),
        ]),
      row('g', failure.evidence.trend, '', soak ? 'the trend: the mean over the nodes' : 'the trend'),
      row('rho', failure.evidence.rho, '', `g times ${noisy ? RHO_KNOWN_NOISY : RHO_KNOWN}`),
    ],
    formula: `g = max(1, (seen + 3) / (expected + 3)), rho = ${noisy ? RHO_KNOWN_NOISY : RHO_KNOWN} g`,
  };
}

function dispersionStep({ signal }: SourceFailure, judged: Judged): Step {
  const { observed } = judged.evidence;
  const perBlock = Math.max(1, Math.round(BLOCK_MS / observed.windowMs));
  const common = firstDown(judged.evidence);
  const prior = observed.signals[signal]?.noisy === true ? PRIOR_PHI_NOISY : PRIOR_PHI;
  const { blocks, phi } = phiOfUnits(
    observed.nodes.map((_, node) =>
      unitsPerBlock(judged.sources.describe(node, signal)?.units ?? [], common, perBlock),
    ),
    prior,
  );
  return {
    heading: 'How bursty these drops are here',
    why: 'Drops that come in bursts are worth less: log e is divided by phi.',
    rows: [
      row('prior', prior, '', `weighs as ${PRIOR_WEIGHT} blocks`),
      ...blocks.flatMap(({ minutes, x2, df, phi: own }) => [
        row(`X2 of ${minutes} min`, x2, '', `over ${df} degrees of freedom, all nodes before the first restart`),
        row(`phi of ${minutes} min`, own),
      ]),
      row(
        'phi',
        phi,
        '',
        blocks.length === 0 ? 'the prior: no two blocks of 5 min before the first restart' : 'the largest',
      ),
    ],
    formula: `phi of a block length = max(1, (X2 + ${PRIOR_WEIGHT} x prior) / (degrees of freedom + ${PRIOR_WEIGHT}))`,
  };
}

function minimumStep({ lane, evidence }: SourceFailure): Step {
  const { na, ea, nb, eb, trend } = evidence;
  const heading = 'Is it large enough to matter?';
  const why = 'What is sure but trivial never fails a soak.';
  if (lane === 'new' || lane === 'new-soak') {
    const rho = lane === 'new' ? RHO_NEW : RHO_NEW_SOAK;
    return {
      heading,
      why,
      rows: [
        row('Na', na, 'episodes', `at least ${MIN_UNITS_NEW} are wanted: ${yesNo(na >= MIN_UNITS_NEW)}`),
        row(
          'rate ratio',
          ratio(na, ea, nb, eb),
          '',
          `more than rho (${rho}) is wanted: ${yesNo(na * eb > rho * nb * ea)}`,
        ),
      ],
      formula: 'rate ratio = (Na / Ea) / (Nb / Eb)',
    };
  }
  const rise = nb > 0 ? na / ea / (nb / eb) / trend : Number.POSITIVE_INFINITY;
  return {
    heading,
    why,
    rows: [
      row('Na', na, 'episodes', `at least ${MIN_UNITS_KNOWN} are wanted: ${yesNo(na >= MIN_UNITS_KNOWN)}`),
      row(
        'rate ratio',
        Number.isFinite(rise) ? rise : 'none before',
        '',
        `at least ${MIN_RATIO} is wanted: ${yesNo(rise >= MIN_RATIO)}`,
      ),
    ],
    formula: 'rate ratio = (Na / Ea) / (Nb / Eb) / g',
  };
}

function ratio(na: number, ea: number, nb: number, eb: number): number | string {
  return nb > 0 && ea > 0 ? na / ea / (nb / eb) : 'none before';
}

function holdsStep({ failure, parts, held }: SourceAccount, judged: Judged): Step {
  const minutes = (windows: number) => secondsOf(judged, windows) / 60;
  const rows: Row[] = [
    row(
      'held part',
      minutes(held.windows),
      'min',
      `in sight; at least ${minutes(judged.times.heldExposure)} min are wanted`,
    ),
    row('held Na', held.units, 'episodes', `at least ${HELD_UNITS} are wanted: ${yesNo(held.units >= HELD_UNITS)}`),
    row(
      'held log e',
      held.logE,
      '',
      `at least ${HELD_LOG_E.toFixed(3)} (${odds(HELD_LOG_E)}) is wanted: ${yesNo(held.logE >= HELD_LOG_E)}`,
    ),
  ];
  for (const { node, latest, on } of parts) {
    const name = nodeName(judged, node);
    if (latest === undefined)
      rows.push(row(`${name} still on`, 'yes', '', 'the after phase is too short, or too empty, to have faded'));
    else
      rows.push(
        row(
          `${name} average`,
          latest.events / latest.exposure,
          'a window',
          `sources with a drop: ${latest.events} in ${latest.exposure} windows`,
        ),
        row(
          `${name} of late`,
          latest.latestEvents / latest.latestExposure,
          'a window',
          `in the latest part: ${latest.latestEvents} in ${latest.latestExposure} windows`,
        ),
        row(`${name} still on`, yesNo(on), '', `it keeps at least ${STILL_ON_SHARE} of the average`),
      );
  }
  rows.push(row('fails', yesNo(failure.evidence.fails), '', 'limit reached, large enough, held, still on'));
  return { heading: 'Does it hold?', rows };
}
