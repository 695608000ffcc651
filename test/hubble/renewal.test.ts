/** A running stream whose request is made anew, so that a relay which repeats it to a returned node repeats little and leaves out nothing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { RelayError } from '../../src/hubble/relay-error.js';
import type { FlowMessage } from '../../src/hubble/wire.js';
import type { Json } from './lines.js';
import { atMs, flowLine, nodesLine } from './lines.js';
import { call, followFor, message, open, ScriptedRelay, SECOND, type Call } from './scripted-relay.js';
import { VirtualPace } from './virtual-pace.js';

const MINUTE = 60 * SECOND;

/** A flow of this node each second, for as long as the stream is wanted. */
const chatter = (pace: VirtualPace, name: string, ends: number[] = []): Call =>
  async function* (signal): AsyncGenerator<FlowMessage[]> {
    while (!signal.aborted) {
      yield [message(flowLine(pace.now() - atMs(0), name, `${name}-${pace.now()}`))];
      await pace.sleep(SECOND, signal);
    }
    ends.push(pace.now());
  };

const connected = (pace: VirtualPace) => (): Promise<Json> =>
  Promise.resolve({ nodes: nodesLine(0, { a: pace.now() - atMs(0) })['nodes'] });

const minutes = (relay: ScriptedRelay): number[] => relay.requests.map(({ at }) => Math.round((at - atMs(0)) / MINUTE));

describe('the request of a running stream', () => {
  it('is made anew now and then, from shortly before the newest flow', async () => {
    const pace = new VirtualPace(atMs(0));
    const relay = new ScriptedRelay(pace, [chatter(pace, 'a')], connected(pace));
    const { statuses } = await followFor(relay, 30 * MINUTE);
    assert.deepEqual(minutes(relay), [0, 4, 14, 24]);
    for (const { request, at } of relay.requests.slice(1)) {
      const back = at - (request.since ?? NaN);
      assert.ok(back > 0 && back <= 15 * SECOND, `${back} ms back`);
    }
    // Nobody hears of it.
    assert.deepEqual(
      statuses.map(({ kind }) => kind),
      ['connected'],
    );
  });

  it('begins where it was told to for the first ten minutes', async () => {
    const pace = new VirtualPace(atMs(0));
    const relay = new ScriptedRelay(pace, [chatter(pace, 'a')], connected(pace));
    await followFor(relay, 15 * MINUTE, { since: atMs(-60 * MINUTE) });
    assert.deepEqual(minutes(relay), [0, 10]);
    assert.equal(relay.requests[0]?.request.since, atMs(-60 * MINUTE));
  });

  it('is made anew beside the old one, which ends when the new one has begun', async () => {
    const pace = new VirtualPace(atMs(0));
    const ends: number[] = [];
    const late: Call = async function* (signal) {
      // A node hangs: relay opens no stream meanwhile.
      await pace.sleep(20 * SECOND, signal);
      yield* chatter(pace, 'a')(signal);
    };
    const relay = new ScriptedRelay(pace, [chatter(pace, 'a', ends), late], connected(pace));
    const { messages } = await followFor(relay, 5 * MINUTE);
    const renewed = relay.requests[1]?.at ?? NaN;
    const ended = (ends[0] ?? NaN) - renewed;
    assert.ok(ended >= 24 * SECOND && ended <= 27 * SECOND, `ended ${ended} ms later`);
    const times = new Set(messages.filter(({ event }) => event.kind === 'flow').map(({ event }) => event.time));
    assert.ok(times.size >= 299, `${times.size} seconds with a flow`);
  });

  it('is made anew at once when a node is lost whose flows are wanted from its return on', async () => {
    const pace = new VirtualPace(atMs(0));
    const away = (): Promise<Json> =>
      Promise.resolve({
        nodes:
          pace.now() < atMs(30 * SECOND)
            ? nodesLine(0, { a: 5000 })['nodes']
            : [{ name: 'a', state: 'NODE_UNAVAILABLE' }],
      });
    const relay = new ScriptedRelay(pace, [chatter(pace, 'a')], away);
    await followFor(relay, 2 * MINUTE);
    // Once is enough: a request with since serves each later loss.
    assert.equal(relay.requests.length, 2);
    const again = (relay.requests[1]?.at ?? NaN) - atMs(30 * SECOND);
    assert.ok(again >= 0 && again <= 2 * SECOND, `${again} ms after the loss`);
  });

  it('is not made anew while nothing answers', async () => {
    const pace = new VirtualPace(atMs(0));
    const relay = new ScriptedRelay(pace, [chatter(pace, 'a')], async (signal) => {
      await pace.sleep(10 * SECOND, signal);
      throw new RelayError(status.DEADLINE_EXCEEDED, 'Deadline exceeded');
    });
    await followFor(relay, 30 * MINUTE);
    assert.equal(relay.requests.length, 1);
  });
});

describe('a relay that knows no nodes', () => {
  const unknown = (): Promise<Json> => Promise.reject(new RelayError(status.UNIMPLEMENTED, 'no GetNodes'));

  it('is asked again with the next stream, which may be of another replica', async () => {
    const pace = new VirtualPace(atMs(0));
    const relay = new ScriptedRelay(
      pace,
      [
        async function* (signal) {
          yield [message(flowLine(0, 'a', 'u-1'))];
          await pace.sleep(30 * SECOND, signal);
        },
        call([flowLine(31 * SECOND, 'a', 'u-2')], open),
      ],
      unknown,
    );
    await followFor(relay, MINUTE);
    assert.equal(relay.requests.length, 2);
    assert.equal(relay.polls.length, 2);
  });

  it('is asked whether it is still there when nothing comes', async () => {
    const pace = new VirtualPace(atMs(0));
    let asked = 0;
    const relay = new ScriptedRelay(pace, [call([flowLine(0, 'a', 'u-1')], open)], async (signal) => {
      if (asked++ === 0) return unknown();
      await pace.sleep(10 * SECOND, signal);
      throw new RelayError(status.DEADLINE_EXCEEDED, 'Deadline exceeded');
    });
    await followFor(relay, 2.5 * MINUTE);
    assert.equal(relay.reconnects, 1);
  });
});

describe('a machine that slept', () => {
  it('goes on, however long an outage seems to have been', async () => {
    const pace = new VirtualPace(atMs(0));
    const failing: Call = async function* () {
      if (pace.now() < atMs(20 * SECOND)) await pace.sleep(600 * SECOND);
      yield* [];
      throw new RelayError(status.UNAVAILABLE, 'connect ECONNREFUSED');
    };
    const relay = new ScriptedRelay(pace, [
      call([flowLine(0, 'a', 'u-1')], () => Promise.reject(new RelayError(status.UNAVAILABLE, 'EOF'))),
      failing,
      failing,
      chatter(pace, 'a'),
    ]);
    const { messages } = await followFor(relay, 700 * SECOND);
    assert.ok(messages.length > 10);
  });
});
