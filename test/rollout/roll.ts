/** Made-up rolls: nodes that talk, fall silent and come back, and what relay says of them. Times are seconds after T0. */
import type { Journal, NodeWindow } from '../../src/aggregate/journal.js';
import type { SoakEvent } from '../../src/hubble/event.js';
import { rollout, type NodeTimeline, type Rollout, type RolloutSettings } from '../../src/rollout/timeline.js';
import { aggregator, at, beats, samples, T0, WINDOW_MS } from '../aggregate/flows.js';

export interface NodePlan {
  /** It talks from here, 0 by default, */
  readonly from?: number;
  /** to here: the end of the roll by default. */
  readonly to?: number;
  /** Seconds between two flows, 0.5 by default. */
  readonly every?: number;
  /** Spans without a flow. */
  readonly silent?: readonly (readonly [from: number, to: number])[];
  /** When its agents began; undefined: GetNodes was never asked. */
  readonly began?: readonly number[];
  /** When GetNodes found it unreachable. */
  readonly away?: readonly (readonly [from: number, to: number])[];
  /** GetNodes lists it up to here. */
  readonly listedTo?: number;
}

const isIn = (spans: NodePlan['silent'], s: number) => spans?.some(([from, to]) => s > from && s < to) === true;

/** The events of a roll of `length` seconds, in order of their times; `sampleEvery` seconds between two GetNodes. */
export function events(
  nodes: Record<string, NodePlan>,
  length: number,
  more: readonly SoakEvent[] = [],
  sampleEvery = 2,
) {
  const all: SoakEvent[] = [...more];
  for (const [name, plan] of Object.entries(nodes))
    for (const flow of beats(name, plan.from ?? 0, plan.to ?? length, plan.every ?? 0.5))
      if (!isIn(plan.silent, (flow.time - T0) / 1000)) all.push(flow);
  for (let s = 0; s <= length; s += sampleEvery) {
    const uptimes: Record<string, number | undefined> = {};
    for (const [name, { began, away, listedTo }] of Object.entries(nodes)) {
      const last = began?.findLast((start) => start <= s);
      if (began === undefined || s > (listedTo ?? length)) continue;
      if (last !== undefined) uptimes[name] = isIn(away, s) ? undefined : s - last;
    }
    if (Object.keys(uptimes).length > 0) all.push(samples(s, uptimes));
  }
  return all.sort((a, b) => a.time - b.time);
}

export function journalOf(nodes: Record<string, NodePlan>, length: number, more: readonly SoakEvent[] = []): Journal {
  const into = aggregator();
  for (const event of events(nodes, length, more)) into.push(event);
  into.finish();
  return into.journal;
}

export function rolled(journal: Journal, settings: Partial<RolloutSettings> = {}): Rollout {
  return rollout(journal, {
    windowMs: journal.windowMs,
    settleMs: 60_000,
    isExpected: undefined,
    isIgnored: () => false,
    given: [],
    ...settings,
  });
}

export function timeline(of: Rollout, name: string): NodeTimeline {
  const found = of.nodes.find((node) => node.name === name);
  if (found === undefined) throw new Error(`no node ${name}`);
  return found;
}

const seconds = (ms: number) => Math.round((ms - T0) / 100) / 10;

/** The restarts of a node: seconds and evidence. */
export const restarts = (of: Rollout, name: string) =>
  timeline(of, name).restarts.map(({ at: time, evidence }) => [seconds(time), evidence]);

export const spans = (of: readonly { readonly from: number; readonly to: number }[]) =>
  of.map(({ from, to }) => [seconds(from), seconds(to)]);

export const phasesOf = (of: Rollout, name: string) =>
  timeline(of, name).phases.map(({ phase, from, to }) => [phase, seconds(from), seconds(to)]);

/** Lines of a node that talks all the time from one second to another, for days that nobody wants to make up flow by flow. */
export function talk(journal: Journal, node: string, from: number, to: number, flows = 40): void {
  for (let s = from; s < to; s += WINDOW_MS / 1000) {
    const line: NodeWindow = {
      kind: 'window',
      node,
      window: at(s) / WINDOW_MS,
      flows,
      late: 0,
      lost: 0,
      firstFlow: at(s),
      lastFlow: at(s + 9.5),
      silences: [],
      attemptsBegun: 0,
      drops: [],
      attempts: [],
      answered: [],
      verdicts: [],
      answers: [],
      talk: [],
      places: [],
      examples: [],
      overflow: 0,
      evicted: 0,
    };
    journal.add(line);
  }
}
