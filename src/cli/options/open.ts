import type { Call } from '../command.js';
import { readConfig } from './config-file.js';
import { CONFIG_KEYS } from './config-keys.js';
import type { OptionTable, Values } from './option.js';
import { printOrigins } from './print-config.js';
import { readSettings } from './kept-settings.js';
import { resolve } from './resolve.js';

/**
 * The values of a command's options from flags, environment, config file and the soak directory that is gone on with. undefined when
 * `--print-config` was given: the values have been told and nothing is left to do.
 */
export function openOptions<Table extends OptionTable>(
  call: Call,
  table: Table,
  soakDir?: string,
): Values<Table> | undefined {
  const config = readsConfig(table) ? readConfig(flagText(call, 'config'), CONFIG_KEYS) : undefined;
  const kept = soakDir === undefined ? undefined : readSettings(soakDir);
  const files = [config, kept].filter((file) => file !== undefined);
  const { values, origins } = resolve(table, { flags: call.flags, env: call.env, files });
  if (call.flags['print-config'] !== true) return values;
  printOrigins(origins, call.flags['json'] === true);
  return undefined;
}

function readsConfig(table: OptionTable): boolean {
  return Object.hasOwn(table, 'config');
}

/** The last text that was given with a flag. */
export function flagText(call: Call, name: string): string | undefined {
  const given = call.flags[name];
  const last: unknown = Array.isArray(given) ? given.at(-1) : given;
  return typeof last === 'string' ? last : undefined;
}
