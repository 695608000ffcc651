/** What no e-value decided: rules, transients, ambient failures, what could not be seen, and what took a rise out of the failures. */
import { dropReasonName } from '../../hubble/names.js';
import { AMBIENT_SHARE, LOSS_SHARE, MIN_RATIO } from '../constants.js';
import type { Aside, LeftOut, Settled } from '../found.js';
import { nodeName, secondsOf, timeOf, windowsInSight, type Judged } from '../judged.js';
import type { LossExplanation } from '../losses.js';
import { hiddenOf, lossWithin, SIGHT_SHARE } from '../sight-notes.js';
import { TRANSIENT_EVENTS, TRANSIENT_RATE } from '../transients.js';
import type { Comparison, Rename } from '../renames.js';
import type { Breach } from '../rules.js';
import { formatTime } from '../../hubble/time.js';
import { row, yesNo, type Row, type Step } from './derivation.js';
import { countsStep } from './kernels.js';

export function breachStep(breach: Breach, judged: Judged): Step {
  const { counted, limit, withinMs, pastSettleMs, cleanBaseline, since, nodes } = breach;
  const unit = breach.rule === 'gone' ? 'min' : breach.rule === 'restart-loop' ? 'restarts' : 'episodes';
  return {
    heading: 'The hard rule',
    why: `${breach.why}; such a thing is a FAIL by itself, without statistics.`,
    rows: [
      row('nodes', nodes.map((node) => nodeName(judged, node)).join(', ')),
      row('counted', counted, unit, 'the most on one node'),
      row('limit', limit, unit, `reached: ${yesNo(counted >= limit)}`),
      ...(Number.isFinite(withinMs) ? [row('within', withinMs / 60_000, 'min')] : []),
      ...(pastSettleMs === undefined ? [] : [row('counted from', pastSettleMs / 1000, 's', 'past settle')]),
      ...(cleanBaseline ? [row('baseline', 0, 'episodes', 'it had none, and was long enough to say so')] : []),
      row('since', formatTime(since)),
    ],
  };
}

export function transientSteps(settled: readonly Settled[], judged: Judged): Step[] {
  return settled.map((one) => {
    const { settle, before, later } = one;
    const segment = judged.evidence.observed.nodes[one.node]?.segments[one.segment];
    const scaled = ({ events, windows }: Settled['before']) =>
      (events / Math.max(1, windows)) * Math.max(1, settle.windows);
    return {
      heading: `Drops around the restart of ${nodeName(judged, one.node)}`,
      why: 'What a restart stirs up and what is gone when it has settled is told and does not count.',
      rows: [
        row(
          'settle',
          settle.events,
          'drops',
          `in ${settle.windows} windows; at least ${TRANSIENT_EVENTS} are told: ${yesNo(settle.events >= TRANSIENT_EVENTS)}`,
        ),
        row('before', before.events, 'drops', `in ${before.windows} windows`),
        row(
          'xb',
          scaled(before),
          'drops',
          `in as much time as settle; ${TRANSIENT_RATE} times as many in settle: ${yesNo(settle.events >= TRANSIENT_RATE * scaled(before))}`,
        ),
        row('later', later.events, 'drops', `in ${later.windows} windows since it settled`),
        row(
          'xl',
          scaled(later),
          'drops',
          `in as much time as settle; ${TRANSIENT_RATE} times as many in settle: ${yesNo(settle.events >= TRANSIENT_RATE * scaled(later))}`,
        ),
        row('back', timeOf(judged, segment?.back ?? 0) ?? '', '', 'its flows are there again'),
        row(
          'last',
          timeOf(judged, one.last + 1) ?? '',
          '',
          `${secondsOf(judged, one.last + 1 - (segment?.back ?? 0))} s after that`,
        ),
      ],
      formula: 'xb = before / windows before x windows of settle, xl = later / windows later x windows of settle',
    };
  });
}

export function ambientSteps(left: readonly LeftOut[], judged: Judged): Step[] {
  return left.map(({ node, trials, failed, before, control }) => ({
    heading: `Trials of ${nodeName(judged, node)} that were left out`,
    why: 'A slot of a destination is left out while callers that this restart does not touch fail there too (while there are none, their last word stands as long as most of it goes on).',
    rows: [
      row('left out', trials, 'trials', `${Math.round(failed * 100) / 100} of them failed`),
      row(
        'before',
        before.trials,
        'trials',
        `${Math.round(before.failed * 100) / 100} of them failed: the edges are known good`,
      ),
      row('c', control.trials, 'trials', 'control trials in these slots'),
      row('cf', control.failed, 'trials', 'of them failed'),
      row(
        'share',
        control.trials > 0 ? control.failed / control.trials : 0,
        '',
        `in each slot alone cf > ${AMBIENT_SHARE} (c + 1)`,
      ),
    ],
  }));
}

export function lossStep(node: number, judged: Judged): Step {
  const { observed } = judged.evidence;
  const segment = observed.nodes[node]?.segments[0];
  const sides = [
    { name: 'before', of: lossWithin(judged, node, 0, segment?.down ?? observed.length) },
    { name: 'after', of: lossWithin(judged, node, segment?.after ?? observed.length, observed.length) },
  ];
  return {
    heading: `Events lost on ${nodeName(judged, node)}`,
    why: `A window that lost more than ${LOSS_SHARE} of its events is not compared; a side that has more than ${SIGHT_SHARE} of such windows cannot carry a PASS.`,
    rows: sides.flatMap(({ name, of }): Row[] => [
      row(`lost ${name}`, of.lost, 'events', `of ${of.all}`),
      row(`windows ${name}`, of.windows, 'windows', 'in sight'),
      row(
        `with losses ${name}`,
        of.lossy,
        'windows',
        `too many: ${yesNo(of.windows > 0 && of.lossy / of.windows > SIGHT_SHARE)}`,
      ),
    ]),
  };
}

export function hiddenStep(node: number, judged: Judged): Step {
  return {
    heading: `When ${nodeName(judged, node)} showed no replies`,
    why: 'Clients that go on with their TCP connections have been answered: where several edges do and no reply is shown, replies are hidden. Where nothing goes on, unanswered attempts stay failures.',
    rows: hiddenOf(judged, node).flatMap(({ from, to, answered, forward }): Row[] => [
      row('hidden', secondsOf(judged, to - from), 's', `from ${timeOf(judged, from) ?? ''}`),
      row('went on', answered, 'TCP attempts', 'the client sent more'),
      row('forwarded', forward, 'packets'),
    ]),
  };
}

export function unseenStep(node: number, judged: Judged): Step {
  const { evidence, windowMs } = judged;
  const unseen = evidence.timelines[node]?.unseen ?? [];
  const ms = unseen.reduce((sum, { from, to }) => sum + to - from, 0);
  const seen = windowsInSight(judged, node, 0, evidence.observed.length) * windowMs;
  return {
    heading: `When ${nodeName(judged, node)} was out of sight`,
    why: 'A silence beyond the habit of the node that no restart explains: nothing of it is compared.',
    rows: [
      ...unseen.map(({ from, to, why }) =>
        row(
          'silent',
          (to - from) / 1000,
          's',
          `from ${formatTime(from)}; ${why === 'all-silent' ? 'all nodes were' : 'this node alone'}`,
        ),
      ),
      row(
        'in all',
        ms / 1000,
        's',
        `${seen / 1000} s in sight; more than ${SIGHT_SHARE} of it: ${yesNo(ms > SIGHT_SHARE * seen)}`,
      ),
    ],
  };
}

/** Why a rise that reached its limit is no failure. */
export function asideSteps(aside: Aside, judged: Judged): Step[] {
  switch (aside.why) {
    case 'renamed':
      return aside.renames.flatMap((rename) => renameSteps(rename, judged));
    case 'lost':
      return aside.losses.flatMap(lossSteps);
  }
}

function renameSteps({ from, old, all, rho, phi, logE, limit }: Rename, judged: Judged): Step[] {
  const { signals } = judged.evidence.observed;
  const names = [...new Set(from.map((signal) => dropReasonName(signals[signal]?.reason ?? 0)))].join(', ');
  const ratio = ({ nb, eb, na, ea }: Comparison) => (nb > 0 && ea > 0 ? na / ea / (nb / eb) : 0);
  return [
    {
      heading: 'Why it does not count: another name',
      why: 'The same sources were dropped by another name before the restart; that name fell to half of its rate or less.',
      rows: [
        row('old names', names),
        row('old before', old.nb, 'episodes', `in ${old.eb} windows`),
        row('old after', old.na, 'episodes', `in ${old.ea} windows`),
        row('all names before', all.nb, 'episodes'),
        row('all names after', all.na, 'episodes'),
        row(
          'rate ratio',
          ratio(all),
          '',
          `of all names; a rise is at least ${MIN_RATIO}: ${yesNo(ratio(all) >= MIN_RATIO)}`,
        ),
        row('limit', limit, '', `a rise reaches it, too: ${yesNo(logE >= limit)}`),
      ],
    },
    countsStep('All names together', 'The e-value of "all these names together come as often as before".', {
      ...all,
      rho,
      phi,
    }),
  ];
}

function lossSteps({ failure, hidden, seen, logE, limit }: LossExplanation): Step[] {
  const { nb, eb, na, ea, rho, phi } = failure.evidence;
  return [
    {
      heading: 'Why it does not count: lost events',
      why: 'Drops that were lost before the restart were never counted: the windows with losses beyond those after it are taken out of what was seen before.',
      rows: [
        row('hidden', hidden, '', "more of the baseline's windows had losses than of those after"),
        row('Eb', eb, 'windows'),
        row('seen', seen, 'windows', 'Eb (1 - hidden)'),
        row('limit', limit, '', `reached without the hidden part: ${yesNo(seen >= 1 && logE >= limit)}`),
      ],
    },
    ...(seen < 1
      ? []
      : [
          countsStep('Without the hidden part', 'The same comparison over what was seen.', {
            nb,
            eb: seen,
            na,
            ea,
            rho,
            phi,
          }),
        ]),
  ];
}
