import { UsageError } from '../../errors.js';
import type { Command } from '../command.js';
import { openOptions } from '../options/open.js';
import { LOG_OPTIONS } from '../options/output.js';
import { REPLAY_OPTIONS, SERVING } from '../options/per-command.js';

export const replayCommand: Command = {
  name: 'replay',
  summary: 'Serve a recording as hubble-relay would, for any Hubble client',
  usage: 'RECORDING [OPTIONS]',
  about: [
    'Serves the Observer API of hubble-relay from a recording: GetFlows with its filters, GetNodes, ServerStatus, health and reflection. Times stay as recorded. The replay\'s clock starts with the first client that follows; one that does not follow gets all flows at once. Says "listening on HOST:PORT" on stderr; Ctrl-C ends it.',
  ],
  words: { name: 'recording', most: Infinity },
  groups: [
    { title: 'Serving:', options: SERVING },
    { title: 'Everywhere:', options: LOG_OPTIONS },
  ],
  examples: [
    ['hubble-soak replay soak.jsonl.zst --speed 10x', 'then, in another terminal:'],
    ['hubble-soak watch --server 127.0.0.1:4245', 'judge it as if it happened now'],
    ['hubble observe --server 127.0.0.1:4245 --verdict DROPPED', 'or read it with the hubble CLI'],
  ],
  async run(call) {
    const options = openOptions(call, REPLAY_OPTIONS);
    if (options === undefined) return 0;
    if (call.words.length === 0) throw new UsageError('replay needs a recording to serve, for instance soak.jsonl.gz');
    const { runReplay } = await import('../run/replay.js');
    return runReplay(call.words, options, call.env);
  },
};
