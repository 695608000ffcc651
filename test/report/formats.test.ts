import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../src/errors.js';
import { parseReportOption, REPORT_FORMATS, renderReport } from '../../src/report/formats.js';
import { FAILED, SAMPLES } from './documents.js';

test('a report option is a format and a path', () => {
  assert.deepEqual(parseReportOption('json=out.json'), { format: 'json', path: 'out.json' });
  assert.deepEqual(parseReportOption('markdown=a=b.md'), { format: 'markdown', path: 'a=b.md' });
});

test('an unknown format is named, with those that there are', () => {
  const named = (pattern: RegExp) => (error: unknown) => error instanceof UsageError && pattern.test(error.message);
  assert.throws(() => parseReportOption('parchment=x'), named(/'parchment'.*text, json, markdown, slack/));
  assert.throws(() => parseReportOption(''), named(/FORMAT=PATH/));
  assert.throws(() => parseReportOption('json'), named(/json=PATH/));
  assert.throws(() => parseReportOption('json='), named(/json=PATH/));
});

test('every format renders every document, twice the same, with a line end', () => {
  for (const format of REPORT_FORMATS)
    for (const document of SAMPLES.values()) {
      const report = renderReport(format, document);
      assert.ok(report.endsWith('\n'));
      assert.equal(renderReport(format, structuredClone(document)), report);
    }
});

test('the JSON report is the document', () => {
  assert.deepEqual(JSON.parse(renderReport('json', FAILED)), FAILED);
  assert.equal(renderReport('json', FAILED), `${JSON.stringify(FAILED, null, 2)}\n`);
});
