/** `settings.yaml` of a soak directory: what the soak is judged by, in the form of hubble-soak.yaml. */
import { existsSync } from 'node:fs';
import { stringify } from 'yaml';
import { filesOf } from '../../soak-dir/files.js';
import { readConfig, type ConfigFile } from './config-file.js';
import { JUDGING_OPTIONS } from './judging.js';
import { flagOf, isList, type OptionTable, type Values } from './option.js';

const TABLE: OptionTable = JUDGING_OPTIONS;

/** Options of one call; the exit code is not the soak's. */
const KEPT = Object.entries(TABLE).filter(([name, { inConfig }]) => inConfig && name !== 'allowInconclusive');

/** What the next process judges by, unless it is told otherwise. */
export function settingsText(values: Values<typeof JUDGING_OPTIONS>): string {
  const given: Readonly<Record<string, unknown>> = values;
  const shown = KEPT.flatMap(([name, option]) => {
    const value = given[name];
    if (value === undefined) return [];
    const text = isList(option)
      ? (value as readonly unknown[]).map((item) => option.kind.show(item))
      : option.kind.show(value);
    return text.length === 0 ? [] : [[flagOf(name), text] as const];
  });
  return stringify(Object.fromEntries(shown));
}

/** undefined where there is none (yet). @throws UsageError that names file and line. */
export function readSettings(soakDir: string): ConfigFile | undefined {
  const { settings } = filesOf(soakDir);
  if (!existsSync(settings)) return undefined;
  return readConfig(
    settings,
    KEPT.map(([name]) => flagOf(name)),
  );
}
