import { UsageError } from '../../errors.js';
import type { Command } from '../command.js';
import { openOptions } from '../options/open.js';
import { CONFIG_OPTIONS, LOG_OPTIONS } from '../options/output.js';
import { RECORD_OPTIONS, RECORDING } from '../options/per-command.js';
import { RELAY_OPTIONS } from '../options/relay.js';

export const recordCommand: Command = {
  name: 'record',
  summary: 'Write the flows of a relay to a file, to judge them later',
  usage: '[RELAY OPTIONS] -o FILE [OPTIONS]',
  about: [
    'Writes every message of the relay as one line of JSON, as hubble observe -o jsonpb would, and the state of all nodes about every two seconds. What has come is written at least every second: also the file of a recorder that was killed can be judged. Ends at --duration or Ctrl-C.',
  ],
  groups: [
    { title: 'Relay, as for the hubble CLI:', options: RELAY_OPTIONS },
    { title: 'Recording:', options: RECORDING },
    { title: 'Everywhere:', options: { ...CONFIG_OPTIONS, ...LOG_OPTIONS } },
  ],
  examples: [
    ['hubble-soak record -o soak.jsonl.zst', 'until Ctrl-C'],
    ['hubble-soak record -o soak.jsonl.gz --duration 2h', 'for two hours'],
    ['hubble-soak gate soak.jsonl.gz', 'and judge it'],
  ],
  async run(call) {
    const options = openOptions(call, RECORD_OPTIONS);
    if (options === undefined) return 0;
    const { output } = options;
    if (output === undefined) throw new UsageError('record needs a file to write to; give it with -o FILE');
    const { runRecord } = await import('../run/record.js');
    return runRecord({ ...options, output }, call.env);
  },
};
