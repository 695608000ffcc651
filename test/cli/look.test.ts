import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Looks } from '../../src/cli/live/look.js';
import { judge } from '../../src/judge/judge.js';
import { DEFAULT_SETTINGS } from '../../src/judge/settings.js';
import { journalOf } from '../judge/soak.js';
import { simulate } from '../simulator/soak.js';
import { small } from '../simulator/small.js';

const SETTINGS = { ...DEFAULT_SETTINGS, settleMs: 15_000 };
const CONTEXT = { inputs: [], version: 'test', now: undefined };
const JOURNAL = journalOf([...simulate(small({ minutes: 8, restarts: [{ node: 'b', at: 4, downSeconds: 10 }] }))]);

describe('a look beside the stream', () => {
  it('is the verdict of the judge, also when another thread takes over', async (t) => {
    const looks = new Looks(SETTINGS);
    t.after(() => looks.close());
    const { document, complete } = judge(JOURNAL, SETTINGS, CONTEXT);
    const plain: unknown = JSON.parse(JSON.stringify({ document, complete }));
    for (let i = 0; i < 33; i++) assert.deepEqual(await looks.look(JOURNAL, CONTEXT), plain);
  });

  it('hands on what the judge throws', async () => {
    const settings = { ...SETTINGS, givenRestarts: [{ node: 'nobody', time: 0 }] };
    await assert.rejects(new Looks(settings).look(JOURNAL, CONTEXT), /nobody/);
  });

  it('can be ended before its time, and taken again', async (t) => {
    const looks = new Looks(SETTINGS);
    t.after(() => looks.close());
    const stop = new AbortController();
    const looked = looks.look(JOURNAL, CONTEXT, stop.signal);
    stop.abort();
    await assert.rejects(looked, /was ended/);
    assert.equal(
      (await looks.look(JOURNAL, CONTEXT)).document.verdict,
      judge(JOURNAL, SETTINGS, CONTEXT).document.verdict,
    );
  });
});
