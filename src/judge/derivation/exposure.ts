/** What of each node was looked at: its restart, its two sides, and what is left out of them. */
import { windowsInSight, nodeName, secondsOf, timeOf, type Judged } from '../judged.js';
import { lossWithin } from '../sight-notes.js';
import { row, type Row, type Step } from './derivation.js';

export function exposureStep(nodes: readonly number[], judged: Judged): Step {
  const { evidence, windowMs, times } = judged;
  return {
    heading: 'What was compared',
    why: 'Each node with its own time before the restart (down) and with its time from settle on (after). What was out of sight counts on neither side, nor do the attempts of windows that lost events.',
    rows: [
      row('window', windowMs / 1000, 's', 'trials are counted in slots of two windows'),
      row('settle', secondsOf(judged, times.settle), 's', 'after the return, not compared'),
      row(
        'grace',
        secondsOf(judged, evidence.observed.graceWindows),
        's',
        'time that attempts have to fail; then their slot is judged',
      ),
      ...nodes.flatMap((node) => nodeRows(node, judged)),
    ],
  };
}

function nodeRows(node: number, judged: Judged): Row[] {
  const name = nodeName(judged, node);
  const { observed } = judged.evidence;
  const segments = observed.nodes[node]?.segments ?? [];
  const [first] = segments;
  if (first === undefined) return [row(`${name} restarts`, 0, '', 'no restart: it is a control all the time')];
  const before = lossWithin(judged, node, 0, first.down);
  const minutes = (windows: number) => secondsOf(judged, windows) / 60;
  return [
    row(`${name} baseline in sight`, minutes(before.windows), 'min', blindNote(judged, node, 0, first.down)),
    row(
      `${name} baseline windows with losses`,
      before.lossy,
      'windows',
      `of ${before.windows}; their attempts are left out`,
    ),
    ...segments.flatMap((segment, k) => {
      const which = segments.length > 1 ? `${name} (restart ${k + 1})` : name;
      const end = Math.min(segment.end, observed.length);
      const after = lossWithin(judged, node, segment.after, end);
      return [
        row(`${which} down`, timeOf(judged, segment.down) ?? '', '', 'R: the window in which its agent went'),
        row(`${which} back`, timeOf(judged, segment.back) ?? '', '', 'v: its flows are there again'),
        row(`${which} after from`, timeOf(judged, segment.after) ?? '', '', 'a: settled'),
        row(`${which} after in sight`, minutes(after.windows), 'min', blindNote(judged, node, segment.after, end)),
        row(
          `${which} after windows with losses`,
          after.lossy,
          'windows',
          `of ${after.windows}; their attempts are left out`,
        ),
      ];
    }),
  ];
}

function blindNote(judged: Judged, node: number, from: number, to: number): string {
  const blind = Math.max(0, to - from - windowsInSight(judged, node, from, to));
  return blind === 0 ? '' : `${blind} ${blind === 1 ? 'window' : 'windows'} out of sight left out`;
}
