/** The soak directory of a watch. */
import { UsageError } from '../../errors.js';
import { formatTime } from '../../hubble/time.js';
import { printable } from '../../printable.js';
import { KeptFlows } from '../../soak-dir/kept-flows.js';
import { SoakDir } from '../../soak-dir/soak-dir.js';
import type { Logger } from '../logger.js';
import { readSettings, settingsText } from '../options/kept-settings.js';
import type { WatchValues } from '../options/per-command.js';

/** Opens or makes it, where one is asked for. @throws UsageError when it cannot be had, or holds another soak. */
export function openSoakDir(options: WatchValues, log: Logger): SoakDir | undefined {
  const { soakDir: path, keepFlows: mostBytes, window: windowMs } = options;
  if (path === undefined) {
    if (mostBytes !== undefined) throw new UsageError('--keep-flows wants to know where: give --soak-dir as well');
    return undefined;
  }
  refuseOtherKnob(path, options.knob);
  const now = (): number => Date.now();
  const onTrouble = (message: string): void => log.warn(message);
  const flows = mostBytes === undefined ? undefined : new KeptFlows({ path, mostBytes, now, onTrouble });
  const since = formatTime(now());
  const dir = new SoakDir({ path, windowMs, settings: settingsText(options), since, onTrouble, flows });
  const { found } = dir;
  if (found !== undefined) {
    log.info(`${path}: going on with a soak of ${found.windows} windows`);
    if (found.broken > 0) log.warn(`${path}: ${found.broken} lines of the journal could not be used`);
  }
  return dir;
}

/** A directory holds one soak, and a soak has one knob. */
function refuseOtherKnob(path: string, knob: string | undefined): void {
  const [kept] = readSettings(path)?.entries.get('knob')?.texts ?? [];
  if (kept === undefined || kept === knob) return;
  throw new UsageError(
    `--soak-dir ${printable(path)} holds the soak of ${printable(kept)}; give --knob ${printable(kept)}, or another directory for ${printable(knob ?? 'this one')}`,
  );
}
