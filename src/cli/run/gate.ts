import { UsageError } from '../../errors.js';
import type { Call } from '../command.js';
import { createLogger } from '../logger.js';
import { settingsFrom } from '../options/judging.js';
import type { GateValues } from '../options/per-command.js';
import { printable } from '../../printable.js';
import { isSoakDir } from '../../soak-dir/stored-soak.js';
import { Screen } from '../screen.js';
import { exitCodeOf } from './exit-code.js';
import { derivationsOf } from './gate-explain.js';
import { gateManifest } from './gate-manifest.js';
import { judgeRecordings } from './judge-recordings.js';
import { judgeSoakDir } from './judge-soak-dir.js';
import { isManifest } from './manifest.js';
import { Publisher } from './publish.js';

/** Judges the recordings, or every soak of a manifest. */
export async function runGate(call: Call, options: GateValues): Promise<number> {
  const paths = call.words;
  const log = await createLogger(new Screen(process.stderr, call.env), options, call.env);
  const manifest = paths.find(isManifest);
  if (manifest !== undefined) {
    if (paths.length > 1)
      throw new UsageError(`${manifest} is a manifest; give it alone, or the recordings without it`);
    if (options.explain !== undefined)
      throw new UsageError(`--explain ${options.explain}: give the recordings of one soak, not a manifest of many`);
    return gateManifest(manifest, call, options.json, log);
  }
  const publisher = new Publisher(options, call.env, log);
  const settings = settingsFrom(options, options.restart);
  const [soakDir] = paths.filter(isSoakDir);
  if (soakDir !== undefined && paths.length > 1)
    throw new UsageError(
      `${printable(soakDir)} is a directory; give a soak directory alone, or recordings by their names`,
    );
  const judgement =
    soakDir === undefined
      ? await judgeRecordings(paths, settings, options.now, log)
      : judgeSoakDir(soakDir, settings, options.now, log);
  const { document } = judgement;
  const derivations = options.explain === undefined ? undefined : derivationsOf(options.explain, judgement);
  await publisher.publish(document, derivations);
  return exitCodeOf(document.verdict, options.allowInconclusive);
}
