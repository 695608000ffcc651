import type { Finding, Verdict } from './document.js';
import type { Observed } from './observed.js';
import { isCovered, type PassReport, type Proof } from './pass.js';
import type { Settings } from './settings.js';

/** One thing that a PASS still lacks. */
export type Lack =
  | { readonly kind: 'no-restart' }
  | { readonly kind: 'not-restarted'; readonly nodes: readonly string[] }
  | { readonly kind: 'out-of-sight'; readonly nodes: readonly string[] }
  /** The node that came back last wants this much more of after phase. */
  | { readonly kind: 'too-short'; readonly windows: number }
  /** A change that may fail late wants this much more of these nodes' late phase. */
  | {
      readonly kind: 'late-short';
      readonly nodes: readonly string[];
      readonly windows: number;
      readonly why: string | null;
    }
  /** The same as `unproven`, for the late phase of a node alone. */
  | { readonly kind: 'late-unproven'; readonly node: string; readonly proof: Proof; readonly tolerance: number }
  | { readonly kind: 'open'; readonly finding: OpenFinding }
  /** Added failures above the tolerance are not excluded yet, on a node or (null) in the soak. */
  | { readonly kind: 'unproven'; readonly node: string | null; readonly proof: Proof; readonly tolerance: number }
  | { readonly kind: 'uncovered'; readonly covered: number; readonly unseen: readonly string[] };

/** What a PASS must know of a finding. */
export type OpenFinding = Pick<Finding, 'id' | 'severity' | 'nodes'>;

type LackSettings = Pick<Settings, 'tolerance' | 'nodeTolerance' | 'lateMs' | 'lateWhy'>;

/** Everything that a PASS still lacks, in the order in which a person would ask. @param gone nodes that are out of sight. */
export function lacksOf(of: {
  readonly observed: Observed;
  readonly pass: PassReport;
  readonly findings: readonly OpenFinding[];
  readonly gone: readonly string[];
  readonly settings: LackSettings;
}): Lack[] {
  const { observed, pass, findings, gone, settings } = of;
  if (observed.nodes.every((node) => node.segments.length === 0)) return [{ kind: 'no-restart' }];
  const lacks: Lack[] = [];
  const waiting = observed.nodes.filter((node) => node.expected && node.segments.length === 0);
  if (waiting.length > 0) lacks.push({ kind: 'not-restarted', nodes: waiting.map(({ name }) => name) });
  if (gone.length > 0) lacks.push({ kind: 'out-of-sight', nodes: gone });
  if (pass.windowsMissing > 0) lacks.push({ kind: 'too-short', windows: pass.windowsMissing });
  const failed = new Set<string>();
  for (const finding of findings) {
    if (finding.severity === 'fail') for (const node of finding.nodes) failed.add(node);
    if (finding.severity !== 'info') lacks.push({ kind: 'open', finding });
  }
  observed.nodes.forEach(({ name, expected, segments }, i) => {
    const proof = pass.nodes[i];
    if (!expected || segments.length === 0 || proof === undefined || proof.proven || failed.has(name)) return;
    lacks.push({ kind: 'unproven', node: name, proof, tolerance: settings.nodeTolerance });
  });
  if (!pass.soak.proven && failed.size === 0)
    lacks.push({ kind: 'unproven', node: null, proof: pass.soak, tolerance: settings.tolerance });
  if (settings.lateMs > 0) lacks.push(...lateLacks(observed, pass, failed, settings));
  if (!isCovered(pass)) lacks.push({ kind: 'uncovered', covered: pass.covered, unseen: pass.unseen });
  return lacks;
}

/** What the late phases of the nodes that have restarted lack; of nodes that have failed nothing more is asked. */
function lateLacks(
  { nodes }: Observed,
  { late }: PassReport,
  failed: ReadonlySet<string>,
  { lateWhy, nodeTolerance }: LackSettings,
): Lack[] {
  const open = nodes.flatMap(({ name, expected, segments }, i) => {
    const proof = late[i];
    return expected && segments.length > 0 && proof !== undefined && !failed.has(name) ? [{ name, proof }] : [];
  });
  const short = open.filter(({ proof }) => proof.windowsMissing > 0);
  const unproven = open.filter(({ proof }) => proof.windowsMissing === 0 && !proof.proven);
  const windows = short.reduce((most, { proof }) => Math.max(most, proof.windowsMissing), 0);
  return [
    ...(short.length === 0
      ? []
      : [{ kind: 'late-short' as const, nodes: short.map(({ name }) => name), windows, why: lateWhy }]),
    ...unproven.map(({ name, proof }): Lack => ({
      kind: 'late-unproven',
      node: name,
      proof,
      tolerance: nodeTolerance,
    })),
  ];
}

/** FAIL where anything failed; PASS where nothing is lacking; else there is not enough to say. */
export function verdictOf(lacks: readonly Lack[]): Verdict {
  if (lacks.some((lack) => lack.kind === 'open' && lack.finding.severity === 'fail')) return 'fail';
  return lacks.length === 0 ? 'pass' : 'inconclusive';
}
