import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { progressBlock } from '../../src/cli/live/progress.js';
import { DEFAULT_SETTINGS } from '../../src/judge/settings.js';
import { columns } from '../../src/report/layout.js';
import { painter } from '../../src/report/paint.js';
import { at, documentOf, finding, progressOf, restarted, waiting } from './roll-of-nine.js';

const SETTINGS = { ...DEFAULT_SETTINGS, knob: 'bpf.masquerade' };
const PLAIN = painter(false);

function block(changes: Parameters<typeof progressOf>[0] = {}, size = { columns: 80, rows: 24 }): string[] {
  return progressBlock(progressOf(changes), SETTINGS, PLAIN, size);
}

describe('the block of a running soak', () => {
  it('on a terminal of 80 x 24', () => {
    assert.deepEqual(block(), [
      'bpf.masquerade  connected  1,235 flows/s  1h16m watched  hubble-relay.kube-sys…',
      'fail so far  7 of 9 nodes restarted, 1 failed and 2 to watch',
      'drops  ▅▄▃▂██▇▆▅▄▃▃█▇▇▆▅▄▃▃█▇▇▆▅▄▃▂█▇▇▆▅▄▃▂█▇▇▆▅▄▃  4.0/s, at most 16/s in 7m',
      'node      phase     since      seen           verdict',
      'worker-3  late      10:47:24Z                 fail',
      'worker-6  late      11:14:24Z  ███░░░░░  34%  needs 1h5m of traffic',
      'worker-5  late      11:05:24Z  █████░░░  64%  needs 11m of soak',
      'worker-4  late      10:56:24Z  ██████░░  78%  needs 12m of traffic',
      'worker-7  blind     11:14:30Z  ░░░░░░░░   0%  out of sight',
      'worker-8  baseline  10:00:00Z                 needs its restart',
      'worker-9  baseline  10:00:00Z                 needs its restart',
      'worker-2  late      10:38:24Z  ████████ 100%  pass',
      'worker-1  late      10:30:24Z  ████████ 100%  pass',
      'FAIL   broken      NO_MAPPING_FOR_NAT_MASQUERADE on worker-3: TCP from pods on…',
      'WATCH  worse       CT_MAP_INSERTION_FAILED on worker-5: UDP/53…   65% of a FAIL',
      'WATCH  silent      attempts on worker-4 and worker-6: cross-no…   34% of a FAIL',
      'needs  worker-8 and worker-9 have not restarted yet.',
      '       The soak as a whole needs 88 more trials, about 4 min at this traffic,',
      '       to exclude 1 % of added failures.',
    ]);
  });

  it('on a terminal of 120 x 40', () => {
    assert.deepEqual(block({}, { columns: 120, rows: 40 }), [
      'bpf.masquerade  connected  1,235 flows/s  1h16m watched  hubble-relay.kube-system:443',
      'fail so far  7 of 9 nodes restarted, 1 failed and 2 to watch',
      'drops  ▆▅▄▃▂██▇▆▅▄▃▂██▇▆▅▄▃▂██▇▆▅▄▃▃█▇▇▆▅▄▃▃█▇▇▆▅▄▃▂█▇▇▆▅▄▃▂█▇▇▆▅▄▃  4.0/s, at most 16/s in 10m',
      '',
      'node      phase     since      seen                   drops                           verdict',
      'worker-3  late      10:47:24Z                         █▇▆▅▄▃▂██▇▆▅▄▃▂██▇▆▅▄▃▂██▇▆▅▄▃  fail',
      'worker-6  late      11:14:24Z  ██████░░░░░░░░░░  34%  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▂▁▁▁▁▁▁▁▁▁▁▁▁▁▁  needs 1h5m of traffic',
      'worker-5  late      11:05:24Z  ██████████░░░░░░  64%  ▁▂▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▂▁▁▁▁▁▁▁▁▁▁▁  needs 11m of soak',
      'worker-4  late      10:56:24Z  █████████████░░░  78%  ▁▁▁▁▂▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▂▁▁▁▁▁▁▁▁  needs 12m of traffic',
      'worker-7  blind     11:14:30Z  ░░░░░░░░░░░░░░░░   0%  ▁▁▁▁▁▁▁▁▁▁▁▁▂▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁    out of sight',
      'worker-8  baseline  10:00:00Z                         ▁▁▁▁▁▁▁▁▁▂▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▂▁▁▁  needs its restart',
      'worker-9  baseline  10:00:00Z                         ▁▁▁▁▁▁▂▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▂▁▁▁▁▁▁  needs its restart',
      'worker-2  late      10:38:24Z  ████████████████ 100%  ▁▁▁▁▁▁▁▁▁▁▂▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▂▁▁  pass',
      'worker-1  late      10:30:24Z  ████████████████ 100%  ▁▁▁▁▁▁▁▁▁▁▁▁▁▂▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁  pass',
      '',
      'FAIL   broken      NO_MAPPING_FOR_NAT_MASQUERADE on worker-3: TCP from pods on worker-3 to the world; node to node is …',
      'WATCH  worse       CT_MAP_INSERTION_FAILED on worker-5: UDP/53 from worker-5 to kube-system…  ███████░░░  65% of a FAIL',
      'WATCH  silent      attempts on worker-4 and worker-6: cross-node TCP 9000 to auth/ext-authz   ███░░░░░░░  34% of a FAIL',
      '',
      'needs  worker-8 and worker-9 have not restarted yet.',
      '       The soak as a whole needs 88 more trials, about 4 min at this traffic, to exclude 1 % of added failures.',
    ]);
  });

  it('on a low and narrow terminal', () => {
    assert.deepEqual(block({}, { columns: 48, rows: 14 }), [
      'bpf.masquerade  connected  1,235 flows/s  1h16…',
      'fail so far  7 of 9 nodes restarted, 1 failed …',
      'drops  ▅▄▃▂█▇▇▆▅▄▃  4.0/s, at most 16/s in 1m5…',
      'node      phase  seen  verdict',
      'worker-3  late         fail',
      'worker-6  late    34%  needs 1h5m of traffic',
      'and 7 more: 2 late, 1 blind, 2 baseline, 2 pass',
      'FAIL   broken      NO_MAPPING_FOR_NAT_MASQUERA…',
      'needs  worker-8 and worker-9 have not restarted',
    ]);
  });

  it('before the first document', () => {
    assert.deepEqual(block({ document: undefined, link: { state: 'connecting' } }), [
      'bpf.masquerade  connecting  1,235 flows/s  1h16m watched  hubble-relay.kube-sy…',
      'waiting for the first window of flows',
    ]);
  });

  it('tells first that it is blind', () => {
    const [interrupted] = block({ link: { state: 'interrupted', since: at(76) - 42_000 } });
    assert.match(interrupted ?? '', /^bpf\.masquerade {2}NOT CONNECTED for 42s, since 11:15:18Z {2}/);
    const [quiet] = block({ link: { state: 'connected', heardAt: at(76) - 35_000 } });
    assert.match(quiet ?? '', /^bpf\.masquerade {2}connected, but no flow for 35s {2}/);
  });

  it('tells that it is ending, and how to end at once', () => {
    assert.equal(block({ isEnding: true })[1], 'ending: judging what was seen; Ctrl-C again ends at once');
  });

  it('tells the day of what began on another one', () => {
    const document = documentOf({ nodes: [waiting('worker-1')], findings: [], missing: [] });
    const tomorrow = { ...document, soak: { ...document.soak, to: '2026-03-02T10:00:00.000Z' } };
    assert.ok(block({ document: tomorrow }).some((line) => /^worker-1 {2}baseline {2}03-01 10:00Z /.test(line)));
  });

  it('escapes names, and colours nothing but words', () => {
    const document = documentOf({
      nodes: [restarted('a\u001b[2Jb', 20, { verdict: 'pass' })],
      findings: [],
      missing: ['a\u001b[2Jb is out of sight.'],
    });
    const lines = progressBlock(progressOf({ document }), SETTINGS, painter(true), { columns: 80, rows: 24 });
    assert.ok(lines.some((line) => line.startsWith('a\\x1b[2Jb  late') && line.endsWith('\u001b[32mpass\u001b[39m')));
    assert.ok(lines.includes('\u001b[2mneeds  a\\x1b[2Jb is out of sight.\u001b[22m'));
  });

  it('fits every terminal, with names of any kind', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
    const size = fc.record({ columns: fc.integer({ min: 1, max: 200 }), rows: fc.integer({ min: 2, max: 60 }) });
    fc.assert(
      fc.property(fc.array(name, { maxLength: 30 }), size, fc.boolean(), (names, on, isEnding) => {
        const nodes = names.map((one, i) => (i % 3 === 0 ? waiting(one) : restarted(one, 20 + i)));
        const findings = names.slice(0, 9).map((one) => finding({ nodes: [one], where: one, reasonName: one }));
        const document = documentOf({ nodes, findings, missing: names });
        const lines = block({ document, isEnding, server: names[0] ?? '' }, on);
        assert.ok(lines.length < on.rows, `${lines.length} lines`);
        for (const line of lines) assert.ok(columns(line) < Math.max(on.columns, 2), line);
      }),
    );
  });
});
