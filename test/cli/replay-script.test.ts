import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseScript } from '../../src/cli/run/replay-script.js';
import { UsageError } from '../../src/errors.js';
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
  });
});
