/**
 * `npm run bench:soak`: three hours of a roll, watched twice at once over gRPC at a multiple of its pace: by a watch whose way to the nodes
 * breaks in every manner there is, and by one that nothing befalls. Prints what differs, and exits with 1 where something does that may not.
 *
 *     npm run bench:soak -- [--minutes 180] [--speed 48] [--faults 40] [--into DIR]
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { max, median } from 'simple-statistics';
import { withFaults } from '../../../src/hubble/replay-fault-entries.js';
import type { Fault } from '../../../src/hubble/replay-faults.js';
import { ReplayRecordingBuilder, type ReplayRecording } from '../../../src/hubble/replay-recording.js';
import { startReplay } from '../../../src/hubble/replay-server.js';
import { flowLine } from '../../simulator/flow-lines.js';
import { simulate } from '../../simulator/soak.js';
import { countedIn, findingsApart, flowsOf, keyOf, restartsApart, type Counted, type FlowCounts } from './compare.js';
import { sharedFaults, scenario, SETTINGS, wayFaults } from './scenario.js';
import type { Watched, WatchTask } from './watch-child.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '180' },
    speed: { type: 'string', default: '48' },
    faults: { type: 'string', default: '40' },
    /** Keeps the two soak directories, to be looked at. */
    into: { type: 'string' },
  },
});
const [minutes, speed, count] = [Number(values.minutes), Number(values.speed), Number(values.faults)];

/** The median resident set of the last hour may be so much more than that of the first. */
const MOST_GROWTH = 0.05;
/** Simulated time after the recording's end, for what is still on its way, ms. */
const GRACE_MS = 90_000;

const began = performance.now();
const recording = recordingOf(minutes);
console.log(
  `${minutes} min of a roll, ${recording.entries.length.toLocaleString('en-US')} messages, made in ${secondsSince(began)} s; watched at ${speed} times its pace`,
);
const folder = values.into ?? mkdtempSync(join(tmpdir(), 'hubble-soak-bench-'));
try {
  const shared = sharedFaults(minutes);
  const way = wayFaults(minutes, count - shared.length);
  const directories = { plain: join(folder, 'plain'), faulted: join(folder, 'faulted') };
  const [plain, faulted] = await Promise.all([
    watch(recording, shared, directories.plain),
    watch(recording, [...shared, ...way], directories.faulted),
  ]);
  const truth = flowsOf(withFaults(recording, shared), SETTINGS.windowMs);
  process.exitCode = tell(plain, faulted, [...shared, ...way], truth, directories) ? 0 : 1;
} finally {
  if (values.into === undefined) rmSync(folder, { recursive: true, force: true });
}

function recordingOf(length: number): ReplayRecording {
  const builder = new ReplayRecordingBuilder();
  const story = scenario(length);
  const line = flowLine(story);
  for (const event of simulate(story)) builder.addMessage(event, JSON.parse(line(event)) as object);
  return builder.build();
}

async function watch(from: ReplayRecording, faults: readonly Fault[], directory: string): Promise<Watched> {
  const replay = await startReplay(from, { listen: '127.0.0.1:0', speed, faults });
  const task: WatchTask = {
    server: replay.address,
    speed,
    start: from.start,
    durationMs: from.end - from.start + GRACE_MS,
    settings: SETTINGS,
    directory,
  };
  try {
    return await inChild(task);
  } finally {
    await replay.close();
  }
}

function inChild(task: WatchTask): Promise<Watched> {
  const script = fileURLToPath(new URL('watch-child.js', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(out) as Watched);
      else reject(new Error(`a watch ended with ${code}`));
    });
  });
}

/** Prints the table; false where a bound is not held. */
function tell(
  plain: Watched,
  faulted: Watched,
  faults: readonly Fault[],
  truth: FlowCounts,
  directories: { readonly plain: string; readonly faulted: string },
): boolean {
  const kinds = new Map<string, number>();
  for (const { kind } of faults) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  console.log(`${faults.length} faults: ${[...kinds].map(([kind, times]) => `${times} ${kind}`).join(', ')}`);
  console.log(`the follower told of ${list(faulted.statuses)}; without faults of ${list(plain.statuses)}\n`);

  const apart = findingsApart(faulted.document, plain.document);
  const restarts = restartsApart(faulted.document, plain.document);
  const counts = [countedIn(directories.plain, truth), countedIn(directories.faulted, truth)] as const;
  const growth = [plain, faulted].map(({ residentMegabytes }) => growthOf(residentMegabytes));
  const rows: [what: string, plain: string, faulted: string, isHeld: boolean][] = [
    ['verdict', plain.document.verdict, faulted.document.verdict, plain.document.verdict === faulted.document.verdict],
    [
      'findings missing or added',
      '',
      `${apart.missing.length} and ${apart.added.length}`,
      apart.missing.length + apart.added.length === 0,
    ],
    ['restarts missing or added', '', String(restarts.length), restarts.length === 0],
    ['findings of visibility', '', String(apart.visibility.length), true],
    ['flows counted', ...each(counts, ({ flows }) => flows), true],
    [
      'flows counted twice',
      ...each(counts, ({ duplicates }) => duplicates),
      counts.every((one) => one.duplicates === 0),
    ],
    ['flows missing', ...each(counts, ({ missing }) => missing), true],
    ['flows too late', ...each(counts, ({ late }) => late), true],
    ['looks of the judge', thousands(plain.looks), thousands(faulted.looks), true],
    ['resident set, peak', ...megabytes(plain, faulted, (all) => [max([...all])]), true],
    ['resident set, first hour', ...megabytes(plain, faulted, firstHour), true],
    ['resident set, last hour', ...megabytes(plain, faulted, lastHour), true],
    ['growth', percent(growth[0]), percent(growth[1]), growth.every((one) => one <= MOST_GROWTH)],
  ];
  const width = Math.max(...rows.map(([what]) => what.length));
  console.log(`${''.padEnd(width)}  ${'no faults'.padStart(12)}  ${'faults'.padStart(12)}`);
  for (const [what, without, withFaults, isHeld] of rows)
    console.log(
      `${what.padEnd(width)}  ${without.padStart(12)}  ${withFaults.padStart(12)}${isHeld ? '' : '  NOT HELD'}`,
    );
  console.log('');
  for (const finding of plain.document.findings)
    if (finding.severity !== 'info') console.log(`  both: ${keyOf(finding)}`);
  for (const key of apart.missing) console.log(`  missing: ${key}`);
  for (const key of apart.added) console.log(`  added: ${key}`);
  for (const restart of restarts) console.log(`  restart ${restart}`);
  for (const key of apart.visibility) console.log(`  visibility: ${key}`);
  console.log(`\n${secondsSince(began)} s of the wall`);
  return rows.every(([, , , isHeld]) => isHeld);
}

function firstHour(minutely: readonly number[]): readonly number[] {
  return minutely.slice(0, Math.min(60, Math.ceil(minutely.length / 3)));
}

function lastHour(minutely: readonly number[]): readonly number[] {
  return minutely.slice(-Math.min(60, Math.ceil(minutely.length / 3)));
}

function growthOf(minutely: readonly number[]): number {
  return median([...lastHour(minutely)]) / median([...firstHour(minutely)]) - 1;
}

function megabytes(
  plain: Watched,
  faulted: Watched,
  part: (minutely: readonly number[]) => readonly number[],
): [string, string] {
  const text = ({ residentMegabytes }: Watched): string => `${median([...part(residentMegabytes)]).toFixed(0)} MB`;
  return [text(plain), text(faulted)];
}

function each(counts: readonly [Counted, Counted], of: (counted: Counted) => number): [string, string] {
  return [thousands(of(counts[0])), thousands(of(counts[1]))];
}

function list(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([kind, times]) => `${times} ${kind}`)
    .join(', ');
}

function percent(share: number | undefined): string {
  return `${((share ?? Number.NaN) * 100).toFixed(1)} %`;
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function secondsSince(start: number): string {
  return ((performance.now() - start) / 1000).toFixed(0);
}
