/** A soak judged while it runs: flows of a relay in, a verdict document again and again, and a last one at the end. */
import { Aggregator } from '../../aggregate/aggregator.js';
import type { NodeCheckpoint } from '../../aggregate/node-aggregator.js';
import { SourceError } from '../../errors.js';
import type { RelayOptions } from '../../hubble/connection.js';
import type { SoakEvent } from '../../hubble/event.js';
import { follow, type FollowStatus } from '../../hubble/follow.js';
import { RelayClient } from '../../hubble/relay.js';
import type { InputSummary, VerdictDocument } from '../../judge/document.js';
import { judge } from '../../judge/judge.js';
import type { Settings } from '../../judge/settings.js';
import { packageVersion } from '../../package-root.js';
import type { SoakDir } from '../../soak-dir/soak-dir.js';

export interface LiveSoakOptions {
  readonly relay: RelayOptions;
  readonly settings: Settings;
  /** Begin with flows this old, ms. */
  readonly sinceMs: number | undefined;
  /** Wall time after which it ends, ms. */
  readonly durationMs: number | undefined;
  readonly failFast: boolean;
  /** Clock of the judgement, ms since the epoch; the last event time where it is not given. */
  readonly now: number | undefined;
  /** Where the soak is kept, and gone on from. */
  readonly dir: SoakDir | undefined;
  /** Ends it, with the verdict so far. */
  readonly signal: AbortSignal;
}

/** Who hears how it goes. */
export interface LiveListener {
  status(status: FollowStatus): void;
  /** After each batch of messages. */
  counted?(counts: LiveCounts): void;
  judged(document: VerdictDocument): void;
}

/** What was taken so far, and the closed windows of all nodes. */
export interface LiveCounts {
  readonly flows: number;
  readonly events: number;
  readonly windows: number;
}

export type LiveEnd = 'complete' | 'duration' | 'fail-fast' | 'interrupted' | 'lost';

export interface LiveResult {
  readonly document: VerdictDocument;
  readonly end: LiveEnd;
  /** Why the source was lost, where it was. */
  readonly lost: SourceError | undefined;
}

const JUDGE_EVERY_MS = 2_000;
/** What was counted is on disk after this. */
const SAVE_EVERY_MS = 2_000;
/** Nodes that were gone for longer when the last process ended are not asked for again. */
const GONE_MS = 3_600_000;
/** Judging takes at most this share of the time, however long the journal has become. */
const JUDGING_SHARE = 0.1;

export class LiveSoak {
  readonly #options: LiveSoakOptions;
  readonly #listener: LiveListener;
  readonly #aggregator: Aggregator;
  /** Time from which on an earlier process had not closed its windows, ms. */
  readonly #goesOnAt: number | undefined;
  readonly #stop = new AbortController();
  #end: LiveEnd = 'complete';
  #flows = 0;
  #events = 0;
  #judgedWindows = -1;
  #judgeAt = 0;
  #savedWindows = 0;
  #saveAt = 0;

  constructor(options: LiveSoakOptions, listener: LiveListener) {
    this.#options = options;
    this.#listener = listener;
    const { windowMs } = options.settings;
    const { dir } = options;
    const counting = { windowMs, ...(dir === undefined ? {} : { onLine: dir.note.bind(dir) }) };
    if (dir?.stored === undefined) this.#aggregator = new Aggregator(counting);
    else {
      this.#aggregator = Aggregator.resume(counting, dir.stored.journal, dir.stored.checkpoints);
      this.#goesOnAt = firstUnclosed(this.#aggregator.checkpoint(), windowMs) * windowMs;
    }
  }

  /** Flows taken so far. */
  get flows(): number {
    return this.#flows;
  }

  /** To its end. Throws UsageError for options that cannot work, SourceError when the source gave no flow at all. */
  async run(): Promise<LiveResult> {
    const { relay, durationMs, signal } = this.#options;
    const client = new RelayClient(relay);
    const interrupt = (): void => this.#endWith('interrupted');
    signal.addEventListener('abort', interrupt, { once: true });
    const timer = durationMs === undefined ? undefined : setTimeout(() => this.#endWith('duration'), durationMs);
    try {
      const lost = await this.#follow(client);
      const { dir } = this.#options;
      // A soak that has ended can be gone on with: to that process the windows that are open now are open still.
      dir?.save(this.#aggregator.checkpoint(), undefined);
      this.#aggregator.finish();
      const { document } = this.#judge();
      dir?.saveLast(document);
      return { document, end: lost ? 'lost' : this.#end, lost };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', interrupt);
      client.close();
    }
  }

  async #follow(client: RelayClient): Promise<SourceError | undefined> {
    const { sinceMs } = this.#options;
    // An end that is asked for before the first connection stands must not wait for it.
    this.#stop.signal.addEventListener('abort', () => client.close(), { once: true });
    try {
      const batches = follow(client, {
        since: this.#goesOnAt ?? (sinceMs === undefined ? undefined : Date.now() - sinceMs),
        fields: 'needed',
        signal: this.#stop.signal,
        onStatus: (status) => this.#listener.status(status),
      });
      for await (const batch of batches) {
        for (const { event } of batch) this.#take(event);
        const windows = this.#aggregator.journal.windows.length;
        this.#listener.counted?.({ flows: this.#flows, events: this.#events, windows });
        this.#saveWhenDue(this.#judgeWhenDue());
      }
      return undefined;
    } catch (error) {
      if (this.#stop.signal.aborted) return undefined;
      if (error instanceof SourceError && this.#flows > 0) return error;
      throw error;
    }
  }

  #take(event: SoakEvent): void {
    if (event.kind === 'flow') this.#flows++;
    else this.#events++;
    this.#aggregator.push(event);
  }

  /** The verdict so far, where there is news. */
  #judgeWhenDue(): VerdictDocument | undefined {
    const windows = this.#aggregator.journal.windows.length;
    const began = Date.now();
    if (began < this.#judgeAt || windows === this.#judgedWindows) return undefined;
    this.#judgedWindows = windows;
    const { document, complete } = this.#judge();
    const ended = Date.now();
    this.#judgeAt = ended + Math.max(JUDGE_EVERY_MS, (ended - began) / JUDGING_SHARE);
    this.#listener.judged(document);
    if (complete) this.#endWith('complete');
    else if (this.#options.failFast && document.verdict === 'fail') this.#endWith('fail-fast');
    return document;
  }

  #saveWhenDue(document: VerdictDocument | undefined): void {
    const { dir } = this.#options;
    const windows = this.#aggregator.journal.windows.length;
    if (dir === undefined || (document === undefined && windows === this.#savedWindows)) return;
    if (document === undefined && Date.now() < this.#saveAt) return;
    this.#savedWindows = windows;
    this.#saveAt = Date.now() + SAVE_EVERY_MS;
    dir.save(this.#aggregator.checkpoint(), document);
  }

  #judge(): ReturnType<typeof judge> {
    const { settings, now } = this.#options;
    return judge(this.#aggregator.journal, settings, {
      inputs: [this.#input()],
      version: packageVersion(),
      now,
    });
  }

  /** A live source has no lines: its messages stand for them. */
  #input(): InputSummary {
    const messages = this.#flows + this.#events;
    return {
      path: this.#options.relay.server,
      sha256: null,
      lines: messages,
      flows: this.#flows,
      events: this.#events,
      broken: 0,
    };
  }

  #endWith(end: LiveEnd): void {
    if (this.#stop.signal.aborted) return;
    this.#end = end;
    this.#stop.abort();
  }
}

/** The first window of any node that an earlier process had not closed; nodes that were long gone by then do not count. */
function firstUnclosed(checkpoints: readonly NodeCheckpoint[], windowMs: number): number {
  const next = checkpoints.map(({ nextWindow }) => nextWindow);
  const latest = Math.max(...next);
  return Math.min(...next.filter((window) => (latest - window) * windowMs < GONE_MS));
}
