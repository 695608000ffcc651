import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Derivation } from '../../src/judge/derivation/derivation.js';
import { derivationJson, derivationText } from '../../src/report/derivation.js';
import { ATTACKS } from './documents.js';
import { matchesGolden } from './golden.js';

const SAMPLE: Derivation = {
  finding: 'broken-policy_denied-worker-1',
  title: 'FAIL broken POLICY_DENIED on worker-1',
  says: 'Attempts that used to work are dropped as POLICY_DENIED on 1 edge of worker-1: 85.5 % of 35 trials failed after the restart, 0 % of 40 before. The chance that this is noise is less than one in a million, however often one looks (one in 53,333 is the limit), and it still showed 14 min past settle.',
  steps: [
    {
      heading: 'What was counted: edge shop/web -> shop/api TCP/8080 (worker-1 to worker-2)',
      why: 'A trial is one edge in one slot with at least one attempt; it fails by the share of its attempts that were dropped or never answered.',
      rows: [
        { name: 'look', value: '2026-01-31T21:20:20.000Z', note: 'the first at which it failed' },
        { name: 'fb', value: 0, unit: 'trials', note: 'failed before the restart' },
        { name: 'nb', value: 40, unit: 'trials' },
        { name: 'fa', value: 7.333333333333333, unit: 'trials', note: 'failed since it settled' },
        { name: 'na', value: 8, unit: 'trials' },
      ],
    },
    {
      heading: 'The limit',
      rows: [
        { name: 'alpha', value: 0.01, note: 'chance of a false FAIL for the whole soak' },
        { name: 'w', value: 0.001875, note: 'the weight' },
        { name: 'limit', value: 10.884315, note: 'a FAIL needs one in 53,333 by chance' },
        { name: 'tiny', value: 1.2345678e-9 },
      ],
      formula: 'limit = ln(1 / (alpha w))\nwatch = ln(1 / w)',
    },
    { heading: 'Nothing to show', rows: [] },
  ],
};

test('a derivation as text', () => {
  matchesGolden('derivation.txt', derivationText([SAMPLE, { ...SAMPLE, finding: 'second', steps: [] }]));
});

test('a derivation as JSON keeps every digit', () => {
  const text = derivationJson([SAMPLE]);
  assert.deepEqual(JSON.parse(text), { schema: 'hubble-soak/derivation/v1', derivations: [SAMPLE] });
});

test('no finding is said so', () => {
  assert.equal(derivationText([]), 'There is no finding to explain.\n');
});

test('what an attacker named is inert in a derivation', () => {
  const hostile = ATTACKS.map((name): Derivation => ({
    finding: name,
    title: name,
    says: name,
    steps: [{ heading: name, why: name, rows: [{ name, value: name, unit: name, note: name }], formula: name }],
  }));
  for (const width of [60, 100]) {
    const text = derivationText(hostile, { color: false, width });
    assert.doesNotMatch(text, /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/u);
    assert.doesNotMatch(derivationJson(hostile), /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/u);
  }
  assert.match(derivationText([SAMPLE], { color: true, width: 80 }), /\u001b\[1m/);
});
