import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AnswerRows } from '../../src/aggregate/answer-rows.js';
import { EdgeBook } from '../../src/aggregate/edge-book.js';
import { DIRECTION, L7_TYPE, VERDICT, type FlowRecord } from '../../src/hubble/event.js';
import { Connection, dns, http, inTime, journalOf, pod } from './flows.js';

const web = pod('n1', 'web');
const api = pod('n2', 'api');
const call = (port = 40_000) => new Connection(web, api, port);

const told = (...flows: FlowRecord[]) =>
  journalOf(inTime(flows)).windows.flatMap(({ answers }) =>
    answers.map(({ edge, ...row }) => ({ edge: edge.key, ...row })),
  );

const NONE = { direction: DIRECTION.EGRESS, ok: 0, clientErrors: 0, failed: [], unclear: 0, dropped: 0, errors: 0 };
const HTTP = { edge: `w:shop/web\tp:shop/${api.here.pod}\tTCP\t8080`, kind: 'http', ...NONE };

describe('answers over HTTP', () => {
  test('are counted by their responses alone, client to server', () => {
    const c = call();
    assert.deepEqual(told(c.request('n1', 1, http(0)), c.response('n1', 1.1, http(200))), [{ ...HTTP, ok: 1 }]);
    assert.deepEqual(told(c.request('n1', 1, http(0))), []);
    assert.deepEqual(told(c.request('n1', 1, http(200), { l7: { type: L7_TYPE.SAMPLE, ...http(200) } })), []);
  });

  test('fail from 500 on; what gateways say is kept apart', () => {
    const codes = [101, 200, 304, 403, 404, 500, 501, 599, 502, 503, 503, 504];
    const flows = codes.map((code, i) => call(40_000 + i).response('n1', i / 10, http(code)));
    const failed = [
      { code: 500, count: 3 },
      { code: 502, count: 1 },
      { code: 503, count: 2 },
      { code: 504, count: 1 },
    ];
    assert.deepEqual(told(...flows), [{ ...HTTP, ok: 5, clientErrors: 2, failed }]);
  });

  test('without a status are neither good nor bad', () => {
    const flows = [0, 99, 600, 4_000_000_000].map((code, i) => call().response('n1', i, http(code)));
    assert.deepEqual(told(...flows), [{ ...HTTP, unclear: 4 }]);
  });

  test('that the proxy itself refused or failed are counted by their verdict', () => {
    const c = call();
    const denied = [c.request('n1', 1, http(0), { verdict: VERDICT.DROPPED }), c.response('n1', 1.1, http(403))];
    assert.deepEqual(told(...denied), [{ ...HTTP, ok: 1, clientErrors: 1, dropped: 1 }]);
    const failed = c.response('n1', 1, http(503), { verdict: VERDICT.ERROR });
    assert.deepEqual(told(failed), [{ ...HTTP, errors: 1 }]);
  });

  test('of the proxies at both ends are apart', () => {
    const c = call();
    const twice = [c.response('n1', 1, http(200)), c.response('n1', 1, http(200), { direction: DIRECTION.INGRESS })];
    assert.deepEqual(told(...twice), [
      { ...HTTP, ok: 1 },
      { ...HTTP, direction: DIRECTION.INGRESS, ok: 1 },
    ]);
  });
});

describe('answers over DNS', () => {
  const query = new Connection(web, pod('n2', 'coredns', { namespace: 'kube-system' }), 40_000, 53);
  const answer = (rcode: number, seconds: number) => query.response('n1', seconds, dns(rcode), { protocol: 'UDP' });

  test('are good when the name exists, and when it does not', () => {
    const [row] = told(...[0, 0, 3, 2, 5, 2].map((rcode, i) => answer(rcode, i)));
    assert.deepEqual([row?.kind, row?.ok, row?.clientErrors], ['dns', 3, 0]);
    assert.deepEqual(row?.failed, [
      { code: 2, count: 2 },
      { code: 5, count: 1 },
    ]);
  });

  test('of ever new codes are counted without them', () => {
    const [row] = told(...Array.from({ length: 40 }, (_, i) => answer(100 + i, i / 10)));
    assert.deepEqual([row?.failed.length, row?.unclear], [16, 24]);
  });
});

test('answers of other protocols are known to exist', () => {
  const [row] = told(call().response('n1', 1, {}));
  assert.deepEqual([row?.kind, row?.unclear], ['other', 1]);
});

test('answers have a bounded number of rows, and one line may stand for many', () => {
  const rows = new AnswerRows(3);
  const book = new EdgeBook();
  const kept = [1, 2, 3, 4, 1].map((port) => {
    const flow = new Connection(web, api, 40_000, port).response('n1', 1, http(200), { weight: 7 });
    return flow.l7 !== undefined && rows.add(flow, flow.l7, book.backward(flow));
  });
  assert.deepEqual(kept, [true, true, true, false, true]);
  assert.deepEqual(
    rows.close().map(({ ok }) => ok),
    [14, 7, 7],
  );
});
