import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { SoakError, UsageError } from '../../errors.js';
import type { Verdict, VerdictDocument } from '../../judge/document.js';
import { printable } from '../../printable.js';
import { jsonText } from '../../report/escape.js';
import type { Call } from '../command.js';
import type { Logger } from '../logger.js';
import { settingsFrom } from '../options/judging.js';
import { openOptions } from '../options/open.js';
import type { Values } from '../options/option.js';
import { CONFIG_OPTIONS } from '../options/output.js';
import { GATE_JUDGING } from '../options/per-command.js';
import { parseFlags } from '../options/to-yargs.js';
import { shortfalls } from './fixture-outcome.js';
import { judgeRecordings } from './judge-recordings.js';
import { readManifest, type Fixture } from './manifest.js';

/** What became of one fixture. */
interface Outcome {
  readonly recording: Fixture['recording'];
  readonly ok: boolean;
  readonly verdict: Verdict;
  /** What is not as expected, one sentence each. */
  readonly shortfalls: readonly string[];
  readonly document: VerdictDocument;
}

type Judging = Values<typeof GATE_JUDGING>;

/**
 * Judges every fixture of a manifest with its own arguments on top of those of the command line, and compares. Exit code 0 when each came
 * out as written, else 1. Throws UsageError, before anything is judged where it can, for a manifest that is broken.
 */
export async function gateManifest(path: string, call: Call, json: boolean, log: Logger): Promise<number> {
  const fixtures: { readonly fixture: Fixture; readonly judging: Judging }[] = [];
  for (const fixture of readManifest(path))
    fixtures.push({ fixture, judging: await judgingOf(fixture, dirname(path), call) });
  const outcomes: Outcome[] = [];
  for (const { fixture, judging } of fixtures) {
    const outcome = await outcomeOf(fixture, judging, log);
    outcomes.push(outcome);
    if (!json) process.stdout.write(describe(outcome));
  }
  const failed = outcomes.filter(({ ok }) => !ok).length;
  process.stdout.write(json ? asJson(outcomes) : closingLine(outcomes.length, failed));
  return failed === 0 ? 0 : 1;
}

function judgingOf(fixture: Fixture, folder: string, call: Call): Promise<Judging> {
  return at(fixture, () => {
    const missing = fixture.paths.find((file) => !existsSync(file));
    if (missing !== undefined) throw new UsageError(`there is no file ${missing}`);
    const flags = { ...call.flags, ...ownFlags(fixture, folder), 'print-config': false };
    const values = openOptions({ ...call, flags }, { ...GATE_JUDGING, ...CONFIG_OPTIONS });
    if (values === undefined) throw new Error('--print-config was refused above');
    return values;
  });
}

/** A file that a fixture names lies beside the manifest, as its recordings do. */
function ownFlags({ args }: Fixture, folder: string): Readonly<Record<string, unknown>> {
  const flags = parseFlags(args, GATE_JUDGING);
  const file: unknown = [flags['expect']].flat().at(-1);
  return typeof file === 'string' && file !== '' && !isAbsolute(file)
    ? { ...flags, expect: join(folder, file) }
    : flags;
}

async function outcomeOf(fixture: Fixture, judging: Judging, log: Logger): Promise<Outcome> {
  const settings = settingsFrom(judging, judging.restart);
  const { document } = await at(fixture, () => judgeRecordings(fixture.paths, settings, judging.now, log));
  const wrong = shortfalls(fixture, document);
  return {
    recording: fixture.recording,
    ok: wrong.length === 0,
    verdict: document.verdict,
    shortfalls: wrong,
    document,
  };
}

/** Names the place in the manifest in every error of `work`. */
async function at<T>(fixture: Fixture, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof SoakError ? new UsageError(`${fixture.place}: ${error.message}`, error) : error;
  }
}

function describe({ ok, recording, verdict, shortfalls: wrong }: Outcome): string {
  const name = [recording].flat().join(' + ');
  const line = ok ? `ok ${name} ${verdict}` : `FAILED ${name}: ${wrong.join(' | ')}`;
  return `${printable(line)}\n`;
}

function closingLine(all: number, failed: number): string {
  const fixtures = `${all} ${all === 1 ? 'fixture' : 'fixtures'}`;
  return failed === 0 ? `${fixtures}, each as expected\n` : `${fixtures}, ${failed} not as expected\n`;
}

function asJson(outcomes: readonly Outcome[]): string {
  return `${jsonText({ schema: 'hubble-soak/gate/v1', fixtures: outcomes })}\n`;
}
