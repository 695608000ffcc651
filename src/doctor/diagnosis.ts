/** Can we see enough to judge? What a look at a relay says about each thing that a verdict rests on, with the fix. Pure. */
import type { NodeWindow } from '../aggregate/journal.js';
import { NODE_STATE } from '../hubble/event.js';
import { nodeStateName } from '../hubble/names.js';
import { LOSS_SHARE, PASS_LOG_E } from '../judge/constants.js';
import { SLOT } from '../judge/observed.js';
import type { Settings } from '../judge/settings.js';
import { trialsNeeded } from '../stats/attempts.js';
import type { Look, NodeLook } from './look.js';

export interface Check {
  readonly name:
    | 'nodes'
    | 'flows'
    | 'history'
    | 'lost-events'
    | 'clocks'
    | 'aggregation'
    | 'replies'
    | 'verdicts'
    | 'soak-length'
    | 'agents'
    | 'agents-ready';
  /** `bad`: a soak could not be judged; `warn`: less could be said of it. */
  readonly state: 'ok' | 'warn' | 'bad';
  /** One sentence. */
  readonly says: string;
  /** What to do; null where nothing is wrong. */
  readonly fix: string | null;
}

/** Two nodes whose clocks differ by more are worth a word, ms. */
const SKEW_MS = 5_000;
/** A ring that holds less loses flows at every interruption of the stream, s. */
const SHORT_HISTORY = 60;
/** So many attempts make the share of answered ones worth something. */
const ENOUGH_ATTEMPTS = 20;
/** Of ordinary traffic more is answered. */
const FEW_ANSWERED = 0.5;

type Bounds = Pick<Settings, 'tolerance' | 'nodeTolerance' | 'baselineMs' | 'settleMs'>;

export function diagnose(look: Look, bounds: Bounds): Check[] {
  return [
    nodesCheck(look),
    flowsCheck(look),
    historyCheck(look),
    lostCheck(look),
    clocksCheck(look),
    aggregationCheck(look),
    repliesCheck(look),
    verdictsCheck(look),
    lengthCheck(look, bounds),
  ];
}

const ok = (name: Check['name'], says: string): Check => ({ name, state: 'ok', says, fix: null });
const list = (nodes: readonly NodeLook[]) => nodes.map(({ name }) => name).join(', ');

function nodesCheck({ nodes }: Look): Check {
  const known = nodes.filter(({ sample }) => sample !== undefined);
  if (known.length === 0)
    return {
      name: 'nodes',
      state: 'warn',
      says: 'GetNodes is not answered, so that restarts are told by silence alone.',
      fix: 'Ask the relay itself, not a single agent or a proxy that lets only flows through.',
    };
  const away = known.filter(({ sample }) => sample?.state !== NODE_STATE.CONNECTED);
  if (away.length === 0) return ok('nodes', `${known.length} of ${known.length} nodes are connected.`);
  const each = away.map(({ name, sample }) => `${name} (${nodeStateName(sample?.state ?? 0)})`).join(', ');
  return {
    name: 'nodes',
    state: away.length === known.length ? 'bad' : 'warn',
    says: `${known.length - away.length} of ${known.length} nodes are connected; not: ${each}.`,
    fix: "Look at their agents and at the relay's log: kubectl -n kube-system logs deploy/hubble-relay",
  };
}

function flowsCheck({ nodes, lookedMs }: Look): Check {
  const all = nodes.reduce((sum, { flows }) => sum + flows, 0);
  const silent = nodes.filter(({ flows, sample }) => flows === 0 && sample?.state === NODE_STATE.CONNECTED);
  const rate = `${round(all / (lookedMs / 1000))} flows a second`;
  if (all > 0 && silent.length === 0)
    return ok('flows', `${rate} from ${nodes.filter(({ flows }) => flows > 0).length} nodes.`);
  return {
    name: 'flows',
    state: all === 0 ? 'bad' : 'warn',
    says: all === 0 ? 'No flow came.' : `${rate}, but none from ${list(silent)}.`,
    fix: 'Is hubble.enabled true on every agent, and is there traffic? hubble observe --follow shows what comes.',
  };
}

function historyCheck({ nodes }: Look): Check {
  const held = nodes.flatMap((node) => {
    const { sample, seenPerSecond } = node;
    return sample !== undefined && sample.maxFlows > 0 && seenPerSecond !== undefined && seenPerSecond > 0
      ? [{ node, seconds: sample.maxFlows / seenPerSecond }]
      : [];
  });
  const least = held.sort((a, b) => a.seconds - b.seconds)[0];
  if (least === undefined) return ok('history', 'The rings cannot fill at this rate.');
  const says = `The rings hold the last ${spoken(least.seconds)} or more of flows (least on ${least.node.name}: ${least.node.sample?.maxFlows ?? 0} flows).`;
  if (least.seconds >= SHORT_HISTORY) return ok('history', says);
  return {
    name: 'history',
    state: 'warn',
    says,
    fix: 'Raise hubble.eventBufferCapacity (a power of two less one): what a broken stream misses is asked for again from the rings.',
  };
}

function lostCheck({ nodes }: Look): Check {
  const lossy = nodes.filter(({ lost, flows }) => lost > LOSS_SHARE * (lost + flows));
  const all = nodes.reduce((sum, { lost }) => sum + lost, 0);
  if (lossy.length === 0)
    return ok('lost-events', all === 0 ? 'No event was lost.' : `${all} events were lost, too few to matter.`);
  return {
    name: 'lost-events',
    state: 'bad',
    says: `Events are lost on ${lossy.map(({ name, lost, flows }) => `${name} (${round((100 * lost) / (lost + flows))} %)`).join(', ')}: what is missing there proves nothing.`,
    fix: 'Raise bpf.events.map size (perf ring) or hubble.eventQueueSize, or let agents tell less: bpf.monitorAggregation medium.',
  };
}

function clocksCheck({ nodes }: Look): Check {
  const lags = nodes.flatMap(({ name, leastLagMs }) => (leastLagMs === undefined ? [] : [{ name, lag: leastLagMs }]));
  if (lags.length === 0) return ok('clocks', 'There is nothing to compare clocks by.');
  const sorted = lags.sort((a, b) => a.lag - b.lag);
  const [first, last] = [sorted[0], sorted.at(-1)];
  const apart = (last?.lag ?? 0) - (first?.lag ?? 0);
  if (apart <= SKEW_MS)
    return ok('clocks', `The clocks of the nodes are within ${spoken(apart / 1000)} of each other.`);
  return {
    name: 'clocks',
    state: 'warn',
    says: `The clocks of ${first?.name ?? ''} and ${last?.name ?? ''} differ by ${spoken(apart / 1000)}, or ${last?.name ?? ''} tells its flows so late.`,
    fix: 'Judging copes with minutes, but attempts between such nodes are matched less surely: look at their NTP.',
  };
}

function aggregationCheck({ nodes }: Look): Check {
  const repeated = nodes.reduce((sum, node) => sum + node.repeatedTraces, 0);
  const opened = nodes.reduce((sum, node) => sum + node.openings, 0);
  if (opened === 0)
    return ok('aggregation', 'No TCP connection was opened, so that the level of monitor aggregation does not show.');
  const each = repeated / opened;
  if (each < 3) return ok('aggregation', 'Monitor aggregation is on: connections are told, not packets.');
  return {
    name: 'aggregation',
    state: 'warn',
    says: `Single packets are told (${round(each)} plain acknowledgements for each opening packet): monitor aggregation is off or low.`,
    fix: 'It works, but the rings hold little; bpf.monitorAggregation: medium is the default. Do not change it during the roll.',
  };
}

/** Attempts that ended, by node: as the source's node told them. */
function endings(windows: readonly NodeWindow[]): Map<string, { answered: number; unanswered: number }> {
  const ends = new Map<string, { answered: number; unanswered: number }>();
  for (const { node, attempts } of windows)
    for (const { vantage, answered, unanswered } of attempts) {
      if (vantage === 'destination') continue;
      const sums = ends.get(node) ?? { answered: 0, unanswered: 0 };
      sums.answered += answered;
      sums.unanswered += unanswered.length;
      ends.set(node, sums);
    }
  return ends;
}

function repliesCheck({ journal }: Look): Check {
  const ends = [...endings(journal.windows)].filter(([, of]) => of.answered + of.unanswered >= ENOUGH_ATTEMPTS);
  if (ends.length === 0)
    return {
      name: 'replies',
      state: 'warn',
      says: 'Too few connections were opened to say whether their replies are visible.',
      fix: 'Look for longer: --duration 2m.',
    };
  const blind = ends.filter(([, { answered, unanswered }]) => answered < FEW_ANSWERED * (answered + unanswered));
  const answered = ends.reduce((sum, [, of]) => sum + of.answered, 0);
  const all = ends.reduce((sum, [, of]) => sum + of.answered + of.unanswered, 0);
  const share = `${round((100 * answered) / all)} % of ${all} attempts were seen to be answered`;
  if (blind.length === 0) return ok('replies', `${share}.`);
  return {
    name: 'replies',
    state: 'warn',
    says: `${share}; few of them on ${blind.map(([name]) => name).join(', ')}.`,
    fix: 'Either much is broken there already, or replies are not shown: compare bpf.monitorAggregation and its flags on these nodes.',
  };
}

function verdictsCheck({ nodes }: Look): Check {
  const seen = nodes.reduce((sum, { policyVerdicts }) => sum + policyVerdicts, 0);
  if (seen > 0)
    return ok('verdicts', `${seen} policy verdicts were seen: changes of what policies allow will be told.`);
  return ok('verdicts', 'No policy verdict was seen: no policy applies to this traffic, or hubble hides them.');
}

/** How long a soak must be at this traffic, with a clean baseline as long as --baseline asks. */
function lengthCheck(look: Look, { tolerance, nodeTolerance, baselineMs, settleMs }: Bounds): Check {
  const perMinute = trialsPerMinute(look);
  const needs = (rate: number, tau: number): number => {
    const baseline = (rate * baselineMs) / 60_000;
    const trials = trialsNeeded(0, baseline, 0, 0, tau, 0, PASS_LOG_E, 1);
    return trials === null || rate === 0 ? Number.POSITIVE_INFINITY : trials / rate;
  };
  const nodes = [...perMinute].map(([name, rate]) => ({ name, minutes: needs(rate, nodeTolerance) }));
  const slowest = nodes.sort((a, b) => b.minutes - a.minutes)[0];
  const soak = needs(
    [...perMinute.values()].reduce((sum, rate) => sum + rate, 0),
    tolerance,
  );
  const least = (5 * settleMs) / 60_000;
  const minutes = Math.max(least, soak, slowest?.minutes ?? Number.POSITIVE_INFINITY);
  if (!Number.isFinite(minutes))
    return {
      name: 'soak-length',
      state: 'bad',
      says: `${slowest === undefined ? 'No node' : slowest.name} shows no connection that could be compared: a soak could never pass.`,
      fix: 'Soak in an hour with traffic, or leave the node out with --ignore-node.',
    };
  const why = slowest !== undefined && slowest.minutes >= soak ? ` (${slowest.name} is the slowest)` : '';
  return {
    name: 'soak-length',
    state: minutes > 240 ? 'warn' : 'ok',
    says: `At this traffic a PASS takes some ${spoken(minutes * 60)} after the last restart${why}, if nothing fails at all.`,
    fix: minutes > 240 ? 'Soak in an hour with more traffic, or allow more: --node-tolerance, --tolerance.' : null,
  };
}

/** Trials a minute of each node: edges and slots in which something was answered. */
function trialsPerMinute({ journal, nodes }: Look): Map<string, number> {
  const slots = new Map<string, Set<string>>();
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const line of journal.windows) {
    first = Math.min(first, line.window);
    last = Math.max(last, line.window + 1);
    for (const { edge, answered, window } of line.attempts) {
      if (answered === 0) continue;
      const own = slots.get(line.node) ?? new Set<string>();
      slots.set(line.node, own.add(`${edge.key}\t${Math.floor(window / SLOT)}`));
    }
  }
  const minutes = Math.max(1, last - first) * (journal.windowMs / 60_000);
  return new Map(nodes.map(({ name }) => [name, (slots.get(name)?.size ?? 0) / minutes]));
}

function round(value: number): string {
  return value >= 10 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1);
}

function spoken(seconds: number): string {
  if (seconds < 120) return `${round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${round(seconds / 3600)} h`;
}
