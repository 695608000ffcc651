import { UsageError } from '../../errors.js';
import type { Derivation } from '../../judge/derivation/derivation.js';
import type { Finding } from '../../judge/document.js';
import type { Judgement } from '../../judge/judge.js';
import { worstFirst } from '../../report/describe.js';

/** How many findings an error names. */
const NAMED = 20;

/**
 * The derivations that `--explain` asks for: of the finding with this id, of the one with this number in the report (`2` or `F2`), or of
 * `all`. @throws UsageError where there is no such finding; it names those that there are.
 */
export function derivationsOf(which: string, { document, derive }: Judgement): Derivation[] {
  const findings = worstFirst(document.findings);
  const chosen = which === 'all' ? findings : [findingOf(which, findings)];
  return chosen.flatMap(({ id }) => derive(id) ?? []);
}

function findingOf(which: string, findings: readonly Finding[]): Finding {
  const number = Number(/^[Ff]?([1-9]\d*)$/.exec(which)?.[1] ?? NaN);
  const found = findings.find(({ id }) => id === which) ?? findings[number - 1];
  if (found !== undefined) return found;
  if (findings.length === 0)
    throw new UsageError(`--explain ${which}: this soak has no finding to explain; leave --explain out`);
  const named = findings.slice(0, NAMED).map((finding, i) => describe(finding, i + 1));
  const more = findings.length > NAMED ? `, and ${findings.length - NAMED} more` : '';
  throw new UsageError(`--explain ${which}: there is no such finding; give all, or one of ${named.join(', ')}${more}`);
}

function describe({ id, class: kind, nodes }: Finding, number: number): string {
  return `${number} = ${id} (${kind} on ${nodes.length === 0 ? 'no node' : nodes.join(' ')})`;
}
