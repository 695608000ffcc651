import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { SourceError } from '../../src/errors.js';
import { NEEDED_FIELDS } from '../../src/hubble/field-mask.js';
import { follow } from '../../src/hubble/follow.js';
import { RelayError } from '../../src/hubble/relay-error.js';
import type { Json } from './lines.js';
import { at, atMs, flowLine, nodesLine } from './lines.js';
import { VirtualPace } from './virtual-pace.js';
import {
  SECOND,
  message,
  ScriptedRelay,
  followFor,
  samples,
  call,
  open,
  failing,
  type Call,
} from './scripted-relay.js';

describe('following a relay', () => {
  it('asks for now at first, then from shortly before the newest flow', async () => {
    const pace = new VirtualPace(atMs(60 * SECOND));
    const flows = [flowLine(59 * SECOND, 'a', 'u-1'), flowLine(58 * SECOND, 'b', 'u-2')];
    const relay = new ScriptedRelay(pace, [call(flows), call([], failing), call([], open)]);
    const { messages } = await followFor(relay, 30 * SECOND);
    const base = { follow: true, number: 1, fieldMask: undefined };
    assert.deepEqual(
      relay.requests.map(({ request }) => request),
      [
        { ...base, since: undefined },
        { ...base, since: atMs(49 * SECOND) },
        { ...base, since: atMs(49 * SECOND) },
      ],
    );
    assert.equal(messages.length, 2);
  });

  it('keeps asking for the time it was told until a flow has come', async () => {
    const relay = new ScriptedRelay(new VirtualPace(atMs(0)), [call([]), call([], failing), call([], open)]);
    await followFor(relay, 10 * SECOND, { since: atMs(-5000) });
    assert.deepEqual(
      relay.requests.map(({ request }) => request.since),
      [atMs(-5000), atMs(-5000), atMs(-5000)],
    );
  });

  it('waits longer and longer between attempts, up to 5 s', async () => {
    const relay = new ScriptedRelay(new VirtualPace(0), [call([])]);
    await followFor(relay, 30 * SECOND);
    const starts = relay.requests.map((request) => request.at);
    // Three quarters of each step, with a jitter of one half.
    assert.deepEqual(
      starts.slice(1, 7).map((start, i) => start - (starts[i] ?? 0)),
      [375, 750, 1500, 3000, 3750, 3750],
    );
  });

  it('never gives up a relay whose streams end well', async () => {
    const relay = new ScriptedRelay(new VirtualPace(0), [call([])]);
    await followFor(relay, 600 * SECOND);
    assert.ok(relay.requests.length > 100);
  });

  it('gives up after 6 timeouts of failures', async () => {
    const relay = new ScriptedRelay(new VirtualPace(0), [call([flowLine(0, 'a', 'u-1')], failing), call([], failing)]);
    await assert.rejects(followFor(relay, 3600 * SECOND), (error) => {
      assert.ok(error instanceof SourceError);
      assert.match(error.message, /relay:4245 is lost.*ECONNREFUSED.*--patience/);
      return true;
    });
    const last = relay.requests.at(-1);
    assert.ok(last && last.at >= 30 * SECOND && last.at < 40 * SECOND, `gave up at ${last?.at}`);
  });

  it('waits for a relay as long as it is told to', async () => {
    const away = Array.from({ length: 200 }, () => call([], failing));
    const relay = new ScriptedRelay(new VirtualPace(0), [
      call([flowLine(0, 'a', 'u-1')], failing),
      ...away,
      call([flowLine(1, 'a', 'u-2')], open),
    ]);
    const { messages } = await followFor(relay, 3600 * SECOND, { patienceMs: 1800 * SECOND });
    assert.ok(messages.some(({ event }) => event.kind === 'flow' && event.uuid === 'u-2'));
  });

  it('passes on that there was never a relay', async () => {
    const relay = new ScriptedRelay(new VirtualPace(0), []);
    relay.waitForReady = () => Promise.reject(new SourceError('not there'));
    await assert.rejects(followFor(relay, SECOND), SourceError);
  });

  it('ends without an error when it is told to while it still connects', async () => {
    const relay = new ScriptedRelay(new VirtualPace(0), []);
    relay.waitForReady = () => new Promise(() => undefined);
    assert.deepEqual((await followFor(relay, SECOND)).messages, []);
  });

  it('ends at once when it is told to', async () => {
    const relay = new ScriptedRelay(
      new VirtualPace(0),
      [call([flowLine(0, 'a', 'u-1')], open)],
      () => new Promise(() => undefined),
    );
    const stop = new AbortController();
    for await (const batch of follow(relay, { signal: stop.signal, pace: relay.pace })) {
      assert.equal(batch.length, 1);
      break;
    }
    stop.abort();
    for await (const batch of follow(relay, { signal: stop.signal, pace: relay.pace }))
      assert.fail(`${batch.length} messages`);
  });
});

describe('node samples', () => {
  const nodes = (uptimes: Readonly<Record<string, number>>) => (): Promise<Json> =>
    Promise.resolve({ nodes: nodesLine(0, uptimes)['nodes'] });

  it('come about every second, with the wall clock of a live source', async () => {
    const pace = new VirtualPace(atMs(60 * SECOND));
    const relay = new ScriptedRelay(pace, [call([flowLine(55 * SECOND, 'a', 'u-1')], open)], nodes({ a: 5000 }));
    const heard = samples(await followFor(relay, 10 * SECOND));
    assert.ok(heard.length >= 9 && heard.length <= 11, `${heard.length} samples`);
    for (const { event } of heard) assert.ok(relay.polls.includes(event.time), String(event.time));
  });

  it('have the time of the recording that is replayed', async () => {
    const pace = new VirtualPace(atMs(3_600 * SECOND));
    const relay = new ScriptedRelay(pace, [call([flowLine(2 * SECOND, 'a', 'u-1')], open)], nodes({ a: 5000 }));
    const heard = samples(await followFor(relay, 3 * SECOND));
    const times = heard.map(({ event }) => event.time - atMs(2 * SECOND));
    assert.ok(times.length >= 3);
    // Polls begin when the first flow has been seen.
    assert.ok(
      times.every((time, i) => time >= i * SECOND && time <= (i + 1) * SECOND),
      times.join(),
    );
    const raw = heard[0]?.raw();
    assert.deepEqual(Object.keys(raw ?? {}), ['nodes', 'time']);
    assert.equal(raw?.['time'], at((times[0] ?? NaN) + 2 * SECOND));
  });

  it('do not hold up the flows while a node hangs', async () => {
    const pace = new VirtualPace(0);
    let hanging = 0;
    const relay = new ScriptedRelay(
      pace,
      [
        async function* (signal) {
          for (let i = 0; !signal.aborted; i++) {
            yield [message(flowLine(i * SECOND, 'a', `u-${i}`))];
            await pace.sleep(SECOND, signal);
          }
        },
      ],
      async (signal) => {
        hanging++;
        await pace.sleep(10 * SECOND, signal);
        throw new RelayError(status.DEADLINE_EXCEEDED, 'Deadline exceeded');
      },
    );
    const { messages } = await followFor(relay, 60 * SECOND);
    assert.ok(messages.length >= 59, `${messages.length} flows`);
    assert.ok(hanging >= 5 && hanging <= 7, `${hanging} polls`);
    assert.equal(relay.reconnects, 0);
  });

  it('are not asked of what does not know them', async () => {
    const relay = new ScriptedRelay(new VirtualPace(0), [call([flowLine(0, 'a', 'u-1')], open)]);
    await followFor(relay, 60 * SECOND);
    assert.equal(relay.polls.length, 1);
  });

  it('wait for the end of a backlog', async () => {
    const pace = new VirtualPace(atMs(600 * SECOND));
    const relay = new ScriptedRelay(
      pace,
      [
        async function* (signal) {
          yield [message(flowLine(0, 'a', 'u-1'))];
          await pace.sleep(2 * SECOND, signal);
          yield [message(flowLine(601 * SECOND, 'a', 'u-2'))];
          await open(signal);
        },
      ],
      nodes({ a: 5000 }),
    );
    await followFor(relay, 10 * SECOND, { since: atMs(0) });
    assert.ok((relay.polls[0] ?? 0) >= atMs(602 * SECOND));
  });
});

describe('a stream that has lost something', () => {
  /** Node b is connected and busy all the time. */
  const busy = (pace: VirtualPace) => (): Promise<Json> =>
    Promise.resolve({ nodes: nodesLine(0, { a: pace.now() - atMs(0), b: pace.now() - atMs(0) })['nodes'] });

  const chatter = (pace: VirtualPace, name: string): Call =>
    async function* (signal) {
      for (let i = 0; !signal.aborted; i++) {
        yield [message(flowLine(pace.now() - atMs(0), name, `${name}-${pace.now()}`))];
        await pace.sleep(SECOND, signal);
      }
    };

  it('is opened again for a node that has flows and sends none', async () => {
    const pace = new VirtualPace(atMs(100 * SECOND));
    const both: Call = async function* (signal) {
      yield [message(flowLine(99 * SECOND, 'b', 'b-1'))];
      yield* chatter(pace, 'a')(signal);
    };
    const relay = new ScriptedRelay(pace, [both, chatter(pace, 'a'), chatter(pace, 'b')], busy(pace));
    const { statuses } = await followFor(relay, 120 * SECOND);
    const reopened = relay.requests[1];
    assert.ok(reopened && reopened.at >= atMs(130 * SECOND) && reopened.at <= atMs(135 * SECOND), `${reopened?.at}`);
    // From before its last flow on, so that what it sent to nobody comes after all.
    assert.equal(reopened.request.since, atMs(89 * SECOND));
    // The second time it waits twice as long.
    const again = relay.requests[2];
    assert.ok(again && again.at - reopened.at >= 60 * SECOND && again.at - reopened.at <= 65 * SECOND, `${again?.at}`);
    assert.match(statuses.find(({ kind }) => kind === 'node-silent')?.message ?? '', /^b: /);
  });

  it('is left alone while a node is quiet or away', async () => {
    const pace = new VirtualPace(atMs(100 * SECOND));
    const quiet = (): Promise<Json> => {
      const [a, b] = nodesLine(0, { a: pace.now() - atMs(0), b: 5000 })['nodes'] as Json[];
      const away = pace.now() < atMs(160 * SECOND) ? b : { name: 'b', state: 'NODE_UNAVAILABLE' };
      return Promise.resolve({ nodes: [a, away] });
    };
    const relay = new ScriptedRelay(pace, [chatter(pace, 'a')], quiet);
    await followFor(relay, 200 * SECOND);
    assert.equal(relay.requests.length, 1);
  });

  it('gets a new connection when nothing comes and nobody answers', async () => {
    const pace = new VirtualPace(atMs(0));
    const dead = async (signal?: AbortSignal): Promise<Json> => {
      await pace.sleep(10 * SECOND, signal);
      throw new RelayError(status.DEADLINE_EXCEEDED, 'Deadline exceeded');
    };
    const relay = new ScriptedRelay(pace, [call([flowLine(0, 'a', 'u-1')], open)], dead);
    await followFor(relay, 60 * SECOND);
    assert.equal(relay.reconnects, 1);
    assert.equal(relay.requests.length, 2);
  });
});

describe('the field mask', () => {
  const versions =
    (...of: readonly string[]) =>
    (): Promise<Json> =>
      Promise.resolve({ nodes: of.map((version, i) => ({ name: `n${i}`, state: 'NODE_CONNECTED', version })) });

  const firstMask = async (...of: readonly string[]): Promise<readonly string[] | undefined> => {
    const relay = new ScriptedRelay(new VirtualPace(0), [call([], open)], versions(...of));
    await followFor(relay, SECOND, { fields: 'needed' });
    return relay.requests[0]?.request.fieldMask;
  };

  it('is used where every agent knows it', async () => {
    assert.deepEqual(await firstMask('cilium v1.19.4+gabc', 'cilium v1.16.0+gdef'), NEEDED_FIELDS);
    assert.deepEqual(await firstMask('2.0.0'), NEEDED_FIELDS);
    assert.equal(await firstMask('cilium v1.19.4+gabc', 'cilium v1.15.9+gdef'), undefined);
    assert.equal(await firstMask('cilium'), undefined);
    assert.equal(await firstMask(), undefined);
  });

  it('is given up when an agent refuses it', async () => {
    const refusal = {
      node_status: { state_change: 'NODE_ERROR', node_names: ['n0'], message: 'invalid fieldmask' },
      node_name: 'relay',
      time: at(0),
    };
    const refusing: readonly Call[] = [
      call([refusal], open),
      call([], () => Promise.reject(new RelayError(status.UNKNOWN, 'invalid fieldmask'))),
    ];
    for (const refused of refusing) {
      const relay = new ScriptedRelay(new VirtualPace(0), [refused, call([], open)], versions('cilium v1.19.4+gabc'));
      const { statuses } = await followFor(relay, 2 * SECOND, { fields: 'needed' });
      assert.deepEqual(
        relay.requests.map(({ request, at: time }) => [request.fieldMask, time]),
        [
          [NEEDED_FIELDS, 0],
          [undefined, 0],
        ],
      );
      assert.equal(statuses.filter(({ kind }) => kind === 'mask-refused').length, 1);
    }
  });
});
