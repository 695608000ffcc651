/** What a watch with faults on its way saw, beside one without. */
import type { ReplayRecording } from '../../../src/hubble/replay-recording.js';
import type { Finding, VerdictDocument } from '../../../src/judge/document.js';
import { readSoak } from '../../../src/soak-dir/stored-soak.js';

/** What of a finding must be the same: `silent  worker-3  -  towards  fail`. */
export function keyOf({ class: what, nodes, reasonName, scope, severity }: Finding): string {
  return [what, nodes.join(','), reasonName ?? '-', scope, severity].join('  ');
}

export interface Difference {
  /** Findings of severity fail or warn that only one of them has; visibility findings of the watch with faults are its right. */
  readonly missing: readonly string[];
  readonly added: readonly string[];
  readonly visibility: readonly string[];
}

export function findingsApart(faulted: VerdictDocument, plain: VerdictDocument): Difference {
  const keys = ({ findings }: VerdictDocument): string[] =>
    findings.filter(({ severity, class: what }) => severity !== 'info' && what !== 'visibility').map(keyOf);
  const [ours, theirs] = [keys(faulted), keys(plain)];
  return {
    missing: theirs.filter((key) => !ours.includes(key)),
    added: ours.filter((key) => !theirs.includes(key)),
    visibility: faulted.findings.filter(({ class: what }) => what === 'visibility').map(keyOf),
  };
}

/** Restarts told by one document alone: node and time, to a second or so. */
export function restartsApart(faulted: VerdictDocument, plain: VerdictDocument): readonly string[] {
  const told = ({ nodes }: VerdictDocument) =>
    nodes.flatMap(({ name, restarts }) => restarts.map(({ at, evidence }) => ({ name, at: Date.parse(at), evidence })));
  const lacks = (list: ReturnType<typeof told>, one: ReturnType<typeof told>[number]): boolean =>
    !list.some(({ name, at }) => name === one.name && Math.abs(at - one.at) <= SAME_RESTART_MS);
  const [ours, theirs] = [told(faulted), told(plain)];
  return [
    ...theirs.filter((one) => lacks(ours, one)).map((one) => `missing: ${restartText(one)}`),
    ...ours.filter((one) => lacks(theirs, one)).map((one) => `added: ${restartText(one)}`),
  ];
}

const SAME_RESTART_MS = 3_000;

function restartText({ name, at, evidence }: { name: string; at: number; evidence: string }): string {
  return `${name} at ${new Date(at).toISOString()} by ${evidence}`;
}

/** Flows by node and window. */
export type FlowCounts = ReadonlyMap<string, number>;

export interface Counted {
  readonly flows: number;
  readonly late: number;
  /** Flows that there were and that were not counted. */
  readonly missing: number;
  /** Flows of a window beyond those that there were: counted twice. */
  readonly duplicates: number;
}

/** The flows of a recording, as it is sent. */
export function flowsOf({ entries }: ReplayRecording, windowMs: number): FlowCounts {
  const flows = new Map<string, number>();
  for (const { kind, node, time } of entries) if (kind === 'flow') count(flows, node, Math.floor(time / windowMs), 1);
  return flows;
}

/** What a soak directory has counted, beside the flows that there were. */
export function countedIn(directory: string, truth: FlowCounts): Counted {
  const counted = new Map<string, number>();
  let [flows, late] = [0, 0];
  for (const line of readSoak(directory).journal.windows) {
    count(counted, line.node, line.window, line.flows);
    flows += line.flows;
    late += line.late;
  }
  let [missing, duplicates] = [0, 0];
  for (const key of new Set([...counted.keys(), ...truth.keys()])) {
    const more = (counted.get(key) ?? 0) - (truth.get(key) ?? 0);
    if (more > 0) duplicates += more;
    else missing -= more;
  }
  return { flows, late, missing, duplicates };
}

function count(flows: Map<string, number>, node: string, window: number, more: number): void {
  const key = `${node} ${window}`;
  flows.set(key, (flows.get(key) ?? 0) + more);
}
