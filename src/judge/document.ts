/**
 * The verdict document `hubble-soak/verdict/v1`: what every report is made from. Times are RFC 3339 in UTC, durations ISO 8601,
 * shares in 0...1, evidence as natural logarithms.
 */
export type Verdict = 'pass' | 'fail' | 'inconclusive';

export type FindingClass =
  | 'broken'
  | 'worse'
  | 'novel'
  | 'silent'
  | 'vanished'
  | 'denied'
  | 'hard-rule'
  | 'transient'
  | 'ambient'
  | 'visibility';

export type Severity = 'fail' | 'warn' | 'info';
export type Scope = 'node' | 'pair' | 'cross-node' | 'same-node' | 'towards' | 'from' | 'edge' | 'soak';
export type RestartEvidence = 'uptime' | 'agent-event' | 'node-status' | 'gap' | 'given';
export type Phase = 'baseline' | 'blind' | 'settle' | 'soak' | 'late';

export interface InputSummary {
  /** File as given, `-` for stdin, or the server's address. */
  readonly path: string;
  /** Of the bytes as they lie on disk; null for a live source. */
  readonly sha256: string | null;
  readonly lines: number;
  readonly flows: number;
  readonly events: number;
  readonly broken: number;
}

export interface PhaseSummary {
  readonly phase: Phase;
  readonly from: string;
  readonly to: string;
  readonly flows: number;
  readonly attempts: number;
  readonly lost: number;
  readonly blindSeconds: number;
}

export interface RestartSummary {
  readonly at: string;
  readonly evidence: RestartEvidence;
  readonly plusMinusSeconds: number;
}

export interface Needs {
  readonly trials: number;
  readonly attempts: number;
  /** ISO 8601 duration, or null when no amount of traffic like the present suffices. */
  readonly about: string | null;
}

export interface NodeSummary {
  readonly name: string;
  readonly verdict: Verdict;
  readonly restarts: readonly RestartSummary[];
  readonly phases: readonly PhaseSummary[];
  /** What is still missing for a pass; null when nothing is, when the node has failed, or when it cannot be told. */
  readonly needs: Needs | null;
}

/** Counts of one side of a comparison. */
export interface Side {
  readonly episodes: number;
  readonly events: number;
  readonly attempts: number;
  readonly seconds: number;
  /** Episodes a minute, or the failing share of attempts, as `kind` of the finding has it. */
  readonly rate: number;
}

export interface Evidence {
  /** Natural logarithm of the e-value; null where a rule decided without statistics. */
  readonly logE: number | null;
  /** Fixed-time p-value, for people only. */
  readonly pValue: number | null;
  readonly rateRatio: {
    readonly estimate: number | null;
    readonly low: number | null;
    readonly high: number | null;
  } | null;
  /** Natural logarithm that logE had to reach; of a hard rule, the count that breaks it. */
  readonly limit: number | null;
}

export interface Reason {
  readonly code: number;
  readonly name: string;
  readonly text: string;
}

/** An example flow, cut to what a person needs to find it again. */
export interface ExampleFlow {
  readonly time: string;
  readonly node: string;
  readonly verdict: string;
  readonly dropReason: string | null;
  readonly direction: string;
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly destinationPort: number;
  readonly uuid: string;
}

export interface Finding {
  readonly id: string;
  readonly class: FindingClass;
  /** What was counted: `attempts`, `answers`, `edges`, `verdicts`, `retransmissions`, `drops`, `rule` or `sight`. */
  readonly kind: string;
  readonly severity: Severity;
  readonly nodes: readonly string[];
  readonly peers: readonly string[];
  readonly direction: 'ingress' | 'egress' | 'unknown' | null;
  readonly reason: Reason | null;
  readonly reasonName: string | null;
  readonly scope: Scope;
  /** One clause: what fails between which ends, and what is fine beside it, as far as the data tell. */
  readonly where: string;
  /** `source -> destination protocol/port`, and ` (IPv6)` where it is, worst first. */
  readonly edges: readonly string[];
  readonly before: Side | null;
  readonly after: Side | null;
  readonly control: Side | null;
  readonly evidence: Evidence | null;
  readonly firstSeen: string | null;
  readonly lastSeen: string | null;
  readonly examples: readonly ExampleFlow[];
  /** A shell command that shows more, quoted for a POSIX shell. */
  readonly nextCommand: string | null;
  /** Two or three sentences for a person. */
  readonly says: string;
}

export interface VerdictDocument {
  readonly schema: 'hubble-soak/verdict/v1';
  readonly verdict: Verdict;
  /** One sentence. */
  readonly summary: string;
  readonly soak: {
    readonly knob: string | null;
    readonly from: string | null;
    readonly to: string | null;
    /** Clock value that the judgement was made with (`--now`). */
    readonly judgedAt: string;
    readonly inputs: readonly InputSummary[];
    readonly settings: Readonly<Record<string, unknown>>;
    readonly ciliumVersions: readonly string[];
    readonly tool: { readonly version: string };
  };
  readonly nodes: readonly NodeSummary[];
  readonly findings: readonly Finding[];
  /** What stands in the way of a pass, one sentence each; empty under a pass. */
  readonly missing: readonly string[];
  readonly power: {
    /** Smallest added share of failed attempts, all nodes taken together, that would have failed this soak by now; null = none. */
    readonly smallestDetectable: number | null;
    readonly perNode: readonly { readonly node: string; readonly smallestDetectable: number | null }[];
  };
}
