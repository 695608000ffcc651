import { JUDGING_OPTIONS } from './judging.js';
import { flagOf, type OptionTable } from './option.js';
import { LOG_OPTIONS } from './output.js';
import { RELAY_OPTIONS } from './relay.js';
import { REPORT_OPTIONS } from './reports.js';

const TABLES: readonly OptionTable[] = [RELAY_OPTIONS, JUDGING_OPTIONS, REPORT_OPTIONS, LOG_OPTIONS];

/** The keys of `hubble-soak.yaml`: one file serves all commands, each takes what it knows. */
export const CONFIG_KEYS: readonly string[] = TABLES.flatMap((table) =>
  Object.entries(table).flatMap(([name, option]) => (option.inConfig ? [flagOf(name)] : [])),
);
