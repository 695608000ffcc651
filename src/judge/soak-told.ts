/** What a verdict document tells of the soak itself: what was judged, when, and by which settings. */
import type { Journal } from '../aggregate/journal.js';
import { formatTime } from '../hubble/time.js';
import type { Rollout } from '../rollout/timeline.js';
import type { InputSummary, VerdictDocument } from './document.js';
import type { Settings } from './settings.js';

export interface JudgeContext {
  readonly inputs: readonly InputSummary[];
  readonly version: string;
  /** Clock value to write into the document, ms; undefined = the last event time. */
  readonly now: number | undefined;
}

export function soakTold(
  journal: Journal,
  { from, to }: Rollout,
  settings: Settings,
  context: JudgeContext,
): VerdictDocument['soak'] {
  return {
    knob: settings.knob,
    from: timeOrNull(from),
    to: timeOrNull(to),
    judgedAt: formatTime(context.now ?? (Number.isFinite(to) ? to : 0)),
    inputs: context.inputs,
    settings: settingsTold(settings, journal),
    ciliumVersions: versionsOf(journal),
    tool: { version: context.version },
  };
}

function timeOrNull(ms: number): string | null {
  return Number.isFinite(ms) ? formatTime(ms) : null;
}

/** Versions of the agents; GetNodes says `cilium v1.19.4+g...`, or `cilium` alone. */
function versionsOf(journal: Journal): string[] {
  const versions = journal.samples.map((sample) => sample.version.replace(/^cilium ?/, ''));
  return [...new Set(versions)].filter((version) => version !== '').sort();
}

function settingsTold(settings: Settings, journal: Journal): Record<string, unknown> {
  const seconds = (ms: number) => `${ms / 1000}s`;
  return {
    window: seconds(journal.windowMs),
    episode: seconds(settings.episodeMs),
    baseline: seconds(settings.baselineMs),
    settle: seconds(settings.settleMs),
    soak: seconds(settings.soakMs),
    late: seconds(settings.lateMs),
    alpha: settings.alpha,
    tolerance: settings.tolerance,
    nodeTolerance: settings.nodeTolerance,
    expectNodes: settings.expectNodes,
    ignoreNodes: settings.ignoreNodes,
    expect: settings.expect?.file ?? null,
    restarts: settings.givenRestarts.map(({ node, time }) => `${node}=${formatTime(time)}`),
  };
}
