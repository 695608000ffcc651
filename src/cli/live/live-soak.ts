/** A soak judged while it runs: flows of a relay in, a verdict document again and again, and a last one at the end. */
import { Aggregator, type AggregatorOptions } from '../../aggregate/aggregator.js';
import { encodeLine } from '../../aggregate/journal-text.js';
import type { NodeCheckpoint } from '../../aggregate/node-aggregator.js';
import { SourceError } from '../../errors.js';
import { LOST_SOURCE } from '../../hubble/event.js';
import { follow, type FollowableRelay, type FollowStatus } from '../../hubble/follow.js';
import { WALL_PACE, type Pace } from '../../hubble/pace.js';
import type { FlowMessage } from '../../hubble/wire.js';
import type { InputSummary, VerdictDocument } from '../../judge/document.js';
import type { Settings } from '../../judge/settings.js';
import { packageVersion } from '../../package-root.js';
import type { SoakDir } from '../../soak-dir/soak-dir.js';
import { ClosedWindows, type ClosedWindow } from './closed-windows.js';
import { Looks, type Looked } from './look.js';

export interface LiveSoakOptions {
  /** Is closed when the soak ends. */
  readonly relay: FollowableRelay & { close(): void };
  /** The relay as it was given: the input that the document names. */
  readonly source: string;
  readonly settings: Settings;
  /** Begin with flows this old, ms. */
  readonly sinceMs: number | undefined;
  /** Wall time after which it ends, ms. */
  readonly durationMs: number | undefined;
  /** How long the relay may be away, ms; 6 of its timeouts where it is not given. */
  readonly patienceMs: number | undefined;
  readonly failFast: boolean;
  /** Clock of the judgement, ms since the epoch; the last event time where it is not given. */
  readonly now: number | undefined;
  /** Where the soak is kept, and gone on from. */
  readonly dir: SoakDir | undefined;
  /** Ends it, with the verdict so far. */
  readonly signal: AbortSignal;
  readonly pace?: Pace | undefined;
}

/** Who hears how it goes. */
export interface LiveListener {
  status(status: FollowStatus): void;
  /** After each batch of messages. */
  counted?(counts: LiveCounts): void;
  /** The windows that a batch of messages has closed. */
  closed?(windows: readonly ClosedWindow[]): void;
  judged(document: VerdictDocument): void;
  /** A look of the judge broke; counting goes on, and the next look tries again. */
  lookFailed?(error: Error): void;
}

/** What was taken so far, and the closed windows of all nodes. */
export interface LiveCounts {
  readonly flows: number;
  readonly events: number;
  readonly windows: number;
  /** Flows that came faster than they could be taken. */
  readonly shed: number;
}

export type LiveEnd = 'complete' | 'duration' | 'fail-fast' | 'interrupted' | 'lost';

export interface LiveResult {
  readonly document: VerdictDocument;
  readonly end: LiveEnd;
  /** Why the source was lost, where it was. */
  readonly lost: SourceError | undefined;
}

const JUDGE_EVERY_MS = 2_000;
/** After a look that broke. */
const AGAIN_MS = 30_000;
/** What was counted is on disk after this. */
const SAVE_EVERY_MS = 2_000;
/** Nodes that were gone for longer when the last process ended are not asked for again. */
const GONE_MS = 3_600_000;
/** Judging takes at most this share of a core, however long the journal has become. */
const JUDGING_SHARE = 0.25;

export class LiveSoak {
  readonly #options: LiveSoakOptions;
  readonly #listener: LiveListener;
  readonly #pace: Pace;
  readonly #looks: Looks;
  readonly #aggregator: Aggregator;
  readonly #closed: ClosedWindows;
  /** Time from which on an earlier process had not closed its windows, ms. */
  readonly #goesOnAt: number | undefined;
  readonly #stop = new AbortController();
  #end: LiveEnd = 'complete';
  #flows = 0;
  #events = 0;
  #shed = 0;
  /** The look that is being taken. Never rejects. */
  #look: Promise<void> | undefined;
  #judgedWindows = -1;
  #judgeAt = 0;
  #savedWindows = 0;
  #saveAt = 0;

  constructor(options: LiveSoakOptions, listener: LiveListener) {
    this.#options = options;
    this.#listener = listener;
    this.#pace = options.pace ?? WALL_PACE;
    this.#looks = new Looks(options.settings);
    const { windowMs } = options.settings;
    const { dir } = options;
    this.#closed = new ClosedWindows(windowMs);
    const counting: AggregatorOptions = {
      windowMs,
      onLine: (line) => {
        dir?.note(encodeLine(line));
        if (line.kind === 'window') this.#closed.note(line);
      },
    };
    const stored = dir?.takeStored();
    if (stored === undefined) this.#aggregator = new Aggregator(counting);
    else {
      this.#aggregator = Aggregator.resume(counting, stored.journal, stored.checkpoints);
      this.#goesOnAt = firstUnclosed(this.#aggregator.checkpoint(), windowMs) * windowMs;
    }
  }

  /** Flows taken so far. */
  get flows(): number {
    return this.#flows;
  }

  /** To its end. Throws SourceError when the source gave no flow at all. */
  async run(): Promise<LiveResult> {
    const { dir, durationMs, signal } = this.#options;
    const interrupt = (): void => this.#endWith('interrupted');
    signal.addEventListener('abort', interrupt, { once: true });
    if (durationMs !== undefined)
      void this.#pace.sleep(durationMs, this.#stop.signal).then(() => this.#endWith('duration'));
    try {
      const lost = await this.#follow();
      await this.#look;
      // A soak that has ended can be gone on with: to that process the windows that are open now are open still.
      dir?.save(this.#aggregator.checkpoint());
      this.#aggregator.finish();
      const { document } = await this.#lookNow();
      dir?.saveLast(document);
      return { document, end: lost ? 'lost' : this.#end, lost };
    } finally {
      signal.removeEventListener('abort', interrupt);
      this.#stop.abort();
      this.#options.relay.close();
      await this.#looks.close();
    }
  }

  async #follow(): Promise<SourceError | undefined> {
    const { relay, sinceMs } = this.#options;
    // An end that is asked for before the first connection stands must not wait for it.
    this.#stop.signal.addEventListener('abort', () => relay.close(), { once: true });
    try {
      const batches = follow(relay, {
        since: this.#goesOnAt ?? (sinceMs === undefined ? undefined : this.#pace.now() - sinceMs),
        fields: this.#options.dir?.keepsFlows === true ? 'all' : 'needed',
        signal: this.#stop.signal,
        onStatus: (status) => this.#listener.status(status),
        pace: this.#pace,
        patienceMs: this.#options.patienceMs,
      });
      for await (const batch of batches) {
        for (const message of batch) this.#take(message);
        this.#listener.counted?.(this.#counts());
        const closed = this.#closed.take();
        if (closed.length > 0) this.#listener.closed?.(closed);
        this.#lookWhenDue();
        this.#saveWhenDue();
      }
      return undefined;
    } catch (error) {
      if (this.#stop.signal.aborted) return undefined;
      if (error instanceof SourceError && this.#flows > 0) return error;
      throw error;
    }
  }

  #counts(): LiveCounts {
    const windows = this.#aggregator.journal.windows.length;
    return { flows: this.#flows, events: this.#events, windows, shed: this.#shed };
  }

  #take(message: FlowMessage): void {
    const { event } = message;
    if (event.kind === 'flow') this.#flows++;
    else this.#events++;
    if (event.kind === 'lost' && event.source === LOST_SOURCE.CLIENT_QUEUE) this.#shed += event.count;
    this.#options.dir?.keep(message);
    this.#aggregator.push(event);
  }

  /** Begins to judge what there is, where there is news and nobody does. An end that comes meanwhile does not wait for it. */
  #lookWhenDue(): void {
    const windows = this.#aggregator.journal.windows.length;
    if (this.#look !== undefined || windows === this.#judgedWindows) return;
    const began = this.#pace.now();
    if (began < this.#judgeAt) return;
    this.#judgedWindows = windows;
    this.#look = this.#lookNow(this.#stop.signal)
      .then((looked) => this.#looked(looked, began))
      .catch((error: unknown) => {
        if (this.#stop.signal.aborted) return;
        this.#judgeAt = this.#pace.now() + AGAIN_MS;
        this.#listener.lookFailed?.(error instanceof Error ? error : new Error(String(error)));
      })
      .finally(() => (this.#look = undefined));
  }

  #lookNow(signal?: AbortSignal): Promise<Looked> {
    const context = { inputs: [this.#input()], version: packageVersion(), now: this.#options.now };
    return this.#looks.look(this.#aggregator.journal, context, signal);
  }

  #looked({ document, complete }: Looked, began: number): void {
    const ended = this.#pace.now();
    this.#judgeAt = ended + Math.max(JUDGE_EVERY_MS, (ended - began) / JUDGING_SHARE);
    this.#listener.judged(document);
    this.#options.dir?.saveVerdict(document);
    if (complete) this.#endWith('complete');
    else if (this.#options.failFast && document.verdict === 'fail') this.#endWith('fail-fast');
  }

  #saveWhenDue(): void {
    const { dir } = this.#options;
    const now = this.#pace.now();
    const windows = this.#aggregator.journal.windows.length;
    if (dir === undefined || windows === this.#savedWindows || now < this.#saveAt) return;
    this.#savedWindows = windows;
    this.#saveAt = now + SAVE_EVERY_MS;
    dir.save(this.#aggregator.checkpoint());
  }

  /** A live source has no lines: its messages stand for them. */
  #input(): InputSummary {
    const messages = this.#flows + this.#events;
    return {
      path: this.#options.source,
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
