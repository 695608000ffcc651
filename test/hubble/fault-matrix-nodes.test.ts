/** One test a fault of agents and of relay's peers: what a client that follows has in the end. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NODE_STATE } from '../../src/hubble/event.js';
import type { Fault } from '../../src/hubble/replay-faults.js';
import { errorsOf, nodeOf, NODES, statesOf, timeOf, times, UUIDS, watch, without, type Seen } from './faults.js';
import { journalOf } from '../aggregate/flows.js';
import { atMs } from './lines.js';

const { CONNECTED, UNAVAILABLE, ERROR } = NODE_STATE;

const repeats = ({ flows, uuids }: Seen): number => flows.length - uuids.length;

describe('a client that follows through agents and peers', { concurrency: true }, () => {
  it('an agent away for long: told twice, with the time of the loss, and its first flows are there', async (t) => {
    const wanted = without('worker-2', 30_000, 60_000);
    const seen = await watch(t, [{ kind: 'restart', at: 30_000, node: 'worker-2', down: 30_000 }], {
      wanted,
      follow: { since: atMs(0) },
    });
    assert.deepEqual(seen.uuids, wanted);
    const [first, second, ...more] = errorsOf('worker-2', seen);
    assert.equal(first, 'rpc error: code = Unavailable desc = error reading from server: EOF');
    assert.match(second ?? '', /dial tcp [\d.]+:4244: connect: connection refused/);
    assert.deepEqual(more, []);
    const told = seen.events.find((event) => event.kind === 'node-status' && event.state === ERROR);
    assert.equal(told?.time, atMs(30_000));
    // Relay dials it by its back-off, seconds after it is back.
    const states = statesOf('worker-2', seen).filter((state) => state !== ERROR);
    assert.deepEqual(states, [CONNECTED, UNAVAILABLE, CONNECTED]);
    const away = seen.samples.flatMap(({ nodes }) => nodes.filter(({ state }) => state === UNAVAILABLE));
    assert.ok(away.length > 0 && away.every(({ uptimeMs }) => uptimeMs === undefined));
    const back = seen.samples.findLast(({ nodes }) => nodes.every(({ state }) => state === CONNECTED));
    const node = back?.nodes.find(({ name }) => name === 'worker-2');
    const began = (back?.time ?? NaN) - (node?.uptimeMs ?? NaN);
    assert.ok(Math.abs(began - atMs(60_000)) < 10_000, `began ${began - atMs(0)} ms after the start`);
    assert.ok((node?.seenFlows ?? Infinity) <= 100, `${node?.seenFlows} flows since`);
  });

  it('an agent back at once: only its uptime tells', async (t) => {
    const wanted = without('worker-1', 40_000, 40_500);
    const fault: Fault = { kind: 'restart', at: 40_000, node: 'worker-1', down: 500 };
    const seen = await watch(t, [fault], { wanted, follow: { since: atMs(0) } });
    assert.deepEqual(seen.uuids, wanted);
    assert.equal(errorsOf('worker-1', seen).length, 1);
    const uptimes = seen.samples.flatMap(({ nodes }) => nodes.filter(({ name }) => name === 'worker-1'));
    assert.ok(uptimes.some(({ uptimeMs = Infinity }) => uptimeMs < 90_000));
  });

  it('two agents at once: told together', async (t) => {
    const faults = ['worker-1', 'worker-3'].map((node) => ({
      kind: 'restart' as const,
      at: 40_000,
      node,
      down: 6_000,
    }));
    const first = new Set(without('worker-1', 40_000, 46_000));
    const wanted = without('worker-3', 40_000, 46_000).filter((uuid) => first.has(uuid));
    const seen = await watch(t, faults, { wanted });
    assert.deepEqual(seen.uuids, wanted);
    const told = seen.events.find((event) => event.kind === 'node-status' && event.state === ERROR);
    assert.deepEqual(told?.kind === 'node-status' && [...told.nodes].sort(), ['worker-1', 'worker-3']);
  });

  it('a node whose connection alone is cut: repeats what was since the request, and no gap', async (t) => {
    const fault: Fault = { kind: 'cut', at: 60_000, node: 'worker-2', for: 0 };
    const seen = await watch(t, [fault], { follow: { since: atMs(0) } });
    assert.deepEqual(seen.uuids, UUIDS);
    assert.equal(times('interrupted', seen), 0);
    assert.ok(repeats(seen) >= 90, `${repeats(seen)} repeats`);
    const twice = seen.flows.filter(
      ({ uuid, node }, i) => node === 'worker-2' && seen.flows.findIndex((one) => one.uuid === uuid) < i,
    );
    const journal = journalOf(seen.events);
    const sum = (what: 'flows' | 'late'): number => journal.windows.reduce((all, line) => all + line[what], 0);
    assert.deepEqual([sum('flows'), sum('late')], [UUIDS.length, 0], 'flows were counted twice, or as late');
    assert.ok(
      twice.some(({ time }) => time < atMs(10_000)),
      'nothing came again from the beginning',
    );
  });

  it('a cut without since: what came meanwhile is there all the same', async (t) => {
    const seen = await watch(t, [{ kind: 'cut', at: 60_000, node: 'worker-2', for: 15_000 }]);
    assert.deepEqual(seen.uuids, UUIDS);
  });

  it('a node that hangs: its flows come at once, those of the others all the time', async (t) => {
    const fault: Fault = { kind: 'node-hang', at: 40_000, node: 'worker-2', for: 25_000 };
    const seen = await watch(t, [fault]);
    assert.deepEqual(seen.uuids, UUIDS);
    assert.equal(times('interrupted', seen), 0);
    const place = (uuid: string): number =>
      seen.events.findIndex((event) => event.kind === 'flow' && event.uuid === uuid);
    const [before, after] = ['u-225', 'u-300'].map(place) as [number, number];
    const own = UUIDS.filter((uuid) => nodeOf(uuid) === 'worker-2' && timeOf(uuid) >= 40_000 && timeOf(uuid) < 65_000);
    assert.ok(
      own.every((uuid) => place(uuid) > after),
      'came while it hung',
    );
    // Nobody is told of any node meanwhile.
    const meanwhile = seen.events.slice(before, after);
    assert.ok(meanwhile.every((event) => event.kind === 'flow'));
    assert.deepEqual(errorsOf('worker-2', seen), []);
  });

  it('all nodes lost at once: the stream ends well, and the next one brings it all', async (t) => {
    const seen = await watch(t, [{ kind: 'all-lost', at: 40_000, for: 12_000 }]);
    assert.deepEqual(seen.uuids, UUIDS);
    assert.ok(times('interrupted', seen) >= 1);
    const told = seen.events.find((event) => event.kind === 'node-status' && event.state === ERROR);
    assert.deepEqual(told?.kind === 'node-status' && [...told.nodes].sort(), NODES);
    assert.ok(seen.events.some((event) => event.kind === 'node-status' && event.state === UNAVAILABLE));
  });

  it('the only node restarting', async (t) => {
    const faults = NODES.map((node) => ({ kind: 'restart' as const, at: 40_000, node, down: 5_000 }));
    const wanted = UUIDS.filter((uuid) => timeOf(uuid) < 40_000 || timeOf(uuid) >= 45_000);
    const seen = await watch(t, faults, { wanted });
    assert.deepEqual(seen.uuids, wanted);
  });

  it('a relay that knows no peer: streams end at once without a word', async (t) => {
    const seen = await watch(t, [{ kind: 'empty', at: 40_000, for: 15_000 }]);
    assert.deepEqual(seen.uuids, UUIDS);
    assert.ok(times('interrupted', seen) >= 2);
    assert.ok(seen.samples.some(({ nodes }) => nodes.length === 0));
    assert.deepEqual(errorsOf('worker-1', seen), []);
  });

  it('a peer that is removed and added: the stream is opened again for it', async (t) => {
    const seen = await watch(t, [{ kind: 'silent', at: 30_000, node: 'worker-2' }]);
    assert.deepEqual(seen.uuids, UUIDS);
    assert.equal(times('node-silent', seen), 1);
  });

  it('a peer that is gone: not looked for', async (t) => {
    const wanted = without('worker-2', 60_000, Infinity);
    const seen = await watch(t, [{ kind: 'peer-gone', at: 60_000, node: 'worker-2' }], { wanted });
    assert.deepEqual(seen.uuids, wanted);
    assert.equal(times('node-silent', seen), 0);
    assert.equal(seen.samples.at(-1)?.nodes.length, 2);
  });

  it('a peer that is new: its flows come on the same stream', async (t) => {
    // Relay asks it within 2 s.
    const wanted = without('worker-3', 0, 42_000);
    const seen = await watch(t, [{ kind: 'peer-new', at: 40_000, node: 'worker-3' }], { wanted });
    assert.equal(times('connected', seen), 1);
    assert.equal(seen.samples[0]?.nodes.length, 2);
    assert.equal(seen.samples.at(-1)?.nodes.length, 3);
  });

  it('a node that cannot be had at first', async (t) => {
    const wanted = without('worker-1', 0, 42_000);
    const seen = await watch(t, [{ kind: 'unavailable', node: 'worker-1', for: 40_000 }], { wanted });
    const told = seen.events.find((event) => event.kind === 'node-status' && event.state === UNAVAILABLE);
    assert.deepEqual(told?.kind === 'node-status' && told.nodes, ['worker-1']);
    assert.deepEqual(statesOf('worker-1', seen), [UNAVAILABLE, CONNECTED]);
  });
});
