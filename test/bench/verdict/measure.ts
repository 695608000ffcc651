import type { Finding } from '../../../src/judge/document.js';
import { decide } from './decide.js';
import type { Outcome } from './outcome.js';
import { simpleVerdicts } from './simple-judges.js';
import { simulate, reasonOf, type Simulated } from './simulate.js';
import { KNOWN_HARM_SIGNAL, NEW_SIGNAL, PER_MINUTE, type Soak } from './soak.js';

/** One soak of counts, through the judge's lanes, looks and proof of a PASS. */
export function measureCounts(soak: Soak, seed: number): Outcome {
  const simulated = simulate(soak, seed);
  const decision = decide(simulated.observed);
  const onset = Math.min(...simulated.onset);
  const found = decision.failures.find(({ look }) => look + 1 >= onset);
  const findings = found === undefined || soak.harm === undefined ? [] : decision.findings();
  return {
    seed,
    verdict: decision.verdict,
    minutes: found === undefined || !Number.isFinite(onset) ? undefined : (found.look + 1 - onset) / PER_MINUTE,
    rightNodes: namesTheHarmed(findings, simulated, soak),
    rightClass: findings.some((finding) => tellsOf(finding, soak)),
    rightScope: false,
    ...simpleVerdicts(simulated.observed, simulated.failedBySource),
    told: [...decision.failures, ...decision.watches].map(({ lane, look }) => `${lane} at window ${look}`),
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
