import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UsageError } from '../../src/errors.js';
import { REPORT_FORMATS, renderReport } from '../../src/report/formats.js';
import { parseVerdictDocument } from '../../src/report/read-verdict.js';
import { FAILED, SAMPLES } from './documents.js';
import { at, garble, places } from './garble.js';

function refused(text: string, pattern: RegExp): void {
  assert.throws(
    () => parseVerdictDocument(text, 'dir/verdict.json'),
    (error: unknown) =>
      error instanceof UsageError && error.message.startsWith('dir/verdict.json') && pattern.test(error.message),
  );
}

test('what was written is read again', () => {
  for (const document of SAMPLES.values())
    assert.deepEqual(parseVerdictDocument(renderReport('json', document), 'x'), JSON.parse(JSON.stringify(document)));
  assert.deepEqual(parseVerdictDocument(`\ufeff${JSON.stringify(FAILED)}`, 'x'), FAILED);
});

test('keys of a later version do not matter', () => {
  assert.ok(parseVerdictDocument(JSON.stringify({ ...FAILED, later: 1 }), 'x'));
});

test('every refusal names the file and the fault', () => {
  refused('', /is empty/);
  refused(' \n', /is empty/);
  refused('hello\n', /not JSON/);
  refused(JSON.stringify(FAILED).slice(0, -5), /not JSON, or cut off/);
  refused('null', /no verdict document/);
  refused('[]', /no verdict document/);
  refused('{"schema":"something/else","verdict":"pass"}', /'something\/else', not 'hubble-soak\/verdict\/v1'/);
  refused('{"schema":"hubble-soak/gate/v1","fixtures":[]}', /fixtures of a manifest/);
  refused('{"schema":"hubble-soak/verdict/v1"}', /damaged: verdict is not one of pass, fail, inconclusive/);
  refused(garble(FAILED, ['findings', 0, 'after', 'rate'], 'x'), /findings\[0\]\.after\.rate is not a count/);
  refused(garble(FAILED, ['nodes', 1, 'phases'], {}), /nodes\[1\]\.phases is not a list/);
});

test('names and values in a refusal cannot reach the terminal', () => {
  assert.throws(
    () => parseVerdictDocument('{"schema":"\u001b[31m"}'.replace('\u001b', '\\u001b'), 'a\u001b[31m.json'),
    (error: unknown) => error instanceof UsageError && !error.message.includes('\u001b'),
  );
});

test('a document with any part missing is refused', () => {
  for (const place of places(FAILED)) {
    if (place.includes('settings') || place.length === 0) continue;
    // A list may be shorter.
    if (typeof place.at(-1) === 'number') continue;
    assert.throws(() => parseVerdictDocument(garble(FAILED, place, undefined), 'x'), UsageError, place.join('.'));
  }
});

test('whatever is accepted can be told in every format', () => {
  const all = places(FAILED);
  const values = fc.oneof(
    fc.jsonValue({ maxDepth: 1 }),
    fc.constantFrom(null, '', -1, 1e308, [], {}, ['x'], at(FAILED, ['nodes', 0])),
  );
  fc.assert(
    fc.property(fc.constantFrom(...all), values, (place, value) => {
      let document;
      try {
        document = parseVerdictDocument(garble(FAILED, place, value), 'x');
      } catch (error) {
        assert.ok(error instanceof UsageError);
        return;
      }
      for (const format of REPORT_FORMATS) assert.ok(renderReport(format, document).length > 0);
    }),
    { numRuns: 400 },
  );
});
