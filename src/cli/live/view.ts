import type { FollowStatus } from '../../hubble/follow.js';
import type { VerdictDocument } from '../../judge/document.js';
import type { Settings } from '../../judge/settings.js';
import type { Paint } from '../../report/paint.js';
import type { Logger } from '../logger.js';
import type { Screen } from '../screen.js';
import { Changes } from './changes.js';
import type { ClosedWindow } from './closed-windows.js';
import { DropHistory } from './drop-history.js';
import { linkAfter, type Link } from './link.js';
import type { LiveListener } from './live-soak.js';
import { ENDING, progressBlock, progressLine, type Progress } from './progress.js';

const REDRAW_MS = 1_000;
const LINE_EVERY_MS = 60_000;

export interface ViewOptions {
  readonly screen: Screen;
  readonly log: Logger;
  readonly paint: Paint;
  readonly settings: Settings;
  readonly server: string;
  /** Flows taken so far. */
  readonly flows: () => number;
  /** The time, ms since the epoch. */
  readonly now?: () => number;
}

/** Shows a running soak on stderr: news as lines that stay, and on a terminal a block that is drawn every second, else a line a minute. */
export class LiveView implements LiveListener {
  readonly #options: ViewOptions;
  readonly #changes = new Changes();
  readonly #drops: DropHistory;
  readonly #now: () => number;
  readonly #began: number;
  readonly #timer: NodeJS.Timeout;
  #document: VerdictDocument | undefined;
  #link: Link = { state: 'connecting' };
  #lastStatus = '';
  #isEnding = false;
  #flowsBefore = 0;
  #flowsPerSecond = 0;
  #measuredAt: number;

  constructor(options: ViewOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#began = this.#measuredAt = this.#now();
    this.#drops = new DropHistory(options.settings.windowMs);
    this.#timer = setInterval(() => this.tick(), options.screen.isTerminal ? REDRAW_MS : LINE_EVERY_MS);
  }

  /** A relay that is away for hours is told of once, and stays on the screen until it is back. */
  status(status: FollowStatus): void {
    this.#link = linkAfter(this.#link, status, this.#now());
    const { kind, message } = status;
    if (message !== this.#lastStatus) this.#options.log[kind === 'connected' ? 'info' : 'warn'](message);
    this.#lastStatus = message;
    this.#draw();
  }

  closed(windows: readonly ClosedWindow[]): void {
    this.#drops.note(windows);
  }

  judged(document: VerdictDocument): void {
    this.#document = document;
    for (const { level, text } of this.#changes.since(document)) this.#options.log[level](text);
  }

  lookFailed({ message }: Error): void {
    this.#options.log.error(
      `judging failed (${message}): a defect of hubble-soak, please report it; counting goes on, and judging is tried again`,
    );
  }

  /** An end was asked for. */
  ending(): void {
    this.#isEnding = true;
    if (this.#options.screen.isTerminal) this.#draw();
    else this.#options.log.info(ENDING);
  }

  /** Measures, and shows what there is. */
  tick(): void {
    this.#measure();
    if (this.#options.screen.isTerminal) this.#draw();
    else this.#options.log.info(progressLine(this.#progress(), this.#options.settings));
  }

  close(): void {
    clearInterval(this.#timer);
    this.#options.screen.close();
  }

  #draw(): void {
    const { screen, paint, settings } = this.#options;
    const progress = this.#progress();
    screen.draw((size) => progressBlock(progress, settings, paint, size));
  }

  #measure(): void {
    const now = this.#now();
    const flows = this.#options.flows();
    const taken = flows - this.#flowsBefore;
    this.#flowsPerSecond = (taken * 1000) / Math.max(now - this.#measuredAt, 1);
    this.#flowsBefore = flows;
    this.#measuredAt = now;
    if (taken > 0 && this.#link.state === 'connected') this.#link = { ...this.#link, heardAt: now };
  }

  #progress(): Progress {
    const now = this.#now();
    return {
      document: this.#document,
      server: this.#options.server,
      link: this.#link,
      flowsPerSecond: this.#flowsPerSecond,
      drops: this.#drops,
      runningMs: now - this.#began,
      now,
      isEnding: this.#isEnding,
    };
  }
}
