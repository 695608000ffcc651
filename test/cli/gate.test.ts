import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { VerdictDocument } from '../../src/judge/document.js';
import { Folder, run } from './program.js';
import { FAILING, PASSING, PASSING_ARGS, soak } from './soaks.js';

const NOW = ['--now', '2026-03-02T00:00:00Z'];

describe('gate', { concurrency: true }, () => {
  it('exits 0 with a pass', async (t) => {
    const { code, out, err } = await run(['gate', ...PASSING_ARGS, new Folder(t).file('soak.jsonl', soak(PASSING))]);
    assert.equal(code, 0, out + err);
    assert.match(out, /^PASS /);
    assert.equal(err, '');
  });

  it('exits 1 with a fail, and tells it in every form', async (t) => {
    const folder = new Folder(t);
    const file = folder.file('soak.jsonl', soak(FAILING));
    const reports = ['json', 'markdown', 'slack', 'text'].flatMap((format) => [
      '--report',
      `${format}=${folder.at(format)}`,
    ]);
    const { code, out } = await run(['gate', '--json', ...NOW, '--knob', 'bpf.masquerade', file, ...reports]);
    assert.equal(code, 1);
    const document = JSON.parse(out) as VerdictDocument;
    assert.equal(document.verdict, 'fail');
    assert.equal(document.soak.knob, 'bpf.masquerade');
    assert.equal(document.soak.judgedAt, '2026-03-02T00:00:00.000Z');
    assert.equal(readFileSync(folder.at('json'), 'utf8'), out);
    assert.match(readFileSync(folder.at('text'), 'utf8'), /^FAIL .*worker-1/);
    assert.match(readFileSync(folder.at('markdown'), 'utf8'), /worker-1/);
    assert.ok(Array.isArray((JSON.parse(readFileSync(folder.at('slack'), 'utf8')) as { blocks: unknown }).blocks));

    const told = await run(['report', folder.at('json')]);
    assert.equal(told.code, 0);
    assert.equal(told.out, readFileSync(folder.at('text'), 'utf8'));
    assert.equal((await run(['report', '--json', '-'], { input: out })).out, out);
  });

  it('exits 3 without a restart, and 0 with --allow-inconclusive', async (t) => {
    const folder = new Folder(t);
    const file = folder.file('soak.jsonl', soak({ seconds: 30 }));
    assert.equal((await run(['gate', file])).code, 3);
    const { code, out } = await run(['gate', '--allow-inconclusive', file]);
    assert.equal(code, 0);
    assert.match(out, /^INCONCLUSIVE /);
    folder.file('hubble-soak.yaml', 'allow-inconclusive: true\n');
    assert.equal((await run(['gate', file], { cwd: folder.path })).code, 0);
  });

  it('reads recordings together as one soak, and stdin', async (t) => {
    const folder = new Folder(t);
    const lines = soak({ seconds: 40, restartAt: 15 });
    const whole = folder.file('whole.jsonl', lines);
    const [first, second] = [lines.slice(0, 300), lines.slice(300)].map((part) => `${part.join('\n')}\n`);
    const parts = [folder.file('a.jsonl', first ?? ''), folder.file('b.jsonl', second ?? '')];
    const documents = await Promise.all([
      run(['gate', '--json', ...NOW, whole]),
      run(['gate', '--json', ...NOW, ...parts]),
      run(['gate', '--json', ...NOW, '-'], { input: lines.join('\n') }),
    ]);
    const judged = documents.map(({ out }) => JSON.parse(out) as VerdictDocument);
    for (const { verdict, nodes, findings } of judged) {
      assert.equal(verdict, judged[0]?.verdict);
      assert.deepEqual(nodes, judged[0]?.nodes);
      assert.deepEqual(findings, judged[0]?.findings);
    }
    assert.deepEqual(
      judged.map(({ soak: { inputs } }) => inputs.map(({ path, flows }) => [path, flows] as const).length),
      [1, 2, 1],
    );
  });

  it('takes a restart that is given', async (t) => {
    const file = new Folder(t).file('soak.jsonl', soak({ seconds: 60 }));
    const { out } = await run(['gate', '--json', '--restart', 'worker-2=2026-03-01T12:00:30+02:00', file]);
    const document = JSON.parse(out) as VerdictDocument;
    const restarts = document.nodes.map(({ name, restarts }) => [
      name,
      restarts.map(({ at, evidence }) => `${at} ${evidence}`),
    ]);
    assert.deepEqual(restarts, [
      ['worker-1', []],
      ['worker-2', ['2026-03-01T10:00:30.000Z given']],
      ['worker-3', []],
    ]);
  });

  it('tells on stderr where it could not read, and judges the rest', async (t) => {
    const lines = soak({ seconds: 30 });
    lines.splice(4, 0, 'not JSON \u001b[31m');
    const folder = new Folder(t);
    const file = folder.file('soak.jsonl', lines);
    const { code, out, err } = await run(['gate', file]);
    assert.equal(code, 3);
    assert.match(out, /^INCONCLUSIVE /);
    assert.match(err, /soak\.jsonl:5: /);
    assert.match(err, /1 piece could not be used/);
    assert.ok(!err.includes('\u001b'));
    const json = await run(['gate', '--log-format', 'json', file]);
    for (const line of json.err.trimEnd().split('\n'))
      assert.equal((JSON.parse(line) as { level: string }).level, 'warn');
    assert.equal((await run(['gate', '--log-level', 'error', file])).err, '');
    // A cut archive: what comes before the cut is judged.
    const archive = gzipSync(soak({ seconds: 60 }).join('\n'));
    const cut = folder.at('cut.jsonl.gz');
    await import('node:fs/promises').then(({ writeFile }) =>
      writeFile(cut, archive.subarray(0, archive.length - 2000)),
    );
    const judged = await run(['gate', cut]);
    assert.equal(judged.code, 3);
    assert.match(judged.err, /cut\.jsonl\.gz: it cannot be unpacked to its end/);
  });

  it('writes summary and annotations in GitHub Actions', async (t) => {
    const folder = new Folder(t);
    const file = folder.file('soak.jsonl', soak(FAILING));
    const summary = folder.file('summary.md', 'before\n');
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };
    const text = await run(['gate', file], { env });
    assert.equal(text.code, 1);
    const annotations = text.out.split('\n').filter((line) => line.startsWith('::error'));
    assert.equal(annotations.length, 1);
    assert.match(annotations[0] ?? '', /^::error title=hubble-soak%3A hard-rule on worker-1::/);
    assert.match(readFileSync(summary, 'utf8'), /^before\n[^]*worker-1/);
    const json = await run(['gate', '--json', file], { env });
    assert.equal((JSON.parse(json.out) as VerdictDocument).verdict, 'fail');
    assert.match(json.err, /^::error /m);
  });

  it('has colours where they are forced, and none by default', async (t) => {
    const file = new Folder(t).file('soak.jsonl', soak({ seconds: 10 }));
    const escapes = async (env: Readonly<Record<string, string>>, ...args: string[]) =>
      (await run(['gate', file, ...args], { env })).out.includes('\u001b[');
    assert.equal(await escapes({}), false);
    assert.equal(await escapes({ FORCE_COLOR: '1' }), true);
    assert.equal(await escapes({ FORCE_COLOR: '1', NO_COLOR: '1' }), false);
    assert.equal(await escapes({ FORCE_COLOR: '1' }, '--no-color'), false);
  });

  it('ends quietly when its reader goes away', async (t) => {
    const file = new Folder(t).file('soak.jsonl', soak({ seconds: 10 }));
    const { code, err } = await run(['gate', file], { deaf: true });
    assert.doesNotMatch(err, /Error|at /);
    assert.equal(code, 3);
  });
});
