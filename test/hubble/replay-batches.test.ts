/** Flows that a replay sends many at a time. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { flowLine, plain, type Json } from './lines.js';
import { flowOf, flowsIn, ids, replaying } from './replaying.js';
import { VirtualPace } from './virtual-pace.js';

/** Three batches and a bit, in bursts of 100 flows at one instant. */
const FLOWS = 1_600;
const BURSTS: readonly Json[] = Array.from({ length: FLOWS }, (_, i) =>
  plain(flowLine(Math.floor(i / 100) * 1_000, `worker-${i % 2}`, `u-${i}`)),
);
const ALL = BURSTS.map((line) => flowOf(line)['uuid']);
const enough =
  (count: number) =>
  (messages: Json[]): boolean =>
    flowsIn(messages).length >= count;

describe('a replay of many flows', () => {
  for (const speed of ['max', 1] as const)
    it(`gives all of them in order, once (speed ${speed})`, async (t) => {
      const asker = await replaying(t, { speed, pace: new VirtualPace(0) }, BURSTS);
      assert.deepEqual(ids(await asker.flows({ follow: true }, enough(FLOWS))), ALL);
      assert.deepEqual(ids(await asker.flows({})), ALL);
    });

  it('goes on in the middle of a batch for another lap', async (t) => {
    const asker = await replaying(t, { loop: true }, BURSTS);
    assert.deepEqual(ids(await asker.flows({ follow: true }, enough(FLOWS + 700))), [...ALL, ...ALL.slice(0, 700)]);
  });

  it('filters each of them', async (t) => {
    const asker = await replaying(t, {}, BURSTS);
    const odd = { whitelist: [{ node_name: ['worker-1'] }], follow: true };
    const messages = await asker.flows(odd, enough(FLOWS / 2));
    assert.deepEqual(
      ids(messages),
      ALL.filter((_, i) => i % 2 === 1),
    );
  });

  it('ends where a script breaks the stream, with nothing of what comes later', async (t) => {
    const faults = [{ kind: 'disconnect', at: 5_500, code: 14 }] as const;
    const asker = await replaying(t, { speed: 1, pace: new VirtualPace(0), faults }, BURSTS);
    const seen: Json[] = [];
    const reading = asker.flows({ follow: true }, (messages) => (seen.splice(0, seen.length, ...messages), false));
    await assert.rejects(reading, { code: 14 });
    assert.deepEqual(ids(seen), ALL.slice(0, 600));
  });
});
