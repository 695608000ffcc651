import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  compact,
  count,
  dateAndTime,
  isoSeconds,
  listed,
  odds,
  percent,
  secondsBetween,
  spoken,
  timeOfDay,
} from '../../src/report/wording.js';

test('counts have thousands separators', () => {
  assert.deepEqual([0, 999, 1000, 1234567, 2.5678, 131.4, NaN].map(count), [
    '0',
    '999',
    '1,000',
    '1,234,567',
    '2.57',
    '131',
    '?',
  ]);
});

test('shares are percents', () => {
  assert.deepEqual([0, 0.0042, 0.03041, 0.338, 1].map(percent), ['0 %', '0.42 %', '3 %', '33.8 %', '100 %']);
});

test('durations keep two units at most', () => {
  const seconds = [0, 59.6, 90, 119, 120, 840, 3600, 7500, 86_400, 172_800, 280_000];
  assert.deepEqual(seconds.map(compact), [
    '0s',
    '1m',
    '1m30s',
    '1m59s',
    '2m',
    '14m',
    '1h',
    '2h5m',
    '24h',
    '2d',
    '3d6h',
  ]);
  assert.deepEqual([50, 840, 7500].map(spoken), ['50 s', '14 min', '2 h 5 min']);
});

test('durations and times are read', () => {
  assert.deepEqual(['PT14M', 'PT2H5M', 'P1DT1S', 'PT0.5S'].map(isoSeconds), [840, 7500, 86_401, 0.5]);
  assert.ok(Number.isNaN(isoSeconds('14m')));
  assert.equal(secondsBetween('2026-01-01T00:00:00Z', '2026-01-01T00:01:00.500000001Z'), 60.5);
  assert.equal(dateAndTime('2026-01-31T21:26:18.123456789Z'), '2026-01-31 21:26:18');
  assert.equal(timeOfDay('2026-01-31T21:26:18Z'), '21:26:18');
  assert.equal(timeOfDay('yesterday'), 'yesterday');
});

test('lists and odds read as speech', () => {
  assert.equal(listed([]), '');
  assert.equal(listed(['a', 'b']), 'a and b');
  assert.equal(listed(['a', 'b', 'c', 'd', 'e']), 'a, b, c and 2 more');
  assert.equal(odds(Math.log(20)), 'one in 20');
  assert.equal(odds(61), 'less than one in a million');
  assert.equal(odds(-3), 'one in 1');
});
