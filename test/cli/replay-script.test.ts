import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseScript } from '../../src/cli/run/replay-script.js';
import { UsageError } from '../../src/errors.js';
import { packageRoot } from '../../src/package-root.js';
import { Folder, run } from './program.js';
import { soak } from './soaks.js';

const faults = (text: string) => parseScript(`script:\n  - ${text}\n`, 'faults.yaml');

describe('a script of faults', () => {
  it('has one line for each', () => {
    assert.deepEqual(
      parseScript(
        `script:
  - { at: 60s, restart: worker-1, for: 12s }
  - { at: 2m, disconnect: unavailable }
  - { at: 3m, relay-restart: true, for: 10s }
  - { at: 4m, hang: true, for: 40s }
  - { at: 5m, silent: worker-2 }
  - { at: 6m, slow: worker-2, for: 1m, by: 20s }
  - { skew: worker-3, by: -5s }
  - { at: 7m, lost: worker-1, events: 500, source: PERF_EVENT_RING_BUFFER }
  - { at: 8m, status: NODE_ERROR, nodes: [worker-2, worker-3], message: EOF }
`,
        'faults.yaml',
      ),
      [
        { kind: 'restart', at: 60_000, node: 'worker-1', down: 12_000 },
        { kind: 'disconnect', at: 120_000, code: 14 },
        { kind: 'relay-restart', at: 180_000, for: 10_000 },
        { kind: 'hang', at: 240_000, for: 40_000 },
        { kind: 'silent', at: 300_000, node: 'worker-2' },
        { kind: 'slow', at: 360_000, node: 'worker-2', for: 60_000, by: 20_000 },
        { kind: 'skew', node: 'worker-3', by: -5000 },
        { kind: 'lost', at: 420_000, node: 'worker-1', events: 500, source: 1 },
        { kind: 'status', at: 480_000, nodes: ['worker-2', 'worker-3'], state: 4, message: 'EOF' },
      ],
    );
  });

  it('has one line for each that agents, peers, flows, answers and connections do', () => {
    assert.deepEqual(
      parseScript(
        `script:
  - { at: 1m, cut: worker-1 }
  - { at: 1m, cut: worker-1, for: 30s }
  - { at: 2m, all-lost: true, for: 10s }
  - { unavailable: worker-2, for: 90s }
  - { at: 3m, node-hang: worker-2, for: 20s }
  - { at: 4m, peer-again: worker-2 }
  - { at: 5m, peer-gone: worker-2 }
  - { at: 6m, peer-new: worker-3 }
  - { at: 7m, empty: true, for: 5s }
  - { disorder: 2s }
  - { lag: 100 }
  - { ring: 4095 }
  - { at: 8m, flood: worker-1, events: 20000, for: 10s }
  - { mask-refused: all }
  - { at: 9m, mask-refused: worker-1 }
  - { mask-ignored: true }
  - { at: 10m, no-nodes: true, for: 1m }
  - { relay-skew: -5m }
  - { at: 11m, goaway: too_many_pings }
  - { at: 12m, reset: true }
  - { at: 13m, half-open: true }
`,
        'faults.yaml',
      ),
      [
        { kind: 'cut', at: 60_000, node: 'worker-1', for: 0 },
        { kind: 'cut', at: 60_000, node: 'worker-1', for: 30_000 },
        { kind: 'all-lost', at: 120_000, for: 10_000 },
        { kind: 'unavailable', node: 'worker-2', for: 90_000 },
        { kind: 'node-hang', at: 180_000, node: 'worker-2', for: 20_000 },
        { kind: 'silent', at: 240_000, node: 'worker-2' },
        { kind: 'peer-gone', at: 300_000, node: 'worker-2' },
        { kind: 'peer-new', at: 360_000, node: 'worker-3' },
        { kind: 'empty', at: 420_000, for: 5_000 },
        { kind: 'disorder', by: 2_000 },
        { kind: 'lag', flows: 100 },
        { kind: 'ring', flows: 4095 },
        { kind: 'flood', at: 480_000, node: 'worker-1', for: 10_000, events: 20_000, source: 3 },
        { kind: 'mask-refused', at: 0, node: undefined },
        { kind: 'mask-refused', at: 540_000, node: 'worker-1' },
        { kind: 'mask-ignored' },
        { kind: 'no-nodes', at: 600_000, for: 60_000 },
        { kind: 'relay-skew', by: -300_000 },
        { kind: 'goaway', at: 660_000, code: 'too_many_pings' },
        { kind: 'reset', at: 720_000 },
        { kind: 'half-open', at: 780_000 },
      ],
    );
  });

  it('is documented, each line of it', () => {
    const text = readFileSync(join(packageRoot(), 'docs', 'replay.md'), 'utf8');
    const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(text) ?? [];
    const kinds = new Set(parseScript(example, 'replay.md').map(({ kind }) => kind));
    for (const [, key = ''] of text.matchAll(/^\| `([a-z-]+):/gm))
      assert.ok(kinds.has(key === 'peer-again' ? 'silent' : (key as never)), `${key} has no line in the example`);
    assert.ok(kinds.size >= 25);
  });

  it('says where a mistake is and what is wanted', () => {
    const says = (text: string, pattern: RegExp) =>
      assert.throws(
        () => faults(text),
        (error) =>
          error instanceof UsageError && /^faults\.yaml:2: /.test(error.message) && pattern.test(error.message),
      );
    says('{ at: 60s }', /say one thing that goes wrong: restart,/);
    says('{ at: 60s, restart: a, hang: true, for: 1s }', /say one thing/);
    says('{ at: soon, restart: a, for: 1s }', /at is a duration/);
    says('{ at: 60s, restart: a }', /for is missing/);
    says('{ at: 60s, disconnect: AWAY }', /no gRPC code/);
    says('{ at: 60s, status: UP, nodes: [a] }', /no state of a node/);
    says('{ at: 60s, lost: a, events: -1 }', /events is a number/);
    says('{ at: 60s, goaway: bored }', /no reason to go away: no_error, too_many_pings/);
    says('{ lag: 0 }', /lag is a number from 1 on/);
    says('{ skew: a, by: much }', /such as 5s or -5s/);
    says('{ at: 60s, restarts: a }', /did you mean 'restart'/);
    assert.throws(() => parseScript('faults: []', 'faults.yaml'), UsageError);
  });

  it('is refused before anything is served', async (t) => {
    const folder = new Folder(t);
    const recording = folder.file('soak.jsonl', soak({ seconds: 4 }));
    const missing = await run(['replay', recording, '--script', 'nowhere.yaml']);
    assert.equal(missing.code, 2);
    assert.match(missing.err, /--script nowhere\.yaml: cannot be read/);
    const script = folder.file('faults.yaml', ['script:', '  - { at: 1s, silent: worker-1 }']);
    const both = await run(['replay', recording, '--script', script, '--loop']);
    assert.equal(both.code, 2);
    assert.match(both.err, /do not go together/);
    const breaking = folder.file('breaking.yaml', ['script:', '  - { at: 1s, reset: true }']);
    const timeless = await run(['replay', recording, '--script', breaking, '--speed', 'max']);
    assert.equal(timeless.code, 2);
    assert.match(timeless.err, /reset needs a clock; give --speed/);
  });
});
