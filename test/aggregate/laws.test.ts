import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Aggregator } from '../../src/aggregate/aggregator.js';
import { decodeJournal, encodeJournal } from '../../src/aggregate/journal-text.js';
import { plainWindow } from '../../src/aggregate/packed-window.js';
import { Journal, merge, type JournalLine } from '../../src/aggregate/journal.js';
import { EVENT_TYPE, L7_TYPE, type FlowRecord } from '../../src/hubble/event.js';
import { uniform } from '../stats/generators.js';
import {
  aggregator,
  at,
  beats,
  canonical,
  Connection,
  host,
  http,
  inTime,
  journalOf,
  lost,
  outcomes,
  pod,
  samples,
  status,
  WINDOW_MS,
  world,
} from './flows.js';

/** The same cases on every run: a law that fails is then a change of the code, never luck. */
const LAW = { seed: 133, numRuns: 60 };

const NODES = ['n1', 'n2', 'n3'];
const ENDS = [
  pod('n1', 'web'),
  pod('n1', 'cart'),
  pod('n2', 'api'),
  pod('n3', 'db'),
  host('n2', '10.1.0.2'),
  world('192.0.2.77'),
  pod('n2', 'api', { ip: 'fd00::2' }),
];
const LENGTH = 200;

const KINDS = [
  'answered',
  'silent',
  'denied',
  'allowed',
  'repeated',
  'repeated after its answer',
  'long',
  'goes on',
  'answered late',
  'proxied',
  'udp',
  'ping',
  'dropped answer',
] as const;
type Kind = (typeof KINDS)[number];

interface Plan {
  readonly client: number;
  readonly server: number;
  readonly port: number;
  readonly ms: number;
  readonly kind: Kind;
}

/** One connection of any two ends, as their nodes saw it. */
const connections = fc.record({
  client: fc.nat(ENDS.length - 1),
  server: fc.nat(ENDS.length - 1),
  port: fc.integer({ min: 40_000, max: 40_009 }),
  ms: fc.nat(LENGTH * 1000),
  kind: fc.constantFrom(...KINDS),
});

function packets({
  client,
  server,
  port,
  ms,
  kind,
}: {
  client: number;
  server: number;
  port: number;
  ms: number;
  kind: Kind;
}) {
  const [from, to] = [ENDS[client] ?? world(''), ENDS[server] ?? world('')];
  const c = new Connection(from, to, port);
  const s = ms / 1000;
  const here = from.node === '' ? to.node : from.node;
  const there = to.node === '' ? from.node : to.node;
  if (here === '') return [];
  switch (kind) {
    case 'answered':
      return [c.syn(here, s), c.syn(there, s + 0.001), c.synAck(there, s + 0.002), c.synAck(here, s + 0.003)];
    case 'silent':
      return [c.syn(here, s)];
    case 'denied':
      return [c.syn(here, s), c.verdict(there, s + 0.001), c.drop(there, s + 0.001016)];
    case 'allowed':
      return [c.allowed(there, s), c.syn(there, s + 0.001, { traceReason: 1 }), c.synAck(there, s + 0.002)];
    case 'repeated after its answer':
      return [c.syn(there, s), c.synAck(there, s + 0.001), c.syn(there, s + 1, { traceReason: 2 })];
    case 'long':
      return [0, 5, 10, 15].flatMap((wait) => [c.ack(here, s + wait), c.ackBack(here, s + wait + 0.001)]);
    case 'goes on':
      return [c.syn(here, s), c.ack(here, s + 0.2)];
    case 'answered late':
      return [c.syn(here, s), c.synAck(here, s + 1.001)];
    case 'proxied':
      return [c.request(there, s, http(0)), c.response(there, s + 0.2, http(500 + (ms % 5)))];
    case 'repeated':
      return [0, 1, 3, 7].map((wait) => c.syn(here, s + wait));
    case 'udp':
      return [c.udp(here, s), c.udpReply(here, s + 0.4)];
    case 'ping':
      return [c.echo(here, s), c.echoReply(here, s + 0.1)];
    case 'dropped answer':
      return [c.syn(here, s), c.syn(there, s + 0.001), c.dropOfSynAck(there, s + 0.002)];
  }
}

/** What goes on in the three nodes, which all talk to the end; small, so that a counterexample can be read. */
const plans = fc.array(connections, { minLength: 1, maxLength: 60 });

const trafficOf = (plan: readonly Plan[]): FlowRecord[] =>
  inTime([...plan.flatMap(packets), ...NODES.flatMap((node) => beats(node, 0, LENGTH + 20, 4.7))]);

/** An order of arrival in which no flow comes more than `mostMs` after a newer one. */
function shuffled(flows: readonly FlowRecord[], seed: number, mostMs = 29_000): FlowRecord[] {
  const random = uniform(seed);
  return flows
    .map((flow) => ({ flow, comes: flow.time + random() * mostMs }))
    .sort((a, b) => a.comes - b.comes)
    .map(({ flow }) => flow);
}

const same = (a: Iterable<JournalLine>, b: Iterable<JournalLine>) => assert.deepEqual(canonical(a), canonical(b));

test('the order of arrival changes nothing within the lateness', () => {
  fc.assert(
    fc.property(plans, fc.nat(), (plan, seed) => {
      const flows = trafficOf(plan);
      const order = shuffled(flows, seed);
      same(journalOf(order).lines(), journalOf(flows).lines());
    }),
    LAW,
  );
});

test('repeats change nothing', () => {
  fc.assert(
    fc.property(plans, fc.nat(), fc.nat(), (plan, seed, from) => {
      const flows = trafficOf(plan);
      const order = shuffled(flows, seed);
      const again = order.slice(from % order.length);
      same(journalOf([...order, ...again]).lines(), journalOf(flows).lines());
    }),
    LAW,
  );
});

test('every flow is counted: in its window, or as late', () => {
  fc.assert(
    fc.property(plans, fc.nat(), (plan, seed) => {
      const flows = trafficOf(plan);
      const journal = journalOf(shuffled(flows, seed, 120_000));
      const counted = journal.windows.reduce((sum, line) => sum + line.flows + line.late, 0);
      assert.equal(counted, flows.length);
    }),
    LAW,
  );
});

test('every policy verdict, answer and trace event is in one row', () => {
  fc.assert(
    fc.property(plans, (plan) => {
      const flows = trafficOf(plan);
      const { windows } = journalOf(flows);
      const of = (type: number) => flows.filter(({ eventType }) => eventType === type);
      const verdicts = windows.flatMap((line) => line.verdicts);
      assert.equal(
        verdicts.reduce((sum, { events }) => sum + events, 0),
        of(EVENT_TYPE.POLICY_VERDICT).length,
      );
      const answers = windows.flatMap((line) => line.answers);
      assert.equal(
        answers.reduce((sum, { ok, failed }) => failed.reduce((all, { count }) => all + count, sum + ok), 0),
        of(EVENT_TYPE.L7).filter(({ l7 }) => l7?.type === L7_TYPE.RESPONSE).length,
      );
      const talk = windows.flatMap((line) => line.talk);
      const told = talk.reduce((sum, { forward, reply }) => sum + forward + reply, 0);
      assert.ok(told <= of(EVENT_TYPE.TRACE).length);
      // Every end of a connection has a row of its edge in the window of each of its packets.
      for (const { node, time, destinationPort } of of(EVENT_TYPE.TRACE).filter(
        (one) => one.destinationPort === 8080,
      )) {
        const seen = windows.filter((line) => line.node === node && line.window === Math.floor(time / WINDOW_MS));
        assert.ok(seen.some((line) => line.talk.some(({ edge }) => edge.port === destinationPort)));
      }
    }),
    LAW,
  );
});

test('every attempt ends once at the most, and those that do not are the youngest', () => {
  fc.assert(
    fc.property(plans, (plan) => {
      const flows = trafficOf(plan);
      const { begun, answered, unanswered, dropped } = outcomes(journalOf(flows));
      const ended = answered + unanswered + Object.values(dropped).reduce((a, b) => a + b, 0);
      assert.ok(ended <= begun);
      const waited = outcomes(journalOf([...flows, ...NODES.flatMap((node) => beats(node, LENGTH + 20, LENGTH + 60))]));
      const all = waited.answered + waited.unanswered + Object.values(waited.dropped).reduce((a, b) => a + b, 0);
      assert.equal(all, waited.begun);
    }),
    LAW,
  );
});

test('a journal is that of its nodes, put together', () => {
  fc.assert(
    fc.property(plans, (plan) => {
      const flows = trafficOf(plan);
      const parts = NODES.map((node) => journalOf(flows.filter((flow) => flow.node === node)));
      same(merge(parts).lines(), journalOf(flows).lines());
    }),
    LAW,
  );
});

/** A journal of anything, in any order. */
const someJournal = (plan: readonly Plan[], s: number): Journal =>
  journalOf([
    ...trafficOf(plan),
    lost('n1', 3),
    samples(s, { n1: s, n2: undefined }),
    samples(s, { n1: s + 9 }),
    status(s, 4, 'n2'),
  ]);

test('merge is commutative and associative, and changes no line', () => {
  fc.assert(
    fc.property(plans, plans, fc.nat(LENGTH), (plan, other, s) => {
      const [a, b, c] = [someJournal(plan, s), someJournal(other, s), someJournal(other, LENGTH - s)];
      const all = [...merge([a, b, c]).lines()];
      assert.deepEqual([...merge([c, a, b]).lines()], all);
      assert.deepEqual([...merge([merge([a, b]), c]).lines()], all);
      assert.deepEqual([...merge([a, merge([b, c])]).lines()], all);
      assert.deepEqual([...merge([new Journal(WINDOW_MS), ...[a, b, c]]).lines()], all);
      const count = (journal: Journal) => [...journal.lines()].length - 1;
      assert.equal(all.length - 1, count(a) + count(b) + count(c));
    }),
    { ...LAW, numRuns: 15 },
  );
});

test('journals of other windows are not merged', () => {
  assert.throws(() => merge([new Journal(10_000), new Journal(5_000)]), RangeError);
  assert.equal(merge([]).windows.length, 0);
});

test('consecutive times are one journal when nothing is under way at the border', () => {
  fc.assert(
    fc.property(plans, plans, (first, second) => {
      // Places are told anew by each process, silences at the border by neither: the rollout finds them.
      const plain = (journal: Journal) => {
        const bare = new Journal(WINDOW_MS);
        for (const line of journal.windows) bare.add({ ...plainWindow(line), places: [], silences: [] });
        return bare.lines();
      };
      const before = [...trafficOf(first), ...NODES.flatMap((node) => beats(node, LENGTH + 20, LENGTH + 60))];
      const after = trafficOf(second).map((flow) => ({ ...flow, time: flow.time + at(300) - at(0) }));
      same(plain(merge([journalOf(before), journalOf(after)])), plain(journalOf([...before, ...after])));
    }),
    { ...LAW, numRuns: 30 },
  );
});

test('going on from a checkpoint is the same as no interruption', () => {
  fc.assert(
    fc.property(plans, fc.nat(), fc.nat(), fc.boolean(), (plan, seed, cut, asText) => {
      const order = shuffled(trafficOf(plan), seed);
      const stop = 1 + (cut % order.length);
      const first = aggregator();
      for (const flow of order.slice(0, stop)) first.push(flow);
      const checkpoint = first.checkpoint();
      const kept = asText
        ? decodeJournal(encodeJournal(first.journal, checkpoint))
        : { journal: first.journal, checkpoints: checkpoint };
      const second = Aggregator.resume({ windowMs: WINDOW_MS }, kept.journal, kept.checkpoints);
      const unclosed = Math.min(...checkpoint.map((node) => node.nextWindow)) * WINDOW_MS;
      // What the first process had not yet heard comes in any case.
      for (const [i, flow] of order.entries()) if (i >= stop || flow.time >= unclosed) second.push(flow);
      second.finish();
      same(second.journal.lines(), journalOf(order).lines());
    }),
    LAW,
  );
});

test('lines that are newer than the checkpoint are made anew', () => {
  const flows = inTime(NODES.flatMap((node) => beats(node, 0, 300)));
  const first = aggregator();
  const cut = flows.length / 2;
  for (const flow of flows.slice(0, cut)) first.push(flow);
  const checkpoint = first.checkpoint();
  for (const flow of flows.slice(cut, cut + 100)) first.push(flow);
  const second = Aggregator.resume({ windowMs: WINDOW_MS }, first.journal, checkpoint);
  const unclosed = Math.min(...checkpoint.map((node) => node.nextWindow)) * WINDOW_MS;
  for (const flow of flows) if (flow.time >= unclosed) second.push(flow);
  second.finish();
  same(second.journal.lines(), journalOf(flows).lines());
});

test('a journal without a checkpoint is gone on with behind its last lines', () => {
  const flows = inTime(NODES.flatMap((node) => beats(node, 0, 100)));
  const second = Aggregator.resume({ windowMs: WINDOW_MS }, journalOf(flows), []);
  for (const flow of inTime([...flows, ...NODES.flatMap((node) => beats(node, 100, 200))])) second.push(flow);
  second.finish();
  assert.equal(
    second.journal.windows.reduce((sum, line) => sum + line.flows + line.late, 0),
    600,
  );
});
