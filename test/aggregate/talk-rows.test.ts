import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EdgeBook } from '../../src/aggregate/edge-book.js';
import { TalkRows } from '../../src/aggregate/talk-rows.js';
import { EVENT_TYPE, type FlowRecord } from '../../src/hubble/event.js';
import { beats, Connection, http, inTime, journalOf, outcomes, pod } from './flows.js';

const web = pod('n1', 'web');
const api = pod('n2', 'api');
const near = pod('n1', 'near');
const call = (port = 40_000) => new Connection(web, api, port);

const rowsOf = (...flows: FlowRecord[]) => journalOf(inTime(flows)).windows.flatMap(({ talk }) => talk);

/** Rows as [vantage, forward, reply, repeats]. */
const told = (...flows: FlowRecord[]) =>
  rowsOf(...flows).map(({ vantage, forward, reply, repeats }) => [vantage, forward, reply, repeats]);

const [FROM_ENDPOINT, TO_OVERLAY] = [5, 4];

describe('talk', () => {
  test('shows an edge whose connections began long ago, both ways, from each end', () => {
    const c = call();
    const flows = [c.ack('n1', 1), c.ack('n2', 1), c.ackBack('n2', 1.1), c.ackBack('n1', 1.1), c.ack('n1', 6)];
    assert.deepEqual(told(...flows), [
      ['source', 2, 1, 0],
      ['destination', 1, 1, 0],
    ]);
    assert.equal(outcomes(journalOf(flows)).begun, 0);
    assert.deepEqual(
      rowsOf(...flows).map(({ edge }) => edge.key),
      [`w:shop/web\tp:shop/${api.here.pod}\tTCP\t8080`, `p:shop/${web.here.pod}\tw:shop/api\tTCP\t8080`],
    );
  });

  test('tells an edge inside of the node apart', () => {
    const c = new Connection(web, near, 40_000);
    assert.deepEqual(told(c.ack('n1', 1), c.ackBack('n1', 1.1)), [['both', 1, 1, 0]]);
  });

  test('says which way where the flow does not: by the attempt, else by the ephemeral port', () => {
    const c = call();
    const unknown = { isReply: undefined };
    assert.deepEqual(told(c.udp('n1', 1, unknown), c.udpReply('n1', 2, unknown)), [['source', 1, 1, 0]]);
    assert.deepEqual(told(c.ackBack('n1', 1, unknown), c.ack('n1', 2, unknown)), [['source', 1, 1, 0]]);
  });

  test('counts a packet once, at however many observation points it is seen', () => {
    const c = call();
    const twice = (seconds: number) => [
      c.ack('n1', seconds, { tracePoint: FROM_ENDPOINT }),
      c.ack('n1', seconds + 0.00002, { tracePoint: TO_OVERLAY }),
    ];
    assert.deepEqual(told(...twice(1)), [['source', 1, 0, 0]]);
    assert.deepEqual(told(...twice(1), ...twice(1.0001), ...twice(2)), [['source', 3, 0, 0]]);
  });

  test('takes no two packets for one: other ports, the same point, the way back, an echo and its answer', () => {
    const c = call();
    assert.deepEqual(told(c.ack('n1', 1), call(40_001).ack('n1', 1.00001, { tracePoint: 5 })), [['source', 2, 0, 0]]);
    assert.deepEqual(told(c.ack('n1', 1), c.ack('n1', 1.00001)), [['source', 2, 0, 0]]);
    assert.deepEqual(told(c.ack('n1', 1), c.ack('n1', 1.006, { tracePoint: 5 })), [['source', 2, 0, 0]]);
    assert.deepEqual(told(c.echo('n1', 1), { ...c.echoReply('n1', 1.0001), tracePoint: 101 }), [['source', 1, 1, 0]]);
    const lines = [c.ack('n1', 1, { weight: 5 }), c.ack('n1', 1.0001, { weight: 6, tracePoint: 5 })];
    assert.deepEqual(told(...lines), [['source', 11, 0, 0]]);
  });

  test('is trace events and nothing else', () => {
    const c = call();
    const related = c.ack('n1', 1, { protocol: 'ICMPv4', icmpType: 3, traceReason: 4 });
    const socket = c.ack('n1', 1, { eventType: EVENT_TYPE.SOCK });
    assert.deepEqual(told(c.drop('n1', 1), c.verdict('n1', 1), c.response('n1', 1, http(200)), related, socket), []);
  });

  test('has a bounded number of rows', () => {
    const rows = new TalkRows(2);
    const book = new EdgeBook();
    const kept = [1, 2, 3, 1].map((port) => {
      const flow = new Connection(web, api, 40_000, port).ack('n1', 1);
      return rows.add(flow, book.forward(flow), 'source', false);
    });
    assert.deepEqual(kept, [true, true, false, true]);
    const flow = new Connection(web, api, 40_000, 3).syn('n1', 1);
    assert.equal(rows.repeat(flow, book.forward(flow), 'source'), false);
    assert.equal(rows.close().length, 2);
  });
});

describe('a SYN that comes again after its answer', () => {
  const again = { traceReason: 2 };

  test('shows at the destination that the answer was lost', () => {
    const c = call();
    const there = [
      c.syn('n2', 1),
      c.synAck('n2', 1.001),
      c.syn('n2', 2, again),
      c.synAck('n2', 2.001),
      c.syn('n2', 4, again),
    ];
    const journal = journalOf(inTime([...there, c.syn('n1', 1), ...beats('n1', 0, 60), ...beats('n2', 0, 60)]));
    assert.deepEqual(
      journal.windows.flatMap(({ node, talk }) =>
        talk.filter(({ edge }) => edge.port === 8080).map(({ repeats, vantage }) => [node, vantage, repeats]),
      ),
      [
        ['n1', 'source', 0],
        ['n2', 'destination', 2],
      ],
    );
    const { answered, unanswered } = outcomes(journal);
    assert.deepEqual([answered, unanswered], [1, 1]);
  });

  test('is none when the port is used for a new connection, whose verdict comes first', () => {
    const c = call();
    const reuse = [c.allowed('n2', 9), c.syn('n2', 9.00001, { traceReason: 1 }), c.synAck('n2', 9.001)];
    assert.deepEqual(told(c.syn('n2', 1), c.synAck('n2', 1.001), ...reuse), [['destination', 2, 2, 0]]);
  });

  test('is none after 15 s, at a further observation point, or of a protocol that has no SYN', () => {
    const c = call();
    const answered = [c.syn('n2', 1), c.synAck('n2', 1.001)];
    assert.equal(
      rowsOf(...answered, c.syn('n2', 1.4, again)).reduce((sum, row) => sum + row.repeats, 0),
      0,
    );
    assert.equal(
      rowsOf(...answered, c.syn('n2', 17, again)).reduce((sum, row) => sum + row.repeats, 0),
      0,
    );
    const datagrams = [c.udp('n2', 1), c.udpReply('n2', 1.1), c.udp('n2', 2, again)];
    assert.equal(
      rowsOf(...datagrams).reduce((sum, row) => sum + row.repeats, 0),
      0,
    );
  });
});
