import { habitOf, isBeyondHabit, type Habit } from './habit.js';
import { flowRate, overlapping, type NodeSight, type Span } from './sight.js';

export type RestartEvidence = 'uptime' | 'agent-event' | 'node-status' | 'gap' | 'given';

/** A restart of one node's agent. Times in ms. */
export interface Restart {
  /** When Hubble on the node began again (gap and node status: the first flow after it; given: as given). */
  readonly at: number;
  readonly evidence: RestartEvidence;
  /** Half the width of the time in which it may have happened. */
  readonly plusMinusMs: number;
  /** The node's last flow before and first flow after it. */
  readonly lastFlow: number;
  readonly firstFlow: number;
}

/** A silence of one node that no restart explains. */
export interface Unseen extends Span {
  /** The whole relay was out of sight, or this node alone. */
  readonly why: 'all-silent' | 'silent';
}

const SECOND = 1000;
/** An uptime falls, it does not jitter: smaller differences are clocks. */
const UPTIME_FALL_MS = 500;
/** An answer may come this much too late: relay waits for a node that hangs. */
const LATE_ANSWER_MS = 60 * SECOND;
/** An agent that began this much after the node's first flow was not the first one. */
const FIRST_START_MS = 2 * SECOND;
/** A silence is a restart from here on, where nothing better is known. */
const GAP_MS = 6 * SECOND;
/** With a status message of relay, a shorter silence will do. */
const STATUS_GAP_MS = 2 * SECOND;
/** A status message belongs to a silence that begins or ends this near. */
const STATUS_NEAR_MS = 15 * SECOND;
/** A sample within this time after a silence, or this shortly before its end, can say that the agent ran through it. */
const ALIBI_MS = 300 * SECOND;
const LATE_ALIBI_MS = 10 * SECOND;
/** When all nodes are silent, relay or the stream was away if the whole cluster should have sent so many flows; else it is just quiet. */
const EXPECTED_OF_ALL = 100;
/** Two witnesses of one restart agree to this. */
const SAME_RESTART_MS = 20 * SECOND;
/** A given restart replaces a detected one of its node within this time. */
const GIVEN_NEAR_MS = 120 * SECOND;
/** How far the last flow before a restart is looked for. */
const BACK_MS = 300 * SECOND;

/** All restarts of one node, in order of time, and the silences that are none. */
export function findRestarts(
  node: NodeSight,
  others: readonly NodeSight[],
  given: readonly number[],
): { readonly restarts: readonly Restart[]; readonly unseen: readonly Unseen[] } {
  const habit = habitOf(node);
  const found: Restart[] = [];
  const add = (restart: Restart): void => {
    if (!found.some((known) => isSame(known, restart))) found.push(restart);
  };
  for (const at of uptimeRestarts(node)) add(around(node, habit, at, 'uptime'));
  for (const at of node.starts) if (at - node.firstFlow > FIRST_START_MS) add(around(node, habit, at, 'agent-event'));

  const unseen: Unseen[] = [];
  for (const silence of node.silences) {
    const length = silence.to - silence.from;
    const evidence = isTold(node, silence) ? 'node-status' : length >= GAP_MS ? 'gap' : undefined;
    if (evidence === undefined || (evidence === 'gap' && !isBeyondHabit(habit, length))) continue;
    const restart: Restart = {
      at: silence.to,
      evidence,
      plusMinusMs: length / 2,
      lastFlow: Math.max(silence.from, silence.to - BACK_MS),
      firstFlow: silence.to,
    };
    const known = found.filter(
      (one) => isSame(one, restart) || (evidence === 'node-status' && isProvenNear(one, silence)),
    );
    if (known.some((one) => one.lastFlow < silence.to && silence.from < one.firstFlow)) continue;
    if (!othersWentOn(others, silence)) {
      if (expectedFlows([node, ...others], silence) >= EXPECTED_OF_ALL) unseen.push({ ...silence, why: 'all-silent' });
      continue;
    }
    // Just beside a restart that is known better: part of its trouble, not another one.
    if (known.length > 0 || ranThrough(node, silence)) unseen.push({ ...silence, why: 'silent' });
    else add(restart);
  }

  for (const at of given) {
    const near = nearest(
      found.filter((restart) => restart.evidence !== 'given'),
      at,
    );
    if (near !== undefined) found.splice(found.indexOf(near), 1);
    found.push(aroundGiven(node, at, near));
  }
  return { restarts: found.sort((a, b) => a.at - b.at), unseen };
}

/** Samples of one agent's run. */
interface Run {
  /** The earliest start that one of them gives: the best one, as a slow answer makes a sample late, never its uptime longer. */
  start: number;
  /** Its uptime began below the last one of the run before. */
  readonly fell: boolean;
  last: { time: number; uptime: number };
}

/** Starts of Hubble on the node that its samples prove: an uptime below the last one, or one that began after the last sample. */
function uptimeRestarts(node: NodeSight): number[] {
  const runs: Run[] = [];
  for (const { time, startedAt } of node.samples) {
    if (startedAt === null) continue;
    const last = { time, uptime: time - startedAt };
    const run = runs.at(-1);
    const fell =
      run !== undefined && last.uptime < run.last.uptime - UPTIME_FALL_MS && startedAt > run.last.time - LATE_ANSWER_MS;
    if (run === undefined || fell || startedAt > run.last.time + FIRST_START_MS) {
      runs.push({ start: startedAt, fell, last });
      continue;
    }
    run.start = Math.min(run.start, startedAt);
    run.last = last;
    // What looked like another start was a late answer of the same run.
    const before = runs.at(-2);
    if (before !== undefined && run.start <= (run.fell ? before.start : before.last.time) + FIRST_START_MS) {
      runs.pop();
      before.last = last;
    }
  }
  return runs.filter((run, i) => i > 0 || run.start - node.firstFlow > FIRST_START_MS).map((run) => run.start);
}

/** A restart at a known time, with the node's last flow before and first flow after it. */
function around(node: NodeSight, habit: Habit, at: number, evidence: RestartEvidence): Restart {
  const silence = silenceOf(node, habit, at);
  return {
    at,
    evidence,
    plusMinusMs: SECOND,
    lastFlow: Math.max(silence?.from ?? Math.min(at, node.lastFlow), at - BACK_MS),
    firstFlow: silence?.to ?? at,
  };
}

/** The silence that belongs to a restart. Where the clocks of node and witness differ, it lies beside it. */
function silenceOf(node: NodeSight, habit: Habit, at: number): Span | undefined {
  const own = overlapping(node.silences, at - SECOND, at + SECOND);
  if (own.length > 0) return own.reduce((a, b) => (b.to - b.from > a.to - a.from ? b : a));
  const near = overlapping(node.silences, at - SAME_RESTART_MS, at + SAME_RESTART_MS);
  return nearestSilence(
    near.filter((silence) => isBeyondHabit(habit, silence.to - silence.from)),
    at,
  );
}

/** Did relay say that it lost the node, and is this the longest of the silences around that? One word is of one silence. */
function isTold(node: NodeSight, silence: Span): boolean {
  const length = silence.to - silence.from;
  if (length < STATUS_GAP_MS) return false;
  return node.losses.some(
    (time) =>
      isNear(silence, time) &&
      overlapping(node.silences, time - SECOND, time + STATUS_NEAR_MS).every(
        (other) => !isNear(other, time) || other.to - other.from <= length,
      ),
  );
}

function isNear(silence: Span, told: number): boolean {
  return told > silence.from - STATUS_NEAR_MS && told < silence.to + SECOND;
}

function aroundGiven(node: NodeSight, at: number, detected: Restart | undefined): Restart {
  const silence = nearestSilence(overlapping(node.silences, at - GIVEN_NEAR_MS, at + GIVEN_NEAR_MS), at);
  return {
    at,
    evidence: 'given',
    plusMinusMs: 0,
    lastFlow: detected?.lastFlow ?? Math.max(silence?.from ?? at, at - BACK_MS),
    firstFlow: detected?.firstFlow ?? silence?.to ?? at,
  };
}

function nearestSilence(silences: readonly Span[], at: number): Span | undefined {
  let best: Span | undefined;
  let distance = GIVEN_NEAR_MS;
  for (const silence of silences) {
    if (silence.to - silence.from < STATUS_GAP_MS) continue;
    const away = at < silence.from ? silence.from - at : at > silence.to ? at - silence.to : 0;
    if (away < distance) {
      best = silence;
      distance = away;
    }
  }
  return best;
}

function nearest(restarts: readonly Restart[], at: number): Restart | undefined {
  return restarts
    .filter((restart) => Math.abs(restart.at - at) <= GIVEN_NEAR_MS)
    .sort((a, b) => Math.abs(a.at - at) - Math.abs(b.at - at))[0];
}

function isSame(a: Restart, b: Restart): boolean {
  if (a.evidence === b.evidence) return false;
  if (Math.abs(a.at - b.at) <= SAME_RESTART_MS) return true;
  // The same silence, told by two witnesses.
  return a.lastFlow < b.firstFlow && b.lastFlow < a.firstFlow && a.firstFlow > a.lastFlow;
}

/** An uptime, or the agent itself, says of a restart close to this silence; had there been another, they would have said so too. */
function isProvenNear({ at, evidence }: Restart, silence: Span): boolean {
  const isProof = evidence === 'uptime' || evidence === 'agent-event';
  return isProof && at > silence.from - GIVEN_NEAR_MS && at < silence.to + GIVEN_NEAR_MS;
}

/** Flows that these nodes would have sent in a span at their average rates. */
function expectedFlows(nodes: readonly NodeSight[], { from, to }: Span): number {
  return nodes.reduce((sum, node) => sum + flowRate(node) * (to - from), 0);
}

/** Did at least one other node send flows through most of this span? */
function othersWentOn(others: readonly NodeSight[], silence: Span): boolean {
  const length = silence.to - silence.from;
  return others.some((other) => {
    if (other.firstFlow > silence.from || other.lastFlow < silence.to) return false;
    const quiet = overlapping(other.silences, silence.from, silence.to).reduce(
      (sum, { from, to }) => sum + Math.max(0, Math.min(to, silence.to) - Math.max(from, silence.from)),
      0,
    );
    return quiet < length / 2;
  });
}

/** Does a sample behind the silence, or close to its end, show an agent that began before it, and none since a lost agent? */
function ranThrough(node: NodeSight, silence: Span): boolean {
  const near = node.samples.filter(
    ({ time }) => time >= silence.to - LATE_ALIBI_MS && time > silence.from && time <= silence.to + ALIBI_MS,
  );
  const isOld = (startedAt: number | null) => startedAt !== null && startedAt < silence.from + SECOND;
  return near.some(
    ({ time, startedAt }) =>
      isOld(startedAt) && (time >= silence.to || !near.some((later) => later.time > time && !isOld(later.startedAt))),
  );
}
