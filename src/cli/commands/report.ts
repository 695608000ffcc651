import { UsageError } from '../../errors.js';
import type { Command } from '../command.js';
import { openOptions } from '../options/open.js';
import { LOG_OPTIONS } from '../options/output.js';
import { TELL_OPTIONS } from '../options/per-command.js';
import { REPORT_OPTIONS } from '../options/reports.js';

export const reportCommand: Command = {
  name: 'report',
  summary: 'Tell a stored verdict again, in any form',
  usage: 'VERDICT.json [OPTIONS]',
  about: [
    'Reads a verdict document that gate or watch printed with --json, and tells it as text on stdout and in any other form. Exits with 0 when it could tell it, whatever the verdict.',
  ],
  words: { name: 'verdict', most: 1 },
  groups: [
    { title: 'Results:', options: REPORT_OPTIONS },
    { title: 'Everywhere:', options: LOG_OPTIONS },
  ],
  examples: [
    ['hubble-soak report verdict.json', 'as text'],
    ['hubble-soak report verdict.json --report markdown=verdict.md', 'and as Markdown, for a pull request'],
    ['hubble-soak report verdict.json --slack', 'and to the channel'],
  ],
  async run(call) {
    const options = openOptions(call, TELL_OPTIONS);
    if (options === undefined) return 0;
    const [path] = call.words;
    if (path === undefined) throw new UsageError('report needs a verdict document, for instance verdict.json');
    const { runReport } = await import('../run/report.js');
    return runReport(path, options, call.env);
  },
};
