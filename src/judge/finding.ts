import { directionName, dropReasonName, dropReasonText, verdictName } from '../hubble/names.js';
import { formatTime } from '../hubble/time.js';
import { exactPValue, rateRatioInterval } from '../stats/counts.js';
import type { ExampleFlow, Finding, FindingClass, Reason, Severity, Side } from './document.js';
import type { Evidence, NodeExample } from './from-journal.js';
import { afterSlots, SILENT } from './failed-trials.js';
import type { Group } from './groups.js';
import type { EdgeSeries } from './edge-series.js';
import type { EdgeLane } from './lane-edges.js';
import { countWithin, edgeText, SLOT, type EdgeInfo } from './observed.js';
import type { SourceLanes } from './lane-sources.js';
import { scopeOf } from './scope.js';
import { listed, odds, percent, plural, shellWord, short } from './text.js';

const EXAMPLES = 3;
const EDGES = 20;

/** Everything a finding may need to explain itself. */
export interface Judged {
  readonly evidence: Evidence;
  readonly edges: EdgeLane;
  readonly sources: SourceLanes;
  readonly windowMs: number;
  readonly episodeMs: number;
}

/** The finding of a group of failures (severity fail) or watches (warn). */
export function findingOf(group: Group, severity: Severity, judged: Judged): Finding {
  return group.edgeEvidence !== undefined ? ofAttempts(group, severity, judged) : ofDrops(group, severity, judged);
}

function ofAttempts(group: Group, severity: Severity, judged: Judged): Finding {
  const { evidence, windowMs } = judged;
  const { observed, origin } = evidence;
  const names = group.nodes.map((node) => observed.nodes[node]?.name ?? '');
  const peers = group.peers.map((node) => observed.nodes[node]?.name ?? '');
  const silent = group.reason === SILENT;
  const series = group.series;
  let beforeAttempts = 0;
  let beforeFailed = 0;
  let beforeTrials = 0;
  let beforeTrialsFailed = 0;
  let afterAttempts = 0;
  let afterFailed = 0;
  let afterTrials = 0;
  let afterTrialsFailed = 0;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const one of series) {
    const { trial } = one;
    beforeTrials += one.before.trials;
    beforeTrialsFailed += one.before.failed;
    beforeAttempts += one.beforeAttempts.attempts;
    beforeFailed += one.beforeAttempts.failed;
    for (const { slot, index } of afterSlots(one)) {
      afterTrials += 1;
      afterTrialsFailed += trial.share[index] ?? 0;
      afterAttempts += trial.attempts[index] ?? 0;
      afterFailed += trial.failed[index] ?? 0;
      if ((trial.failed[index] ?? 0) > 0 && (trial.reasons[index] ?? SILENT) === group.reason)
        last = Math.max(last, slot * SLOT + 1);
    }
    first = Math.min(first, onset(one, group.reason, observed.nodes[one.node]?.segments[one.segment]?.down ?? 0));
  }
  const seconds = (k: 'before' | 'after') => observedSeconds(group.nodes, judged, k);
  const shareBefore = beforeTrials > 0 ? beforeTrialsFailed / beforeTrials : 0;
  const shareAfter = afterTrials > 0 ? afterTrialsFailed / afterTrials : 0;
  const at = (window: number) => (Number.isFinite(window) ? formatTime((window + origin) * windowMs) : null);
  const edges = edgeTexts(series.map((one) => one.trial.edge));
  const scope = scopeOf(group, judged.edges.series);
  const reason = silent ? null : reasonOf(group.reason);
  const found = group.edgeEvidence;
  const what = reason === null ? 'are never answered, and no drop event says why' : `are dropped as ${reason.name}`;
  const where = places(
    names,
    group.undecided.map((node) => observed.nodes[node]?.name ?? ''),
  );
  const says =
    `Connection attempts that used to work ${what}: on ${plural(edges.all.size, 'edge')} of ${where}, ` +
    `${percent(shareBefore)} of ${plural(Math.round(beforeTrials), 'trial')} failed before the restart and ` +
    `${percent(shareAfter)} of ${short(Math.round(afterTrials))} after it (${plural(afterFailed, 'failed attempt')}).` +
    (found === undefined
      ? ''
      : severity === 'fail'
        ? ` The chance that this is noise is ${odds(found.logE)}, however often one looks (log e ${short(found.logE)}, limit ${short(found.limit)}).`
        : ` That is worth watching (log e ${short(found.logE)}) but no proof yet (limit ${short(found.limit)}).`);
  return {
    id: '',
    class: silent ? 'silent' : 'broken',
    kind: 'attempts',
    severity,
    nodes: names,
    peers,
    direction: reason === null ? null : directionOf(group, evidence),
    reason,
    reasonName: reason?.name ?? null,
    scope,
    edges: edges.shown,
    before: side(beforeTrialsFailed, beforeFailed, beforeAttempts, seconds('before'), shareBefore),
    after: side(afterTrialsFailed, afterFailed, afterAttempts, seconds('after'), shareAfter),
    control: null,
    evidence: found === undefined ? null : { logE: found.logE, pValue: null, rateRatio: null, limit: found.limit },
    firstSeen: at(first),
    lastSeen: at(last + 1),
    examples: examples(evidence, group.nodes, group.reason, edges.all),
    nextCommand: nextCommand({
      node: scope === 'soak' ? undefined : names[0],
      reason: reason?.name,
      since: at(first),
      edge: edges.all.size === 1 ? series[0]?.trial.edge : undefined,
    }),
    says,
  };
}

function ofDrops(group: Group, severity: Severity, judged: Judged): Finding {
  const { evidence, windowMs } = judged;
  const { observed, origin } = evidence;
  const names = group.nodes.map((node) => observed.nodes[node]?.name ?? '');
  const on = new Set(group.nodes);
  const signals = observed.signals.flatMap((signal, i) => (signal.reason === group.reason ? [i] : []));
  const counts = { before: { episodes: 0, events: 0 }, after: { episodes: 0, events: 0 } };
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const node of group.nodes) {
    const [segment] = observed.nodes[node]?.segments ?? [];
    if (segment === undefined) continue;
    for (const signal of signals) {
      const units = judged.sources.describe(node, signal)?.units ?? [];
      counts.before.episodes += countWithin(units, 0, segment.down);
      counts.after.episodes += countWithin(units, segment.after, Number.POSITIVE_INFINITY);
    }
    for (const drop of observed.drops) {
      if (drop.node !== node || !signals.includes(drop.signal)) continue;
      drop.windows.forEach((window, i) => {
        const events = drop.events[i] ?? 0;
        if (window < segment.down) counts.before.events += events;
        else if (window >= segment.after) {
          counts.after.events += events;
          first = Math.min(first, window);
          last = Math.max(last, window);
        }
      });
    }
  }
  const isNovel = !observed.drops.some(
    (drop) => signals.includes(drop.signal) && (drop.windows[0] ?? Infinity) < firstDown(evidence),
  );
  const isKnown = group.failures.every((failure) => failure.lane === 'known' || failure.lane === 'known-soak');
  const className: FindingClass = isKnown ? 'worse' : isNovel ? 'novel' : 'broken';
  const seconds = (k: 'before' | 'after') => observedSeconds(group.nodes, judged, k);
  const perMinute = (episodes: number, s: number) => (s > 0 ? (episodes / s) * 60 : 0);
  const [sb, sa] = [seconds('before'), seconds('after')];
  const rates = { before: perMinute(counts.before.episodes, sb), after: perMinute(counts.after.episodes, sa) };
  const found = group.sourceEvidence;
  const reason = reasonOf(group.reason);
  const dropEdges = evidence.dropEdges
    .filter((edge) => on.has(edge.node) && signals.includes(edge.signal))
    .map((edge) => ({ edge: edge.edge, events: eventsAfter(edge, evidence) }))
    .filter(({ events }) => events > 0)
    .sort((a, b) => b.events - a.events);
  const edges = edgeTexts(dropEdges.map(({ edge }) => edge));
  const at = (window: number) => (Number.isFinite(window) ? formatTime((window + origin) * windowMs) : null);
  const attempts = (k: 'before' | 'after') => attemptsOf(group.nodes, judged, k);
  const told =
    className === 'worse'
      ? `became more frequent on ${places(names, [])}`
      : className === 'novel'
        ? `appeared on ${places(names, [])}, where it was never seen before`
        : `hits sources on ${places(names, [])} that never had any`;
  const says =
    `${reason.name} (${reason.text}) ${told}: ${plural(counts.before.episodes, 'episode')} in ${short(sb / 60)} min before, ` +
    `${plural(counts.after.episodes, 'episode')} (${plural(counts.after.events, 'drop')}) in ${short(sa / 60)} min after.` +
    (found === undefined
      ? ''
      : severity === 'fail'
        ? ` The chance that this is noise is ${odds(found.logE)}, however often one looks (log e ${short(found.logE)}, limit ${short(found.limit)}).`
        : ` That is worth watching (log e ${short(found.logE)}) but no proof yet (limit ${short(found.limit)}).`);
  const ratio =
    found === undefined || found.eb <= 0 || found.ea <= 0
      ? null
      : {
          estimate: found.nb > 0 ? found.na / found.ea / (found.nb / found.eb) : null,
          ...rateRatioInterval(found.nb, found.eb, found.na, found.ea, 0.05),
        };
  return {
    id: '',
    class: className,
    kind: 'drops',
    severity,
    nodes: names,
    peers: group.peers.map((node) => observed.nodes[node]?.name ?? ''),
    direction: directionOf(group, evidence),
    reason,
    reasonName: reason.name,
    scope: group.nodes.length > 1 ? 'soak' : edges.all.size === 1 ? 'edge' : 'node',
    edges: edges.shown,
    before: side(counts.before.episodes, counts.before.events, attempts('before'), sb, rates.before),
    after: side(counts.after.episodes, counts.after.events, attempts('after'), sa, rates.after),
    control: null,
    evidence:
      found === undefined
        ? null
        : {
            logE: found.logE,
            pValue: found.eb > 0 && found.ea > 0 ? exactPValue(found.nb, found.eb, found.na, found.ea) : null,
            rateRatio: ratio,
            limit: found.limit,
          },
    firstSeen: at(first),
    lastSeen: at(last + 1),
    examples: examples(evidence, group.nodes, group.reason, edges.all),
    nextCommand: nextCommand({ node: names[0], reason: reason.name, since: at(first), edge: undefined }),
    says,
  };
}

/** The first window since the restart in which the edge failed this way. */
function onset({ trial }: EdgeSeries, reason: number, down: number): number {
  for (let i = 0; i < trial.slots.length; i++) {
    const window = (trial.slots[i] ?? 0) * SLOT;
    if (window >= down && (trial.failed[i] ?? 0) > 0 && (trial.reasons[i] ?? SILENT) === reason) return window;
  }
  return Number.POSITIVE_INFINITY;
}

export function reasonOf(code: number): Reason {
  return { code, name: dropReasonName(code), text: dropReasonText(code) };
}

export function side(episodes: number, events: number, attempts: number, seconds: number, rate: number): Side {
  return { episodes: rounded(episodes), events, attempts, seconds: rounded(seconds), rate };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function firstDown({ observed }: Evidence): number {
  return observed.nodes.reduce((w, node) => Math.min(w, node.segments[0]?.down ?? w), observed.length);
}

/** Seconds for which these nodes were in sight before their restart, or since they settled. */
export function observedSeconds(nodes: readonly number[], judged: Judged, k: 'before' | 'after'): number {
  const { observed } = judged.evidence;
  let windows = 0;
  for (const index of nodes) {
    const node = observed.nodes[index];
    const segment = node?.segments[0];
    if (node === undefined || segment === undefined) continue;
    const clip = (w: number) => node.visibleBefore[Math.max(0, Math.min(w, observed.length))] ?? 0;
    windows += k === 'before' ? clip(segment.down) : clip(observed.length) - clip(segment.after);
  }
  return (windows * judged.windowMs) / 1000;
}

function attemptsOf(nodes: readonly number[], judged: Judged, k: 'before' | 'after'): number {
  const { observed, attemptsBegun } = judged.evidence;
  let sum = 0;
  for (const index of nodes) {
    const segment = observed.nodes[index]?.segments[0];
    if (segment === undefined) continue;
    attemptsBegun[index]?.forEach((count, w) => {
      if (k === 'before' ? w < segment.down : w >= segment.after) sum += count;
    });
  }
  return sum;
}

function eventsAfter(edge: Evidence['dropEdges'][number], { observed }: Evidence): number {
  const after = observed.nodes[edge.node]?.segments[0]?.after ?? Number.POSITIVE_INFINITY;
  return edge.windows.reduce((sum, window, i) => (window >= after ? sum + (edge.events[i] ?? 0) : sum), 0);
}

function edgeTexts(edges: readonly EdgeInfo[]): { shown: string[]; all: ReadonlySet<string> } {
  const all = new Set(edges.map(edgeText));
  return { shown: [...all].slice(0, EDGES), all };
}

function directionOf(group: Group, { observed, dropEdges }: Evidence): Finding['direction'] {
  const on = new Set(group.nodes);
  const counts = [0, 0, 0];
  for (const edge of dropEdges) {
    const signal = observed.signals[edge.signal];
    if (signal?.reason !== group.reason || !(on.has(edge.node) || group.peers.includes(edge.node))) continue;
    const events = edge.events.reduce((sum, n) => sum + n, 0);
    counts[signal.direction] = (counts[signal.direction] ?? 0) + events;
  }
  const most = counts.indexOf(Math.max(...counts));
  const name = directionName(most);
  return name === 'INGRESS' ? 'ingress' : name === 'EGRESS' ? 'egress' : 'unknown';
}

function places(names: readonly string[], undecided: readonly string[]): string {
  const others = undecided.filter((name) => !names.includes(name));
  return others.length === 0
    ? listed(names)
    : `${listed(names)} (or of ${listed(others)}: both ends restarted close together)`;
}

function examples(
  evidence: Evidence,
  nodes: readonly number[],
  reason: number,
  edges: ReadonlySet<string>,
): ExampleFlow[] {
  const { observed, origin } = evidence;
  const on = new Set(nodes);
  const isAfter = (example: NodeExample) => {
    const after = observed.nodes[example.node]?.segments[0]?.back;
    return after === undefined || Math.floor(example.time / observed.windowMs) - origin >= after;
  };
  const matching = evidence.examples.filter(
    (example) => example.reason === reason && edges.has(example.edgeText) && isAfter(example),
  );
  const own = matching.filter((example) => on.has(example.node));
  return (own.length > 0 ? own : matching)
    .sort((a, b) => a.time - b.time)
    .slice(0, EXAMPLES)
    .map((example) => ({
      time: formatTime(example.time),
      node: observed.nodes[example.node]?.name ?? '',
      verdict: verdictName(example.verdict),
      dropReason: example.reason === 0 ? null : dropReasonName(example.reason),
      direction: directionName(example.direction),
      source: example.source,
      destination: example.destination,
      protocol: example.protocol,
      destinationPort: example.port,
      uuid: example.uuid,
    }));
}

/** A command that a person can paste; what came from flows is quoted. */
export function nextCommand(of: {
  readonly node: string | undefined;
  readonly reason: string | undefined;
  readonly since: string | null;
  readonly edge: EdgeInfo | undefined;
}): string {
  const words = ['hubble', 'observe'];
  if (of.node !== undefined) words.push('--node-name', shellWord(of.node));
  if (of.since !== null) words.push('--since', of.since);
  if (of.reason !== undefined) words.push('--verdict', 'DROPPED', '--drop-reason-desc', shellWord(of.reason));
  if (of.edge !== undefined && of.edge.port > 0) {
    if (of.reason === undefined) words.push('--protocol', of.edge.protocol.toLowerCase());
    words.push('--to-port', `${of.edge.port}`);
  }
  return words.join(' ');
}

/** Stable ids: class, reason and nodes; a number where two findings share them. */
export function withIds(findings: readonly Finding[]): Finding[] {
  const used = new Map<string, number>();
  return findings.map((finding) => {
    const base = [finding.class, finding.reasonName ?? finding.kind, finding.nodes.join('+') || 'all']
      .join('-')
      .replace(/[^A-Za-z0-9._+-]+/g, '_')
      .toLowerCase()
      .slice(0, 100);
    const count = (used.get(base) ?? 0) + 1;
    used.set(base, count);
    return { ...finding, id: count === 1 ? base : `${base}-${count}` };
  });
}
