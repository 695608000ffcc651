import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { packageRoot } from '../../src/package-root.js';
import { document, FAILED, HUGE, PASSED, SAMPLES, UNDECIDED } from './documents.js';
import { at, garble, places } from './garble.js';

function schema(name: string): object {
  return JSON.parse(readFileSync(join(packageRoot(), 'schema', name), 'utf8')) as object;
}

const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: false });
formats.default(ajv);
const isVerdict = ajv.compile(schema('verdict-v1.schema.json'));
const isGate = ajv.compile(schema('gate-v1.schema.json'));

function accepts(value: unknown): boolean {
  return isVerdict(JSON.parse(JSON.stringify(value)));
}

test('the sample documents hold', () => {
  for (const [name, sample] of [...SAMPLES, ['huge', HUGE] as const])
    assert.ok(accepts(sample), `${name}: ${ajv.errorsText(isVerdict.errors)}`);
});

test('a document with any part missing, misnamed or of another type is refused', () => {
  for (const sample of [FAILED, UNDECIDED])
    for (const place of places(sample)) {
      if (place.includes('settings') && place.at(-1) !== 'settings') continue;
      const where = place.join('.');
      const value = at(sample, place);
      const isItem = typeof place.at(-1) === 'number' || place.length === 0;
      if (!isItem) assert.equal(isVerdict(JSON.parse(garble(sample, place, undefined))), false, `without ${where}`);
      assert.equal(isVerdict(JSON.parse(garble(sample, place, true))), false, `true as ${where}`);
      const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
      if (isRecord && place.at(-1) !== 'settings')
        assert.equal(isVerdict(JSON.parse(garble(sample, [...place, 'extra'], 1))), false, `an extra key in ${where}`);
    }
});

test('settings may hold anything', () => {
  assert.ok(accepts(document({}, { settings: { anything: [1, { more: null }] } })));
});

test('verdict and findings agree', () => {
  assert.equal(accepts({ ...FAILED, verdict: 'pass', missing: [] }), false);
  assert.equal(accepts({ ...FAILED, verdict: 'inconclusive' }), false);
  assert.equal(accepts({ ...FAILED, findings: [] }), false);
  assert.equal(accepts({ ...PASSED, missing: ['something'] }), false);
});

test('times are RFC 3339 in UTC, hashes are hashes, shares are shares', () => {
  for (const time of ['2026-01-31T21:00:00+01:00', '2026-13-31T21:00:00Z', '2026-01-31 21:00:00Z', ''])
    assert.equal(isVerdict(JSON.parse(garble(PASSED, ['soak', 'judgedAt'], time))), false, time);
  for (const hash of ['ABCD', 'g'.repeat(64), 'a'.repeat(63)])
    assert.equal(isVerdict(JSON.parse(garble(PASSED, ['soak', 'inputs', 0, 'sha256'], hash))), false, hash);
  assert.equal(isVerdict(JSON.parse(garble(PASSED, ['power', 'smallestDetectable'], 1.5))), false);
  assert.equal(isVerdict(JSON.parse(garble(UNDECIDED, ['nodes', 1, 'needs', 'about'], '14m'))), false);
});

test('the output of a manifest holds its documents', () => {
  const fixture = { recording: 'pass.jsonl.zst', ok: true, verdict: 'pass', document: PASSED };
  assert.ok(
    isGate({ schema: 'hubble-soak/gate/v1', fixtures: [fixture, { ...fixture, shortfalls: [] }] }),
    ajv.errorsText(isGate.errors),
  );
  assert.equal(isGate({ schema: 'hubble-soak/gate/v1', fixtures: [{ ...fixture, ok: undefined }] }), false);
  assert.equal(
    isGate({ schema: 'hubble-soak/gate/v1', fixtures: [{ ...fixture, document: { ...PASSED, nodes: null } }] }),
    false,
  );
  assert.equal(isGate({ schema: 'hubble-soak/gate/v2', fixtures: [] }), false);
});
