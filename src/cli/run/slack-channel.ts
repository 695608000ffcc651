import { UsageError } from '../../errors.js';
import type { VerdictDocument } from '../../judge/document.js';
import { slackMessage } from '../../report/slack.js';
import type { Logger } from '../logger.js';

const VARIABLE = 'SLACK_WEBHOOK_URL';

/** The channel behind the webhook. Whatever Slack does or does not do, it is logged and changes nothing; the URL is never told. */
export class SlackChannel {
  readonly #url: string;
  readonly #log: Logger;
  /** Messages on their way, in order. */
  #sent: Promise<void> = Promise.resolve();

  private constructor(url: string, log: Logger) {
    this.#url = url;
    this.#log = log;
  }

  /** Throws UsageError without the variable. */
  static fromEnvironment(env: Readonly<Record<string, string | undefined>>, log: Logger): SlackChannel {
    const url = env[VARIABLE];
    if (!url)
      throw new UsageError(`--slack needs the URL of an incoming webhook in the environment variable ${VARIABLE}`);
    return new SlackChannel(url, log);
  }

  /** Does not wait: the soak goes on. */
  announceFailure(document: VerdictDocument): void {
    this.#post(document, 'first-failure');
  }

  /** Resolves when all messages have been taken, or given up. */
  async announceVerdict(document: VerdictDocument): Promise<void> {
    this.#post(document, 'final');
    await this.#sent;
  }

  #post(document: VerdictDocument, moment: 'first-failure' | 'final'): void {
    this.#sent = this.#sent.then(async () => {
      const why = await this.#deliver(document, moment);
      if (why !== undefined) this.#log.warn(`the message to Slack was not delivered: ${why}`);
    });
  }

  /** Never rejects; gives the reason when it did not work. */
  async #deliver(document: VerdictDocument, moment: 'first-failure' | 'final'): Promise<string | undefined> {
    try {
      const { postToSlack } = await import('../../report/slack-post.js');
      const result = await postToSlack(this.#url, slackMessage(document, { moment }), { log: this.#log });
      return result.ok ? undefined : result.why;
    } catch {
      // Its text is left out: whatever failed here was given the URL.
      return 'a defect of hubble-soak';
    }
  }
}
