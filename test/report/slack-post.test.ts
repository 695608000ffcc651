import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { postToSlack, type PostResult } from '../../src/report/slack-post.js';
import { slackMessage } from '../../src/report/slack.js';
import { FAILED } from './documents.js';

const SECRET = '/services/T0SECRET/B0SECRET/invalid_token_secret';
const MESSAGE = slackMessage(FAILED, { moment: 'final' });
const servers: Server[] = [];

after(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

type Answer = (response: ServerResponse, n: number, request: IncomingMessage) => void;

interface Told {
  readonly result: PostResult;
  readonly bodies: string[];
  readonly sleeps: number[];
  readonly log: string;
}

/** Posts to a webhook that answers so; `n` counts requests from 0. */
async function post(answer: Answer, options: { timeoutMs?: number; retries?: number } = {}): Promise<Told> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      bodies.push(Buffer.concat(parts).toString());
      answer(response, bodies.length - 1, request);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${SECRET}`;
  return { bodies, ...(await postTo(url, options)) };
}

async function postTo(
  url: string,
  options: { timeoutMs?: number; retries?: number } = {},
): Promise<Omit<Told, 'bodies'>> {
  const sleeps: number[] = [];
  const lines: string[] = [];
  const result = await postToSlack(url, MESSAGE, {
    ...options,
    log: { debug: (line) => lines.push(line) },
    sleep: (ms) => {
      sleeps.push(ms);
      return Promise.resolve();
    },
  });
  const log = lines.join('\n');
  assert.doesNotMatch(`${log}${JSON.stringify(result)}`, /SECRET|secret|services|127\.0\.0\.1/);
  return { result, sleeps, log };
}

const reply =
  (status: number, body = '', headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(status, headers);
    response.end(body);
  };

test('200: the message arrives as JSON', async () => {
  const { result, bodies } = await post(reply(200, 'ok'));
  assert.deepEqual(result, { ok: true });
  assert.deepEqual(JSON.parse(bodies[0] ?? ''), { ...MESSAGE });
});

test('404: Slack says why, and is not asked again', async () => {
  const { result, bodies } = await post(reply(404, 'no_service'));
  assert.deepEqual(result, { ok: false, why: 'Slack answered 404 (no_service)' });
  assert.equal(bodies.length, 1);
});

test('a body that could tell the URL is not told', async () => {
  const { result } = await post((response, _, { url }) => reply(403, url)(response, 0, {} as IncomingMessage));
  assert.deepEqual(result, { ok: false, why: 'Slack answered 403' });
  const part = await post(reply(403, 'invalid_token_secret'));
  assert.deepEqual(part.result, { ok: false, why: 'Slack answered 403' });
});

test('500: two more tries', async () => {
  const { result, bodies, sleeps, log } = await post(reply(500, '<html>'));
  assert.deepEqual(result, { ok: false, why: 'Slack answered 500' });
  assert.equal(bodies.length, 3);
  assert.deepEqual(sleeps, [500, 1000]);
  assert.match(log, /try 3 of 3: Slack answered 500|Slack, try 3 of 3/);
});

test('503, then 200', async () => {
  const { result, bodies } = await post((response, n, request) => reply(n === 0 ? 503 : 200)(response, n, request));
  assert.deepEqual(result, { ok: true });
  assert.equal(bodies.length, 2);
});

test('429: waits as long as Slack asks', async () => {
  const { result, sleeps } = await post((response, n, request) =>
    reply(n === 0 ? 429 : 200, '', n === 0 ? { 'retry-after': '1' } : {})(response, n, request),
  );
  assert.deepEqual(result, { ok: true });
  assert.deepEqual(sleeps, [1000]);
});

test('429 with a long wait: gives up instead of waiting', async () => {
  const { result, bodies, sleeps } = await post(reply(429, 'rate_limited', { 'retry-after': '120' }));
  assert.deepEqual(result, { ok: false, why: 'Slack answered 429 (rate_limited), and no time is left to try again' });
  assert.equal(bodies.length, 1);
  assert.deepEqual(sleeps, []);
});

test('429 again and again: no more than ten seconds in all', async () => {
  const { result, sleeps } = await post(reply(429, '', { 'retry-after': '4' }), { retries: 9 });
  assert.equal(result.ok, false);
  assert.deepEqual(sleeps, [4000]);
});

test('429 without a usable Retry-After: a second', async () => {
  const { sleeps } = await post(reply(429, '', { 'retry-after': 'soon' }), { retries: 1 });
  assert.deepEqual(sleeps, [1000]);
});

test('no answer: given up after the timeout, and not sent twice', async () => {
  const { result, bodies } = await post(() => undefined, { timeoutMs: 300 });
  assert.deepEqual(result, { ok: false, why: 'Slack did not answer within 0.3 s' });
  assert.ok(bodies.length <= 1);
});

test('a connection that breaks is tried again', async () => {
  const { result, bodies } = await post((response, n, request) =>
    n === 0 ? response.destroy() : reply(200)(response, n, request),
  );
  assert.deepEqual(result, { ok: true });
  assert.equal(bodies.length, 2);
});

test('a redirect is not followed', async () => {
  const { result } = await post(reply(302, '', { location: 'http://127.0.0.1:1/elsewhere' }), { retries: 0 });
  assert.equal(result.ok, false);
});

test('nothing listens', async () => {
  const { result } = await postTo(`http://127.0.0.1:1${SECRET}`, { retries: 1 });
  assert.ok(!result.ok && result.why.startsWith('Slack cannot be reached'), JSON.stringify(result));
});

test('a URL that is none', async () => {
  for (const url of ['', 'secret', 'ftp://secret/x', '/services/SECRET', 'http://'])
    assert.deepEqual((await postTo(url)).result, { ok: false, why: 'SLACK_WEBHOOK_URL is not an http(s) URL' });
});
