import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nearest } from '../../src/cli/nearest.js';
import { formatDuration, parseDuration } from '../../src/cli/options/durations.js';
import { SHARE, SPEED, YES_NO } from '../../src/cli/options/kinds.js';
import { splitAtCommas } from '../../src/cli/options/resolve.js';

describe('durations', () => {
  const good: Readonly<Record<string, number>> = {
    '90s': 90_000,
    '15m': 900_000,
    '2h': 7_200_000,
    '1h30m': 5_400_000,
    '1.5h': 5_400_000,
    '500ms': 500,
    '1d': 86_400_000,
    '0s': 0,
  };
  for (const [text, ms] of Object.entries(good))
    it(`${text} is ${ms} ms`, () => {
      assert.equal(parseDuration(text), ms);
    });

  for (const text of ['', '90', 'banana', '5parsecs', '-5s', '1h 30m', '1e3s', 's', '99999999999999999999d', '１0s'])
    it(`'${text}' is none`, () => {
      assert.equal(parseDuration(text), undefined);
    });

  it('are read back as they are shown', () => {
    fc.assert(fc.property(fc.nat({ max: 10 ** 12 }), (ms) => parseDuration(formatDuration(ms)) === ms));
  });
});

describe('shares', () => {
  it('are fractions or per cent', () => {
    assert.equal(SHARE.parse('1%'), 0.01);
    assert.equal(SHARE.parse('0.01'), 0.01);
    assert.equal(SHARE.parse('.5'), 0.5);
    assert.equal(SHARE.parse('1e-3'), 0.001);
    for (const text of ['0', '1', '100%', '120%', '-1%', 'little', '', '%', 'NaN', 'Infinity'])
      assert.equal(SHARE.parse(text), undefined, text);
  });

  it('are read back as they are shown', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99_999 }), (part) => {
        const share = part / 100_000;
        assert.ok(Math.abs((SHARE.parse(SHARE.show(share)) ?? NaN) - share) < 1e-12);
      }),
    );
  });
});

describe('speeds', () => {
  it('are factors, or max', () => {
    assert.equal(SPEED.parse('10x'), 10);
    assert.equal(SPEED.parse('0.5x'), 0.5);
    assert.equal(SPEED.parse('2'), 2);
    assert.equal(SPEED.parse('max'), 'max');
    for (const text of ['warp', '0x', '-1x', '', 'x']) assert.equal(SPEED.parse(text), undefined, text);
  });
});

describe('switches', () => {
  it('are words for yes and no', () => {
    for (const text of ['true', 'TRUE', '1', 'yes']) assert.equal(YES_NO.parse(text), true);
    for (const text of ['false', '0', 'no']) assert.equal(YES_NO.parse(text), false);
    assert.equal(YES_NO.parse('perhaps'), undefined);
  });
});

describe('the nearest word', () => {
  const words = ['window', 'settle', 'soak', 'tolerance', 'node-tolerance', 'expect-nodes'];
  it('is found for slips of the finger', () => {
    assert.equal(nearest('wndow', words), 'window');
    assert.equal(nearest('settel', words), 'settle');
    assert.equal(nearest('SOAK', words), 'soak');
    assert.equal(nearest('expect', words), 'expect-nodes');
    assert.equal(nearest('tolerence', words), 'tolerance');
  });

  it('is none for another word', () => {
    assert.equal(nearest('parchment', words), undefined);
    assert.equal(nearest('x', words), undefined);
    assert.equal(nearest('y'.repeat(100_000), words), undefined);
  });
});

describe('commas', () => {
  it('split, but not in braces', () => {
    assert.deepEqual(splitAtCommas('a, b,,c'), ['a', 'b', 'c']);
    assert.deepEqual(splitAtCommas('w-{1,2},x'), ['w-{1,2}', 'x']);
    assert.deepEqual(splitAtCommas(''), ['']);
  });
});
