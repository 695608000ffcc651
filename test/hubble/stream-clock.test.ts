import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StreamClock } from '../../src/hubble/stream-clock.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const START = Date.UTC(2026, 0, 1);
const FARTHEST = 5 * MINUTE;

/** Nodes with so many ms ahead send a flow each second for so many seconds. */
function clockOf(ahead: Readonly<Record<string, number>>, seconds: number, wallAhead = 0) {
  const wall = { now: START + wallAhead };
  const clock = new StreamClock(() => wall.now);
  const send = (names: Iterable<string>): void => {
    for (const name of names) clock.note(name, wall.now - wallAhead + (ahead[name] ?? 0));
  };
  for (let i = 0; i <= seconds; i++) {
    wall.now = START + wallAhead + i * SECOND;
    send(Object.keys(ahead));
  }
  return { clock, wall, send };
}

/** By the clock that most nodes have. */
const since = (clock: StreamClock, patience = FARTHEST): number => (clock.resumeAt(patience) - START) / SECOND;

describe('the clock of a stream', () => {
  it('asks again from shortly before the newest flow', () => {
    assert.equal(since(clockOf({ a: 0, b: 0 }, 100).clock), 90);
  });

  it('reaches back to the newest flow of the node that is farthest behind', () => {
    const { clock, wall, send } = clockOf({ a: 0, b: 0, c: 0 }, 100);
    for (let i = 101; i <= 160; i++) {
      wall.now = START + i * SECOND;
      send(['a', 'b']);
    }
    assert.equal(since(clock), 95);
    // A stream that runs well has no more of a quiet node.
    assert.equal(since(clock, 30 * SECOND), 125);
  });

  it('takes a node for quiet after so long', () => {
    const { clock, wall, send } = clockOf({ a: 0, b: 0 }, 10);
    for (let i = 11; i <= 3600; i++) {
      wall.now = START + i * SECOND;
      send(['a']);
    }
    assert.equal(since(clock), 3600 - 300 - 5);
  });

  it('is not led by a node whose clock is ahead, whoever comes first', () => {
    for (const names of [
      { a: 5 * MINUTE, b: 0, c: 0 },
      { b: 0, a: 5 * MINUTE, c: 0 },
      { b: 0, c: 0, a: 5 * MINUTE },
    ]) {
      const { clock, wall } = clockOf(names, 100);
      assert.equal(since(clock), 90);
      assert.equal(clock.live, true);
      assert.equal(clock.stamp(), wall.now);
    }
  });

  it('reaches back for a node whose clock is behind', () => {
    assert.equal(since(clockOf({ a: -5 * MINUTE, b: 0, c: 0 }, 100).clock), 100 - 300 - 5);
    // But not for one that is days behind.
    assert.equal(since(clockOf({ a: -50 * 60 * MINUTE, b: 0, c: 0 }, 100).clock), 100 - 900 - 5);
  });

  it('tells the time of the nodes when ours is off', () => {
    for (const off of [-5 * MINUTE, 5 * MINUTE]) {
      const { clock } = clockOf({ a: 0, b: 0 }, 100, off);
      assert.equal(clock.live, false);
      assert.equal(clock.stamp(), START + 100 * SECOND);
    }
  });

  it('reaches back over an outage, however long', () => {
    const { clock, wall } = clockOf({ a: 0, b: 0 }, 100);
    wall.now += 60 * MINUTE;
    assert.equal(since(clock), 90);
    assert.equal(clock.stamp(), wall.now);
    // The backlog comes at once; nodes need not be in step.
    for (let i = 101; i < 1800; i++) clock.note('a', START + i * SECOND);
    assert.equal(since(clock), 95);
    for (let i = 101; i < 3700; i++) clock.note('b', START + i * SECOND);
    for (let i = 1800; i < 3700; i++) clock.note('a', START + i * SECOND);
    assert.equal(since(clock), 3689);
    assert.equal(clock.stamp(), wall.now);
  });

  it('is not moved by a flow of another age', () => {
    const { clock } = clockOf({ a: 0, b: 0 }, 100);
    clock.note('b', START + 4000 * 86_400_000);
    clock.note('b', NaN);
    assert.equal(since(clock), 90);
  });

  it('goes as fast as a recording is replayed', () => {
    const wall = { now: START + 40 * 86_400_000 };
    const clock = new StreamClock(() => wall.now);
    // 30 times faster; b is silent for ten minutes of it, and all for a while.
    for (let i = 0; i <= 3000; i++) {
      wall.now += SECOND / 30;
      if (i >= 1500 && i < 1800) continue;
      clock.note('a', START + i * SECOND);
      if (i < 600 || i > 1200) clock.note('b', START + i * SECOND);
    }
    assert.equal(clock.live, false);
    assert.ok(Math.abs(clock.stamp() - (START + 3000 * SECOND)) < SECOND);
  });

  it('stamps by the clock of the nodes where ours differs from it by more than a lag may', () => {
    for (const ahead of [-20, -1.5, 25, 50]) {
      const { clock, wall } = clockOf({ a: 0, b: 0 }, 100, ahead * SECOND);
      assert.equal(clock.stamp(), wall.now - ahead * SECOND, `${ahead} s ahead`);
    }
    const { clock, wall } = clockOf({ a: 0, b: 0 }, 100, 8 * SECOND);
    assert.equal(clock.stamp(), wall.now, 'that may be how long relay sorts');
  });

  it('does not take the end of a backlog for a clock that differs', () => {
    const wall = { now: START };
    const clock = new StreamClock(() => wall.now);
    for (let age = 120; age >= 0; age--) {
      wall.now += 50;
      clock.note('a', wall.now - age * SECOND);
      if (clock.live) assert.equal(clock.stamp(), wall.now);
    }
    assert.ok(clock.live);
  });
});
