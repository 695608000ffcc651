import { test } from 'node:test';
import { REPORT_FORMATS, renderReport } from '../../src/report/formats.js';
import { slackMessage } from '../../src/report/slack.js';
import { textReport } from '../../src/report/text.js';
import { FAILED, SAMPLES } from './documents.js';
import { matchesGolden } from './golden.js';

const ENDINGS = { text: 'txt', json: 'json', markdown: 'md', slack: 'slack.json', openmetrics: 'prom' } as const;

for (const [name, document] of SAMPLES)
  for (const format of REPORT_FORMATS)
    test(`the ${format} report of a soak: ${name}`, () => {
      matchesGolden(`${name}.${ENDINGS[format]}`, renderReport(format, document));
    });

test('the text report with colours, narrow', () => {
  matchesGolden('fail-colored-narrow.txt', textReport(FAILED, { color: true, width: 72 }));
});

test('the Slack message at the first failure', () => {
  matchesGolden(
    'fail-first.slack.json',
    `${JSON.stringify(slackMessage(FAILED, { moment: 'first-failure' }), null, 2)}\n`,
  );
});
