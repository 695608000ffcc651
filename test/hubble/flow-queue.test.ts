import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LOST_SOURCE, type SoakEvent } from '../../src/hubble/event.js';
import { FlowQueue, QUEUE_LIMITS } from '../../src/hubble/flow-queue.js';
import { decodeFlowMessage, encodeResponseJson, messageOf, type FlowMessage } from '../../src/hubble/wire.js';
import { at, atMs, flowLine } from './lines.js';

const LIMITS = { messages: 8, bytes: 1_000_000 };
const present = (): boolean => true;
const past = (): boolean => false;

const flowAt = (ms: number, node = 'a'): FlowMessage =>
  decodeFlowMessage(encodeResponseJson(flowLine(ms, node, `u-${ms}`)).bytes);
const flowsAt = (...times: readonly number[]): FlowMessage[] => times.map((ms) => flowAt(ms));
const made = (event: SoakEvent): FlowMessage => messageOf(event, () => ({}));
const statusAt = (ms: number): FlowMessage =>
  made({ kind: 'node-status', time: atMs(ms), state: 1, nodes: ['a'], message: '' });
const lossAt = (ms: number): FlowMessage =>
  made({ kind: 'lost', time: atMs(ms), node: 'a', source: LOST_SOURCE.HUBBLE_RING_BUFFER, count: 1 });

/** Everything that waits, in order: uuids of flows, `NODE@MS:COUNT` of what was shed, kinds of the rest. */
async function rest(queue: FlowQueue): Promise<string[]> {
  const told: string[] = [];
  while (queue.length > 0) for (const { event } of (await queue.take()) ?? []) told.push(textOf(event));
  return told;
}

function textOf(event: SoakEvent): string {
  if (event.kind === 'flow') return event.uuid;
  if (event.kind !== 'lost' || event.source !== LOST_SOURCE.CLIENT_QUEUE) return event.kind;
  return `${event.node}@${event.time - atMs(0)}:${event.count}`;
}

/** Has it resolved by now? */
async function isDone(promise: Promise<void>): Promise<boolean> {
  return Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(resolve, false))]);
}

describe('a queue of flows of the present', () => {
  it('sheds what finds no room, and tells it where it is missing, by node and second', async () => {
    const queue = new FlowQueue(present, LIMITS);
    assert.ok(await isDone(queue.put(flowsAt(0, 1, 2, 3, 4, 5, 6, 7))));
    assert.ok(await isDone(queue.put([flowAt(990), flowAt(999), flowAt(995, 'b'), flowAt(1_000), flowAt(2_500)])));
    assert.equal(queue.shedFlows, 5);
    assert.equal(queue.length, 8);
    const first = await queue.take();
    assert.equal(first?.length, 8);
    void queue.put(flowsAt(3_000));
    assert.deepEqual(await rest(queue), ['a@990:2', 'b@995:1', 'a@1000:1', 'a@2500:1', 'u-3000']);
  });

  it('sheds on until it is half empty, so that fewer windows are spoiled', async () => {
    const queue = new FlowQueue(present, { ...LIMITS, messages: 2_000 });
    void queue.put(Array.from({ length: 2_001 }, (_, i) => flowAt(i)));
    assert.equal(queue.shedFlows, 1);
    await queue.take();
    assert.equal(queue.length, 2_000 - 1_024 + 1, 'what was shed is told');
    void queue.put(flowsAt(2_001));
    assert.equal(queue.shedFlows, 1);

    const larger = new FlowQueue(present, { ...LIMITS, messages: 4_000 });
    void larger.put(Array.from({ length: 4_001 }, (_, i) => flowAt(i)));
    await larger.take();
    void larger.put(flowsAt(4_001));
    assert.equal(larger.shedFlows, 2, 'three quarters full');
  });

  it('never sheds statuses, samples or losses that others tell; they hold the source back instead', async () => {
    const queue = new FlowQueue(present, LIMITS);
    await queue.put(flowsAt(0, 1, 2, 3, 4, 5, 6, 7, 8));
    assert.ok(await isDone(queue.put([statusAt(9), lossAt(10), flowAt(11)])));
    const flood = queue.put(Array.from({ length: 8 }, (_, i) => lossAt(12 + i)));
    assert.equal(await isDone(flood), false);
    const told = await rest(queue);
    assert.deepEqual(told.slice(8), ['node-status', ...Array.from({ length: 9 }, () => 'lost'), 'a@8:2']);
    assert.ok(await isDone(flood));
  });

  it('lets drops go like any other flow', async () => {
    const queue = new FlowQueue(present, LIMITS);
    const drop = decodeFlowMessage(
      encodeResponseJson(flowLine(8, 'a', 'drop', { verdict: 'DROPPED', event_type: { type: 1, sub_type: 133 } }))
        .bytes,
    );
    await queue.put([...flowsAt(0, 1, 2, 3, 4, 5, 6, 7), drop]);
    assert.equal(queue.shedFlows, 1);
  });

  it('is bounded in bytes as well', async () => {
    const { size } = flowAt(0);
    const queue = new FlowQueue(present, { messages: 1_000, bytes: size * 3 });
    await queue.put(flowsAt(0, 1, 2, 3, 4));
    assert.equal(queue.length, 3);
    assert.deepEqual(await rest(queue), ['u-0', 'u-1', 'u-2', 'a@3:2']);
  });

  it('tells what was shed when it ends, and lets everybody go', async () => {
    const queue = new FlowQueue(present, LIMITS);
    await queue.put(flowsAt(0, 1, 2, 3, 4, 5, 6, 7, 8));
    queue.end(new Error('over'));
    assert.equal((await rest(queue)).at(-1), 'a@8:1');
    await assert.rejects(queue.take(), /over/);
    assert.ok(await isDone(queue.put(flowsAt(9))));

    const dropped = new FlowQueue(past, LIMITS);
    const waiting = dropped.put(flowsAt(0));
    dropped.drop();
    assert.ok(await isDone(waiting));
  });

  it('charges to all nodes what is too much to tell apart', async () => {
    const queue = new FlowQueue(present, { ...LIMITS, messages: 1 });
    const nodes = 20_000;
    await queue.put([flowAt(0), ...Array.from({ length: nodes }, (_, i) => flowAt(1, `n-${i}`))]);
    const told = await rest(queue);
    assert.equal(told.length, 1 + 16_384 + 1);
    assert.equal(told.filter((one) => one.startsWith('@')).join(), `@1:${nodes - 16_384}`);
  });

  it('keeps what JSON can tell of it', async () => {
    const queue = new FlowQueue(present, { ...LIMITS, messages: 1 });
    await queue.put(flowsAt(0, 1, 2));
    const [, shed] = (await queue.take()) ?? [];
    assert.equal(shed, undefined);
    const [lost] = (await queue.take()) ?? [];
    const raw = {
      lost_events: { source: LOST_SOURCE.CLIENT_QUEUE, num_events_lost: '2' },
      node_name: 'a',
      time: at(1),
    };
    assert.deepEqual(lost?.raw(), raw);
    const { bytes, dropped } = encodeResponseJson(raw);
    assert.equal(dropped, 0);
    assert.deepEqual(decodeFlowMessage(bytes).event, lost.event, 'a recording of it replays');
  });
});

describe('a queue of recorded flows', () => {
  it('holds its source back and sheds nothing', async () => {
    const queue = new FlowQueue(past, LIMITS);
    const put = queue.put(Array.from({ length: 3_000 }, (_, i) => flowAt(i)));
    assert.equal(await isDone(put), false);
    assert.equal((await rest(queue)).length, 3_000);
    assert.equal(queue.shedFlows, 0);
    assert.ok(await isDone(put));
  });
});

describe('a queue of any flows', () => {
  const step = fc.oneof(
    fc.record({ put: fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(5_000)), { maxLength: 30 }) }),
    fc.record({ present: fc.boolean() }),
    fc.constant('take' as const),
    fc.constant('status' as const),
  );

  it('gives each flow once, as itself or as lost on its node and in its second', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 40 }), async (steps, messages) => {
        let isPresent = true;
        const queue = new FlowQueue(() => isPresent, { messages, bytes: QUEUE_LIMITS.bytes });
        const sent = new Map<string, number>();
        const got = new Map<string, number>();
        const count = (into: Map<string, number>, node: string, time: number, by = 1): void => {
          const key = `${node} ${Math.floor(time / 1000)}`;
          into.set(key, (into.get(key) ?? 0) + by);
        };
        let unsheddable = 0;
        const take = async (): Promise<void> => {
          for (const { event } of (await queue.take()) ?? []) {
            if (event.kind === 'flow') count(got, event.node, event.time);
            else if (event.kind === 'lost') count(got, event.node, event.time, event.count);
          }
        };
        for (const one of steps) {
          if (one === 'take') {
            if (queue.length > 0) await take();
          } else if (one === 'status') {
            void queue.put([statusAt(0)]);
            unsheddable += 1;
          } else if ('present' in one) isPresent = one.present;
          else {
            void queue.put(one.put.map(([node, ms]) => flowAt(ms, node)));
            for (const [node, ms] of one.put) count(sent, node, atMs(ms));
            if (!isPresent) unsheddable += one.put.length;
          }
          // Besides the limit: what cannot be shed, and one loss for each node and second of each run.
          assert.ok(queue.length <= messages + unsheddable + 18 * steps.length);
        }
        queue.end();
        while (queue.length > 0) await take();
        assert.deepEqual(new Map([...got].sort()), new Map([...sent].sort()));
      }),
      { numRuns: 150 },
    );
  });
});
