/** A roll of nine nodes, an hour and a quarter after its begin, as the live view gets it. */
import type { ClosedWindow } from '../../src/cli/live/closed-windows.js';
import { DropHistory } from '../../src/cli/live/drop-history.js';
import type { Progress } from '../../src/cli/live/progress.js';
import { formatTime } from '../../src/hubble/time.js';
import type { Finding, NodeSummary, Phase, PhaseSummary, VerdictDocument } from '../../src/judge/document.js';

const BEGIN = Date.parse('2026-03-01T10:00:00Z');
const END = 75;
const WINDOW_MS = 10_000;

/** Minutes after the begin. */
export function at(minutes: number): number {
  return BEGIN + minutes * 60_000;
}

function phase(name: Phase, from: number, to: number): PhaseSummary {
  return {
    phase: name,
    from: formatTime(at(from)),
    to: formatTime(at(to)),
    flows: 0,
    attempts: 500,
    lost: 0,
    blindSeconds: 0,
  };
}

/** A node that has not restarted. */
export function waiting(name: string, until = END): NodeSummary {
  return { name, verdict: 'inconclusive', needs: null, restarts: [], phases: [phase('baseline', 0, until)] };
}

/** A node that restarted at this minute. */
export function restarted(name: string, minute: number, changes: Partial<NodeSummary> = {}): NodeSummary {
  const after: readonly (readonly [Phase, number])[] = [
    ['settle', minute + 0.4],
    ['soak', minute + 1.4],
    ['late', minute + 10.4],
  ];
  return {
    ...waiting(name),
    restarts: [{ at: formatTime(at(minute)), evidence: 'uptime', plusMinusSeconds: 1 }],
    phases: [
      phase('baseline', 0, minute - 0.3),
      phase('blind', minute - 0.3, Math.min(minute + 0.4, END)),
      ...after
        .filter(([, from]) => from < END)
        .map(([name, from], i) => phase(name, from, Math.min(after[i + 1]?.[1] ?? END, END))),
    ],
    ...changes,
  };
}

const NODES = [
  restarted('worker-1.example.org', 20, { verdict: 'pass' }),
  restarted('worker-2.example.org', 28, { verdict: 'pass' }),
  restarted('worker-3.example.org', 37, { verdict: 'fail' }),
  restarted('worker-4.example.org', 46, { needs: { trials: 310, attempts: 420, about: 'PT12M' } }),
  restarted('worker-5.example.org', 55),
  restarted('worker-6.example.org', 64, { needs: { trials: 900, attempts: 1100, about: 'PT1H5M' } }),
  restarted('worker-7.example.org', 74.8),
  waiting('worker-8.example.org'),
  waiting('worker-9.example.org'),
];

export function finding(changes: Partial<Finding>): Finding {
  return { id: 'f', severity: 'warn', class: 'worse', kind: 'drops', nodes: [], evidence: null, ...changes } as Finding;
}

function evidence(logE: number): Finding['evidence'] {
  return { logE, limit: 12, pValue: null, rateRatio: null };
}

const FINDINGS = [
  finding({
    id: 'broken-1',
    severity: 'fail',
    class: 'broken',
    reasonName: 'NO_MAPPING_FOR_NAT_MASQUERADE',
    nodes: ['worker-3.example.org'],
    where: 'TCP from pods on worker-3.example.org to the world; node to node is fine',
    evidence: evidence(31),
  }),
  finding({
    class: 'silent',
    kind: 'attempts',
    reasonName: null,
    nodes: ['worker-4.example.org', 'worker-6.example.org'],
    where: 'cross-node TCP 9000 to auth/ext-authz',
    evidence: evidence(4.1),
  }),
  finding({
    reasonName: 'CT_MAP_INSERTION_FAILED',
    nodes: ['worker-5.example.org'],
    where: 'UDP/53 from worker-5.example.org to kube-system/coredns',
    evidence: evidence(7.9),
  }),
  finding({ id: 'info', severity: 'info' }),
];

export function documentOf(changes: Partial<VerdictDocument> = {}): VerdictDocument {
  return {
    verdict: 'fail',
    soak: { from: formatTime(BEGIN), to: formatTime(at(END)) },
    nodes: NODES,
    findings: FINDINGS,
    missing: [
      'worker-8.example.org and worker-9.example.org have not restarted yet.',
      'Failure broken-1 stands in the way.',
      'The soak as a whole needs 88 more trials, about 4 min at this traffic, to exclude 1 % of added failures.',
    ],
    ...changes,
  } as unknown as VerdictDocument;
}

/** worker-3 drops in waves, the others hardly ever; worker-7 was not seen of late. */
export function drops(): DropHistory {
  const history = new DropHistory(WINDOW_MS);
  const windows: ClosedWindow[] = [];
  for (let behind = 0; behind < 80; behind++)
    for (const [i, { name }] of NODES.entries()) {
      const many = i === 2 ? 20 + 20 * (behind % 8) : (behind * 7 + i * 13) % 17 === 0 ? 4 : 0;
      const isSeen = i !== 6 || behind >= 3;
      windows.push({ node: name, from: at(END) - 40_000 - behind * WINDOW_MS, flows: isSeen ? 50 : 0, drops: many });
    }
  history.note(windows);
  return history;
}

export function progressOf(changes: Partial<Progress> = {}): Progress {
  return {
    document: documentOf(),
    server: 'hubble-relay.kube-system:443',
    link: { state: 'connected', heardAt: at(76) },
    flowsPerSecond: 1234.5,
    drops: drops(),
    runningMs: 76 * 60_000,
    now: at(76),
    isEnding: false,
    ...changes,
  };
}
