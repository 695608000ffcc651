import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { merge } from '../../src/aggregate/journal.js';
import { journalOf, partsOf } from '../../src/aggregate/journal-parts.js';
import { journalOf as journalFrom } from '../judge/soak.js';
import { simulate } from '../simulator/soak.js';
import { small } from '../simulator/small.js';

const JOURNAL = journalFrom([...simulate(small({ minutes: 6, restarts: [{ node: 'b', at: 3, downSeconds: 10 }] }))]);

describe('a journal in parts', () => {
  it('is the same journal on the other side of a thread, made of several or not', () => {
    for (const journal of [JOURNAL, merge([JOURNAL, journalFrom([])])]) {
      const back = journalOf(structuredClone(partsOf(journal)));
      assert.equal(back.windowMs, journal.windowMs);
      assert.deepEqual([...back.lines()], [...journal.lines()]);
    }
  });

  it('shares its bytes', () => {
    const { blocks } = partsOf(JOURNAL);
    assert.ok(blocks.length > 0);
    for (const block of structuredClone(blocks)) assert.ok(block.buffer instanceof SharedArrayBuffer);
  });
});
