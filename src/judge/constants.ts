/** The method's constants (docs/verdict.md explains each). Shares are in 0...1, logs are natural. */

/** How alpha is shared: edges that worked before, new and known sources of drops, and a tenth for all further lanes. */
export const LANE_WEIGHT = { edges: 0.4, newSources: 0.25, knownSources: 0.25, further: 0.1 } as const;
/**
 * What the further lanes get of their tenth: answers of proxies, edges that are gone, verdicts of policies, repeated attempts, and
 * established traffic that gets no reply any more.
 */
export const FURTHER_PARTS = { answers: 0.25, vanished: 0.2, verdicts: 0.2, repeats: 0.2, oneway: 0.15 } as const;
/** Parts of a lane of edges. */
export const EDGE_PARTS = { edge: 0.4, node: 0.4, soak: 0.2 } as const;
/** Lane A keeps this part for harm that begins late, and shares the rest so: it looks at paths of nodes as well. */
export const LATE_PART = 0.15;
export const ATTEMPT_PARTS = { edge: 0.3, node: 0.3, path: 0.15, soak: 0.1 } as const;
/** Late series begin at the late phase, and later by this factor each: what was fine before onset dilutes the harm at most by so much. */
export const LATE_STARTS = 10;
export const LATE_FACTOR = 1.5;
/** Lanes B and C: half for the nodes, half for the soak. */
export const NODE_PART = 0.5;
/** Lane C gives four fifths of a part to series that had units in the baseline. */
export const SEEN_BEFORE_PART = 0.8;
/** Part of each node share that is kept for nodes that nobody expected. */
export const UNEXPECTED_RESERVE = 0.1;
/** Signals that lane weights are shared over, and those among them that are new since the first restart, with their part of it. */
export const NOMINAL_SIGNALS = 24;
export const NOVEL_SIGNALS = 4;
export const NOVEL_PART = 0.5;

/** A known-good edge: good trials at least, failing share at most. */
export const MIN_GOOD = 3;
export const MAX_BAD = 0.2;

/** Rise of the failing share that a changed mix of edges alone explains. */
export const MIX = 1.1;
/** Least failing trials, and least added failing share. */
export const MIN_FAILED = 2.5;
export const MIN_FAILED_SOAK = 5;
export const MIN_ADDED_EDGE = 0.04;
export const MIN_ADDED = 0.01;

/** Rises that are not harm: known sources, known sources of the noisy class, new sources on a node and in the soak. */
export const RHO_KNOWN = 1.1;
export const RHO_KNOWN_NOISY = 1.5;
export const RHO_NEW = 2;
export const RHO_NEW_SOAK = 1.25;
/** Least units, and least rate ratio, of known sources; least units of new ones. */
export const MIN_UNITS_KNOWN = 5;
export const MIN_RATIO = 1.5;
export const MIN_UNITS_NEW = 3;
/** Dispersion of new sources. */
export const PHI_NEW = 1.25;

/** A steady edge is gone, and not just rarer, from this added share of slots without it on. */
export const MIN_ADDED_VANISHED = 0.97;
/** So many connections (or slots with traffic) must be missing since: what is five times rarer than before shows by then. */
export const MIN_MISSING = 40;
/** Slots with an edge that make it a steady one. */
export const MIN_STEADY = 15;

/** Trouble of applications may be blamed on a restart when it shows so early: failing trials beyond expectation, share of the average. */
export const MIN_EARLY = 1.5;
export const EARLY_SHARE = 0.4;

/** The held part alone must reach this, with this many units. */
export const HELD_LOG_E = Math.log(100);
export const HELD_UNITS = 3;
/** A path to many destinations fails where this is reached without the worst of them too. */
export const WIDE_LOG_E = Math.log(20);
/** A path to one destination fails where so many trials from elsewhere fail at most a quarter as often. */
export const CONTROL_TRIALS = 10;
/** Failing share of the last minute's trials that counts as strong. */
export const STRONG_SHARE = 0.3;

/** A control slot is bad, and its trials ambient, beyond this share of control trials (one more is granted). */
export const AMBIENT_SHARE = 0.25;

/** Events missing in a window beyond this share: its unanswered attempts say nothing. */
export const LOSS_SHARE = 0.005;

/** PASS: level of the proof, and share of the baseline's good trials whose edges must have been seen to succeed again. */
export const PASS_LOG_E = Math.log(20);
export const PASS_COVERED = 0.95;

/** POLICY_DENIED and POLICY_DENY. */
export const POLICY_REASONS: ReadonlySet<number> = new Set([133, 181]);
export const AUTH_REQUIRED = 189;
/** Reasons of the noisy class. */
export const NOISY_REASONS: ReadonlySet<number> = new Set([...POLICY_REASONS, AUTH_REQUIRED]);

/** Dead time of new sources, ms, and the time that makes two visits of a source two visits. */
export const NEW_SOURCE_DEAD_MS = 180_000;
export const VISIT_MS = 300_000;
/** Traffic growth is measured over this time, ms. */
export const GROWTH_MS = 300_000;
/** Blocks of the dispersion estimates, ms. */
export const BLOCK_MS = 300_000;
/** Overlap that a moved source may have on its two nodes, ms. */
export const MOVE_OVERLAP_MS = 60_000;

/** Naming: once a signal has failed, nodes with this log e of their own are named with it. */
export const NAMED_LOG_E = Math.log(20);
/** Lane A: or with so many failing trials and this share of the largest added share. */
export const NAMED_FAILED = 3;
export const NAMED_SHARE = 0.3;
