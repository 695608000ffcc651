import type { Command } from '../command.js';
import { openOptions } from '../options/open.js';
import { CONFIG_OPTIONS, LOG_OPTIONS } from '../options/output.js';
import { DOCTOR_OPTIONS, LOOKING } from '../options/per-command.js';
import { RELAY_OPTIONS } from '../options/relay.js';

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'Can we see enough to judge?',
  usage: '[RELAY OPTIONS] [OPTIONS]',
  about: [
    'Looks at a relay for a while and tells what a soak through it would rest on: nodes, history of the rings, lost events, clocks, monitor aggregation, replies, and how long a PASS takes at this traffic. Changes nothing.',
    'Exits with 0 when a soak can be judged, 1 when not (with the fix), 4 when the relay cannot be reached.',
  ],
  groups: [
    { title: 'Relay, as for the hubble CLI:', options: RELAY_OPTIONS },
    { title: 'Looking:', options: LOOKING },
    { title: 'Everywhere:', options: { ...CONFIG_OPTIONS, ...LOG_OPTIONS } },
  ],
  examples: [
    ['hubble-soak doctor -P', 'through the API server of Kubernetes'],
    ['hubble-soak doctor --duration 5m --json | jq .enough', 'a longer look, for a script'],
  ],
  async run(call) {
    const options = openOptions(call, DOCTOR_OPTIONS);
    if (options === undefined) return 0;
    const { runDoctor } = await import('../run/doctor.js');
    return runDoctor(options, call.env);
  },
};
