import { formatTime } from '../hubble/time.js';
import type { NodeTimeline } from '../rollout/timeline.js';
import type { Finding, NodeSummary, PhaseSummary, Verdict } from './document.js';
import type { Evidence } from './from-journal.js';
import { methodTimes } from './observed.js';
import type { PassReport } from './pass.js';
import type { Settings } from './settings.js';

/** What the document says of one node. */
export function summarize(
  node: NodeTimeline,
  index: number,
  of: {
    readonly evidence: Evidence;
    readonly findings: readonly Finding[];
    readonly pass: PassReport;
    readonly settings: Settings;
  },
): NodeSummary {
  const own = of.findings.filter((finding) => finding.nodes.includes(node.name));
  const proof = of.pass.nodes[index];
  const verdict: Verdict = own.some((finding) => finding.severity === 'fail')
    ? 'fail'
    : node.segments.length > 0 &&
        node.goneSince === undefined &&
        proof?.proven === true &&
        hasSoaked(of.evidence, index, of.settings) &&
        hasLatePhase(of.pass, index, of.settings) &&
        !own.some((finding) => finding.severity === 'warn')
      ? 'pass'
      : 'inconclusive';
  return {
    name: node.name,
    verdict,
    restarts: node.restarts.map((restart) => ({
      at: formatTime(restart.at),
      evidence: restart.evidence,
      plusMinusSeconds: Math.round(restart.plusMinusMs / 100) / 10,
    })),
    phases: node.phases.map((span) => phaseSummary(span, node, index, of.evidence)),
    needs: verdict !== 'inconclusive' || node.segments.length === 0 ? null : (proof?.needs ?? null),
  };
}

function hasSoaked({ observed }: Evidence, index: number, settings: Settings): boolean {
  const after = observed.nodes[index]?.segments.at(-1)?.after;
  return after !== undefined && observed.length - after >= methodTimes(settings.settleMs, observed.windowMs).passFrom;
}

function hasLatePhase({ late }: PassReport, index: number, { lateMs }: Settings): boolean {
  const proof = late[index];
  return lateMs === 0 || (proof?.windowsMissing === 0 && proof.proven);
}

function phaseSummary(
  span: NodeTimeline['phases'][number],
  node: NodeTimeline,
  index: number,
  evidence: Evidence,
): PhaseSummary {
  const { observed, origin } = evidence;
  const first = Math.max(0, Math.ceil(span.from / observed.windowMs) - origin);
  const isFirst = span.from <= node.sight.firstFlow;
  const from = isFirst ? Math.max(0, Math.floor(span.from / observed.windowMs) - origin) : first;
  const to = Math.ceil(span.to / observed.windowMs) - origin;
  const sum = (counts: Float64Array | undefined) => {
    let total = 0;
    for (let w = from; w < to; w++) total += counts?.[w] ?? 0;
    return total;
  };
  const blindMs = node.blind.reduce(
    (ms, { from: a, to: b }) => ms + Math.max(0, Math.min(b, span.to) - Math.max(a, span.from)),
    0,
  );
  return {
    phase: span.phase,
    from: formatTime(span.from),
    to: formatTime(span.to),
    flows: sum(evidence.flows[index]),
    attempts: sum(evidence.attemptsBegun[index]),
    lost: sum(evidence.lost[index]),
    blindSeconds: Math.round(blindMs / 100) / 10,
  };
}
