import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Derivation } from '../../src/judge/derivation/derivation.js';
import type { VerdictDocument } from '../../src/judge/document.js';
import { Folder, run } from './program.js';
import { FAILING, PASSING, PASSING_ARGS, soak } from './soaks.js';

interface Explained {
  readonly schema: string;
  readonly derivations: readonly Derivation[];
}

describe('gate --explain', { concurrency: true }, () => {
  it('prints the derivation of a finding instead of the report, and keeps the exit code', async (t) => {
    const folder = new Folder(t);
    const file = folder.file('soak.jsonl', soak(FAILING));
    const document = JSON.parse((await run(['gate', '--json', file])).out) as VerdictDocument;
    const [first] = document.findings;
    assert.ok(first !== undefined);
    const report = folder.at('report.json');
    const told = await Promise.all(
      [first.id, '1', 'F1'].map((which) => run(['gate', '--explain', which, file, '--report', `json=${report}`])),
    );
    for (const { code, out, err } of told) {
      assert.equal(code, 1, err);
      assert.equal(err, '');
      assert.equal(out, told[0]?.out);
      assert.match(out, /^FAIL hard-rule UNENCRYPTED_TRAFFIC on worker-1\n/);
      assert.ok(out.includes(`id ${first.id}\n`));
      assert.match(out, /^\d+\. The hard rule$/m);
      assert.match(out, /^\d+\. What was compared$/m);
    }
    assert.equal((JSON.parse(readFileSync(report, 'utf8')) as VerdictDocument).verdict, 'fail');
  });

  it('prints every derivation with all, and one document with --json', async (t) => {
    const file = new Folder(t).file('soak.jsonl', soak(FAILING));
    const [report, text, json] = await Promise.all([
      run(['gate', '--json', file]),
      run(['gate', '--explain', 'all', file]),
      run(['gate', '--explain', 'all', '--json', file]),
    ]);
    const { findings } = JSON.parse(report.out) as VerdictDocument;
    const { schema, derivations } = JSON.parse(json.out) as Explained;
    assert.equal(schema, 'hubble-soak/derivation/v1');
    assert.deepEqual(
      derivations.map(({ finding }) => finding),
      findings.map(({ id }) => id),
    );
    for (const { id } of findings) assert.ok(text.out.includes(`id ${id}\n`));
    assert.deepEqual([report.code, text.code, json.code], [1, 1, 1]);
  });

  it('names the findings that there are when it does not know one', async (t) => {
    const file = new Folder(t).file('soak.jsonl', soak(FAILING));
    const { code, out, err } = await run(['gate', '--explain', 'F99', file]);
    assert.equal(code, 2);
    assert.equal(out, '');
    assert.match(err, /--explain F99: there is no such finding; .*1 = hard-rule-\S+ \(hard-rule on worker-1\)/);
    assert.equal(err.trim().split('\n').length, 1);
  });

  it('has nothing to explain in a soak without findings', async (t) => {
    const file = new Folder(t).file('soak.jsonl', soak(PASSING));
    const all = await run(['gate', '--explain', 'all', ...PASSING_ARGS, file]);
    assert.equal(all.code, 0, all.err);
    assert.equal(all.out, 'There is no finding to explain.\n');
    const one = await run(['gate', '--explain', '1', ...PASSING_ARGS, file]);
    assert.equal(one.code, 2);
    assert.match(one.err, /--explain 1: this soak has no finding to explain/);
  });

  it('does not go with a manifest', async (t) => {
    const folder = new Folder(t);
    folder.file('soak.jsonl', soak({ seconds: 30 }));
    const manifest = folder.file('m.yaml', 'fixtures:\n  - recording: soak.jsonl\n    verdict: inconclusive\n');
    const { code, out, err } = await run(['gate', '--explain', 'all', manifest]);
    assert.equal(code, 2);
    assert.equal(out, '');
    assert.match(err, /--explain all: give the recordings of one soak, not a manifest/);
  });
});
