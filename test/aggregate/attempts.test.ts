import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AttemptTable } from '../../src/aggregate/attempts.js';
import { hashTuple, tupleOf } from '../../src/aggregate/tuple.js';
import { EVENT_TYPE, TCP_FLAG, TRACE_REASON, VERDICT, type FlowRecord } from '../../src/hubble/event.js';
import {
  beats,
  Connection,
  FIB_LOOKUP_FAILED,
  flow,
  inTime,
  journalOf,
  linesOf,
  outcomes,
  pod,
  POLICY_DENIED,
  world,
  W0,
} from './flows.js';

const web = pod('n1', 'web');
const api = pod('n2', 'api');
const call = (port = 40_000) => new Connection(web, api, port);
const hashOf = (first: FlowRecord) => hashTuple(tupleOf(first));

/** What becomes of these flows of n1 on a node that is watched long enough. */
const fate = (...flows: FlowRecord[]) => outcomes(journalOf(inTime([...flows, ...beats('n1', 0, 200)])));

const ONE = { begun: 1, answered: 0, unanswered: 0, dropped: {}, retransmissions: 0 };

describe('an attempt over TCP', () => {
  test('is answered by a SYN-ACK', () => {
    assert.deepEqual(fate(call().syn('n1', 1), call().synAck('n1', 1.1)), { ...ONE, answered: 1 });
  });

  test('is answered by a RST: the network delivered it', () => {
    assert.deepEqual(fate(call().syn('n1', 1), call().rst('n1', 1.1)), { ...ONE, answered: 1 });
    assert.deepEqual(fate(call().syn('n1', 1), call().rst('n1', 1.1, { isReply: true })), { ...ONE, answered: 1 });
  });

  test('is not answered by a RST of its own client', () => {
    const abort = call().syn('n1', 1.1, { tcpFlags: TCP_FLAG.RST });
    assert.deepEqual(fate(call().syn('n1', 1), abort), { ...ONE, unanswered: 1 });
  });

  test('is unanswered 15 s after its last SYN', () => {
    const c = call();
    assert.deepEqual(fate(c.syn('n1', 1), c.synAck('n1', 15.9)), { ...ONE, answered: 1 });
    assert.deepEqual(fate(c.syn('n1', 1), c.synAck('n1', 16.1)), { ...ONE, unanswered: 1 });
    const again = [c.syn('n1', 1), c.syn('n1', 2), c.syn('n1', 4), c.syn('n1', 8)];
    assert.deepEqual(fate(...again, c.synAck('n1', 22.9)), { ...ONE, answered: 1, retransmissions: 3 });
    assert.deepEqual(fate(...again, c.synAck('n1', 23.1)), { ...ONE, unanswered: 1, retransmissions: 3 });
  });

  test('is answered, for all that is known, by what its client sends only then', () => {
    const c = call();
    const fin = TCP_FLAG.FIN | TCP_FLAG.ACK;
    for (const next of [c.ack('n1', 1.2), c.ack('n1', 1.2, { tcpFlags: fin }), c.ack('n1', 1.2, { traceReason: 0 })])
      assert.deepEqual(fate(c.syn('n1', 1), next), { ...ONE, answered: 1 });
    assert.deepEqual(fate(c.syn('n1', 1), c.ack('n1', 15.9)), { ...ONE, answered: 1 });
    assert.deepEqual(fate(c.syn('n1', 1), c.ack('n1', 16.1)), { ...ONE, unanswered: 1 });
  });

  test('is not answered by what an older connection with its ports sent', () => {
    const c = call();
    const syn = c.syn('n1', 1);
    for (const old of [
      c.ack('n1', 0.9),
      c.ack('n1', 1),
      c.ack('n1', 1.2, { isReply: true, tcpFlags: TCP_FLAG.ACK | TCP_FLAG.PSH }),
      c.ack('n1', 1.2, { traceReason: TRACE_REASON.NEW }),
      c.ack('n1', 1.2, { tcpFlags: TCP_FLAG.ACK | TCP_FLAG.RST, isReply: false }),
      c.ack('n1', 1.2, { eventType: EVENT_TYPE.POLICY_VERDICT }),
    ])
      assert.equal(fate(syn, old).unanswered, 1);
  });

  test('whose client goes on counts as seen at the destination as well', () => {
    const c = call();
    const journal = journalOf(inTime([c.syn('n2', 1), c.ack('n2', 1.2), ...beats('n2', 0, 60)]));
    const [line] = journal.windows.filter(({ answered }) => answered.length > 0);
    assert.deepEqual(line?.answered, [hashOf(c.syn('n1', 1))]);
    assert.equal(line.attempts[0]?.vantage, 'destination');
  });

  test('came through only when repeated where its SYN-ACK came 900 ms or more after the first SYN', () => {
    const c = call();
    const repeated = (...flows: FlowRecord[]) =>
      journalOf(inTime([...flows, ...beats('n1', 0, 60)])).windows.flatMap(({ attempts }) =>
        attempts.map((row) => row.repeated),
      );
    assert.deepEqual(repeated(c.syn('n1', 1), c.synAck('n1', 1.899)), [0]);
    assert.deepEqual(repeated(c.syn('n1', 1), c.synAck('n1', 1.9)), [1]);
    assert.deepEqual(repeated(c.syn('n1', 1), c.syn('n1', 2), c.synAck('n1', 2.1)), [1]);
    assert.deepEqual(repeated(c.syn('n1', 1), c.ack('n1', 3)), [0], 'nobody knows when it was answered');
    assert.deepEqual(repeated(c.syn('n1', 1), c.ackBack('n1', 3)), [0], 'the SYN-ACK may not have been shown');
    const out = new Connection(web, world('192.0.2.9'), 40_001, 443);
    assert.deepEqual(repeated(out.syn('n1', 1), out.synAck('n1', 2)), [1]);
    const slow = { protocol: 'UDP', isReply: true } as const;
    assert.deepEqual(repeated(c.udp('n1', 1), c.udpReply('n1', 3, slow)), [0]);
  });

  test('is one packet at several observation points', () => {
    const c = call();
    assert.deepEqual(fate(c.syn('n1', 1), c.syn('n1', 1.00002), c.syn('n1', 1.0003)), { ...ONE, unanswered: 1 });
  });

  test('is another one with the same tuple after 60 s', () => {
    const c = call();
    const twice = { ...ONE, begun: 2 };
    assert.deepEqual(fate(c.syn('n1', 1), c.syn('n1', 60.9)), { ...ONE, unanswered: 1 });
    assert.deepEqual(fate(c.syn('n1', 1), c.syn('n1', 61)), { ...twice, unanswered: 2 });
    const [first, second] = [c.syn('n1', 1), c.syn('n1', 61)];
    assert.deepEqual(fate(first, c.synAck('n1', 1.1), second, c.synAck('n1', 61.1)), { ...twice, answered: 2 });
  });

  test('has failed when a minute of repeats without an answer begins anew', () => {
    const c = call();
    const repeats = Array.from({ length: 20 }, (_, i) => c.syn('n1', 1 + 10 * i));
    const seen = fate(...repeats);
    assert.equal(seen.begun, 4);
    assert.equal(seen.unanswered, 3, 'the last one is still waiting');
  });

  test('belongs to the window of its first packet, and is told in the one in which it ends', () => {
    const c = call();
    const journal = journalOf(inTime([c.syn('n1', 9), c.syn('n1', 10), ...beats('n1', 0, 60)]));
    assert.equal(linesOf(journal, 'n1', 0)[0]?.attemptsBegun, 1);
    const ends = journal.windows.flatMap((line) => line.attempts.map((row) => [line.window - W0, row.window - W0]));
    assert.deepEqual(ends, [[2, 0]]);
  });

  test('that still waits at the end is unknown', () => {
    const journal = journalOf([...beats('n1', 0, 20), call().syn('n1', 20), call().syn('n1', 21)]);
    assert.deepEqual(outcomes(journal), ONE);
  });

  test('is not opened by packets of a connection that began before', () => {
    const ack = call().syn('n1', 1, { tcpFlags: TCP_FLAG.ACK });
    const reply = call().syn('n1', 1, { isReply: true });
    assert.deepEqual(fate(ack, reply, call().synAck('n1', 2)), { ...ONE, begun: 0 });
  });
});

describe('how far an attempt got', () => {
  /** Where the hash of the attempt is told, by node. */
  function whereabouts(...flows: FlowRecord[]) {
    const journal = journalOf(inTime([...flows, ...beats('n1', 0, 60), ...beats('n2', 0, 60)]));
    const hash = hashOf(call().syn('n1', 1));
    const found: string[] = [];
    for (const { node, answered, attempts } of journal.windows) {
      if (answered.includes(hash)) found.push(`${node} answered`);
      for (const { vantage, unanswered, dropped } of attempts) {
        if (unanswered.includes(hash)) found.push(`${node} ${vantage} unanswered`);
        if (dropped.some(({ hashes }) => hashes.includes(hash))) found.push(`${node} ${vantage} dropped`);
      }
    }
    return found.sort();
  }
  const c = call();
  const left = c.syn('n1', 1);

  test('forwarded at the source and never seen at the destination', () => {
    assert.deepEqual(whereabouts(left), ['n1 source unanswered']);
  });

  test('arrived, and not answered', () => {
    assert.deepEqual(whereabouts(left, c.syn('n2', 1.001)), ['n1 source unanswered', 'n2 destination unanswered']);
  });

  test('arrived, and dropped there', () => {
    assert.deepEqual(whereabouts(left, c.drop('n2', 1.001)), ['n1 source unanswered', 'n2 destination dropped']);
  });

  test('answered there, and the answer never came back', () => {
    const there = [c.syn('n2', 1.001), c.synAck('n2', 1.002)];
    assert.deepEqual(whereabouts(left, ...there), ['n1 source unanswered', 'n2 answered']);
  });
});

test('answered attempts that needed repeats are counted, and so are the repeats of all', () => {
  const [easy, hard, dead] = [call(40_000), call(40_001), call(40_002)];
  const flows = [
    ...[easy.syn('n1', 1), easy.synAck('n1', 1.1)],
    ...[hard.syn('n1', 1), hard.syn('n1', 2), hard.syn('n1', 4), hard.synAck('n1', 4.1)],
    ...[dead.syn('n1', 1), dead.syn('n1', 2), dead.syn('n1', 4), dead.syn('n1', 8)],
  ];
  const rows = journalOf(inTime([...flows, ...beats('n1', 0, 60)])).windows.flatMap(({ attempts }) => attempts);
  assert.deepEqual(
    rows.map(({ answered, repeated, unanswered, retransmissions }) => [
      answered,
      repeated,
      unanswered.length,
      retransmissions,
    ]),
    [
      [2, 1, 0, 2],
      [0, 0, 1, 3],
    ],
  );
});

describe('an attempt that is dropped', () => {
  test('has its reason, and is dropped whatever its repeats do', () => {
    const c = call();
    assert.deepEqual(fate(c.drop('n1', 1)), { ...ONE, dropped: { [POLICY_DENIED]: 1 } });
    assert.deepEqual(fate(c.syn('n1', 1), c.drop('n1', 1.001, FIB_LOOKUP_FAILED)), {
      ...ONE,
      dropped: { [FIB_LOOKUP_FAILED]: 1 },
    });
  });

  test('has the reason of its last dropped packet', () => {
    const c = call();
    const dropped = { [FIB_LOOKUP_FAILED]: 1 };
    assert.deepEqual(fate(c.drop('n1', 1), c.drop('n1', 2, FIB_LOOKUP_FAILED)), {
      ...ONE,
      dropped,
      retransmissions: 1,
    });
  });

  test('is answered when a repeat of it comes through', () => {
    const c = call();
    const flows = [c.drop('n1', 1), c.syn('n1', 2), c.synAck('n1', 2.1)];
    assert.deepEqual(fate(...flows), { ...ONE, answered: 1, retransmissions: 1 });
  });

  test('is dropped when its answer is', () => {
    const c = call();
    const journal = journalOf(inTime([c.syn('n1', 1), c.dropOfSynAck('n1', 1.1), ...beats('n1', 0, 60)]));
    assert.deepEqual(outcomes(journal), { ...ONE, dropped: { [FIB_LOOKUP_FAILED]: 1 } });
    const [row] = linesOf(journal, 'n1', 0)[0]?.drops ?? [];
    assert.equal(row?.edge.src, 'w:shop/web', 'the edge of a dropped answer is that of its connection');
  });

  test('is counted once for the policy verdict and the drop of one packet', () => {
    const c = call();
    const journal = journalOf(inTime([c.verdict('n2', 1), c.drop('n2', 1.000016), ...beats('n2', 0, 60)]));
    assert.deepEqual(outcomes(journal), { ...ONE, dropped: { [POLICY_DENIED]: 1 } });
    const drops = journal.windows.flatMap((line) => line.drops);
    assert.deepEqual(
      drops.map(({ reason, events }) => ({ reason, events })),
      [{ reason: POLICY_DENIED, events: 1 }],
    );
  });

  test('is dropped by a policy verdict alone, which is no drop event', () => {
    const journal = journalOf(inTime([call().verdict('n2', 1), ...beats('n2', 0, 60)]));
    assert.deepEqual(outcomes(journal).dropped, { [POLICY_DENIED]: 1 });
    assert.deepEqual(
      journal.windows.flatMap((line) => line.drops),
      [],
    );
  });
});

describe('an attempt over UDP', () => {
  test('is opened by a datagram and answered by another', () => {
    assert.deepEqual(fate(call().udp('n1', 1), call().udpReply('n1', 1.1)), { ...ONE, answered: 1 });
  });

  test('is answered by a datagram that does not say it is an answer', () => {
    const [ask, answer] = [{ isReply: undefined }, { isReply: undefined }];
    assert.deepEqual(fate(call().udp('n1', 1, ask), call().udpReply('n1', 1.1, answer)), { ...ONE, answered: 1 });
  });

  test('is dropped by the drop of either', () => {
    const gone = {
      isReply: undefined,
      verdict: VERDICT.DROPPED,
      eventType: EVENT_TYPE.DROP,
      dropReason: POLICY_DENIED,
    };
    assert.deepEqual(fate(call().udp('n1', 1, gone)).dropped, { [POLICY_DENIED]: 1 });
    assert.deepEqual(fate(call().udp('n1', 1), call().udpReply('n1', 1.1, gone)), {
      ...ONE,
      dropped: { [POLICY_DENIED]: 1 },
    });
  });

  test('is unanswered 5 s after its first datagram, however often it is repeated', () => {
    const c = call();
    assert.deepEqual(fate(c.udp('n1', 1), c.udpReply('n1', 5.9)), { ...ONE, answered: 1 });
    const asks = Array.from({ length: 15 }, (_, i) => c.udp('n1', 1 + 4 * i));
    assert.deepEqual(fate(...asks), { ...ONE, unanswered: 1, retransmissions: 1 });
    assert.deepEqual(fate(...asks, c.udpReply('n1', 30)), { ...ONE, unanswered: 1, retransmissions: 1 });
  });

  test('is one of a DNS query, too, where the answer is a message of the proxy', () => {
    const c = new Connection(web, api, 40_001, 53);
    const answer = c.udpReply('n1', 1.2, { eventType: EVENT_TYPE.L7, l7: { type: 2, dns: { query: 'a.', rcode: 0 } } });
    assert.deepEqual(fate(c.udp('n1', 1), answer), { ...ONE, answered: 1 });
  });
});

describe('an attempt over ICMP', () => {
  test('is an echo, answered by its reply', () => {
    assert.deepEqual(fate(call().echo('n1', 1), call().echoReply('n1', 1.01)), { ...ONE, answered: 1 });
  });

  test('is unanswered after 3 s, also where the next echo follows at once', () => {
    const pings = Array.from({ length: 60 }, (_, i) => call().echo('n1', 1 + i));
    assert.deepEqual(fate(...pings), { ...ONE, unanswered: 1, retransmissions: 3 });
  });

  test('knows the echo of ICMPv6', () => {
    const echo = flow('n1', 1, web, api, { protocol: 'ICMPv6', icmpType: 128 });
    const reply = flow('n1', 1.1, api, web, { protocol: 'ICMPv6', icmpType: 129 });
    assert.deepEqual(fate(echo, reply), { ...ONE, answered: 1 });
  });
});

test('an answer from behind a service address is known by source_xlated', () => {
  const toService = new Connection(web, { ...api, ip: '10.96.0.10' }, 40_002);
  const answer = call(40_002).synAck('n1', 1.1, { sourceXlated: '10.96.0.10' });
  assert.deepEqual(fate(toService.syn('n1', 1), answer), { ...ONE, answered: 1 });
});

test('requests of proxies and sockets open no attempt', () => {
  for (const eventType of [EVENT_TYPE.L7, EVENT_TYPE.SOCK])
    assert.equal(fate(call().udp('n1', 1, { eventType }), call().syn('n1', 1, { eventType })).begun, 0);
});

describe('the same connection on two nodes', () => {
  const vantages = (node: string, ...flows: FlowRecord[]) =>
    journalOf(inTime([...flows, ...beats(node, 0, 60)])).windows.flatMap((line) =>
      line.attempts.map((row) => ({ ...row, told: line.answered })),
    );

  test('is told from each side, and the far side names the attempts it answered', () => {
    const c = call();
    const first = c.syn('n1', 1);
    const [source] = vantages('n1', first, c.synAck('n1', 1.2));
    const [destination] = vantages('n2', c.syn('n2', 1.05), c.synAck('n2', 1.1));
    assert.equal(source?.vantage, 'source');
    assert.deepEqual(source?.told, []);
    assert.equal(destination?.vantage, 'destination');
    assert.deepEqual(destination?.told, [hashOf(first)]);
  });

  test('has one hash on both: what waits in vain here may be answered there', () => {
    const c = call();
    const [source] = vantages('n1', c.syn('n1', 1));
    const [destination] = vantages('n2', c.syn('n2', 1.05), c.synAck('n2', 1.1));
    assert.deepEqual(source?.unanswered, destination?.told);
  });

  test('may have both ends on one node, or none', () => {
    const near = pod('n1', 'cart');
    const [both] = vantages('n1', new Connection(web, near, 40_003).syn('n1', 1));
    assert.equal(both?.vantage, 'both');
    const passing = new Connection(world('192.0.2.7'), world('192.0.2.8'), 40_004);
    const [none] = vantages('n1', passing.syn('n1', 1));
    assert.equal(none?.vantage, 'none');
  });

  test('knows its ends better with each flow', () => {
    const near = pod('n1', 'cart');
    const c = new Connection(web, near, 40_005);
    const strange = c.syn('n1', 1, { destination: near.there });
    const [row] = vantages('n1', strange, c.synAck('n1', 1.1));
    assert.equal(row?.vantage, 'both');
  });
});

test('one line stands for many flows, but for one attempt', () => {
  const c = call();
  const journal = journalOf(
    inTime([c.drop('n1', 1, POLICY_DENIED, { weight: 250 }), c.drop('n1', 1.1, POLICY_DENIED, { weight: 4 })]),
  );
  const [line] = linesOf(journal, 'n1', 0);
  assert.equal(line?.flows, 254);
  assert.equal(line?.drops[0]?.events, 254);
  assert.equal(line?.attemptsBegun, 1);
});

test('too many attempts in flight: the oldest are forgotten, and counted when they still waited', () => {
  const table = new AttemptTable(3);
  for (let port = 1; port <= 5; port++) table.observe(call(port).syn('n1', port));
  assert.equal(table.evicted, 2);
  assert.equal([...table.entries()].length, 3);
  for (let port = 3; port <= 5; port++) table.observe(call(port).synAck('n1', 5.5));
  table.observe(call(6).syn('n1', 6));
  assert.equal(table.evicted, 2, 'an attempt that has ended may go');
  assert.equal(table.observe(call(1).synAck('n1', 6)).attempt, undefined);
});

test('a node remembers 100,000 attempts, and tells how many it gave up', () => {
  const many = Array.from({ length: 100_500 }, (_, i) => {
    const c = new Connection(web, api, 1 + (i % 65_000), 8080 + Math.floor(i / 65_000));
    return c.syn('n1', 1 + i / 100_500, { uuid: '' });
  });
  const journal = journalOf([...many, ...beats('n1', 3, 60)]);
  assert.equal(
    journal.windows.reduce((sum, { evicted }) => sum + evicted, 0),
    500,
  );
  assert.equal(outcomes(journal).unanswered, 100_000);
});
