import { exactPValue, rateRatioInterval } from '../stats/counts.js';
import { beganIn, beganLate } from './began.js';
import type { FindingClass, Severity } from './document.js';
import { addUp, type EdgeSeries } from './edge-series.js';
import { afterSlots, SILENT } from './failed-trials.js';
import type { Found } from './found.js';
import type { Group } from './groups.js';
import { attemptsBegun, firstDown, firstSegment, nodeName, observedSeconds, timeOf, type Judged } from './judged.js';
import type { Failure } from './looks.js';
import { countWithin, edgeText, shareOf, SLOT, type EdgeInfo } from './observed.js';
import { filtersOf, nextCommand } from './next-command.js';
import { directionOf, examples, reasonOf } from './pointers.js';
import { placesText, trialsText, unitsText, whyText } from './says.js';
import { controlTrials, controlUnits, side, sideOfTrials, sideOfUnits } from './sides.js';
import { hitSince, signalsOf } from './hit-edges.js';
import { spoken } from './text.js';
import { toldOf } from './topics.js';
import { whereOf } from './where.js';

const EDGES = 20;

/** The finding of a group of failures (severity fail) or watches (warn). */
export function findingOf(group: Group, severity: Severity, judged: Judged): Found {
  return group.edgeEvidence !== undefined ? ofAttempts(group, severity, judged) : ofDrops(group, severity, judged);
}

/** The failure of a group with the evidence that its finding tells: the strongest of its kind. */
export function strongestOf({ edgeEvidence, sourceEvidence, failures }: Group): Failure | undefined {
  return failures.find(({ evidence }) => evidence === (edgeEvidence ?? sourceEvidence));
}

function ofAttempts(group: Group, severity: Severity, judged: Judged): Found {
  const { evidence } = judged;
  const names = group.nodes.map((node) => nodeName(judged, node));
  const { series } = group;
  const { before } = addUp(series, () => ({ failed: 0, trials: 0 }));
  const seen = afterOf(series, group.reason);
  const first = Math.min(...series.map((one) => onset(one, group.reason, judged)));
  const seconds = (k: 'before' | 'after') => observedSeconds(group.nodes, judged, k);
  const edges = edgeTexts(series.map((one) => one.trial.edge));
  const where = whereOf(group, judged);
  const { className, kind, reason, what, failed, more, type } = toldOf(group, judged);
  const control = controlTrials(
    judged,
    new Set(series.map((one) => one.trial.destination)),
    firstAfter(group.nodes, judged),
  );
  const failure = strongestOf(group);
  const undecided = group.undecided.map((node) => nodeName(judged, node));
  const charged = undecided.length === 0 ? '' : `; charged to ${placesText(names, undecided)}`;
  const { since } = judged.edges.plan;
  const when = since === undefined ? undefined : `from ${spoken(since * judged.windowMs)} after the restart on`;
  const compared = `${what} for ${where.told}: ${trialsText(before, seen, control, failed, when)}${more}${charged}.${where.probes}`;
  const why = `${beganLate(series, group.reason, group.nodes, judged)}${whyText(failure, severity, pastSettle(group.nodes, seen.last, judged), judged)}`;
  const attempts = series.reduce(
    (sum, { beforeAttempts: one }) => ({ all: sum.all + one.attempts, failed: sum.failed + one.failed }),
    { all: 0, failed: 0 },
  );
  return {
    id: '',
    class: className,
    kind,
    severity,
    nodes: names,
    peers: group.peers.map((node) => nodeName(judged, node)),
    direction: reason === null ? null : directionOf(group, evidence),
    reason,
    reasonName: reason?.name ?? null,
    scope: where.scope,
    where: where.clause,
    edges: edges.shown,
    before: side(before.failed, attempts.failed, attempts.all, seconds('before'), share(before)),
    after: side(seen.failed, seen.attemptsFailed, seen.attempts, seconds('after'), share(seen)),
    control: sideOfTrials(control),
    evidence:
      failure === undefined
        ? null
        : { logE: failure.evidence.logE, pValue: null, rateRatio: null, limit: failure.evidence.limit },
    firstSeen: timeOf(judged, first),
    lastSeen: timeOf(judged, seen.last + 1),
    examples: kind === 'attempts' ? examples(evidence, group.nodes, group.reason, edges.all) : [],
    nextCommand: nextCommand({
      ...filtersOf(where.extent, group.nodes, (node) => nodeName(judged, node)),
      reason: reason?.name,
      type,
      since: timeOf(judged, first),
    }),
    says: `${compared} ${why}`,
    basis: { kind: 'numbers', group, compared },
  };
}

function share({ failed, trials }: { readonly failed: number; readonly trials: number }): number {
  return trials > 0 ? failed / trials : 0;
}

/** The after phase of some series until now, and the last window in which an attempt failed this way. */
function afterOf(series: readonly EdgeSeries[], reason: number) {
  const sums = { trials: 0, failed: 0, attempts: 0, attemptsFailed: 0, last: Number.NEGATIVE_INFINITY };
  for (const one of series) {
    const { trial } = one;
    for (const { slot, index } of afterSlots(one)) {
      const failed = trial.failed[index] ?? 0;
      sums.trials += 1;
      sums.failed += shareOf(trial, index);
      sums.attempts += trial.attempts[index] ?? 0;
      sums.attemptsFailed += failed;
      if (failed > 0 && (trial.reasons[index] ?? SILENT) === reason) sums.last = Math.max(sums.last, slot * SLOT + 1);
    }
  }
  return sums;
}

function ofDrops(group: Group, severity: Severity, judged: Judged): Found {
  const { evidence } = judged;
  const { observed } = evidence;
  const names = group.nodes.map((node) => nodeName(judged, node));
  const signals = signalsOf(group.reason, evidence);
  const counts = countDrops(group.nodes, signals, judged);
  const isNovel = !observed.drops.some(
    (drop) => signals.includes(drop.signal) && (drop.windows[0] ?? Infinity) < firstDown(evidence),
  );
  const isKnown = group.failures.every((failure) => failure.lane === 'known' || failure.lane === 'known-soak');
  const className: FindingClass = isKnown ? 'worse' : isNovel ? 'novel' : 'broken';
  const [sb, sa] = [observedSeconds(group.nodes, judged, 'before'), observedSeconds(group.nodes, judged, 'after')];
  const perMinute = (episodes: number, s: number) => (s > 0 ? (episodes / s) * 60 : 0);
  const found = group.sourceEvidence;
  const reason = reasonOf(group.reason);
  const dropEdges = hitSince(group.nodes, signals, evidence);
  const edges = edgeTexts(dropEdges.map(({ edge }) => edge));
  const control = controlUnits(judged, signals, firstAfter(group.nodes, judged));
  const where = whereOf({ nodes: group.nodes, reason: group.reason, series: [], drops: dropEdges }, judged);
  const filters = filtersOf(where.extent, group.nodes, (node) => nodeName(judged, node));
  const on = placesText(names, []);
  const told =
    className === 'worse'
      ? `became more frequent on ${on}`
      : className === 'novel'
        ? `appeared on ${on}, where it was never seen before`
        : `hits sources on ${on} that it never hit before`;
  const numbers = unitsText(
    { episodes: counts.before.episodes, seconds: sb },
    { ...counts.after, seconds: sa },
    control,
  );
  const compared = `${reason.name} ${told} (${where.clause}): ${numbers}.${where.probes}`;
  const began = isKnown ? '' : beganIn(counts.first, group.nodes, judged);
  const why = `${began}${whyText(strongestOf(group), severity, pastSettle(group.nodes, counts.last, judged), judged)}`;
  return {
    id: '',
    class: className,
    kind: 'drops',
    severity,
    nodes: names,
    peers: group.peers.map((node) => nodeName(judged, node)),
    direction: directionOf(group, evidence),
    reason,
    reasonName: reason.name,
    scope: where.scope,
    where: where.clause,
    edges: edges.shown,
    before: side(
      counts.before.episodes,
      counts.before.events,
      attemptsBegun(group.nodes, judged, 'before'),
      sb,
      perMinute(counts.before.episodes, sb),
    ),
    after: side(
      counts.after.episodes,
      counts.after.events,
      attemptsBegun(group.nodes, judged, 'after'),
      sa,
      perMinute(counts.after.episodes, sa),
    ),
    control: sideOfUnits(control),
    evidence:
      found === undefined
        ? null
        : {
            logE: found.logE,
            pValue: found.eb > 0 && found.ea > 0 ? exactPValue(found.nb, found.eb, found.na, found.ea) : null,
            rateRatio: ratioOf(found),
            limit: found.limit,
          },
    firstSeen: timeOf(judged, counts.first),
    lastSeen: timeOf(judged, counts.last + 1),
    examples: examples(evidence, group.nodes, group.reason, edges.all),
    // A reply may be what is dropped: ends and port would hide it.
    nextCommand: nextCommand({
      nodes: filters.nodes,
      protocol: filters.protocol,
      family: filters.family,
      reason: reason.name,
      since: timeOf(judged, counts.first),
    }),
    says: `${compared} ${why}`,
    basis: { kind: 'numbers', group, compared },
  };
}

function ratioOf({ nb, eb, na, ea }: { nb: number; eb: number; na: number; ea: number }) {
  if (eb <= 0 || ea <= 0) return null;
  return { estimate: nb > 0 ? na / ea / (nb / eb) : null, ...rateRatioInterval(nb, eb, na, ea, 0.05) };
}

/** Episodes and drops on some nodes before their restart and since they settled, with the first and last window of the latter. */
function countDrops(nodes: readonly number[], signals: readonly number[], judged: Judged) {
  const before = { episodes: 0, events: 0 };
  const after = { episodes: 0, events: 0 };
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const node of nodes) {
    const segment = firstSegment(judged, node);
    if (segment === undefined) continue;
    for (const signal of signals) {
      const on = judged.sources.describe(node, signal);
      before.episodes += countWithin(on?.units ?? [], 0, segment.down);
      after.episodes += countWithin(on?.units ?? [], segment.after, Number.POSITIVE_INFINITY);
      for (const drop of on?.series ?? [])
        drop.windows.forEach((window, i) => {
          const events = drop.events[i] ?? 0;
          if (window < segment.down) before.events += events;
          else if (window >= segment.after) {
            after.events += events;
            first = Math.min(first, window);
            last = Math.max(last, window);
          }
        });
    }
  }
  return { before, after, first, last };
}

/** The first window since the restart in which the edge failed this way. */
function onset({ trial, node, segment }: EdgeSeries, reason: number, { evidence }: Judged): number {
  const down = evidence.observed.nodes[node]?.segments[segment]?.down ?? 0;
  for (let i = 0; i < trial.slots.length; i++) {
    const window = (trial.slots[i] ?? 0) * SLOT;
    if (window >= down && (trial.failed[i] ?? 0) > 0 && (trial.reasons[i] ?? SILENT) === reason) return window;
  }
  return Number.POSITIVE_INFINITY;
}

/** The first window of an after phase of these nodes. */
export function firstAfter(nodes: readonly number[], judged: Judged): number {
  return Math.min(...nodes.map((node) => firstSegment(judged, node)?.after ?? Number.POSITIVE_INFINITY));
}

/** How long past the settle of the first of these nodes something was still seen, ms. */
function pastSettle(nodes: readonly number[], last: number, judged: Judged): number | undefined {
  const windows = last + 1 - firstAfter(nodes, judged);
  return Number.isFinite(windows) && windows > 0 ? windows * judged.windowMs : undefined;
}

function edgeTexts(edges: readonly EdgeInfo[]): { shown: string[]; all: ReadonlySet<string> } {
  const all = new Set(edges.map(edgeText));
  return { shown: [...all].slice(0, EDGES), all };
}
