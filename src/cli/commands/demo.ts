import type { Command } from '../command.js';
import { openOptions } from '../options/open.js';
import { LOG_OPTIONS } from '../options/output.js';

export const demoCommand: Command = {
  name: 'demo',
  summary: 'See it work, without a cluster',
  usage: '[OPTIONS]',
  about: [
    'Replays a recorded soak at high speed on a free local port and watches it as watch would watch a cluster: real gRPC, the same judgement, progress on stderr and the report on stdout. The change in the recording breaks something, so the verdict is fail; the demo exits with 0 all the same, when it could show it. Takes less than a minute.',
  ],
  groups: [{ title: 'Everywhere:', options: LOG_OPTIONS }],
  examples: [
    ['hubble-soak demo', 'nothing else is needed'],
    ['hubble-soak demo 2>/dev/null', 'the report alone'],
  ],
  async run(call) {
    const options = openOptions(call, LOG_OPTIONS);
    if (options === undefined) return 0;
    const { runDemo } = await import('../run/demo.js');
    return runDemo(options, call.env);
  },
};
