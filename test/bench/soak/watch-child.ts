/** A watch in a process of its own, at a multiple of its pace: its memory is what is measured. Task as JSON in, what it saw as JSON out. */
import { keepHeapSmall } from '../../../src/cli/heap.js';
import { LiveSoak } from '../../../src/cli/live/live-soak.js';
import { RelayClient } from '../../../src/hubble/relay.js';
import type { VerdictDocument } from '../../../src/judge/document.js';
import type { Settings } from '../../../src/judge/settings.js';
import { SoakDir } from '../../../src/soak-dir/soak-dir.js';
import { acceleratedPace, acceleratedRelay } from './accelerated.js';

export interface WatchTask {
  readonly server: string;
  readonly speed: number;
  /** When the recording begins, and how long it is watched: ms of its own time. */
  readonly start: number;
  readonly durationMs: number;
  readonly settings: Settings;
  readonly directory: string;
}

export interface Watched {
  readonly document: VerdictDocument;
  readonly end: string;
  readonly flows: number;
  /** How often the follower told each kind of status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Resident set of each minute of the soak's time, MB. */
  readonly residentMegabytes: readonly number[];
  readonly looks: number;
}

keepHeapSmall();
const task = JSON.parse(process.argv[2] ?? '') as WatchTask;
const statuses: Record<string, number> = {};
const residentMegabytes: number[] = [];
let looks = 0;
const pace = acceleratedPace(task.start, task.speed);
const dir = new SoakDir({
  path: task.directory,
  windowMs: task.settings.windowMs,
  settings: '',
  since: new Date().toISOString(),
  onTrouble: (message) => process.stderr.write(`${message}\n`),
});
const meter = setInterval(() => residentMegabytes.push(process.memoryUsage.rss() / 1e6), 60_000 / task.speed);
const soak = new LiveSoak(
  {
    relay: acceleratedRelay(new RelayClient({ server: task.server, timeoutMs: 5_000 }), task.speed),
    source: task.server,
    settings: task.settings,
    sinceMs: undefined,
    durationMs: task.durationMs,
    patienceMs: undefined,
    failFast: false,
    now: undefined,
    dir,
    signal: new AbortController().signal,
    pace,
  },
  {
    status: ({ kind }) => (statuses[kind] = (statuses[kind] ?? 0) + 1),
    judged: () => (looks += 1),
  },
);
const { document, end } = await soak.run();
clearInterval(meter);
await dir.close();
const watched: Watched = { document, end, flows: soak.flows, statuses, residentMegabytes, looks };
process.stdout.write(JSON.stringify(watched));
