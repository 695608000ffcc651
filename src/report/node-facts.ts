/** A node of the document as the tables of the reports show it. */
import type { NodeSummary, Phase, RestartSummary } from '../judge/document.js';
import { compact, count, secondsBetween } from './wording.js';

export interface NodeFacts {
  /** Seconds in each phase over all segments; `blind` counts what was not seen in other phases too. */
  readonly seconds: ReadonlyMap<Phase, number>;
  /** Attempts in the baseline, and after settle. */
  readonly before: number;
  readonly after: number;
  readonly lost: number;
}

const PHASES: readonly Phase[] = ['baseline', 'blind', 'settle', 'soak', 'late'];

export function nodeFacts({ phases }: NodeSummary): NodeFacts {
  const seconds = new Map<Phase, number>();
  let [before, after, lost] = [0, 0, 0];
  for (const { phase, from, to, attempts, lost: events, blindSeconds } of phases) {
    const length = secondsBetween(from, to);
    add(seconds, phase, length);
    if (phase !== 'blind' && blindSeconds > 0) add(seconds, 'blind', blindSeconds);
    if (phase === 'baseline') before += attempts;
    if (phase === 'soak' || phase === 'late') after += attempts;
    lost += events;
  }
  return { seconds, before, after, lost };
}

function add(seconds: Map<Phase, number>, phase: Phase, length: number): void {
  seconds.set(phase, (seconds.get(phase) ?? 0) + length);
}

/** The phases that any of the nodes has been in, in their order. */
export function phasesSeen(facts: readonly NodeFacts[]): readonly Phase[] {
  return PHASES.filter((phase) => facts.some(({ seconds }) => (seconds.get(phase) ?? 0) > 0));
}

/** `12m`; '' for a phase that a node was never in. */
export function phaseText({ seconds }: NodeFacts, phase: Phase): string {
  const length = seconds.get(phase);
  return length === undefined ? '' : compact(length);
}

/** Attempts before and after: `1,204 -> 340`. */
export function attemptsText({ before, after }: NodeFacts): string {
  return `${count(before)} -> ${count(after)}`;
}

/** How a restart is known: `uptime`, with its uncertainty from a second up: `gap ±12s`. */
export function evidenceOf({ evidence, plusMinusSeconds }: RestartSummary): string {
  return plusMinusSeconds >= 1 ? `${evidence} ±${compact(plusMinusSeconds)}` : evidence;
}
