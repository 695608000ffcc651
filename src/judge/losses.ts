import { logM } from '../stats/counts.js';
import { LOSS_SHARE } from './constants.js';
import type { Evidence } from './from-journal.js';
import type { SourceFailure } from './looks.js';

/**
 * Could lost events explain this rise? Drops that an old agent lost were never counted before: the part of the baseline's windows that had
 * losses, beyond the part of the windows after the restart, is taken out of what was observed before, and all units that were seen in
 * it stay in. What is no failure then is a matter of sight.
 */
export function isExplainedByLoss(failure: SourceFailure, limit: number, evidence: Evidence): boolean {
  const { observed } = evidence;
  const { nb, eb, na, ea, rho, phi } = failure.evidence;
  const nodes = observed.nodes.flatMap(({ segments }, node) =>
    segments.length > 0 && (!('node' in failure) || failure.node === node) ? [node] : [],
  );
  const hidden = nodes.reduce((sum, node) => sum + hiddenPart(evidence, node), 0) / Math.max(1, nodes.length);
  if (hidden <= 0) return false;
  const seen = eb * (1 - hidden);
  return seen < 1 || logM(nb, seen, na, ea, rho, phi) < limit;
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
