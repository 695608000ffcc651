import { dropReasonName } from '../hubble/names.js';
import type { Finding } from './document.js';
import { findingOf, type Judged } from './finding.js';
import { groupFailures } from './groups.js';
import type { Failure, Looks, SourceFailure } from './looks.js';
import { isExplainedByLoss } from './losses.js';
import { renamedFrom } from './renames.js';
import { listed, plural } from './text.js';

/** Failures and watches that stand, and what is told instead of those that something else explains. */
export interface Weighed extends Looks {
  readonly explained: readonly Finding[];
}

/** Takes out what a renamed reason or lost events explain: the first is no news, the second a matter of sight. */
export function setAside(looks: Looks, judged: Judged): Weighed {
  const renamed = new Map<Failure, readonly number[]>();
  const lost = new Set<Failure>();
  const { evidence, sources, episodeMs } = judged;
  const weigh = (failure: Failure, limit: number): boolean => {
    if (!isOfSources(failure)) return true;
    const from = renamedFrom(failure, limit, evidence, sources, episodeMs);
    if (from.length > 0) renamed.set(failure, from);
    else if (isExplainedByLoss(failure, limit, evidence)) lost.add(failure);
    else return true;
    return false;
  };
  const failures = looks.failures.filter((failure) => weigh(failure, failure.evidence.limit));
  const watches = looks.watches.filter((watch) => weigh(watch, watch.evidence.watch));
  const groups = (some: Iterable<Failure>) => groupFailures([...some], evidence, judged.edges, sources);
  const explained = [
    ...groups(lost).map((group): Finding => {
      const finding = findingOf(group, 'warn', judged);
      const says = `More events were lost before the restart of ${listed(finding.nodes)} than after it, and that alone could explain why ${finding.reasonName ?? 'a drop'} shows now: ${plural(finding.before?.episodes ?? 0, 'episode')} before, ${plural(finding.after?.episodes ?? 0, 'episode')} after. It is no failure but a gap in what was seen: raise the ring and queue sizes of the agent and soak again.`;
      return { ...finding, class: 'visibility', says };
    }),
    ...groups(renamed.keys()).map((group): Finding => {
      const finding = findingOf(group, 'info', judged);
      const codes = group.failures.flatMap((failure) =>
        (renamed.get(failure) ?? []).map((signal) => evidence.observed.signals[signal]?.reason ?? 0),
      );
      const old = listed([...new Set(codes)].sort((a, b) => a - b).map(dropReasonName));
      const says = `The same sources were dropped on the same edges of ${listed(finding.nodes)} as ${old} before the restart and are dropped as ${finding.reasonName ?? 'another reason'} after it. Both together are no more frequent than before, so the reason changed its name and nothing else.`;
      return { ...finding, class: 'ambient', says };
    }),
  ];
  return { failures, watches, explained };
}

function isOfSources(failure: Failure): failure is SourceFailure {
  return 'signal' in failure;
}
