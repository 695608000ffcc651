/** A verdict as OpenMetrics text: limits and baselines beside what was measured, so that a chart says how near a FAIL is. */
import type { Finding, NodeSummary, VerdictDocument } from '../judge/document.js';
import { plainName } from './escape.js';

/** Counters and gauges of a process that watches, by the name of their family without its prefix. */
export interface LiveMetric {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly value: number;
}

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

const PREFIX = 'hubble_soak';
const VERDICTS = ['pass', 'fail', 'inconclusive'] as const;
const PHASES = ['baseline', 'blind', 'settle', 'soak', 'late'] as const;

/** @param live what only the process that watches knows. */
export function openMetricsReport(document: VerdictDocument, live: readonly LiveMetric[] = []): string {
  const families = [...ofSoak(document), ...ofNodes(document.nodes), ...ofFindings(document.findings)];
  for (const { name, type, help, value } of live) families.push(...family(name, type, help, [{ labels: {}, value }]));
  return `${families.join('\n')}\n# EOF\n`;
}

function ofSoak({ verdict, soak, missing, power }: VerdictDocument): string[] {
  const knob = soak.knob ?? '';
  return [
    ...family('info', 'info', 'What is being judged.', [{ labels: { knob, version: soak.tool.version }, value: 1 }]),
    ...states('verdict', 'The verdict so far.', VERDICTS, verdict),
    ...family('missing', 'gauge', 'Things that a PASS still lacks.', [{ labels: {}, value: missing.length }]),
    ...family('smallest_detectable_ratio', 'gauge', 'Smallest added share of failures that would have failed by now.', [
      ...(power.smallestDetectable === null ? [] : [{ labels: {}, value: power.smallestDetectable }]),
    ]),
  ];
}

function ofNodes(nodes: readonly NodeSummary[]): string[] {
  const each = (of: (node: NodeSummary) => number | undefined): Sample[] =>
    nodes.flatMap((node) => {
      const value = of(node);
      return value === undefined ? [] : [{ labels: { node: node.name }, value }];
    });
  const sum = (name: 'flows' | 'attempts' | 'lost' | 'blindSeconds') =>
    each((node) => node.phases.reduce((total, phase) => total + phase[name], 0));
  return [
    ...byNode('node_verdict', 'The verdict on a node so far.', VERDICTS, nodes, ({ verdict }) => verdict),
    ...byNode('node_phase', 'Where a node stands.', PHASES, nodes, ({ phases }) => phases.at(-1)?.phase),
    ...family(
      'node_restarts',
      'gauge',
      'Restarts of the agent that were seen.',
      each(({ restarts }) => restarts.length),
    ),
    ...family('node_flows', 'gauge', 'Flows that were judged.', sum('flows')),
    ...family('node_attempts', 'gauge', 'Connection attempts that began.', sum('attempts')),
    ...family('node_lost_events', 'gauge', 'Events that were lost or came too late.', sum('lost')),
    ...family('node_blind_seconds', 'gauge', 'Time for which nothing of the node was seen.', sum('blindSeconds')),
    ...family(
      'node_needs_trials',
      'gauge',
      'Trials that a PASS of the node still needs.',
      each(({ needs }) => needs?.trials),
    ),
  ];
}

function ofFindings(findings: readonly Finding[]): string[] {
  const each = (of: (finding: Finding) => number | null | undefined): Sample[] =>
    findings.flatMap((finding) => {
      const value = of(finding);
      return typeof value === 'number' ? [{ labels: labelsOf(finding), value }] : [];
    });
  return [
    ...family(
      'finding',
      'gauge',
      'Findings, each with its severity.',
      each(() => 1),
    ),
    ...family(
      'finding_evidence',
      'gauge',
      'Natural logarithm of the e-value.',
      each(({ evidence }) => evidence?.logE),
    ),
    ...family(
      'finding_limit',
      'gauge',
      'What the evidence must reach to fail.',
      each(({ evidence }) => evidence?.limit),
    ),
    ...family(
      'finding_rate_before',
      'gauge',
      'Failing share, or episodes a minute, before.',
      each(({ before }) => before?.rate),
    ),
    ...family(
      'finding_rate_after',
      'gauge',
      'The same since the restart.',
      each(({ after }) => after?.rate),
    ),
  ];
}

function labelsOf({ id, class: what, severity, scope, reasonName, nodes }: Finding): Labels {
  return { id, class: what, severity, scope, reason: reasonName ?? '', nodes: nodes.join(',') };
}

/** One series for each state, 1 for the one that holds. */
function states<T extends string>(name: string, help: string, all: readonly T[], now: T): string[] {
  const samples = all.map((state) => ({ labels: { [`${PREFIX}_${name}`]: state }, value: state === now ? 1 : 0 }));
  return family(name, 'stateset', help, samples);
}

function byNode<T extends string>(
  name: string,
  help: string,
  all: readonly T[],
  nodes: readonly NodeSummary[],
  of: (node: NodeSummary) => T | undefined,
): string[] {
  const samples = nodes.flatMap((node) =>
    all.map((state) => ({
      labels: { node: node.name, [`${PREFIX}_${name}`]: state },
      value: of(node) === state ? 1 : 0,
    })),
  );
  return family(name, 'stateset', help, samples);
}

const SUFFIX: Readonly<Record<string, string>> = { counter: '_total', info: '_info' };

function family(name: string, type: string, help: string, samples: readonly Sample[]): string[] {
  if (samples.length === 0) return [];
  const base = type === 'info' ? PREFIX : `${PREFIX}_${name}`;
  return [
    `# TYPE ${base} ${type}`,
    `# HELP ${base} ${help}`,
    ...samples.map(({ labels, value }) => `${base}${SUFFIX[type] ?? ''}${labelText(labels)} ${value}`),
  ];
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

/** Names come from outside: no control character stays. */
function escaped(value: string): string {
  return plainName(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}
