/** How far a node is on its way to a PASS. Pure. */
import { parseTime } from '../../hubble/time.js';
import type { NodeSummary, VerdictDocument } from '../../judge/document.js';
import { watchedMs, type Settings } from '../../judge/settings.js';
import { compact, isoSeconds } from '../../report/wording.js';

export interface Coverage {
  /** How much of what its PASS needs has been seen, 0...1: 1 under a PASS alone. Undefined before its restart, and where it has failed. */
  readonly share: number | undefined;
  /** What stands between it and a PASS, in a few words; '' where the document does not tell. */
  readonly waits: string;
}

/** What is shown of a node that lacks nothing that can be measured, but has no PASS. */
const ALMOST = 0.99;

export function coverageOf(node: NodeSummary, document: VerdictDocument, settings: Settings): Coverage {
  if (node.verdict === 'fail') return { share: undefined, waits: '' };
  if (node.verdict === 'pass') return { share: 1, waits: '' };
  const soaked = soakOf(node, document, settings);
  if (soaked === undefined) return { share: undefined, waits: beforeRestart(node, settings) };
  const shares = [soaked.share, ALMOST, shareOfAttempts(node, soaked.attempts)];
  return { share: Math.min(...shares), waits: waitsFor(node, document, soaked.leftMs) };
}

interface Soaked {
  /** Of the time that a node is to be watched, without that in which it was out of sight. */
  readonly share: number;
  /** Time until the watch of this node ends, ms. */
  readonly leftMs: number;
  readonly attempts: number;
}

/** Since the last restart; undefined before one. */
function soakOf({ restarts, phases }: NodeSummary, { soak }: VerdictDocument, settings: Settings): Soaked | undefined {
  const last = restarts.at(-1);
  if (last === undefined || soak.to === null) return undefined;
  const at = parseTime(last.at);
  const until = at + watchedMs(settings);
  const leftMs = Math.max(until - parseTime(soak.to), 0);
  const begun = at - (last.plusMinusSeconds + 1) * 1000;
  const seen = phases.filter(
    ({ phase, from }) => phase !== 'blind' && phase !== 'baseline' && parseTime(from) >= begun,
  );
  const first = seen[0];
  if (first === undefined) return { share: 0, leftMs, attempts: 0 };
  const seenMs = seen.reduce((sum, { from, to }) => sum + parseTime(to) - parseTime(from), 0);
  const wantedMs = Math.max(until - parseTime(first.from), 1);
  return {
    share: Math.min(seenMs / wantedMs, 1),
    leftMs,
    attempts: seen.reduce((sum, { attempts }) => sum + attempts, 0),
  };
}

/** Of the attempts that a PASS needs. */
function shareOfAttempts({ needs }: NodeSummary, seen: number): number {
  if (needs === null) return 1;
  return needs.trials === 0 ? 0 : seen / (seen + Math.max(needs.attempts, 1));
}

function beforeRestart({ phases }: NodeSummary, { baselineMs }: Settings): string {
  if (phases.at(-1)?.phase === 'blind') return 'out of sight';
  const seen = phases.filter(({ phase }) => phase === 'baseline');
  const seenMs = seen.reduce((sum, { from, to }) => sum + parseTime(to) - parseTime(from), 0);
  if (!(seenMs < baselineMs)) return 'needs its restart';
  return `needs ${compact((baselineMs - seenMs) / 1000)} of baseline`;
}

function waitsFor({ name, phases, needs }: NodeSummary, { findings }: VerdictDocument, leftMs: number): string {
  if (phases.at(-1)?.phase === 'blind') return 'out of sight';
  if (needs !== null && needs.trials === 0) return 'fails too often';
  const aboutMs = needs === null ? 0 : needs.about === null ? Number.POSITIVE_INFINITY : isoSeconds(needs.about) * 1000;
  if (aboutMs === Number.POSITIVE_INFINITY) return 'has no traffic';
  if (aboutMs > leftMs) return `needs ${compact(aboutMs / 1000)} of traffic`;
  if (leftMs > 0) return `needs ${compact(leftMs / 1000)} of soak`;
  return findings.some(({ severity, nodes }) => severity === 'warn' && nodes.includes(name))
    ? 'has an open question'
    : '';
}
