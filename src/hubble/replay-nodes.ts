/** What GetNodes says at a time of a recording: from its recorded samples, or from the flows where it has none. */
import type { ReplayRecording, ReplaySample } from './replay-recording.js';
import { NODE_STATE } from './event.js';
import { nodeStateName } from './names.js';

/** observer.Node as protobuf JSON. */
export type NodeJson = Readonly<Record<string, unknown>>;

/** A silence is a restart only when it is this long, and far beyond what is usual for a node that talks often enough to tell. */
const RESTART_SILENCE_MS = 6_000;
const FAR_BEYOND_USUAL = 5;
/** A shorter one will do where relay said that it lost the node, this near to the silence. */
const TOLD_SILENCE_MS = 2_000;
const TOLD_NEAR_MS = 15_000;
const USUAL_QUANTILE = 0.95;
const ENOUGH_FLOWS = 20;

/** Age of an agent that ran before the recording began, where nothing tells it. */
const RAN_BEFORE_MS = 86_400_000;

interface Talk {
  /** Times of the node's flows, sorted. */
  readonly times: readonly number[];
  /** First flow after each silence that looks like a restart. */
  readonly returns: readonly number[];
}

export class ReplayNodes {
  readonly #recording: ReplayRecording;
  readonly #talks: ReadonlyMap<string, Talk>;

  constructor(recording: ReplayRecording) {
    this.#recording = recording;
    this.#talks = talksOf(recording);
  }

  /** All nodes of the recording as of a recorded time. */
  at(time: number): NodeJson[] {
    const sample = sampleAt(this.#recording.samples, time);
    return this.#recording.nodes.map((name) => {
      const sampled = sample?.nodes.find((node) => node.sample.name === name);
      if (sample === undefined || sampled === undefined) return this.#fromFlows(name, time);
      const { uptimeMs } = sampled.sample;
      if (uptimeMs === undefined) return sampled.raw;
      // Before the first sample the uptime was less, down to nothing at all.
      const uptime = Math.max(uptimeMs + time - sample.time, 1);
      return { ...sampled.raw, uptime_ns: nanoseconds(uptime) };
    });
  }

  #fromFlows(name: string, time: number): NodeJson {
    const talk = this.#talks.get(name);
    const seen = talk === undefined ? 0 : countUpTo(talk.times, time);
    const returned = talk?.returns.findLast((at) => at <= time);
    const began = returned ?? this.#recording.start - RAN_BEFORE_MS;
    const flows = String(
      returned === undefined || talk === undefined ? seen : seen - countBefore(talk.times, returned),
    );
    return {
      name,
      version: 'unknown',
      state: nodeStateName(NODE_STATE.CONNECTED),
      uptime_ns: nanoseconds(Math.max(time - began, 1)),
      num_flows: flows,
      seen_flows: flows,
    };
  }
}

/** The last sample not later than `time`, or the first one. */
function sampleAt(samples: readonly ReplaySample[], time: number): ReplaySample | undefined {
  return samples[Math.max(lowest(samples.length, (i) => (samples[i]?.time ?? 0) > time) - 1, 0)];
}

function talksOf(recording: ReplayRecording): ReadonlyMap<string, Talk> {
  const times = new Map<string, number[]>();
  for (const entry of recording.entries) {
    if (entry.kind !== 'flow') continue;
    const own = times.get(entry.node);
    if (own === undefined) times.set(entry.node, [entry.time]);
    else own.push(entry.time);
  }
  return new Map(
    [...times].map(([node, own]) => [node, { times: own, returns: returnsOf(own, node, times, recording) }]),
  );
}

function returnsOf(
  times: readonly number[],
  node: string,
  all: ReadonlyMap<string, readonly number[]>,
  { losses }: ReplayRecording,
): number[] {
  if (times.length < ENOUGH_FLOWS) return [];
  const silences = times.slice(1).map((time, i) => time - (times[i] ?? time));
  const usual = [...silences].sort((a, b) => a - b)[Math.floor(silences.length * USUAL_QUANTILE)] ?? 0;
  const least = Math.max(RESTART_SILENCE_MS, usual * FAR_BEYOND_USUAL);
  return times.filter((time, i) => {
    const before = times[i - 1];
    if (before === undefined || time - before < TOLD_SILENCE_MS) return false;
    const isTold = losses.some(
      (loss) => loss.node === node && loss.time > before - TOLD_NEAR_MS && loss.time < time + 1_000,
    );
    if (!isTold && time - before < least) return false;
    return [...all].some(([other, theirs]) => other !== node && countBefore(theirs, time) > countUpTo(theirs, before));
  });
}

function countUpTo(times: readonly number[], time: number): number {
  return lowest(times.length, (i) => (times[i] ?? 0) > time);
}

function countBefore(times: readonly number[], time: number): number {
  return lowest(times.length, (i) => (times[i] ?? 0) >= time);
}

/** The lowest index from 0 to `length` for which a monotonic test holds (`length` counts as holding). */
export function lowest(length: number, test: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function nanoseconds(ms: number): string {
  return String(Math.round(ms * 1e6));
}
