import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textReport } from '../../src/report/text.js';
import { columns } from '../../src/report/layout.js';
import { at, document, EMPTY, FAILED, finding, HUGE, HOSTILE, PASSED, SAMPLES, side } from './documents.js';

const PLAIN = { color: false, width: 100 };

test('the verdict is the first word', () => {
  assert.match(textReport(PASSED), /^PASS {2}bpf\.masquerade: /);
  assert.match(textReport(FAILED), /^FAIL {2}/);
  assert.match(textReport(EMPTY), /^INCONCLUSIVE {2}/);
});

test('without colours there is no control character but line ends', () => {
  for (const one of [...SAMPLES.values(), HUGE]) assert.doesNotMatch(textReport(one, PLAIN), /(?!\n)\p{Cc}/u);
});

test('colours change nothing else', () => {
  for (const one of SAMPLES.values()) {
    const colored = textReport(one, { color: true, width: 100 });
    const plain = colored.replace(/\u001b\[\d+m/g, '').replace(/ +$/gm, '');
    assert.equal(plain, textReport(one, PLAIN).replace(/ +$/gm, ''));
  }
});

test('prose keeps to the width, and no line has a trailing space', () => {
  const lines = textReport(FAILED, { color: false, width: 80 }).split('\n');
  for (const line of lines.filter((one) => !/^ +\$ |^(node|cp|worker|before|roll) | {2}\d{4}-/.test(one)))
    assert.ok(columns(line) <= 80 || /^(node|cp-1|worker|input|before|roll)/.test(line), line);
  for (const line of lines) assert.doesNotMatch(line, / $/);
});

test('failures come first, whatever their order in the document', () => {
  const turned = { ...FAILED, findings: [...FAILED.findings].reverse() };
  const severities = [...textReport(turned).matchAll(/^ *\d+ {2}([A-Z]+) {2}/gm)].map(([, word]) => word);
  assert.deepEqual(severities, ['FAIL', 'FAIL', 'WARN', 'INFO']);
});

test('a failing finding is told with everything that it has', () => {
  const text = textReport(FAILED);
  for (const part of [
    'broken: TCP from pods on worker-1; what worker-1 receives is fine',
    'worker-1 (egress); other ends on worker-2 and cp-1',
    'NO_MAPPING_FOR_NAT_MASQUERADE (167, No mapping for NAT masquerade)',
    '0.38 % failing: 2 of 525 attempts in 25 min',
    '33.8 % failing: 301 of 890 attempts in 44 min',
    'a FAIL needs one in 18,398',
    '2026-01-31 21:26:18 UTC, last 22:09:42',
    '$ hubble observe --node-name worker-1',
  ])
    assert.ok(text.includes(part), part);
});

test('a command stays on one line, as it is', () => {
  const nextCommand = `hubble observe ${'--node-name worker-1 '.repeat(20)}`.trim();
  const text = textReport(document({ findings: [finding({ severity: 'warn', nextCommand })] }));
  assert.ok(text.includes(`\n    $ ${nextCommand}\n`));
});

test('a ratio without an upper end or without a baseline is still told', () => {
  const told = (estimate: number | null, low: number | null, high: number | null): string =>
    textReport(
      document({
        findings: [
          finding({
            severity: 'warn',
            kind: 'drops',
            after: side({ episodes: 3, events: 3, seconds: 60, rate: 3 }),
            evidence: { logE: 3, pValue: null, rateRatio: { estimate, low, high }, limit: 9 },
            firstSeen: at(1),
          }),
        ],
      }),
    );
  assert.match(told(4, 2, 9), /4 times as often \(2 to 9\); one in 20 by chance/);
  assert.match(told(4, 2, Infinity), /4 times as often \(at least 2 times\)/);
  assert.match(told(null, 2, null), /at least 2 times as often/);
  assert.match(told(null, 0, null), /evidence +one in 20 by chance/);
});

test('many findings are cut, and their number is said', () => {
  const text = textReport(HUGE);
  assert.match(text, /findings: 200 fail, 100 info/);
  assert.match(text, /and 90 more of severity info/);
  assert.ok(text.length < 250_000, `${text.length} characters`);
});

test('a name of a million characters does not fill the terminal', () => {
  const name = '節'.repeat(1_000_000);
  const text = textReport({ ...HOSTILE, findings: [finding({ nodes: [name], says: name, edges: [name] })] });
  assert.ok(text.length < 100_000);
});
