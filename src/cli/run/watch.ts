import { UsageError } from '../../errors.js';
import type { RelayOptions } from '../../hubble/connection.js';
import { RelayClient } from '../../hubble/relay.js';
import { formatTime } from '../../hubble/time.js';
import type { VerdictDocument } from '../../judge/document.js';
import type { Settings } from '../../judge/settings.js';
import { printable } from '../../printable.js';
import { painter } from '../../report/paint.js';
import { KeptFlows } from '../../soak-dir/kept-flows.js';
import { SoakDir } from '../../soak-dir/soak-dir.js';
import { wantsColors } from '../colors.js';
import { Endpoint } from '../live/endpoint.js';
import { LiveSoak, type LiveEnd, type LiveListener, type LiveResult } from '../live/live-soak.js';
import { LiveState } from '../live/live-state.js';
import { LiveView } from '../live/view.js';
import { createLogger, type Logger } from '../logger.js';
import { settingsFrom } from '../options/judging.js';
import { readSettings, settingsText } from '../options/kept-settings.js';
import type { WatchValues } from '../options/per-command.js';
import type { LogValues } from '../options/output.js';
import { Screen } from '../screen.js';
import { AfterNode, RollListener } from './after-node.js';
import { exitCodeOf } from './exit-code.js';
import { Interrupts } from './interrupts.js';
import { Publisher } from './publish.js';
import { openRelay, tellAgents } from './relay-access.js';

type Env = Readonly<Record<string, string | undefined>>;

/** Watches a relay to the end of the soak and tells the verdict. */
export async function runWatch(options: WatchValues, env: Env): Promise<number> {
  const screen = new Screen(process.stderr, env);
  const log = await createLogger(screen, options, env);
  const access = await openRelay(options, log);
  const ended = new AbortController();
  try {
    await tellAgents(options, access, log, ended.signal);
    return await watchRelay(access.relay, options, env, { screen, log });
  } finally {
    ended.abort();
    access.close();
  }
}

async function watchRelay(
  relay: RelayOptions,
  options: WatchValues,
  env: Env,
  { screen, log }: { readonly screen: Screen; readonly log: Logger },
): Promise<number> {
  const publisher = new Publisher(options, env, log);
  const settings = settingsFrom(options);
  const roll = afterNode(options, settings, env, log, screen);
  const telling = new LiveState();
  const endpoint = options.listen === undefined ? undefined : await Endpoint.open(options.listen, telling);
  if (endpoint !== undefined) log.info(`serving /gate, /verdict, /metrics and /healthz on http://${endpoint.address}`);
  const dir = openDir(options, log);
  const result = await watchSoak({
    relay,
    settings,
    dir,
    sinceMs: options.since,
    durationMs: options.duration,
    failFast: options.failFast,
    now: options.now,
    logging: options,
    screen,
    log,
    env,
    onFailure: (document) => publisher.announceFailure(document),
    listeners: [telling, ...(roll === undefined ? [] : [roll])],
  }).finally(async () => {
    endpoint?.close();
    await dir?.close();
  });
  await roll?.finish();
  await publisher.publish(result.document);
  if (result.lost) throw result.lost;
  return exitCodeOf(result.document.verdict, options.allowInconclusive);
}

function afterNode(
  options: WatchValues,
  settings: Settings,
  env: Env,
  log: Logger,
  screen: Screen,
): RollListener | undefined {
  if (options.afterNode === undefined) return undefined;
  if (options.afterNode === '-' && options.json)
    throw new UsageError(
      '--after-node - and --json both want stdout; give --after-node a command, or --report json=FILE',
    );
  // stdout may be the same terminal.
  const print = (line: string): void => screen.aside(() => process.stdout.write(line));
  return new RollListener(settings, new AfterNode(options.afterNode, env, log, print));
}

function openDir(options: WatchValues, log: Logger): SoakDir | undefined {
  const { soakDir: path, keepFlows: mostBytes, window: windowMs } = options;
  if (path === undefined) {
    if (mostBytes !== undefined) throw new UsageError('--keep-flows wants to know where: give --soak-dir as well');
    return undefined;
  }
  refuseOtherKnob(path, options.knob);
  const now = (): number => Date.now();
  const onTrouble = (message: string): void => log.warn(message);
  const flows = mostBytes === undefined ? undefined : new KeptFlows({ path, mostBytes, now, onTrouble });
  const since = formatTime(now());
  const dir = new SoakDir({ path, windowMs, settings: settingsText(options), since, onTrouble, flows });
  const { found } = dir;
  if (found !== undefined) {
    log.info(`${path}: going on with a soak of ${found.windows} windows`);
    if (found.broken > 0) log.warn(`${path}: ${found.broken} lines of the journal could not be used`);
  }
  return dir;
}

/** A directory holds one soak, and a soak has one knob. */
function refuseOtherKnob(path: string, knob: string | undefined): void {
  const [kept] = readSettings(path)?.entries.get('knob')?.texts ?? [];
  if (kept === undefined || kept === knob) return;
  throw new UsageError(
    `--soak-dir ${printable(path)} holds the soak of ${printable(kept)}; give --knob ${printable(kept)}, or another directory for ${printable(knob ?? 'this one')}`,
  );
}

export interface WatchedSoak {
  readonly relay: RelayOptions;
  readonly settings: Settings;
  readonly dir?: SoakDir | undefined;
  readonly sinceMs?: number | undefined;
  readonly durationMs?: number | undefined;
  readonly failFast?: boolean;
  readonly now?: number | undefined;
  readonly logging: LogValues;
  readonly screen: Screen;
  readonly log: Logger;
  readonly env: Env;
  /** Called with the first document whose verdict is fail. */
  readonly onFailure?: (document: VerdictDocument) => void;
  /** Who hears of everything, the last verdict too. */
  readonly listeners?: readonly LiveListener[];
}

/** A live soak with its view on stderr, and Ctrl-C to end it. `watch` and `demo` run this. */
export async function watchSoak(watched: WatchedSoak): Promise<LiveResult> {
  const { relay, settings, screen, log, env, logging } = watched;
  // Before anything that would have to be ended: it throws for options that cannot work.
  const client = new RelayClient(relay);
  const interrupts = new Interrupts(() => screen.close());
  const paint = painter(wantsColors(process.stderr, env, logging.noColor));
  const source = relay.shownAs ?? relay.server;
  const view = new LiveView({ screen, log, paint, settings, server: source, flows: () => soak.flows });
  interrupts.signal.addEventListener('abort', () => view.ending(), { once: true });
  const listeners: readonly LiveListener[] = [view, ...(watched.listeners ?? [])];
  const tell = (document: VerdictDocument): void => {
    for (const listener of listeners) listener.judged(document);
  };
  let failed = false;
  const judged = (document: VerdictDocument): void => {
    tell(document);
    if (failed || document.verdict !== 'fail') return;
    failed = true;
    watched.onFailure?.(document);
  };
  const soak = new LiveSoak(
    {
      relay: client,
      source,
      settings,
      sinceMs: watched.sinceMs,
      durationMs: watched.durationMs,
      failFast: watched.failFast ?? false,
      dir: watched.dir,
      now: watched.now,
      signal: interrupts.signal,
    },
    {
      status: (status) => {
        for (const listener of listeners) listener.status(status);
      },
      counted: (counts) => {
        for (const listener of listeners) listener.counted?.(counts);
      },
      closed: (windows) => {
        for (const listener of listeners) listener.closed?.(windows);
      },
      judged,
    },
  );
  try {
    const result = await soak.run();
    tell(result.document);
    log.info(ENDINGS[result.end]);
    return result;
  } finally {
    view.close();
    interrupts.dispose();
  }
}

const ENDINGS: Readonly<Record<LiveEnd, string>> = {
  complete: 'every expected node has restarted and been soaked',
  duration: '--duration is over',
  'fail-fast': 'ended at the first FAIL (--fail-fast)',
  interrupted: 'interrupted: this is the verdict so far',
  lost: 'the relay is lost: this is the verdict so far',
};
