import { SourceError } from '../../errors.js';
import { agentChecks } from '../../doctor/agents.js';
import { diagnose, type Check } from '../../doctor/diagnosis.js';
import { Looking, type Look } from '../../doctor/look.js';
import { follow } from '../../hubble/follow.js';
import { RelayClient, type RelayStatus } from '../../hubble/relay.js';
import { RelayError } from '../../hubble/relay-error.js';
import { DEFAULT_SETTINGS } from '../../judge/settings.js';
import { plainSentence, jsonText } from '../../report/escape.js';
import { hanging } from '../../report/layout.js';
import { painter, type Paint } from '../../report/paint.js';
import { wantsColors } from '../colors.js';
import { createLogger, type Logger } from '../logger.js';
import type { DoctorValues } from '../options/per-command.js';
import { Screen } from '../screen.js';
import { Interrupts } from './interrupts.js';
import { openRelay, seenAgents } from './relay-access.js';

const WIDTH = 100;

/** Looks at a relay for a while and tells what a soak through it would see. 0: enough; 1: not enough; SourceError: not reachable. */
export async function runDoctor(
  options: DoctorValues,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const log = await createLogger(new Screen(process.stderr, env), options, env);
  const access = await openRelay(options, log);
  const interrupts = new Interrupts();
  let client: RelayClient | undefined;
  try {
    client = new RelayClient(access.relay);
    await client.waitForReady();
    const relay = await statusOf(client);
    log.info(`looking at ${client.address} for ${options.duration / 1000} s`);
    const look = await lookAt(client, options.duration, interrupts.signal, log);
    const bounds = { ...DEFAULT_SETTINGS, tolerance: options.tolerance, nodeTolerance: options.nodeTolerance };
    const agents = await seenAgents(options, access, log);
    const checks = [...diagnose(look, bounds), ...(agents === undefined ? [] : agentChecks(agents))];
    const enough = !checks.some(({ state }) => state === 'bad');
    process.stdout.write(
      options.json
        ? `${jsonText({ schema: 'hubble-soak/doctor/v1', server: client.address, relay: relay?.version ?? null, enough, checks })}\n`
        : text(
            checks,
            `${client.address} (${relay?.version ?? 'its version is not told'})`,
            enough,
            painter(wantsColors(process.stdout, env, options.noColor)),
          ),
    );
    return enough ? 0 : 1;
  } finally {
    client?.close();
    access.close();
    interrupts.dispose();
  }
}

/** A proxy may let only flows through. */
async function statusOf(client: RelayClient): Promise<RelayStatus | undefined> {
  try {
    return await client.status();
  } catch (error) {
    if (error instanceof RelayError) return undefined;
    throw error;
  }
}

async function lookAt(client: RelayClient, durationMs: number, interrupted: AbortSignal, log: Logger): Promise<Look> {
  const looking = new Looking();
  const stop = new AbortController();
  const end = (): void => stop.abort();
  const timer = setTimeout(end, durationMs);
  interrupted.addEventListener('abort', end, { once: true });
  const began = performance.now();
  try {
    const batches = follow(client, {
      fields: 'all',
      signal: stop.signal,
      onStatus: ({ kind, message }) => (kind === 'connected' ? log.debug(message) : log.warn(message)),
    });
    for await (const batch of batches) for (const { event } of batch) looking.take(event, Date.now());
  } catch (error) {
    if (!(error instanceof SourceError) || !stop.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    interrupted.removeEventListener('abort', end);
  }
  return looking.end(performance.now() - began);
}

const MARKS = { ok: ['ok  ', 'green'], warn: ['warn', 'yellow'], bad: ['BAD ', 'red'] } as const;

function text(checks: readonly Check[], relay: string, enough: boolean, paint: Paint): string {
  const lines = [paint('bold', plainSentence(relay)), ''];
  for (const { state, says, fix } of checks) {
    const [mark, color] = MARKS[state];
    const [first = '', ...rest] = hanging(`${mark}  `, plainSentence(says), WIDTH);
    lines.push(paint(color, mark) + first.slice(mark.length), ...rest);
    if (fix !== null) lines.push(...hanging('      ', plainSentence(fix), WIDTH));
  }
  lines.push(
    '',
    enough
      ? 'A soak through this relay can be judged.'
      : 'A soak through this relay could not be judged: mend what is BAD.',
  );
  return `${lines.join('\n')}\n`;
}
