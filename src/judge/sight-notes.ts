/** What could not be seen: lost events, replies that a node does not show, and silences that nothing explains. */
import { formatTime } from '../hubble/time.js';
import { LOSS_SHARE } from './constants.js';
import { EMPTY } from './empty-finding.js';
import type { Found } from './found.js';
import { nodeName, secondsOf, timeOf, windowsInSight, type Judged } from './judged.js';
import type { HiddenReplies } from './reply-sight.js';
import { side } from './sides.js';
import { percent, plural, short, spoken } from './text.js';

/** Part of a side's windows that may be missing without standing in the way of a PASS. */
export const SIGHT_SHARE = 0.1;

/** What of one side of a node was lost. */
export interface LossOfSide {
  readonly lost: number;
  readonly all: number;
  readonly windows: number;
  /** Windows that lost so much that they are not compared. */
  readonly lossy: number;
}

/** Events lost on a node in [from, to), and the windows that are left out for it. */
export function lossWithin({ evidence }: Judged, node: number, from: number, to: number): LossOfSide {
  const { visible } = evidence.observed.nodes[node] ?? {};
  let [lost, all, windows, lossy] = [0, 0, 0, 0];
  for (let w = Math.max(0, from); w < Math.min(to, evidence.observed.length); w++) {
    if (visible?.[w] !== 1) continue;
    const gone = evidence.lost[node]?.[w] ?? 0;
    const seen = evidence.flows[node]?.[w] ?? 0;
    windows += 1;
    lost += gone;
    all += gone + seen;
    if (gone > LOSS_SHARE * (gone + seen)) lossy += 1;
  }
  return { lost, all, windows, lossy };
}

/** Lost events, hidden replies, and silences that nothing explains. */
export function sightFindings(judged: Judged): Found[] {
  const { observed, timelines } = judged.evidence;
  return [
    ...observed.nodes.flatMap((_, node) => lossFinding(node, judged) ?? []),
    ...observed.nodes.flatMap((_, node) => hiddenFinding(node, judged) ?? []),
    ...timelines.flatMap((__, node) => unseenFinding(node, judged) ?? []),
  ];
}

function lossFinding(node: number, judged: Judged): Found | undefined {
  const { observed } = judged.evidence;
  const [segment] = observed.nodes[node]?.segments ?? [];
  const before = lossWithin(judged, node, 0, segment?.down ?? observed.length);
  const later = lossWithin(judged, node, segment?.after ?? observed.length, observed.length);
  if (before.lost + later.lost === 0) return undefined;
  const part = ({ lossy, windows }: LossOfSide) => (windows > 0 ? lossy / windows : 0);
  const share = ({ lost, all }: LossOfSide) => (all > 0 ? lost / all : 0);
  const blocks = part(before) > SIGHT_SHARE || part(later) > SIGHT_SHARE;
  const sideOf = (of: LossOfSide) => side(of.lost, of.lost, 0, secondsOf(judged, of.windows), share(of));
  const windows = (of: LossOfSide) => `${short(of.lossy)} of ${plural(of.windows, 'window')} with losses`;
  return {
    ...EMPTY,
    severity: blocks ? 'warn' : 'info',
    nodes: [nodeName(judged, node)],
    before: sideOf(before),
    after: segment === undefined ? null : sideOf(later),
    says:
      `Hubble lost ${percent(share(before))} of the events of ${nodeName(judged, node)} before its restart (${windows(before)}) and ${percent(share(later))} after it (${windows(later)}). ` +
      (blocks
        ? `Windows with losses are not compared, and more than ${percent(SIGHT_SHARE)} of a side could hide a difference: raise the ring and queue sizes of the agent and soak again.`
        : `Windows with losses are not compared; up to ${percent(SIGHT_SHARE)} of a side is no obstacle.`),
    basis: { kind: 'loss', node },
  };
}

/** Spans of a node in which its replies did not show. */
export function hiddenOf({ evidence }: Judged, node: number): HiddenReplies[] {
  return (evidence.hidden ?? []).filter((one) => one.node === node);
}

function hiddenFinding(node: number, judged: Judged): Found | undefined {
  const all = hiddenOf(judged, node);
  const fresh = all.filter(({ isNew }) => isNew);
  const spans = fresh.length > 0 ? fresh : all;
  const [first] = spans;
  const last = spans.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const name = nodeName(judged, node);
  const answered = spans.reduce((sum, one) => sum + one.answered, 0);
  const forward = spans.reduce((sum, one) => sum + one.forward, 0);
  const when =
    fresh.length > 0 ? ' since its restart' : first.segment < 0 && all.length === 1 ? ' before its restart' : '';
  const seen = `${plural(forward, 'packet')} went out and ${plural(answered, 'TCP connection')} went on as if answered`;
  return {
    ...EMPTY,
    severity: fresh.length > 0 ? 'warn' : 'info',
    nodes: [name],
    firstSeen: timeOf(judged, first.from),
    lastSeen: timeOf(judged, last.to),
    says:
      `${name} shows no replies${when}: ${seen}, but no answer was shown. ` +
      `What it calls unanswered is unknown and not compared${fresh.length > 0 ? ', so that it cannot pass' : ''}; ` +
      `check that monitor aggregation is set on its agent as on the others${fresh.length > 0 ? ' and as before' : ''}.`,
    basis: { kind: 'hidden', node },
  };
}

function unseenFinding(node: number, judged: Judged): Found | undefined {
  const { evidence, windowMs } = judged;
  const timeline = evidence.timelines[node];
  if (timeline === undefined || timeline.unseen.length === 0) return undefined;
  const { unseen, name } = timeline;
  const ms = unseen.reduce((sum, { from, to }) => sum + to - from, 0);
  const all = windowsInSight(judged, node, 0, evidence.observed.length) * windowMs;
  const blocks = ms > SIGHT_SHARE * all;
  return {
    ...EMPTY,
    severity: blocks ? 'warn' : 'info',
    nodes: [name],
    firstSeen: formatTime(unseen[0]?.from ?? 0),
    lastSeen: formatTime(unseen.at(-1)?.to ?? 0),
    says:
      `${name} was out of sight for ${spoken(ms)} without a restart (${
        unseen.some((one) => one.why === 'all-silent')
          ? 'all nodes were silent: relay or the stream was away'
          : 'its agent did not restart then'
      }), and was seen for ${spoken(all)}. Nothing of that time is compared; ` +
      `${blocks ? `more than ${percent(SIGHT_SHARE)} stands in the way of a PASS` : `up to ${percent(SIGHT_SHARE)} is no obstacle`}.`,
    basis: { kind: 'unseen', node },
  };
}
