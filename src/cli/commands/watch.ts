import type { Command } from '../command.js';
import { JUDGING_OPTIONS } from '../options/judging.js';
import { flagText, openOptions } from '../options/open.js';
import { CONFIG_OPTIONS, LOG_OPTIONS } from '../options/output.js';
import { WATCH_OPTIONS, WATCHING } from '../options/per-command.js';
import { RELAY_OPTIONS } from '../options/relay.js';
import { REPORT_OPTIONS } from '../options/reports.js';

export const watchCommand: Command = {
  name: 'watch',
  summary: 'Judge a roll while it runs',
  usage: '[RELAY OPTIONS] [OPTIONS]',
  about: [
    'Follows the flows of all nodes through hubble-relay and judges each node after its restart. Start it a while before the first restart, so that there is a baseline.',
    'It ends when every expected node has restarted and been soaked, at --duration, with --fail-fast at the first FAIL, or at Ctrl-C with the verdict so far (Ctrl-C twice: at once). Progress is on stderr; stdout has the report only.',
  ],
  groups: [
    { title: 'Relay, as for the hubble CLI:', options: RELAY_OPTIONS },
    { title: 'Watching:', options: WATCHING },
    { title: 'Judging:', options: JUDGING_OPTIONS },
    { title: 'Results:', options: REPORT_OPTIONS },
    { title: 'Everywhere:', options: { ...CONFIG_OPTIONS, ...LOG_OPTIONS } },
  ],
  examples: [
    ['hubble-soak watch -P --knob bpf.masquerade', 'through the API server of Kubernetes'],
    ['hubble-soak watch --server tls://relay.example:443 --tls-ca-cert-files ca.pem', 'over TLS'],
    [
      "hubble-soak watch --expect-nodes 'worker-*' --soak 1h --fail-fast --slack",
      'the workers only, and tell the channel',
    ],
    ['hubble-soak watch --soak-dir soak/', 'kept on disk: after a crash or a break, the same command goes on'],
    ['hubble-soak watch --json --duration 2h > verdict.json', 'for a script'],
  ],
  async run(call) {
    const options = openOptions(call, WATCH_OPTIONS, flagText(call, 'soak-dir'));
    if (options === undefined) return 0;
    const { runWatch } = await import('../run/watch.js');
    return runWatch(options, call.env);
  },
};
