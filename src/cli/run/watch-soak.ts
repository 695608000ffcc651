/** A live soak with its view on stderr, and Ctrl-C to end it. `watch` and `demo` run this. */
import type { RelayOptions } from '../../hubble/connection.js';
import { RelayClient } from '../../hubble/relay.js';
import type { VerdictDocument } from '../../judge/document.js';
import type { Settings } from '../../judge/settings.js';
import { painter } from '../../report/paint.js';
import type { SoakDir } from '../../soak-dir/soak-dir.js';
import { wantsColors } from '../colors.js';
import { LiveSoak, type LiveEnd, type LiveListener, type LiveResult } from '../live/live-soak.js';
import { LiveView } from '../live/view.js';
import type { Logger } from '../logger.js';
import type { LogValues } from '../options/output.js';
import type { Screen } from '../screen.js';
import { Interrupts } from './interrupts.js';

type Env = Readonly<Record<string, string | undefined>>;

export interface WatchedSoak {
  readonly relay: RelayOptions;
  readonly settings: Settings;
  readonly dir?: SoakDir | undefined;
  readonly sinceMs?: number | undefined;
  readonly durationMs?: number | undefined;
  /** How long the relay may be away. */
  readonly patienceMs?: number | undefined;
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
      patienceMs: watched.patienceMs,
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
      lookFailed: (error) => {
        for (const listener of listeners) listener.lookFailed?.(error);
      },
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
