import { logM } from '../stats/counts.js';
import { LOSS_SHARE } from './constants.js';
import type { Evidence } from './from-journal.js';
import type { SourceFailure } from './looks.js';

/** A rise that lost events could explain: what is left of it when the hidden part of the baseline is taken out. */
export interface LossExplanation {
  readonly failure: SourceFailure;
  /** Part of the baseline's windows that had losses, beyond that of the windows after the restart, 0...1. */
  readonly hidden: number;
  /** Exposure before, in windows, without that part. */
  readonly seen: number;
  readonly logE: number;
  readonly limit: number;
}

/**
 * Could lost events explain this rise? Drops that an old agent lost were never counted before: the part of the baseline's windows that had
 * losses, beyond the part of the windows after the restart, is taken out of what was observed before, and all units that were seen in
 * it stay in. What is no failure then is a matter of sight; undefined where it still is one.
 */
export function explainedByLoss(
  failure: SourceFailure,
  limit: number,
  evidence: Evidence,
): LossExplanation | undefined {
  const { observed } = evidence;
  const { nb, eb, na, ea, rho, phi } = failure.evidence;
  const nodes = observed.nodes.flatMap(({ segments }, node) =>
    segments.length > 0 && (!('node' in failure) || failure.node === node) ? [node] : [],
  );
  const hidden = nodes.reduce((sum, node) => sum + hiddenPart(evidence, node), 0) / Math.max(1, nodes.length);
  if (hidden <= 0) return undefined;
  const seen = eb * (1 - hidden);
  const logE = seen < 1 ? 0 : logM(nb, seen, na, ea, rho, phi);
  return seen < 1 || logE < limit ? { failure, hidden, seen, logE, limit } : undefined;
}

/** By how much the share of windows with losses was larger before the restart than after it, 0...1. */
function hiddenPart({ observed, flows, lost }: Evidence, node: number): number {
  const [segment] = observed.nodes[node]?.segments ?? [];
  if (segment === undefined) return 0;
  const lossy = (from: number, to: number): number => {
    let all = 0;
    let bad = 0;
    for (let w = from; w < to; w++) {
      if (observed.nodes[node]?.visible[w] !== 1) continue;
      const gone = lost[node]?.[w] ?? 0;
      all += 1;
      if (gone > LOSS_SHARE * ((flows[node]?.[w] ?? 0) + gone)) bad += 1;
    }
    return all > 0 ? bad / all : 0;
  };
  return Math.max(0, lossy(0, segment.down) - lossy(segment.after, observed.length));
}
