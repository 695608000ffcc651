import { dropReasonName } from '../hubble/names.js';
import type { Evidence } from './from-journal.js';
import { countWithin, type MethodTimes } from './observed.js';
import { episodeWindows, openings } from './source-counts.js';

/** A rule that needs no statistics has been broken. */
export interface Breach {
  readonly rule: 'unencrypted' | 'auth-required' | 'missed-tail-call' | 'nat' | 'restart-loop' | 'gone';
  readonly nodes: readonly number[];
  /** Drop reason, or undefined for rules about agents. */
  readonly reason: number | undefined;
  /** Episodes, restarts or minutes: what was counted, and from how many on the rule is broken. */
  readonly counted: number;
  readonly limit: number;
  /** All of it lay within this time, ms; Infinity: any. */
  readonly withinMs: number;
  /** Counted from this many ms past settle; undefined for rules about agents. */
  readonly pastSettleMs: number | undefined;
  /** Is the rule broken only where the baseline had none of it? */
  readonly cleanBaseline: boolean;
  /** Since when, ms. */
  readonly since: number;
  readonly why: string;
}

const MINUTE = 60_000;

interface DropRule {
  readonly rule: Breach['rule'];
  readonly reasons: readonly number[];
  /** Episodes after settle that break the rule. */
  readonly episodes: number;
  /** They must fall into this time, ms; Infinity: any. */
  readonly withinMs: number;
  /** The baseline must have had none for so long, ms; 0: whatever it had. */
  readonly cleanBaselineMs: number;
  /** Counted from this many ms past settle. */
  readonly pastSettleMs: number;
  readonly why: string;
}

const DROP_RULES: readonly DropRule[] = [
  {
    rule: 'unencrypted',
    reasons: [195],
    episodes: 5,
    withinMs: 5 * MINUTE,
    cleanBaselineMs: 0,
    pastSettleMs: 0,
    why: 'strict encryption is refusing traffic that should be encrypted',
  },
  {
    rule: 'auth-required',
    reasons: [189],
    episodes: 3,
    withinMs: Number.POSITIVE_INFINITY,
    cleanBaselineMs: 5 * MINUTE,
    pastSettleMs: 0,
    why: 'mutual authentication was never missing before',
  },
  {
    rule: 'missed-tail-call',
    reasons: [140],
    episodes: 1,
    withinMs: Number.POSITIVE_INFINITY,
    cleanBaselineMs: 0,
    pastSettleMs: 2 * MINUTE,
    why: 'a program array that is swapped at a restart settles within seconds',
  },
  {
    rule: 'nat',
    reasons: [167, 191],
    episodes: 3,
    withinMs: Number.POSITIVE_INFINITY,
    cleanBaselineMs: 1,
    pastSettleMs: 0,
    why: 'address translation found no mapping, which never happened before',
  },
];

/** Every hard rule that this soak breaks. */
export function breaches(evidence: Evidence, times: MethodTimes, episodeMs: number, end: number): Breach[] {
  return [...dropBreaches(evidence, times, episodeMs), ...agentBreaches(evidence, end)];
}

function dropBreaches(evidence: Evidence, times: MethodTimes, episodeMs: number): Breach[] {
  const { observed, origin } = evidence;
  const windows = (ms: number) => Math.ceil(ms / observed.windowMs);
  const found: Breach[] = [];
  for (const rule of DROP_RULES)
    for (const reason of rule.reasons) {
      const nodes: number[] = [];
      let counted = 0;
      let since = Number.POSITIVE_INFINITY;
      const episodes = episodesOf(evidence, reason, episodeMs);
      observed.nodes.forEach((node, index) => {
        const units = episodes.get(index);
        if (units === undefined) return;
        for (const [k, segment] of node.segments.entries()) {
          const baseline = node.visibleBefore[Math.max(0, Math.min(segment.down, observed.length))] ?? 0;
          const before = countWithin(units, 0, node.segments[0]?.down ?? 0);
          if (rule.cleanBaselineMs > 0 && (before > 0 || baseline < windows(rule.cleanBaselineMs))) continue;
          const from = segment.after + windows(Math.min(rule.pastSettleMs, 2 * times.settle * observed.windowMs));
          const after = units.filter((w) => w >= from && w < (node.segments[k + 1]?.down ?? Number.POSITIVE_INFINITY));
          const most = densest(after, windows(rule.withinMs));
          if (most.count < rule.episodes) continue;
          nodes.push(index);
          counted = Math.max(counted, most.count);
          since = Math.min(since, (most.first + origin) * observed.windowMs);
        }
      });
      if (nodes.length > 0)
        found.push({
          rule: rule.rule,
          nodes: [...new Set(nodes)],
          reason,
          counted,
          limit: rule.episodes,
          withinMs: rule.withinMs,
          pastSettleMs: Math.min(rule.pastSettleMs, 2 * times.settle * observed.windowMs),
          cleanBaseline: rule.cleanBaselineMs > 0,
          since,
          why: `${dropReasonName(reason)}: ${rule.why}`,
        });
    }
  return found;
}

/** Windows that open an episode of a reason, by node, over all sources and directions. */
function episodesOf(evidence: Evidence, reason: number, episodeMs: number): Map<number, number[]> {
  const { observed } = evidence;
  const units = new Map<number, number[]>();
  for (const series of observed.drops) {
    const signal = observed.signals[series.signal];
    if (signal?.reason !== reason) continue;
    const opened = openings(series.windows, episodeWindows(signal, episodeMs, observed.windowMs));
    units.set(series.node, [...(units.get(series.node) ?? []), ...opened]);
  }
  for (const list of units.values()) list.sort((a, b) => a - b);
  return units;
}

/** The most of some ascending windows that lie within `span` windows of each other. */
function densest(windows: readonly number[], span: number): { count: number; first: number } {
  let best = { count: 0, first: Number.POSITIVE_INFINITY };
  let from = 0;
  windows.forEach((window, to) => {
    while (window - (windows[from] ?? 0) >= span) from += 1;
    if (to - from + 1 > best.count) best = { count: to - from + 1, first: windows[from] ?? window };
  });
  return best;
}

const LOOP_RESTARTS = 3;
const LOOP_MS = 10 * MINUTE;
const GONE_MS = 5 * MINUTE;

function agentBreaches(evidence: Evidence, end: number): Breach[] {
  const found: Breach[] = [];
  evidence.timelines.forEach((node, index) => {
    const times = node.restarts.filter((restart) => restart.evidence !== 'given').map((restart) => restart.at);
    const { count, first } = densest(times, LOOP_MS);
    if (count >= LOOP_RESTARTS)
      found.push({
        rule: 'restart-loop',
        nodes: [index],
        reason: undefined,
        counted: count,
        limit: LOOP_RESTARTS,
        withinMs: LOOP_MS,
        pastSettleMs: undefined,
        cleanBaseline: false,
        since: first,
        why: `the agent restarted ${count} times within 10 minutes`,
      });
    if (node.goneSince !== undefined && end - node.goneSince >= GONE_MS)
      found.push({
        rule: 'gone',
        nodes: [index],
        reason: undefined,
        counted: Math.floor((end - node.goneSince) / MINUTE),
        limit: GONE_MS / MINUTE,
        withinMs: Number.POSITIVE_INFINITY,
        pastSettleMs: undefined,
        cleanBaseline: false,
        since: node.goneSince,
        why: 'the node sent no flow any more, and did not come back',
      });
  });
  return found;
}
