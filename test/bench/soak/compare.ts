/** What a watch with faults on its way saw, beside one without. */
import type { PackedWindow } from '../../../src/aggregate/packed-window.js';
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

export interface Counted {
  readonly flows: number;
  readonly late: number;
  /** Flows that the watch without faults has and this one has not. */
  readonly missing: number;
  /** Flows that this one has in a window beyond those of the watch without faults: counted twice. */
  readonly duplicates: number;
}

/** Flows by node and window, beside those of another soak directory. */
export function flowsApart(directory: string, other: string): Counted {
  const [ours, theirs] = [flowsOf(directory), flowsOf(other)];
  let [missing, duplicates] = [0, 0];
  for (const key of new Set([...ours.flows.keys(), ...theirs.flows.keys()])) {
    const more = (ours.flows.get(key) ?? 0) - (theirs.flows.get(key) ?? 0);
    if (more > 0) duplicates += more;
    else missing -= more;
  }
  return { flows: ours.total, late: ours.late, missing, duplicates };
}

function flowsOf(directory: string) {
  const flows = new Map<string, number>();
  let [total, late] = [0, 0];
  const add = (line: PackedWindow): void => {
    const key = `${line.node} ${line.window}`;
    flows.set(key, (flows.get(key) ?? 0) + line.flows);
    total += line.flows;
    late += line.late;
  };
  readSoak(directory).journal.windows.forEach(add);
  return { flows, total, late };
}
