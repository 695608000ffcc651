import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeLine } from '../../src/aggregate/journal-text.js';
import { JudgeThread } from '../../src/cli/live/judge-thread.js';
import { judge } from '../../src/judge/judge.js';
import { DEFAULT_SETTINGS } from '../../src/judge/settings.js';
import { journalOf } from '../judge/soak.js';
import { simulate } from '../simulator/soak.js';
import { small } from '../simulator/small.js';

const SETTINGS = { ...DEFAULT_SETTINGS, settleMs: 15_000 };
const INPUT = { path: 'relay:4245', sha256: null, lines: 1, flows: 1, events: 0, broken: 0 };
const JOURNAL = journalOf([...simulate(small({ minutes: 8, restarts: [{ node: 'b', at: 4, downSeconds: 10 }] }))]);

describe('the judging thread', () => {
  it('judges the lines so far as the judge does', async (t) => {
    const thread = new JudgeThread({ settings: SETTINGS, version: 'test', now: undefined });
    t.after(() => thread.close());
    const empty = thread.judge(INPUT);
    for (const line of JOURNAL.lines()) if (line.kind !== 'journal') thread.add(encodeLine(line));
    const whole = thread.judge(INPUT);
    const { document, complete } = judge(JOURNAL, SETTINGS, { inputs: [INPUT], version: 'test', now: undefined });
    assert.equal((await empty).document.nodes.length, 0);
    assert.deepEqual(await whole, JSON.parse(JSON.stringify({ document, complete })));
  });

  it('hands on what breaks in it', async () => {
    const given = [{ node: 'nobody', time: 0 }];
    const thread = new JudgeThread({
      settings: { ...SETTINGS, givenRestarts: given },
      version: 'test',
      now: undefined,
    });
    for (const line of JOURNAL.lines()) if (line.kind !== 'journal') thread.add(encodeLine(line));
    await assert.rejects(thread.judge(INPUT), /nobody/);
    await assert.rejects(thread.judge(INPUT), /nobody/);
    await thread.close();
  });
});
