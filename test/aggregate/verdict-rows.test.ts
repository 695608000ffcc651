import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { VerdictRow } from '../../src/aggregate/verdict-rows.js';
import { VerdictRows } from '../../src/aggregate/verdict-rows.js';
import { EdgeBook } from '../../src/aggregate/edge-book.js';
import { DIRECTION, VERDICT, type FlowRecord } from '../../src/hubble/event.js';
import { Connection, inTime, journalOf, pod, POLICY_DENIED } from './flows.js';

const web = pod('n1', 'web');
const cart = pod('n2', 'cart');
const call = (port = 40_000) => new Connection(web, cart, port);

const rowsOf = (...flows: FlowRecord[]): VerdictRow[] =>
  journalOf(inTime(flows)).windows.flatMap(({ verdicts }) => verdicts);

const told = (...flows: FlowRecord[]) => rowsOf(...flows).map(({ edge, ...row }) => ({ edge: edge.key, ...row }));

const EDGE = `p:shop/${web.here.pod}\tw:shop/cart\tTCP\t8080`;
const ALLOWED = {
  edge: EDGE,
  direction: DIRECTION.INGRESS,
  outcome: 'allowed',
  reason: 0,
  authType: 0,
  match: 2,
  events: 1,
  policies: ['shop/cart'],
  revision: 3,
};

describe('policy verdicts', () => {
  test('are told by edge: who allowed it, by which match and revision', () => {
    assert.deepEqual(told(call().allowed('n2', 1), call(40_001).allowed('n2', 2)), [{ ...ALLOWED, events: 2 }]);
  });

  test('are apart by outcome, direction, reason, authentication and match', () => {
    const c = call();
    const flows = [
      c.allowed('n2', 1),
      c.allowed('n2', 2, { verdict: VERDICT.AUDIT, allowedBy: [], policyRevision: 0, policyMatch: 0 }),
      c.allowed('n2', 3, { verdict: VERDICT.REDIRECTED }),
      c.allowed('n2', 4, { authType: 1 }),
      c.allowed('n2', 5, { policyMatch: 4_000_000_000 }),
      c.allowed('n2', 6, { direction: DIRECTION.EGRESS }),
      c.allowed('n2', 7, { verdict: 99 }),
      c.verdict('n2', 8),
    ];
    const none = { policies: [], revision: 0, match: 0 };
    assert.deepEqual(told(...flows), [
      ALLOWED,
      { ...ALLOWED, ...none, outcome: 'audited' },
      { ...ALLOWED, outcome: 'redirected' },
      { ...ALLOWED, authType: 1 },
      { ...ALLOWED, match: 4_000_000_000 },
      { ...ALLOWED, direction: DIRECTION.EGRESS },
      { ...ALLOWED, outcome: 'other' },
      { ...ALLOWED, ...none, outcome: 'denied', reason: POLICY_DENIED },
    ]);
  });

  test('are not drops, and drops are not verdicts', () => {
    const c = call();
    const journal = journalOf([c.verdict('n2', 1), c.drop('n2', 1.000016)]);
    const [line] = journal.windows;
    assert.deepEqual([line?.verdicts[0]?.events, line?.drops[0]?.events], [1, 1]);
    assert.deepEqual(told(c.drop('n2', 1)), []);
  });

  test('of a packet on its way back belong to the edge of its connection', () => {
    const c = call();
    const back = c.ackBack('n2', 2, { ...c.verdict('n2', 2), ...ports(c.ackBack('n2', 2)), tcpFlags: 16 });
    const [denied] = rowsOf(c.syn('n2', 1), back);
    assert.deepEqual([denied?.edge.key, denied?.outcome], [EDGE, 'denied']);
  });

  test('keep the last revision that was told, and a few names', () => {
    const names = Array.from({ length: 9 }, (_, i) => `shop/policy-${i}`);
    const flows = names.map((name, i) =>
      call(40_000 + i).allowed('n2', i / 10, { allowedBy: [name], policyRevision: i }),
    );
    const [row] = rowsOf(...flows, call(40_009).allowed('n2', 2, { allowedBy: [], policyRevision: 0 }));
    assert.deepEqual([row?.policies, row?.revision], [names.slice(0, 4), 8]);
  });

  test('cut a name that is no name', () => {
    const [row] = rowsOf(call().allowed('n2', 1, { allowedBy: ['x'.repeat(100_000)] }));
    assert.equal(row?.policies[0]?.length, 320);
  });

  test('have a bounded number of rows', () => {
    const rows = new VerdictRows(100);
    const book = new EdgeBook();
    let kept = 0;
    for (let i = 0; i < 300; i++) {
      const flow = call().allowed('n2', 1, { policyMatch: i });
      if (rows.add(flow, book.forward(flow))) kept += 1;
    }
    assert.equal(kept, 64, 'of one edge');
    for (let i = 0; i < 300; i++) {
      const flow = new Connection(web, cart, 40_000, 1000 + i).allowed('n2', 1);
      if (rows.add(flow, book.forward(flow))) kept += 1;
    }
    assert.equal(kept, 100);
    assert.equal(rows.close().length, 100);
    const again = call().allowed('n2', 1, { policyMatch: 0 });
    assert.ok(rows.add(again, book.forward(again)), 'a known row still counts');
  });
});

function ports({ sourcePort, destinationPort, sourceIp, destinationIp, source, destination }: FlowRecord) {
  return { sourcePort, destinationPort, sourceIp, destinationIp, source, destination };
}
