import { dropReasonName } from '../hubble/names.js';
import type { Finding } from './document.js';
import { findingOf } from './finding.js';
import type { Aside, Found } from './found.js';
import { groupFailures, type Group } from './groups.js';
import { secondsOf, type Judged } from './judged.js';
import type { Failure, Looks, SourceFailure } from './looks.js';
import { explainedByLoss, type LossExplanation } from './losses.js';
import { renamedFrom, type Comparison, type Rename } from './renames.js';
import { listed, odds, percent, plural, short, spoken } from './text.js';

/** Failures and watches that stand, and what is told instead of those that something else explains. */
export interface Weighed extends Looks {
  readonly explained: readonly Found[];
}

/** Takes out what a renamed reason or lost events explain: the first is no news, the second a matter of sight. */
export function setAside(looks: Looks, judged: Judged): Weighed {
  const renamed = new Map<Failure, Rename>();
  const lost = new Map<Failure, LossExplanation>();
  const { evidence, sources, episodeMs } = judged;
  const weigh = (failure: Failure, limit: number): boolean => {
    if (!isOfSources(failure)) return true;
    const rename = renamedFrom(failure, limit, evidence, sources, episodeMs);
    if (rename !== undefined) renamed.set(failure, rename);
    else {
      const loss = explainedByLoss(failure, limit, evidence);
      if (loss === undefined) return true;
      lost.set(failure, loss);
    }
    return false;
  };
  const failures = looks.failures.filter((failure) => weigh(failure, failure.evidence.limit));
  const watches = looks.watches.filter((watch) => weigh(watch, watch.evidence.watch));
  const groups = (some: Iterable<Failure>) => groupFailures([...some], evidence, judged.edges, sources);
  const explained = [
    ...groups(lost.keys()).map((group): Found => {
      const losses = of(group, lost);
      const finding = findingOf(group, 'warn', judged);
      return withAside({ ...finding, class: 'visibility', says: lossText(finding, losses) }, { why: 'lost', losses });
    }),
    ...groups(renamed.keys()).map((group): Found => {
      const renames = of(group, renamed);
      const finding = findingOf(group, 'info', judged);
      const says = renameText(finding, renames, judged);
      return withAside({ ...finding, class: 'ambient', says }, { why: 'renamed', renames });
    }),
  ];
  return { failures, watches, explained };
}

function withAside(finding: Found, aside: Aside): Found {
  return finding.basis?.kind === 'numbers' ? { ...finding, basis: { ...finding.basis, aside } } : finding;
}

function isOfSources(failure: Failure): failure is SourceFailure {
  return 'signal' in failure;
}

function of<T>(group: Group, all: ReadonlyMap<Failure, T>): T[] {
  return group.failures.flatMap((failure) => all.get(failure) ?? []);
}

function lossText({ nodes, reasonName, before, after }: Finding, losses: readonly LossExplanation[]): string {
  const [worst] = [...losses].sort((a, b) => b.logE - a.logE);
  const name = reasonName ?? 'A drop';
  if (worst === undefined) throw new Error('a loss that explains nothing');
  return (
    `${name} shows on ${listed(nodes)} with ${plural(after?.episodes ?? 0, 'episode')} after the restart and ${short(before?.episodes ?? 0)} before, ` +
    `but events were lost in ${percent(worst.hidden)} more of the windows before it. Without those windows it is ${odds(worst.logE)} by chance (${odds(worst.limit)} is the limit), so it is no failure but a gap in what was seen: raise the ring and queue sizes of the agent and soak again.`
  );
}

function renameText(finding: Finding, renames: readonly Rename[], judged: Judged): string {
  const { signals } = judged.evidence.observed;
  const codes = new Set(renames.flatMap(({ from }) => from.map((signal) => signals[signal]?.reason ?? 0)));
  const old = listed([...codes].sort((a, b) => a - b).map(dropReasonName));
  const [rename] = [...renames].sort((a, b) => b.logE - a.logE);
  if (rename === undefined) throw new Error('a renamed reason without its old name');
  const time = (windows: number) => spoken(secondsOf(judged, windows) * 1000);
  const units = ({ nb, eb, na, ea }: Comparison) =>
    `${plural(nb, 'episode')} in ${time(eb)} before, ${short(na)} in ${time(ea)} after`;
  return (
    `The same sources were dropped on ${listed(finding.nodes)} as ${old} before the restart and are dropped as ${finding.reasonName ?? 'another reason'} after it. ` +
    `Both together are ${units(rename.all)}, which is no rise (${odds(rename.logE)} by chance, ${odds(rename.limit)} is the limit), so the reason changed its name and nothing else.`
  );
}
