import type { Finding } from './document.js';
import type { Group } from './groups.js';
import { plainWhere } from './where-text.js';
import type { Judged } from './judged.js';
import type { LossExplanation } from './losses.js';
import type { PolicyChange } from './policy-changes.js';
import type { Rename } from './renames.js';
import type { Breach } from './rules.js';

/** What a finding was made from, so that it can be derived again with every number. */
export type Basis =
  /** `compared`: the sentence that says what was compared with what. */
  | {
      readonly kind: 'numbers';
      readonly group: Group;
      readonly compared: string;
      readonly aside?: Aside;
      /** The lane that judged it, seen as the only one, where it is none of the first three. */
      readonly view?: Judged;
      /** The changes of policies that explain it. */
      readonly change?: readonly ChangedPolicy[];
    }
  /** `counted`: what was counted and how many are a FAIL, in the middle of a sentence. */
  | { readonly kind: 'rule'; readonly breach: Breach; readonly counted: string; readonly group?: Group }
  | { readonly kind: 'transient'; readonly settled: readonly Settled[] }
  | { readonly kind: 'ambient'; readonly destination: string; readonly left: readonly LeftOut[] }
  | { readonly kind: 'policy'; readonly change: readonly ChangedPolicy[] }
  | { readonly kind: 'loss'; readonly node: number }
  | { readonly kind: 'hidden'; readonly node: number }
  | { readonly kind: 'unseen'; readonly node: number };

/** An edge that is denied as a policy was changed. */
export interface ChangedPolicy {
  readonly edge: string;
  readonly change: PolicyChange;
}

/** What took a rise out of the failures. */
export type Aside =
  | { readonly why: 'renamed'; readonly renames: readonly Rename[] }
  | { readonly why: 'lost'; readonly losses: readonly LossExplanation[] };

/** Drops of one signal in the settle phase of one restart, and their rates around it. Windows are in sight. */
export interface Settled {
  readonly node: number;
  readonly segment: number;
  readonly signal: number;
  readonly settle: Amount;
  readonly before: Amount;
  readonly later: Amount;
  /** First and last window of the settle phase with such a drop. */
  readonly first: number;
  readonly last: number;
}

/** Drops (events), the episodes that they open, and the windows that were in sight. */
export interface Amount {
  readonly events: number;
  readonly units: number;
  readonly windows: number;
}

/** Trials of one node towards a destination that were left out as ambient, and the control trials that say so. */
export interface LeftOut {
  readonly node: number;
  readonly trials: number;
  readonly failed: number;
  readonly before: { readonly trials: number; readonly failed: number };
  readonly control: { readonly trials: number; readonly failed: number };
}

/** A finding while the judge works on it. */
export interface Found extends Finding {
  readonly basis?: Basis;
}

/** Findings with stable ids (class, reason and nodes; a number where two share them), and what each was made from. */
export function withIds(found: readonly Found[]): {
  readonly findings: Finding[];
  readonly basisOf: ReadonlyMap<string, Basis>;
} {
  const used = new Map<string, number>();
  const basisOf = new Map<string, Basis>();
  const findings = found.map(({ basis, ...finding }): Finding => {
    const base = [finding.class, finding.reasonName ?? finding.kind, finding.nodes.join('+') || 'all']
      .join('-')
      .replace(/[^A-Za-z0-9._+-]+/g, '_')
      .toLowerCase()
      .slice(0, 100);
    const count = (used.get(base) ?? 0) + 1;
    used.set(base, count);
    const id = count === 1 ? base : `${base}-${count}`;
    if (basis !== undefined) basisOf.set(id, basis);
    return { ...finding, id, where: finding.where === '' ? plainWhere(finding) : finding.where };
  });
  return { findings, basisOf };
}
