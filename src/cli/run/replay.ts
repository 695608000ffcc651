import { ReplayRecordingBuilder, type ReplayRecording } from '../../hubble/replay-recording.js';
import type { ReplayTls } from '../../hubble/replay-listen.js';
import { startReplay } from '../../hubble/replay-server.js';
import { UsageError } from '../../errors.js';
import { readRecordings } from '../../recording/read.js';
import { createLogger, type Logger } from '../logger.js';
import type { ReplayValues } from '../options/per-command.js';
import { Screen } from '../screen.js';
import { Interrupts } from './interrupts.js';
import { readScript } from './replay-script.js';
import { tellInput } from './judge-recordings.js';

/** Serves a recording until Ctrl-C. */
export async function runReplay(
  paths: readonly string[],
  options: ReplayValues,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const log = await createLogger(new Screen(process.stderr, env), options, env);
  const interrupts = new Interrupts();
  try {
    const tls = tlsOf(options);
    if (options.script !== undefined && options.loop)
      throw new UsageError('--script and --loop do not go together: a script is played once');
    const faults = options.script === undefined ? undefined : readScript(options.script);
    const recording = await readForReplay(paths, log);
    const replay = await startReplay(recording, {
      listen: options.listen,
      speed: options.speed,
      loop: options.loop,
      tls,
      faults,
      log: (message) => log.warn(message),
    });
    // Not a log line: scripts wait for it, whatever the log's form and level.
    process.stderr.write(`listening on ${replay.address}\n`);
    await aborted(interrupts.signal);
    await replay.close();
    return 0;
  } finally {
    interrupts.dispose();
  }
}

/** Everything that a relay would send of these recordings. */
export async function readForReplay(paths: readonly string[], log: Logger): Promise<ReplayRecording> {
  const builder = new ReplayRecordingBuilder();
  const reading = readRecordings(paths, { keepRaw: true, sort: 'all' });
  for await (const batch of reading.events)
    for (const { event, raw } of batch) if (raw !== undefined) builder.addMessage(event, raw);
  for (const input of reading.inputs()) tellInput(input, log);
  const recording = builder.build();
  const { skipped, dropped } = recording;
  if (skipped + dropped > 0)
    log.warn(`${skipped} messages and ${dropped} values of others cannot be told over gRPC and are left out`);
  return recording;
}

function tlsOf(options: ReplayValues): ReplayTls | undefined {
  const { tlsCertFile: certFile, tlsKeyFile: keyFile, tlsClientCaFiles: clientCaFiles } = options;
  if (certFile === undefined && keyFile === undefined) {
    if (clientCaFiles.length > 0)
      throw new UsageError('--tls-client-ca-files needs --tls-cert-file and --tls-key-file');
    return undefined;
  }
  if (certFile === undefined || keyFile === undefined)
    throw new UsageError('--tls-cert-file and --tls-key-file belong together; give both or neither');
  return { certFile, keyFile, clientCaFiles };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
