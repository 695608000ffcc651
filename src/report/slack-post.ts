/**
 * Posts a message to a Slack webhook. Nothing here throws, and nothing tells the URL: errors of the library and of fetch can hold it, so
 * none of their texts is passed on.
 */
import { IncomingWebhook, IncomingWebhookHTTPError, type FetchFunction } from '@slack/webhook';
import type { SlackMessage } from './slack.js';

export interface PostLog {
  debug(message: string): void;
}

export interface PostOptions {
  readonly log: PostLog;
  /** For one try, ms. */
  readonly timeoutMs?: number;
  /** Further tries after an answer of 429 or 5xx, or without a connection. */
  readonly retries?: number;
  readonly sleep?: (ms: number) => Promise<void>;
}

export type PostResult = { readonly ok: true } | { readonly ok: false; readonly why: string };

const TIMEOUT_MS = 3000;
const RETRIES = 2;
/** For all tries and the pauses between them, ms. */
const TOTAL_MS = 10_000;
/** Before the first further try, ms; each later one waits twice as long. */
const PAUSE_MS = 500;
/** Where Slack asks for patience and does not say how much, ms. */
const RATE_LIMIT_MS = 1000;

/** What came of one try; `retryMs` where another may do better, and after what pause at least. */
type Attempt = { readonly ok: true } | { readonly ok: false; readonly why: string; readonly retryMs?: number };

export async function postToSlack(
  webhookUrl: string,
  message: SlackMessage,
  { log, timeoutMs = TIMEOUT_MS, retries = RETRIES, sleep = pause }: PostOptions,
): Promise<PostResult> {
  if (!isHttpUrl(webhookUrl)) return { ok: false, why: 'SLACK_WEBHOOK_URL is not an http(s) URL' };
  const started = performance.now();
  let waited = 0;
  for (let tries = 1; ; tries++) {
    const attempt = await tryOnce(webhookUrl, message, timeoutMs, tries);
    if (attempt.ok) {
      log.debug(`Slack took the message on try ${tries}`);
      return attempt;
    }
    log.debug(`Slack, try ${tries} of ${retries + 1}: ${attempt.why}`);
    if (attempt.retryMs === undefined || tries > retries) return { ok: false, why: attempt.why };
    // An injected sleep takes no time: what was asked of it counts.
    const spent = Math.max(performance.now() - started, waited);
    if (spent + attempt.retryMs + timeoutMs > TOTAL_MS)
      return { ok: false, why: `${attempt.why}, and no time is left to try again` };
    waited = spent + attempt.retryMs;
    await sleep(attempt.retryMs);
  }
}

function isHttpUrl(text: string): boolean {
  try {
    return /^https?:$/.test(new URL(text).protocol);
  } catch {
    return false;
  }
}

async function tryOnce(url: string, message: SlackMessage, timeoutMs: number, tries: number): Promise<Attempt> {
  const pauseMs = PAUSE_MS * 2 ** (tries - 1);
  // The library's errors leave the headers out.
  let retryAfter: string | null = null;
  const observed: FetchFunction = async (target, init) => {
    const response = await fetch(target, init);
    retryAfter = response.headers.get('retry-after');
    return response;
  };
  try {
    const webhook = new IncomingWebhook(url, { timeout: timeoutMs, fetch: observed });
    await webhook.send({ text: message.text, blocks: message.blocks });
    return { ok: true };
  } catch (error) {
    if (error instanceof IncomingWebhookHTTPError) return refused(error, url, retryAfter, pauseMs);
    // A message that may have arrived is not sent twice.
    if (isTimeout(error)) return { ok: false, why: `Slack did not answer within ${timeoutMs / 1000} s` };
    const code = errorCode(error);
    return { ok: false, why: `Slack cannot be reached${code === '' ? '' : ` (${code})`}`, retryMs: pauseMs };
  }
}

function refused(error: IncomingWebhookHTTPError, url: string, retryAfter: string | null, pauseMs: number): Attempt {
  const { statusCode } = error;
  const why = `Slack answered ${statusCode}${slackReason(error.body, url)}`;
  if (statusCode === 429) {
    const seconds = retryAfter === null ? NaN : Number(retryAfter);
    const retryMs = Number.isFinite(seconds) && seconds >= 0 ? Math.max(seconds * 1000, pauseMs) : RATE_LIMIT_MS;
    return { ok: false, why, retryMs };
  }
  return statusCode >= 500 ? { ok: false, why, retryMs: pauseMs } : { ok: false, why };
}

/** Slack's own word for what is wrong (`no_service`, `invalid_blocks`), if it is one and no part of the URL. */
function slackReason(body: string, url: string): string {
  const word = body.trim();
  return /^[a-z_]{3,60}$/.test(word) && !url.toLowerCase().includes(word) ? ` (${word})` : '';
}

/** The cause that the library, and fetch, wrapped. */
function* causes(error: unknown): Generator<object> {
  for (let one = error, depth = 0; typeof one === 'object' && one !== null && depth < 5; depth++) {
    yield one;
    one = 'cause' in one ? one.cause : undefined;
  }
}

function isTimeout(error: unknown): boolean {
  for (const cause of causes(error)) if ('name' in cause && cause.name === 'TimeoutError') return true;
  return false;
}

/** `ECONNREFUSED` and its like. */
function errorCode(error: unknown): string {
  for (const cause of causes(error))
    if (
      'code' in cause &&
      typeof cause.code === 'string' &&
      /^(E|UND_ERR_|CERT_|ERR_TLS_)[A-Z_]{3,40}$/.test(cause.code)
    )
      return cause.code;
  return '';
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
