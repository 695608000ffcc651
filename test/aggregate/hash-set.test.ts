import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HashSet } from '../../src/aggregate/hash-set.js';

describe('a set of hashes', () => {
  it('has what a Set has', () => {
    const few = fc.integer({ min: 0, max: 40 }).map((n) => n * 0x100000);
    const hash = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 52n - 1n }).map(Number), few);
    fc.assert(
      fc.property(fc.array(hash, { maxLength: 700 }), fc.array(hash, { maxLength: 20 }), (added, asked) => {
        const [ours, plain] = [new HashSet(), new Set<number>()];
        for (const one of added) {
          assert.equal(ours.has(one), plain.has(one));
          ours.add(one);
          plain.add(one);
        }
        assert.equal(ours.size, plain.size);
        for (const one of asked) assert.equal(ours.has(one), plain.has(one));
      }),
    );
  });
});
