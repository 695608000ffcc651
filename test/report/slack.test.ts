import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KnownBlock } from '@slack/types';
import { slackMessage, slackReport } from '../../src/report/slack.js';
import { document, EMPTY, FAILED, finding, HOSTILE, HUGE, PASSED, SAMPLES } from './documents.js';

function texts(blocks: readonly KnownBlock[]): string[] {
  return blocks.flatMap((block) => {
    if (block.type === 'header') return [block.text.text];
    if (block.type === 'section') return [block.text?.text ?? ''];
    if (block.type === 'context')
      return block.elements.map((element) => ('text' in element ? String(element.text) : ''));
    return [];
  });
}

const LONG = document({
  verdict: 'fail',
  summary: '& `'.repeat(5000),
  findings: Array.from({ length: 60 }, (_, i) =>
    finding({
      id: `${i}`,
      says: '<&>'.repeat(3000),
      edges: ['`'.repeat(3000)],
      nodes: ['&'.repeat(3000)],
      nextCommand: 'x'.repeat(9000),
    }),
  ),
  missing: Array.from({ length: 60 }, () => '& < >'.repeat(1000)),
});

test('every message keeps the limits of Slack', () => {
  for (const one of [...SAMPLES.values(), HUGE, HOSTILE, LONG])
    for (const moment of ['first-failure', 'final'] as const) {
      const { text, blocks } = slackMessage(one, { moment });
      const parts = texts(blocks);
      assert.ok(blocks.length <= 50);
      assert.ok(text.length > 0 && text.length <= 3000);
      for (const part of parts) assert.ok(part.length > 0 && part.length <= 3000);
      assert.ok((parts[0] ?? '').length <= 150);
      assert.ok(parts.join('').length + text.length < 12_000);
    }
});

test('the title comes first: verdict and knob; then the worst finding with its numbers and limit', () => {
  const { text, blocks } = slackMessage(FAILED, { moment: 'final' });
  const parts = texts(blocks);
  assert.equal(parts[0], '❌ FAIL: bpf.masquerade');
  assert.match(
    text,
    /^❌ FAIL: bpf\.masquerade: broken: TCP from pods on worker-1; what worker-1 receives is fine, `NO_MAPPING_FOR_NAT_MASQUERADE`/,
  );
  assert.match(parts[2] ?? '', /before: 0\.38 %[^]*after: 33\.8 %[^]*a FAIL needs one in 18,398/);
});

test('the first failure tells one finding, and that the soak goes on', () => {
  const parts = texts(slackMessage(FAILED, { moment: 'first-failure' }).blocks);
  assert.equal(parts[0], '❌ First failure: bpf.masquerade');
  assert.match(parts[1] ?? '', /The soak goes on/);
  assert.equal(parts.filter((part) => part.startsWith('*FAIL*')).length, 1);
});

test('a pass is short', () => {
  const { blocks } = slackMessage(PASSED, { moment: 'final' });
  assert.equal(blocks.length, 4);
  assert.equal(texts(slackMessage(EMPTY, { moment: 'final' }).blocks)[0], '⚠️ INCONCLUSIVE: soak');
});

test('what Slack reads as markup holds no mention and no link', () => {
  const { text, blocks } = slackMessage(HOSTILE, { moment: 'final' });
  for (const block of blocks)
    if (block.type === 'section') assert.deepEqual(block.text?.type === 'mrkdwn' && block.text.verbatim, true);
  for (const part of [text, ...texts(blocks).slice(1)]) assert.doesNotMatch(part, /<|>|(?!\n)\p{Cc}/u);
});

test('the report is the payload of the final message', () => {
  assert.deepEqual(JSON.parse(slackReport(FAILED)), slackMessage(FAILED, { moment: 'final' }));
});
