import type { Finding } from '../../../src/judge/document.js';
import { decide, type Decision } from './decide.js';
import type { Family } from './families.js';
import { hashText } from '../../simulator/random.js';
import { simpleVerdicts } from './simple-judges.js';
import { simulate, reasonOf, type Simulated } from './simulate.js';
import { KNOWN_HARM_SIGNAL, NEW_SIGNAL, PER_MINUTE, type Soak } from './soak.js';

/** What came of one soak. */
export interface Outcome {
  readonly seed: number;
  readonly verdict: Decision['verdict'];
  /** Lane of the first failure; of a watch where nothing failed. */
  readonly lane: string;
  /** FAIL at or after the onset: minutes until then. */
  readonly minutes: number | undefined;
  /** Exactly the harmed nodes are named (the soak's harm on all: any), and a finding has the class and reason of the harm. */
  readonly rightNodes: boolean;
  readonly rightClass: boolean;
  readonly mannWhitney: boolean;
  readonly twice: boolean;
}

export function seedOf(seed: number, family: Family, soak: number): number {
  return hashText(`${family.name}/${soak}`, seed);
}

export function measure(family: Family, seed: number): Outcome {
  const simulated = simulate(family.soak, seed);
  const decision = decide(simulated.observed);
  const [first] = decision.failures;
  const onset = Math.min(...simulated.onset);
  const found = decision.failures.find(({ look }) => look + 1 >= onset);
  const findings = found === undefined || family.soak.harm === undefined ? [] : decision.findings();
  return {
    seed,
    verdict: decision.verdict,
    lane: first?.lane ?? decision.watches[0]?.lane ?? '',
    minutes: found === undefined || !Number.isFinite(onset) ? undefined : (found.look + 1 - onset) / PER_MINUTE,
    rightNodes: namesTheHarmed(findings, simulated, family.soak),
    rightClass: findings.some((finding) => tellsOf(finding, family.soak)),
    ...simpleVerdicts(simulated.observed, simulated.failedBySource),
  };
}

function namesTheHarmed(findings: readonly Finding[], { observed, onset }: Simulated, soak: Soak): boolean {
  const named = new Set(findings.flatMap(({ nodes }) => nodes));
  const harmed = observed.nodes.filter((_, i) => Number.isFinite(onset[i] ?? Infinity)).map(({ name }) => name);
  if (soak.harm?.where === 'all') return named.size > 0;
  return named.size === harmed.length && harmed.every((name) => named.has(name));
}

function tellsOf(finding: Finding, { harm }: Soak): boolean {
  switch (harm?.kind) {
    case undefined:
      return false;
    case 'edge':
    case 'silent':
      return finding.class === 'silent';
    case 'reason':
      return finding.reason?.code === reasonOf(NEW_SIGNAL) && ['novel', 'broken'].includes(finding.class);
    case 'sources':
      return finding.reason?.code === reasonOf(NEW_SIGNAL) && finding.class === 'novel';
    case 'known':
      return finding.reason?.code === reasonOf(KNOWN_HARM_SIGNAL) && finding.class === 'worse';
  }
}
