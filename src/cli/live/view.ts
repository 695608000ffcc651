import type { FollowStatus } from '../../hubble/follow.js';
import type { VerdictDocument } from '../../judge/document.js';
import type { Settings } from '../../judge/settings.js';
import type { Paint } from '../../report/paint.js';
import type { Logger } from '../logger.js';
import type { Screen } from '../screen.js';
import { Changes } from './changes.js';
import type { LiveListener } from './live-soak.js';
import { progressBlock, progressLine, type Progress } from './progress.js';

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
}

/** Shows a running soak on stderr: news as lines that stay, and on a terminal a block that is drawn every second, else a line a minute. */
export class LiveView implements LiveListener {
  readonly #options: ViewOptions;
  readonly #changes = new Changes();
  readonly #began = Date.now();
  readonly #timer: NodeJS.Timeout;
  #document: VerdictDocument | undefined;
  #flowsBefore = 0;
  #measuredAt = Date.now();

  constructor(options: ViewOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#show(), options.screen.isTerminal ? REDRAW_MS : LINE_EVERY_MS);
  }

  status({ kind, message }: FollowStatus): void {
    if (kind === 'connected') this.#options.log.info(message);
    else this.#options.log.warn(message);
  }

  judged(document: VerdictDocument): void {
    this.#document = document;
    for (const { level, text } of this.#changes.since(document)) this.#options.log[level](text);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#options.screen.close();
  }

  #show(): void {
    const { screen, log, paint, settings } = this.#options;
    const progress = this.#measure();
    if (screen.isTerminal)
      screen.draw(progressBlock(progress, settings, paint, { columns: screen.columns, rows: screen.rows }));
    else log.info(progressLine(progress, settings));
  }

  #measure(): Progress {
    const now = Date.now();
    const flows = this.#options.flows();
    const flowsPerSecond = ((flows - this.#flowsBefore) * 1000) / Math.max(now - this.#measuredAt, 1);
    this.#flowsBefore = flows;
    this.#measuredAt = now;
    return {
      document: this.#document,
      server: this.#options.server,
      flows,
      flowsPerSecond,
      runningMs: now - this.#began,
    };
  }
}
