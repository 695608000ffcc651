/**
 * `npm run bench`: how fast is `gate`, and how fast a replay is followed, beside a bare JSON.parse loop over the same lines; how fast is one judgement of a large soak, beside
 * a loop that sums the same trials once; how much memory does a process take that holds such a soak and judges it; and how fast are the
 * kernels of the statistics, beside Math.exp? Prints tables and asserts nothing: times belong to a machine.
 *
 *     npm run bench -- [--flows 300000] [--runs 5] [--recording FILE.jsonl.gz] [--only gate|replay|judge|memory|kernels]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from 'simple-statistics';
import { packageRoot } from '../../src/package-root.js';
import { measureJudge } from './judge-load.js';
import { measureKernels } from './kernels.js';
import { largestRecording, writeLargeRecording } from './large-recording.js';
import { measureChild, type Measured } from './measured-child.js';
import type { MemoryLoad } from './memory-load.js';
import { measureReplay } from './replay-load.js';

const { values } = parseArgs({
  options: {
    flows: { type: 'string', default: '300000' },
    runs: { type: 'string', default: '5' },
    recording: { type: 'string' },
    only: { type: 'string' },
  },
});
const flows = positiveInteger('--flows', values.flows);
const runs = positiveInteger('--runs', values.runs);

const isWanted = (part: 'gate' | 'replay' | 'judge' | 'memory' | 'kernels'): boolean =>
  values.only === undefined || values.only === part;

if (isWanted('gate') || isWanted('replay')) {
  const folder = mkdtempSync(join(tmpdir(), 'hubble-soak-bench-'));
  try {
    if (isWanted('gate')) await benchGate(folder);
    if (isWanted('replay')) await benchReplay(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
if (isWanted('judge')) benchJudge();
if (isWanted('memory')) await benchMemory();
if (isWanted('kernels')) benchKernels();

async function benchGate(into: string): Promise<void> {
  const source = values.recording ?? largestRecording(join(packageRoot(), 'recordings'));
  if (source === undefined) {
    console.log('gate: not measured, recordings/ has no .jsonl.gz (give one with --recording FILE)');
    return;
  }
  const file = join(into, 'large.jsonl');
  const bytes = await writeLargeRecording(source, file, flows);
  console.log(`gate --json on ${thousands(flows)} flows (${Math.round(bytes / 1e6)} MB), node ${process.version}`);

  const gate = (): Promise<Measured> => measureChild([script('../../src/main.js'), 'gate', '--json', file]);
  const loop = (): Promise<Measured> => measureChild([script('parse-loop.js'), file]);

  const ratios: number[] = [];
  const rows: string[][] = [['run', 'gate flows/s', 'JSON.parse flows/s', 'ratio', 'gate peak MB', 'loop peak MB']];
  for (let run = 1; run <= runs; run++) {
    // Whatever else the machine does slows the one that runs meanwhile: they take turns at going first.
    const loopFirst = run % 2 === 1 ? await loop() : undefined;
    const gated = await gate();
    if (![0, 1, 3].includes(gated.exitCode) || !gated.stdout.startsWith('{')) {
      console.log(`gate: no verdict, exit code ${gated.exitCode}: ${gated.stderr.trim()}`);
      process.exitCode = 1;
      return;
    }
    const looped = loopFirst ?? (await loop());
    const ratio = looped.seconds / gated.seconds;
    ratios.push(ratio);
    rows.push([
      String(run),
      thousands(flows / gated.seconds),
      thousands(flows / looped.seconds),
      ratio.toFixed(3),
      thousands(gated.peakMegabytes),
      thousands(looped.peakMegabytes),
    ]);
  }
  printTable(rows);
  console.log(
    `median ratio ${median(ratios).toFixed(3)} (1 = as fast as parsing alone; start of node included on both sides)\n`,
  );
}

async function benchReplay(into: string): Promise<void> {
  const source = values.recording ?? largestRecording(join(packageRoot(), 'recordings'));
  if (source === undefined) return;
  const file = join(into, 'replay.jsonl');
  await writeLargeRecording(source, file, flows);
  console.log(`replay --speed max, followed over gRPC on this machine, ${thousands(flows)} flows`);
  const loop = flows / (await measureChild([script('parse-loop.js'), file])).seconds;
  const rows: string[][] = [['run', 'flows/s', 'in JSON.parse', 'server us/flow', 'client us/flow']];
  for (const [name, how] of [
    ['counted', { decode: false }],
    ['decoded', { decode: true }],
    ['counted, 100,000/s wanted', { decode: false, perSecond: 100_000 }],
    ['decoded, 100,000/s wanted', { decode: true, perSecond: 100_000 }],
  ] as const) {
    const { seconds, serverSeconds, clientSeconds } = await measureReplay(file, flows, how);
    rows.push([
      name,
      thousands(flows / seconds),
      (flows / seconds / loop).toFixed(2),
      ((serverSeconds / flows) * 1e6).toFixed(1),
      ((clientSeconds / flows) * 1e6).toFixed(1),
    ]);
  }
  printTable(rows);
  console.log('');
}

function benchJudge(): void {
  for (const { name, trials, ms, loopMs, outcome } of measureJudge()) {
    const speed = `${thousands(trials)} trials at ${thousands((trials / ms) * 1000)}/s`;
    console.log(
      `judge: ${name}: ${thousands(ms)} ms (${speed}, ${(ms / loopMs).toFixed(1)} times summing them once); ${outcome}`,
    );
  }
  console.log('');
}

async function benchMemory(): Promise<void> {
  const { exitCode, stdout, stderr, peakMegabytes } = await measureChild([script('memory-load.js')]);
  if (exitCode !== 0) {
    console.log(`memory: not measured, exit code ${exitCode}: ${stderr.trim()}\n`);
    process.exitCode = 1;
    return;
  }
  const load = JSON.parse(stdout) as MemoryLoad;
  console.log(
    `memory: 50 nodes x 5,000 edges x 6 h, ${thousands(load.rows)} rows in ${thousands(load.windows)} windows: ` +
      `peak ${thousands(peakMegabytes)} MB of the whole process (${thousands(load.journalMegabytes)} MB before it was judged); ` +
      `filled in ${load.journalSeconds.toFixed(1)} s, judged in ${load.judgeSeconds.toFixed(1)} s of CPU time; ${load.verdict}\n`,
  );
}

function benchKernels(): void {
  const measured = measureKernels();
  const unit = measured.find(({ name }) => name === 'Math.exp')?.perSecond ?? NaN;
  console.log('kernels of the statistics, evaluations per second');
  printTable([
    ['kernel', 'per second', 'ns each', 'in Math.exp'],
    ...measured.map(({ name, perSecond }) => [
      name,
      thousands(perSecond),
      (1e9 / perSecond).toFixed(1),
      (unit / perSecond).toFixed(1),
    ]),
  ]);
}

function script(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  for (const row of rows) console.log('  ' + row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  '));
}

function thousands(x: number): string {
  return Math.round(x).toLocaleString('en');
}

function positiveInteger(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  console.error(`${name} must be a whole number above 0, but it is ${text}`);
  process.exit(2);
}
