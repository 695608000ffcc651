import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Random, coin, mix } from './random.js';

function draw(random: Random, count: number, how: (random: Random) => number): number[] {
  return Array.from({ length: count }, () => how(random));
}

const mean = (list: readonly number[]): number => list.reduce((sum, one) => sum + one, 0) / list.length;

describe('random numbers', () => {
  it('are the same for the same seed and labels, and others for any other', () => {
    const bits = (random: Random): number[] => draw(random, 20, (one) => one.bits());
    const first = bits(new Random(1, 'edge', 2));
    assert.deepEqual(bits(new Random(1, 'edge', 2)), first);
    assert.notDeepEqual(bits(new Random(2, 'edge', 2)), first);
    assert.notDeepEqual(bits(new Random(1, 'edge', 3)), first);
  });

  it('are spread as they say', () => {
    const random = new Random(11, 'spread');
    const uniform = draw(random, 20_000, (one) => one.next());
    assert.ok(Math.abs(mean(uniform) - 0.5) < 0.01);
    assert.ok(uniform.every((value) => value >= 0 && value < 1));
    assert.ok(Math.abs(mean(draw(random, 20_000, (one) => one.exponential(3))) - 3) < 0.1);
    assert.ok(Math.abs(mean(draw(random, 20_000, (one) => one.logNormal(0.6))) - 1) < 0.03);
    const whole = new Set(draw(random, 1000, (one) => one.integer(3, 6)));
    assert.deepEqual([...whole].sort(), [3, 4, 5, 6]);
  });

  it('mix() is a bijection as far as one can try, and coins are fair', () => {
    assert.equal(new Set(Array.from({ length: 50_000 }, (_, i) => mix(i))).size, 50_000);
    const heads = Array.from({ length: 20_000 }, (_, i) => coin(5, 2, i)).filter((value) => value < 0.3).length;
    assert.ok(Math.abs(heads / 20_000 - 0.3) < 0.015);
  });
});
