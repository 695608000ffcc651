import { dropReasonName } from '../hubble/names.js';
import { formatTime } from '../hubble/time.js';
import { LOSS_SHARE } from './constants.js';
import type { Finding } from './document.js';
import { nextCommand, reasonOf, side, type Judged } from './finding.js';
import type { Breach } from './rules.js';
import { listed, percent, plural, short, spoken } from './text.js';

/** A settle phase with so many drops, and so many times the usual rate, is told. */
const TRANSIENT_EVENTS = 3;
const TRANSIENT_RATE = 3;
/** Part of a side's windows that may be missing without standing in the way of a PASS. */
const SIGHT_SHARE = 0.1;

/** Findings that no statistics decided: rules, transients, ambient failures, and what could not be seen. */
export function breachFinding(breach: Breach, judged: Judged): Finding {
  const names = breach.nodes.map((node) => judged.evidence.observed.nodes[node]?.name ?? '');
  const reason = breach.reason === undefined ? null : reasonOf(breach.reason);
  const since = formatTime(breach.since);
  return {
    ...EMPTY,
    class: 'hard-rule',
    kind: 'rule',
    severity: 'fail',
    nodes: names,
    reason,
    reasonName: reason?.name ?? null,
    scope: names.length > 1 ? 'soak' : 'node',
    before: null,
    after: side(breach.counted, breach.counted, 0, 0, 0),
    evidence: { logE: null, pValue: null, rateRatio: null, limit: breach.limit },
    firstSeen: since,
    nextCommand: nextCommand({ node: names[0], reason: reason?.name, since, edge: undefined }),
    says: `A hard rule is broken on ${listed(names)}: ${breach.why}. ${
      breach.rule === 'gone'
        ? `It has been away for ${plural(breach.counted, 'minute')}.`
        : `Counted ${short(breach.counted)} since ${since}; ${short(breach.limit)} are enough.`
    }`,
  };
}

const EMPTY: Finding = {
  id: '',
  class: 'visibility',
  kind: 'sight',
  severity: 'info',
  nodes: [],
  peers: [],
  direction: null,
  reason: null,
  reasonName: null,
  scope: 'node',
  edges: [],
  before: null,
  after: null,
  control: null,
  evidence: null,
  firstSeen: null,
  lastSeen: null,
  examples: [],
  nextCommand: null,
  says: '',
};

/** Drops that came with a restart and left with it, one finding a reason. */
export function transients(judged: Judged, failed: ReadonlySet<string>): Finding[] {
  const { observed, origin } = judged.evidence;
  const byReason = new Map<number, { nodes: number[]; events: number; first: number; last: number; longest: number }>();
  observed.signals.forEach((signal, index) => {
    observed.nodes.forEach((node, n) => {
      for (const segment of node.segments) {
        const windows = judged.sources.describe(n, index)?.series ?? [];
        if (windows.length === 0) continue;
        const events = (from: number, to: number) =>
          windows.reduce(
            (sum, drop) =>
              sum + drop.windows.reduce((s, w, i) => (w >= from && w < to ? s + (drop.events[i] ?? 0) : s), 0),
            0,
          );
        const settle = events(segment.back, segment.after);
        const visible = (from: number, to: number) => {
          const clip = (w: number) => node.visibleBefore[Math.max(0, Math.min(w, observed.length))] ?? 0;
          return Math.max(1, clip(to) - clip(from));
        };
        const length = segment.after - segment.back;
        const before = (events(0, segment.down) / visible(0, segment.down)) * length;
        const end = Math.min(segment.end, observed.length);
        const later = (events(segment.after, end) / visible(segment.after, end)) * length;
        if (settle < TRANSIENT_EVENTS || settle < TRANSIENT_RATE * before || settle < TRANSIENT_RATE * later) continue;
        const name = node.name;
        if (failed.has(`${signal.reason}\t${name}`)) continue;
        const inSettle = windows.flatMap((drop) => drop.windows.filter((w) => w >= segment.back && w < segment.after));
        const last = Math.max(...inSettle);
        let sums = byReason.get(signal.reason);
        if (sums === undefined)
          byReason.set(signal.reason, (sums = { nodes: [], events: 0, first: Infinity, last: -Infinity, longest: 0 }));
        if (!sums.nodes.includes(n)) sums.nodes.push(n);
        sums.events += settle;
        sums.first = Math.min(sums.first, Math.min(...inSettle));
        sums.last = Math.max(sums.last, last);
        sums.longest = Math.max(sums.longest, last + 1 - segment.back);
      }
    });
  });
  return [...byReason].map(([code, sums]): Finding => {
    const names = sums.nodes.map((node) => observed.nodes[node]?.name ?? '');
    const reason = reasonOf(code);
    return {
      ...EMPTY,
      class: 'transient',
      kind: 'drops',
      nodes: names,
      reason,
      reasonName: reason.name,
      scope: names.length > 1 ? 'soak' : 'node',
      before: side(0, 0, 0, 0, 0),
      after: side(sums.nodes.length, sums.events, 0, (sums.longest * judged.windowMs) / 1000, 0),
      firstSeen: formatTime((sums.first + origin) * judged.windowMs),
      lastSeen: formatTime((sums.last + 1 + origin) * judged.windowMs),
      nextCommand: nextCommand({
        node: names[0],
        reason: dropReasonName(code),
        since: formatTime((sums.first + origin) * judged.windowMs),
        edge: undefined,
      }),
      says: `${plural(sums.events, 'drop')} as ${reason.name} came with the restart of ${listed(names)} and left with it. The last was seen within ${spoken(
        sums.longest * judged.windowMs,
      )} of the node's return, so it does not count against the change.`,
    };
  });
}

/** Destinations that failed for callers which no restart touches. */
export function ambients(judged: Judged): Finding[] {
  const { observed } = judged.evidence;
  const byDestination = new Map<string, { nodes: Set<number>; trials: number; edge: string }>();
  for (const one of judged.edges.series) {
    if (one.ambient === 0 || !one.knownGood) continue;
    const { dst, protocol, port } = one.trial.edge;
    const edge = `${dst} ${protocol}/${port}`;
    let sums = byDestination.get(edge);
    if (sums === undefined) byDestination.set(edge, (sums = { nodes: new Set(), trials: 0, edge }));
    sums.nodes.add(one.node);
    sums.trials += one.ambient;
  }
  return [...byDestination.values()].map(({ nodes, trials, edge }): Finding => {
    const names = [...nodes].sort((a, b) => a - b).map((node) => observed.nodes[node]?.name ?? '');
    return {
      ...EMPTY,
      class: 'ambient',
      kind: 'attempts',
      nodes: names,
      scope: 'edge',
      edges: [edge],
      before: side(0, 0, 0, 0, 0),
      after: side(trials, trials, 0, 0, 0),
      says: `${edge} also failed for callers on nodes that had not restarted, so it is down by itself. ${plural(
        trials,
        'trial',
      )} of ${listed(names)} were left out of the comparison.`,
    };
  });
}

/** Lost events and silences that nothing explains. */
export function sightFindings(judged: Judged): Finding[] {
  const { evidence, windowMs } = judged;
  const { observed } = evidence;
  const findings: Finding[] = [];
  observed.nodes.forEach((node, n) => {
    const lost = evidence.lost[n];
    const flows = evidence.flows[n];
    if (lost === undefined || flows === undefined) return;
    const [segment] = node.segments;
    const down = segment?.down ?? observed.length;
    const after = segment?.after ?? observed.length;
    const share = (from: number, to: number) => {
      let windows = 0;
      let lossy = 0;
      let gone = 0;
      let all = 0;
      for (let w = Math.max(0, from); w < to; w++) {
        if (node.visible[w] !== 1) continue;
        windows += 1;
        gone += lost[w] ?? 0;
        all += (lost[w] ?? 0) + (flows[w] ?? 0);
        if ((lost[w] ?? 0) > LOSS_SHARE * ((lost[w] ?? 0) + (flows[w] ?? 0))) lossy += 1;
      }
      return { gone, share: all > 0 ? gone / all : 0, lossy: windows > 0 ? lossy / windows : 0 };
    };
    const before = share(0, down);
    const later = share(after, observed.length);
    if (before.gone + later.gone === 0) return;
    const blocks = before.lossy > SIGHT_SHARE || later.lossy > SIGHT_SHARE;
    findings.push({
      ...EMPTY,
      severity: blocks ? 'warn' : 'info',
      nodes: [node.name],
      before: side(before.gone, before.gone, 0, 0, before.share),
      after: side(later.gone, later.gone, 0, 0, later.share),
      says: `Hubble lost ${percent(before.share)} of the events of ${node.name} before its restart and ${percent(
        later.share,
      )} after it. ${
        blocks
          ? 'What was lost could explain a difference, so windows with losses are not compared: raise the ring and queue sizes of the agent and soak again.'
          : 'Windows with losses are not compared.'
      }`,
    });
  });
  evidence.timelines.forEach((timeline, n) => {
    const unseen = timeline.unseen;
    if (unseen.length === 0) return;
    const ms = unseen.reduce((sum, { from, to }) => sum + to - from, 0);
    const all = (observed.nodes[n]?.visibleBefore[observed.length] ?? 0) * windowMs;
    findings.push({
      ...EMPTY,
      severity: ms > SIGHT_SHARE * all ? 'warn' : 'info',
      nodes: [timeline.name],
      firstSeen: formatTime(unseen[0]?.from ?? 0),
      lastSeen: formatTime(unseen.at(-1)?.to ?? 0),
      says: `${timeline.name} was out of sight for ${spoken(ms)} without a restart (${
        unseen.some((one) => one.why === 'all-silent')
          ? 'all nodes were silent: relay or the stream was away'
          : 'its agent did not restart then'
      }). Nothing of that time is compared.`,
    });
  });
  return findings;
}

/** A reason that breaks a hard rule and fails by its numbers too is one finding: the rule decides, the numbers tell where. */
export function withRules(failed: readonly Finding[], ruled: readonly Finding[]): Finding[] {
  const merged = failed.map((finding): Finding => {
    const rule = ruled.find((one) => one.reasonName !== null && one.reasonName === finding.reasonName);
    if (rule === undefined) return finding;
    const nodes = [...new Set([...finding.nodes, ...rule.nodes])].sort();
    const peers = finding.peers.filter((peer) => !nodes.includes(peer));
    return {
      ...finding,
      class: 'hard-rule',
      nodes,
      peers,
      says: `${firstSentence(finding.says)} ${firstSentence(rule.says)}`,
    };
  });
  const left = ruled.filter(
    (rule) => !merged.some((finding) => finding.class === 'hard-rule' && finding.reasonName === rule.reasonName),
  );
  return [...merged, ...left];
}

function firstSentence(text: string): string {
  const end = text.indexOf('. ');
  return end < 0 ? text : text.slice(0, end + 1);
}
