import { UsageError } from '../../errors.js';
import type { RelayOptions } from '../../hubble/connection.js';
import type { Settings } from '../../judge/settings.js';
import { keepHeapSmall } from '../heap.js';
import { Endpoint } from '../live/endpoint.js';
import type { LiveResult } from '../live/live-soak.js';
import { LiveState } from '../live/live-state.js';
import { createLogger, type Logger } from '../logger.js';
import { settingsFrom } from '../options/judging.js';
import type { WatchValues } from '../options/per-command.js';
import { Screen } from '../screen.js';
import { AfterNode, RollListener } from './after-node.js';
import { exitCodeOf } from './exit-code.js';
import { openSoakDir } from './open-soak-dir.js';
import { Publisher } from './publish.js';
import { openRelay, tellAgents } from './relay-access.js';
import { watchSoak } from './watch-soak.js';

type Env = Readonly<Record<string, string | undefined>>;

/** Watches a relay to the end of the soak and tells the verdict. */
export async function runWatch(options: WatchValues, env: Env): Promise<number> {
  keepHeapSmall();
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
  const dir = openSoakDir(options, log);
  let endpoint: Endpoint | undefined;
  let result: LiveResult;
  try {
    endpoint = await listen(options.listen, telling, log);
    result = await watchSoak({
      relay,
      settings,
      dir,
      sinceMs: options.since,
      durationMs: options.duration,
      patienceMs: options.patience,
      failFast: options.failFast,
      now: options.now,
      logging: options,
      screen,
      log,
      env,
      onFailure: (document) => publisher.announceFailure(document),
      listeners: [telling, ...(roll === undefined ? [] : [roll])],
    });
  } finally {
    endpoint?.close();
    await dir?.close();
  }
  await roll?.finish();
  await publisher.publish(result.document);
  if (result.lost) throw result.lost;
  return exitCodeOf(result.document.verdict, options.allowInconclusive);
}

async function listen(where: string | undefined, telling: LiveState, log: Logger): Promise<Endpoint | undefined> {
  if (where === undefined) return undefined;
  const endpoint = await Endpoint.open(where, telling);
  log.info(`serving /gate, /verdict, /metrics and /healthz on http://${endpoint.address}`);
  return endpoint;
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
