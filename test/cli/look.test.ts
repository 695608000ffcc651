import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { look } from '../../src/cli/live/look.js';
import { judge } from '../../src/judge/judge.js';
import { DEFAULT_SETTINGS } from '../../src/judge/settings.js';
import { journalOf } from '../judge/soak.js';
import { simulate } from '../simulator/soak.js';
import { small } from '../simulator/small.js';

const SETTINGS = { ...DEFAULT_SETTINGS, settleMs: 15_000 };
const CONTEXT = { inputs: [], version: 'test', now: undefined };
const JOURNAL = journalOf([...simulate(small({ minutes: 8, restarts: [{ node: 'b', at: 4, downSeconds: 10 }] }))]);

describe('a look beside the stream', () => {
  it('is the verdict of the judge', async () => {
    const { document, complete } = judge(JOURNAL, SETTINGS, CONTEXT);
    assert.deepEqual(await look(JOURNAL, SETTINGS, CONTEXT), JSON.parse(JSON.stringify({ document, complete })));
  });

  it('hands on what the judge throws', async () => {
    const settings = { ...SETTINGS, givenRestarts: [{ node: 'nobody', time: 0 }] };
    await assert.rejects(look(JOURNAL, settings, CONTEXT), /nobody/);
  });

  it('can be ended before its time', async () => {
    const stop = new AbortController();
    const looked = look(JOURNAL, SETTINGS, CONTEXT, stop.signal);
    stop.abort();
    await assert.rejects(looked, /was ended/);
  });
});
