import { UsageError } from '../../errors.js';
import type { Command } from '../command.js';
import { openOptions } from '../options/open.js';
import { CONFIG_OPTIONS, LOG_OPTIONS } from '../options/output.js';
import { EXPLAINING, GATE_JUDGING, GATE_OPTIONS } from '../options/per-command.js';
import { REPORT_OPTIONS } from '../options/reports.js';

export const gateCommand: Command = {
  name: 'gate',
  summary: 'Judge recorded flows: for CI',
  usage: '[OPTIONS] RECORDING... | SOAK-DIR | MANIFEST.yaml',
  about: [
    'Judges recordings of the time before, during and after the restarts, and exits with the verdict. Recordings given together are ONE soak, merged by time. It reads what hubble observe (-o jsonpb or json), the Hubble exporter, a sysdump or hubble-soak record wrote, plain, as .gz or as .zst; - is stdin.',
    'A soak directory is what watch --soak-dir has counted so far. A manifest (YAML with fixtures:) judges many soaks and compares each with what it should come out as. In GitHub Actions the job summary and one annotation for each failed finding are written as well.',
  ],
  words: { name: 'recording', most: Infinity },
  groups: [
    { title: 'Judging:', options: GATE_JUDGING },
    { title: 'Results:', options: { ...EXPLAINING, ...REPORT_OPTIONS } },
    { title: 'Everywhere:', options: { ...CONFIG_OPTIONS, ...LOG_OPTIONS } },
  ],
  examples: [
    ['hubble-soak gate soak.jsonl.zst', 'judge one recording'],
    ['hubble-soak gate --json a.jsonl.gz b.jsonl.gz | jq .verdict', 'one soak recorded in two files'],
    ['hubble observe -o jsonpb --last 100000 | hubble-soak gate -', 'judge what the relay still holds'],
    ['hubble-soak gate --restart worker-1=2026-01-31T09:00:00Z soak.jsonl', 'with a restart that you know of'],
    ['hubble-soak gate --explain 1 soak.jsonl.zst', 'why: every number behind the first finding'],
    ['hubble-soak gate --tolerance 2% soak/', 'judge the directory of a watch anew'],
    ['hubble-soak gate recordings/manifest.yaml', 'every fixture as its manifest expects'],
  ],
  async run(call) {
    const options = openOptions(call, GATE_OPTIONS, call.words[0]);
    if (options === undefined) return 0;
    if (call.words.length === 0)
      throw new UsageError('gate needs at least one recording, or a manifest; - reads stdin');
    const { runGate } = await import('../run/gate.js');
    return runGate(call, options);
  },
};
