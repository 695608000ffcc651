/** How far attempts got that nobody answered: lost on their way, arrived and not answered, or answered in vain. */
import { edgePlacesOf } from './edge-places.js';
import type { EdgeSeries } from './edge-series.js';
import { nodeName, type Judged } from './judged.js';
import { SLOT } from './observed.js';
import { ReplySight } from './reply-sight.js';
import { ReturnPaths } from './return-paths.js';
import { listed, plural, short } from './text.js';
import { SAME_ATTEMPT_MS } from './trial-series.js';

/** A failed attempt as its source's node told it. */
interface Sent {
  readonly window: number;
  readonly dstNode: number;
  readonly workloadEdge: string;
  /** Should the destination's node have answered it, then that answer was lost. */
  readonly isLostBack: boolean;
}

interface Fates {
  /** Attempts by what the destination's node knows of them. */
  readonly never: Set<number>;
  arrived: number;
  /** Answered there, and the answer lost on its way back. */
  back: number;
  /** Nodes on which they were never seen, arrived, or were answered. */
  readonly at: Set<number>;
}

/** A clause on the attempts of some series that failed in silence; undefined where it cannot be told. */
export function howFar(series: readonly EdgeSeries[], judged: Judged): string | undefined {
  if (judged.rows === undefined || series.length === 0) return undefined;
  const { never, arrived, back, at } = fatesOf(series, judged, judged.rows);
  const nodes = `on ${listed([...at].sort((a, b) => a - b).map((node) => nodeName(judged, node)))}`;
  const were = (count: number) => (count === 1 ? 'was' : 'were');
  const fates = [
    { count: never.size, text: (n: number, where: string) => `${were(n)} forwarded and never seen ${where}` },
    { count: arrived, text: (n: number, where: string) => `arrived ${where} and ${were(n)} not answered` },
    { count: back, text: (n: number, where: string) => `${were(n)} answered ${where}, and the answer never came back` },
  ].filter(({ count }) => count > 0);
  const [first] = fates;
  if (first === undefined) return undefined;
  if (fates.length === 1)
    return `${plural(first.count, 'attempt')} that could be followed ${first.text(first.count, nodes)}`;
  const told = fates.map(({ count, text }, i) => `${short(count)} ${text(count, i === 0 ? nodes : 'there')}`);
  return `of ${short(never.size + arrived + back)} attempts that could be followed ${told.join(', ')}`;
}

function fatesOf(series: readonly EdgeSeries[], { evidence }: Judged, rows: NonNullable<Judged['rows']>): Fates {
  const { layout, windows } = rows;
  const places = edgePlacesOf(layout.places);
  const failing = new Map(
    series.map(({ trial, from }) => [`${trial.workloadEdge}\t${trial.srcNode}\t${trial.dstNode}`, from]),
  );
  const sent = new Map<number, Sent>();
  const told = new Set<string>();
  const fates: Fates = { never: new Set(), arrived: 0, back: 0, at: new Set() };
  const replies = new ReplySight(windows, layout);
  const returns = new ReturnPaths(windows, { ...layout, replies });
  for (const line of windows) {
    const observer = layout.index.get(line.node) ?? 0;
    for (const row of line.attempts) {
      if (row.vantage !== 'source' && row.vantage !== 'destination') continue;
      const place = places.find(row.edge, row.vantage, observer, row.window);
      if (row.vantage === 'destination') told.add(`${place.workloadEdge}\t${observer}`);
      const from = failing.get(place.key);
      const window = row.window - layout.start;
      if (from === undefined || Math.floor(window / SLOT) < from || row.unanswered.length === 0) continue;
      if (row.vantage === 'source' && place.dstNode >= 0) {
        const isLostBack = returns.isLost(row, place, line.window);
        for (const hash of row.unanswered) sent.set(hash, { window: row.window, isLostBack, ...place });
      } else if (row.vantage === 'destination' && place.srcNode < 0) {
        fates.arrived += row.unanswered.length;
        fates.at.add(observer);
      }
    }
  }
  if (sent.size === 0) return fates;
  const near = Math.ceil(SAME_ATTEMPT_MS / layout.windowMs);
  const seen = new Set<number>();
  const answered = new Set<number>();
  const dropped = new Set<number>();
  for (const line of windows) {
    const observer = layout.index.get(line.node) ?? 0;
    const isSame = (hash: number, window: number) => {
      const one = sent.get(hash);
      return one !== undefined && one.dstNode === observer && Math.abs(one.window - window) <= near;
    };
    for (const hash of line.answered) if (isSame(hash, line.window)) answered.add(hash);
    for (const { unanswered, dropped: drops, window } of line.attempts) {
      for (const hash of unanswered) if (isSame(hash, window)) seen.add(hash);
      for (const { hashes } of drops) for (const hash of hashes) if (isSame(hash, window)) dropped.add(hash);
    }
  }
  const isInSight = ({ window, dstNode }: Sent) => {
    const visible = evidence.observed.nodes[dstNode]?.visible;
    for (let w = window; w <= window + 2; w++) if (visible?.[w - layout.start] !== 1) return false;
    return true;
  };
  for (const [hash, one] of sent) {
    // Those that were dropped there, or answered for all that is known, have not failed in silence.
    if (dropped.has(hash) || (answered.has(hash) && !one.isLostBack)) continue;
    if (answered.has(hash)) fates.back += 1;
    // What a node calls unanswered while it shows no replies is unknown.
    else if (replies.isHidden(one.dstNode, one.window - layout.start)) continue;
    else if (seen.has(hash)) fates.arrived += 1;
    // A node that never told of such attempts tells nothing by their absence.
    else if (isInSight(one) && told.has(`${one.workloadEdge}\t${one.dstNode}`)) fates.never.add(hash);
    else continue;
    fates.at.add(one.dstNode);
  }
  return fates;
}
