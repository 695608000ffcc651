/** The options of each command: the shared ones and its own. */
import { JUDGING_OPTIONS, RESTART_OPTIONS } from './judging.js';
import { duration, named, SIZE, SPEED, TEXT } from './kinds.js';
import { optional, repeated, toggle, valued, type Values } from './option.js';
import { CONFIG_OPTIONS, LOG_OPTIONS } from './output.js';
import { RELAY_OPTIONS } from './relay.js';
import { REPORT_OPTIONS } from './reports.js';

/** Of a stream that is followed. */
const FOLLOWING = {
  since: optional(duration(), 'Begin with flows this old, as far as the nodes still hold them', { inConfig: false }),
  duration: optional(duration(), 'End after this long, by the clock on the wall', { inConfig: false }),
  patience: optional(duration(), 'How long the relay may be away before that is the end', {
    fallbackText: '6 times --timeout',
  }),
};

export const WATCHING = {
  ...FOLLOWING,
  soakDir: optional(named('DIR', TEXT), 'Keep the soak in this directory, and go on with the one that is there'),
  keepFlows: optional(
    SIZE,
    'Keep the flows in the soak directory as well; the oldest go when they take more than this',
  ),
  failFast: toggle('End at the first FAIL'),
  afterNode: optional(
    named('COMMAND', TEXT),
    'Run this after each node, with go, stop or wait as JSON on its stdin (no shell; - prints the line on stdout)',
  ),
  listen: optional(
    named('[HOST:]PORT', TEXT),
    'Serve /gate, /verdict, /metrics and /healthz over HTTP; a port alone is served on the loopback',
  ),
};

export const RECORDING = {
  output: optional(named('FILE', TEXT), 'File to write: .jsonl, .jsonl.gz or .jsonl.zst', {
    alias: 'o',
    inConfig: false,
  }),
  ...FOLLOWING,
};

export const LOOKING = {
  duration: valued(duration({ leastMs: 1000 }), 30_000, 'How long to look', { inConfig: false }),
  tolerance: JUDGING_OPTIONS.tolerance,
  nodeTolerance: JUDGING_OPTIONS.nodeTolerance,
  json: REPORT_OPTIONS.json,
};

export const SERVING = {
  listen: valued(named('HOST:PORT', TEXT), '127.0.0.1:4245', 'Address to serve on; port 0 takes a free one'),
  speed: valued(SPEED, 1, 'How fast a client that follows gets the flows: 0.5x, 1x, 10x, max'),
  loop: toggle('Begin again at the end'),
  script: optional(
    named('FILE', TEXT),
    'What goes wrong meanwhile, as YAML: restarts, broken streams, silent nodes ...',
  ),
  tlsCertFile: optional(named('FILE', TEXT), 'Serve TLS with this certificate in PEM form'),
  tlsKeyFile: optional(named('FILE', TEXT), 'Key of the certificate in PEM form'),
  tlsClientCaFiles: repeated(named('FILE', TEXT), 'Clients must show a certificate of one of these CAs'),
};

export const EXPLAINING = {
  explain: optional(
    named('FINDING', TEXT),
    'Instead of the report, every number behind a finding: its id, its number in the report, or all',
    { inConfig: false },
  ),
};

/** What a fixture of a manifest may set as well. */
export const GATE_JUDGING = { ...RESTART_OPTIONS, ...JUDGING_OPTIONS };

const GENERAL = { ...CONFIG_OPTIONS, ...LOG_OPTIONS };

export const GATE_OPTIONS = { ...GATE_JUDGING, ...EXPLAINING, ...REPORT_OPTIONS, ...GENERAL };
export const WATCH_OPTIONS = { ...RELAY_OPTIONS, ...WATCHING, ...JUDGING_OPTIONS, ...REPORT_OPTIONS, ...GENERAL };
export const RECORD_OPTIONS = { ...RELAY_OPTIONS, ...RECORDING, ...GENERAL };
export const DOCTOR_OPTIONS = { ...RELAY_OPTIONS, ...LOOKING, ...GENERAL };
export const REPLAY_OPTIONS = { ...SERVING, ...LOG_OPTIONS };
export const TELL_OPTIONS = { ...REPORT_OPTIONS, ...LOG_OPTIONS };

export type GateValues = Values<typeof GATE_OPTIONS>;
export type WatchValues = Values<typeof WATCH_OPTIONS>;
export type RecordValues = Values<typeof RECORD_OPTIONS>;
export type DoctorValues = Values<typeof DOCTOR_OPTIONS>;
export type ReplayValues = Values<typeof REPLAY_OPTIONS>;
export type TellValues = Values<typeof TELL_OPTIONS>;
