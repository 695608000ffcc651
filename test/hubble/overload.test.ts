import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Overload } from '../../src/hubble/overload.js';

it('an overload is told when it begins, and once it is over with what it cost', () => {
  const overload = new Overload('relay:4245');
  const kinds = (...notes: readonly (readonly [shed: number, second: number])[]): (string | undefined)[] =>
    notes.map(([shed, second]) => overload.noted(shed, second * 1_000)?.kind);
  assert.deepEqual(kinds([0, 0], [10, 1], [20, 2], [20, 30], [1_500, 40], [1_500, 99]), [
    undefined,
    'overloaded',
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  const over = overload.noted(1_500, 100_000);
  assert.equal(over?.kind, 'overload-over');
  assert.match(over.message, /^1,500 flows of relay:4245 were left out within 39 s and count as lost; give/);
  assert.deepEqual(kinds([1_500, 200], [1_501, 300]), [undefined, 'overloaded']);
  assert.match(overload.ended(300_000)?.message ?? '', /^1 flows? .* within 1 s/);
  assert.equal(overload.ended(300_000), undefined);
});
