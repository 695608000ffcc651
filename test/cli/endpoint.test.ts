import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Endpoint } from '../../src/cli/live/endpoint.js';
import { LiveState } from '../../src/cli/live/live-state.js';
import { UsageError } from '../../src/errors.js';
import type { VerdictDocument } from '../../src/judge/document.js';
import { FAILED, UNDECIDED, PASSED } from '../report/documents.js';

async function serve(
  t: TestContext,
): Promise<{ state: LiveState; get: (path: string, method?: string) => Promise<Response> }> {
  const state = new LiveState();
  const endpoint = await Endpoint.open('127.0.0.1:0', state);
  t.after(() => endpoint.close());
  return { state, get: (path, method = 'GET') => fetch(`http://${endpoint.address}${path}`, { method }) };
}

describe('the HTTP endpoint', () => {
  it('answers /gate with go, stop, too early or nothing in sight, and the document', async (t) => {
    const { state, get } = await serve(t);
    assert.equal((await get('/gate')).status, 503);
    assert.equal((await get('/verdict')).status, 503);
    state.status({ kind: 'connected', message: '' });
    const statusOf = async (document: VerdictDocument, method?: string) => {
      state.judged(document);
      const response = await get('/gate', method);
      const { verdict } = (await response.json()) as VerdictDocument;
      assert.equal(verdict, document.verdict);
      return response.status;
    };
    assert.equal(await statusOf(UNDECIDED), 425);
    assert.equal(await statusOf(PASSED), 200);
    assert.equal(await statusOf(PASSED, 'POST'), 200);
    state.status({ kind: 'interrupted', message: '' });
    assert.equal(await statusOf(PASSED), 503);
    assert.equal(await statusOf(FAILED), 409);
    const verdict = await get('/verdict');
    assert.equal(verdict.status, 200);
    assert.equal(((await verdict.json()) as VerdictDocument).verdict, 'fail');
  });

  it('tells metrics, lives, and refuses the rest', async (t) => {
    const { state, get } = await serve(t);
    assert.equal((await get('/metrics')).status, 503);
    state.judged(FAILED);
    state.counted({ flows: 12, events: 3, windows: 4, shed: 5 });
    const metrics = await get('/metrics');
    assert.match(metrics.headers.get('content-type') ?? '', /^application\/openmetrics-text; version=1\.0\.0/);
    const text = await metrics.text();
    assert.match(text, /^hubble_soak_flows_total 12$/m);
    assert.match(text, /^hubble_soak_shed_flows_total 5$/m);
    assert.match(text, /^hubble_soak_verdict\{hubble_soak_verdict="fail"\} 1$/m);
    assert.match(text, /# EOF\n$/);
    assert.equal((await get('/healthz')).status, 200);
    assert.equal((await get('/else')).status, 404);
    assert.equal((await get('/gate', 'DELETE')).status, 405);
  });

  it('says what is wrong with an address', async (t) => {
    const open = (listen: string) => Endpoint.open(listen, new LiveState());
    for (const listen of ['nowhere', '127.0.0.1:99999', '127.0.0.1:']) await assert.rejects(open(listen), UsageError);
    const taken = await open('0');
    t.after(() => taken.close());
    assert.match(taken.address, /^127\.0\.0\.1:/);
    await assert.rejects(open(taken.address), /cannot listen there/);
  });
});
