import { UsageError } from '../../errors.js';
import type { Command } from '../command.js';
import { openOptions } from '../options/open.js';
import { LOG_OPTIONS } from '../options/output.js';
import { TELL_OPTIONS } from '../options/per-command.js';
import { REPORT_OPTIONS } from '../options/reports.js';

export const statusCommand: Command = {
  name: 'status',
  summary: 'Tell where the soak of a directory stands',
  usage: 'SOAK-DIR [OPTIONS]',
  about: [
    'Reads the directory of a watch with --soak-dir, running or not: who watches it, and the verdict so far. Exits with 0 when it could tell, whatever the verdict; gate SOAK-DIR judges anew and exits with the verdict.',
  ],
  words: { name: 'soak-dir', most: 1 },
  groups: [
    { title: 'Results:', options: REPORT_OPTIONS },
    { title: 'Everywhere:', options: LOG_OPTIONS },
  ],
  examples: [
    ['hubble-soak status soak/', 'while a watch runs in another terminal, or after it'],
    ['hubble-soak status --json soak/ | jq .document.verdict', 'for a script'],
  ],
  async run(call) {
    const options = openOptions(call, TELL_OPTIONS);
    if (options === undefined) return 0;
    const [path] = call.words;
    if (path === undefined) throw new UsageError('status needs the directory of a watch with --soak-dir');
    const { runStatus } = await import('../run/status.js');
    return runStatus(path, options, call.env);
  },
};
