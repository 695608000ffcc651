import { SourceError } from '../../errors.js';
import { follow } from '../../hubble/follow.js';
import { RelayClient } from '../../hubble/relay.js';
import { Tape } from '../../recording/tape.js';
import { RecordingWriter } from '../../recording/write.js';
import { createLogger, type Logger } from '../logger.js';
import type { RecordValues } from '../options/per-command.js';
import { Screen } from '../screen.js';
import { Interrupts } from './interrupts.js';
import { openRelay } from './relay-access.js';

/** With the file that `record` insists on. */
type RecordTo = RecordValues & { readonly output: string };

/** Records until Ctrl-C, `--duration` or the loss of the relay. */
export async function runRecord(options: RecordTo, env: Readonly<Record<string, string | undefined>>): Promise<number> {
  const log = await createLogger(new Screen(process.stderr, env), options, env);
  const access = await openRelay(options, log);
  const interrupts = new Interrupts();
  const stop = new AbortController();
  const end = (): void => stop.abort();
  interrupts.signal.addEventListener('abort', end, { once: true });
  const timer = options.duration === undefined ? undefined : setTimeout(end, options.duration);
  try {
    const client = new RelayClient(access.relay);
    stop.signal.addEventListener('abort', () => client.close(), { once: true });
    return await record(client, options, stop.signal, log).finally(() => client.close());
  } finally {
    clearTimeout(timer);
    access.close();
    interrupts.dispose();
  }
}

async function record(client: RelayClient, options: RecordTo, signal: AbortSignal, log: Logger): Promise<number> {
  // A relay that is not there must not cost the file that an earlier recording has under this name.
  if (!(await isReady(client, signal))) return 0;
  const writer = await RecordingWriter.open(options.output);
  const tape = new Tape((line) => writer.write(line));
  const messages = follow(client, {
    since: options.since === undefined ? undefined : Date.now() - options.since,
    fields: 'all',
    patienceMs: options.patience,
    signal,
    onStatus: ({ kind, message }) => (kind === 'connected' ? log.info(message) : log.warn(message)),
  });
  let lost: SourceError | undefined;
  try {
    for await (const batch of messages) for (const message of batch) tape.take(message);
  } catch (error) {
    if (!signal.aborted) {
      if (!(error instanceof SourceError)) throw error;
      lost = error;
    }
  } finally {
    await writer.close();
  }
  log.info(`${tape.flows} flows and ${tape.samples} node samples were written to ${options.output}`);
  if (lost) throw lost;
  return 0;
}

/** false: an end was asked for before the relay answered. */
async function isReady(client: RelayClient, signal: AbortSignal): Promise<boolean> {
  try {
    await client.waitForReady();
    return !signal.aborted;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
