import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatTime, parseTime, timestampToMs } from '../../src/hubble/time.js';

describe('parseTime', () => {
  const known: readonly (readonly [string, number])[] = [
    ['1970-01-01T00:00:00Z', 0],
    ['2026-01-01T00:00:00Z', 1767225600000],
    ['2026-01-01T00:00:00.5Z', 1767225600500],
    ['2026-01-01T00:00:00.123456789Z', 1767225600123.456789],
    ['2026-01-01T00:00:00.12345678901234567890Z', 1767225600123.456789],
    ['2026-01-01T02:00:00+02:00', 1767225600000],
    ['2025-12-31T22:30:00-01:30', 1767225600000],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['2000-02-29T00:00:00Z', Date.UTC(2000, 1, 29)],
    ['2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1)],
    ['0001-01-01T00:00:00Z', -62135596800000],
  ];
  for (const [text, ms] of known) {
    it(`reads ${text}`, () => assert.equal(parseTime(text), ms));
  }

  for (const text of [
    '',
    'yesterday',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-01-32T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:00',
    '2026-01-01T00:00:00.Z',
    '2026-01-01T00:00:00Zjunk',
    '2026-01-01T00:00:00+2:00',
    '2026/01/01T00:00:00Z',
    '2026-01-01X00:00:00Z',
  ]) {
    it(`refuses '${text}'`, () => assert.equal(parseTime(text), NaN));
  }

  it('refuses what is no text', () => {
    for (const value of [12345, null, undefined, {}, [], true]) assert.equal(parseTime(value), NaN);
  });

  it('agrees with Date on every millisecond that both can write', () => {
    const dates = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(fc.property(dates, (date) => parseTime(date.toISOString()) === date.getTime()));
  });

  it('rounds as a protobuf Timestamp does', () => {
    const seconds = fc.integer({ min: 0, max: 4_000_000_000 });
    const nanos = fc.integer({ min: 0, max: 999_999_999 });
    fc.assert(
      fc.property(seconds, nanos, (s, n) => {
        const text = `${new Date(s * 1000).toISOString().slice(0, 19)}.${String(n).padStart(9, '0')}Z`;
        return parseTime(text) === timestampToMs(s, n);
      }),
    );
  });
});

describe('formatTime', () => {
  it('writes milliseconds, and more digits where there is more', () => {
    assert.equal(formatTime(1767225600000), '2026-01-01T00:00:00.000Z');
    assert.equal(formatTime(1767225600123), '2026-01-01T00:00:00.123Z');
    assert.equal(formatTime(parseTime('2026-01-01T00:00:00.123456Z')), '2026-01-01T00:00:00.123456Z');
  });

  it('is read back as the same number, where doubles are no finer than nanoseconds', () => {
    const times = fc.double({ min: Date.UTC(1971, 0), max: Date.UTC(9999, 11), noNaN: true });
    fc.assert(fc.property(times, (ms) => parseTime(formatTime(ms)) === ms));
  });

  it('is empty for what no date can say', () => {
    for (const ms of [NaN, Infinity, -Infinity, 1e17, -1e17]) assert.equal(formatTime(ms), '');
  });
});
