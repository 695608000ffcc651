import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { Folder, replay, run, start } from './program.js';
import { FAILING, soak } from './soaks.js';

const SECRET = '/services/T0/B0/sEcReT7391';

/** A webhook that answers with this status. */
async function webhook(t: TestContext, status: number): Promise<{ readonly url: string; readonly bodies: string[] }> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      bodies.push(body);
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return { url: `http://127.0.0.1:${address.port}${SECRET}`, bodies };
}

describe('--slack', { concurrency: true }, () => {
  it('posts the verdict of gate', async (t) => {
    const { url, bodies } = await webhook(t, 200);
    const file = new Folder(t).file('soak.jsonl', soak(FAILING));
    const { code, out, err } = await run(['gate', '--slack', '--log-level', 'debug', file], {
      env: { SLACK_WEBHOOK_URL: url },
    });
    assert.equal(code, 1);
    assert.equal(bodies.length, 1);
    assert.match((JSON.parse(bodies[0] ?? '') as { text: string }).text, /FAIL.*worker-1/);
    assert.ok(!(out + err).includes('sEcReT7391'));
  });

  it('that fails changes neither verdict nor exit code, and the URL stays secret', async (t) => {
    const { url } = await webhook(t, 404);
    const file = new Folder(t).file('soak.jsonl', soak({ seconds: 10 }));
    const { code, out, err } = await run(['gate', '--slack', '--log-level', 'debug', file], {
      env: { SLACK_WEBHOOK_URL: url },
    });
    assert.equal(code, 3);
    assert.match(out, /^INCONCLUSIVE /);
    assert.match(err, /the message to Slack was not delivered: Slack answered 404/);
    assert.ok(!(out + err).includes('sEcReT7391'));
  });

  it('posts the first failure of watch while it goes on, and its end', async (t) => {
    const { url, bodies } = await webhook(t, 200);
    const { address } = await replay(t, new Folder(t).file('soak.jsonl', soak(FAILING)), '--speed', '50x');
    const args = ['watch', '--server', address, '--slack', '--fail-fast', '--duration', '50s'];
    const { code, err } = await start(t, args, { env: { SLACK_WEBHOOK_URL: url } }).done;
    assert.equal(code, 1, err);
    assert.equal(bodies.length, 2);
  });
});
