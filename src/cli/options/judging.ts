/** What a soak is judged by: the same options for every command that judges. */
import { DEFAULT_SETTINGS, type GivenRestart, type Settings } from '../../judge/settings.js';
import { formatTime, parseTime } from '../../hubble/time.js';
import { slowOnset } from '../../knobs/slow-onset.js';
import { EXPECT_FILE } from './expect-file.js';
import { duration, named, SHARE, TEXT, TIME, type Kind } from './kinds.js';
import { optional, repeated, toggle, valued, type Values } from './option.js';

const WINDOW = duration({ leastMs: 1000, mostMs: 300_000 });
const SPAN = duration({ leastMs: 0 });

export const JUDGING_OPTIONS = {
  knob: optional(named('NAME', TEXT), 'The knob that was changed, for instance bpf.masquerade; named in the reports'),
  window: valued(WINDOW, DEFAULT_SETTINGS.windowMs, 'Length of a counting window'),
  baseline: valued(SPAN, DEFAULT_SETTINGS.baselineMs, 'How much of the time before the first restart to see'),
  settle: valued(SPAN, DEFAULT_SETTINGS.settleMs, "Time after a node's return that belongs to the restart itself"),
  soak: valued(SPAN, DEFAULT_SETTINGS.soakMs, 'How long each node is watched after it has settled'),
  late: optional(SPAN, 'How much time later than 10 min after its restart a PASS wants to see of each node', {
    fallbackText: 'what the knob is known to need',
  }),
  expectNodes: repeated(
    named('GLOB', TEXT),
    'Globs of the nodes that must restart; else those seen before the first restart',
  ),
  ignoreNode: repeated(named('GLOB', TEXT), 'Globs of nodes to leave out; the report says so'),
  episode: valued(duration({ leastMs: 1000 }), DEFAULT_SETTINGS.episodeMs, 'Drops of one source this close count once'),
  alpha: valued(SHARE, DEFAULT_SETTINGS.alpha, 'Chance of a false FAIL, for the whole soak', { fallbackText: '0.01' }),
  tolerance: valued(SHARE, DEFAULT_SETTINGS.tolerance, 'Added share of failed attempts that a PASS may leave open'),
  nodeTolerance: valued(SHARE, DEFAULT_SETTINGS.nodeTolerance, 'The same on one node'),
  expect: optional(EXPECT_FILE, 'Drops that are known: reason, scope, rate, owner and expiry of each, as YAML'),
  allowInconclusive: toggle('Exit 0 instead of 3 when the verdict is inconclusive'),
  now: optional(TIME, 'Clock of the judgement, for output that is equal in every byte', { inConfig: false }),
};

const RESTART: Kind<GivenRestart> = {
  placeholder: 'NODE=TIME',
  wanted: 'NODE=TIME with an RFC 3339 time, such as worker-1=2026-01-31T09:00:00Z',
  parse: (text) => {
    const at = text.lastIndexOf('=');
    const node = text.slice(0, Math.max(at, 0));
    const time = parseTime(text.slice(at + 1));
    return node === '' || Number.isNaN(time) ? undefined : { node, time };
  },
  show: ({ node, time }) => `${node}=${formatTime(time)}`,
};

/** Only where the flows are recorded already. */
export const RESTART_OPTIONS = {
  restart: repeated(RESTART, 'Restart that you know of, as NODE=TIME; wins over one that was detected near it', {
    inConfig: false,
    commas: false,
  }),
};

export function settingsFrom(
  values: Values<typeof JUDGING_OPTIONS>,
  restarts: readonly GivenRestart[] = DEFAULT_SETTINGS.givenRestarts,
): Settings {
  const slow = values.knob === undefined ? undefined : slowOnset(values.knob);
  return {
    knob: values.knob ?? null,
    windowMs: values.window,
    episodeMs: values.episode,
    baselineMs: values.baseline,
    settleMs: values.settle,
    soakMs: values.soak,
    lateMs: values.late ?? slow?.lateMs ?? 0,
    lateWhy:
      values.late === undefined && slow !== undefined ? `${values.knob ?? ''} may fail late (${slow.why})` : null,
    alpha: values.alpha,
    tolerance: values.tolerance,
    nodeTolerance: values.nodeTolerance,
    expectNodes: values.expectNodes.length === 0 ? null : values.expectNodes,
    ignoreNodes: values.ignoreNode,
    givenRestarts: restarts,
    expect: values.expect ?? null,
  };
}
