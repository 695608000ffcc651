import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { Aggregator, type AggregatorOptions } from '../../src/aggregate/aggregator.js';
import type { Journal } from '../../src/aggregate/journal.js';
import { encodeLine } from '../../src/aggregate/journal-text.js';
import { UsageError } from '../../src/errors.js';
import type { SoakEvent } from '../../src/hubble/event.js';
import type { VerdictDocument } from '../../src/judge/document.js';
import { judge } from '../../src/judge/judge.js';
import { DEFAULT_SETTINGS } from '../../src/judge/settings.js';
import { filesOf } from '../../src/soak-dir/files.js';
import { SoakDir } from '../../src/soak-dir/soak-dir.js';
import { readSoak } from '../../src/soak-dir/stored-soak.js';
import { simulate } from '../simulator/soak.js';
import { small } from '../simulator/small.js';

const WINDOW_MS = 10_000;
const SETTINGS = { ...DEFAULT_SETTINGS, settleMs: 15_000 };
const SINCE = '2026-06-11T02:00:00Z';

/** A soak with a restart, loss that says so, and clients that nobody answers since. */
const EVENTS: readonly SoakEvent[] = [
  ...simulate(
    small({
      minutes: 12,
      restarts: [{ node: 'b', at: 5, downSeconds: 10 }],
      edges: [{ from: 'shop/web', to: 'shop/api', protocol: 'TCP', port: 8080, perMinute: 30 }],
      effects: [
        { kind: 'silent', leg: 'request', share: 0.9, where: {}, when: { sinceRestart: 'either' } },
        {
          kind: 'lost-events',
          nodes: ['a'],
          source: 'PERF_EVENT_RING_BUFFER',
          share: 0.02,
          when: { from: 9, until: 9.2 },
        },
      ],
    }),
  ),
];

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'soak-dir-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

function open(path: string, troubles: string[] = []): SoakDir {
  return new SoakDir({
    path,
    windowMs: WINDOW_MS,
    settings: 'settle: 15s\n',
    since: SINCE,
    onTrouble: (message) => troubles.push(message),
  });
}

function documentOf(journal: Journal): VerdictDocument {
  return judge(journal, SETTINGS, { inputs: [], version: 'test', now: undefined }).document;
}

/** A process: it takes the events from `from` on, and those that its predecessor had not closed; saves now and then; dies or ends. */
function work(path: string, from: number, until: number, saveEvery: number): VerdictDocument | undefined {
  const dir = open(path);
  const counting: AggregatorOptions = {
    windowMs: WINDOW_MS,
    onLine: (line) => dir.note(encodeLine(line)),
  };
  const stored = dir.takeStored();
  const aggregator =
    stored === undefined ? new Aggregator(counting) : Aggregator.resume(counting, stored.journal, stored.checkpoints);
  const next = Math.min(...aggregator.checkpoint().map(({ nextWindow }) => nextWindow));
  const unclosed = Number.isFinite(next) ? next * WINDOW_MS : Number.NEGATIVE_INFINITY;
  const isNews = (event: SoakEvent, i: number) => i >= from || (event.kind === 'flow' && event.time >= unclosed);
  for (const [i, event] of EVENTS.entries()) {
    if (i >= until) return undefined;
    if (!isNews(event, i)) continue;
    aggregator.push(event);
    if (i >= from && i % saveEvery === 0) dir.save(aggregator.checkpoint());
  }
  dir.save(aggregator.checkpoint());
  aggregator.finish();
  const document = documentOf(aggregator.journal);
  dir.saveLast(document);
  void dir.close();
  return document;
}

/** The last saved moment before a kill: what came after it is not on disk, and only flows are told again. */
const lastSave = (until: number, saveEvery: number) => Math.floor((until - 1) / saveEvery) * saveEvery + 1;

const whole = (() => {
  const aggregator = new Aggregator({ windowMs: WINDOW_MS });
  for (const event of EVENTS) aggregator.push(event);
  aggregator.finish();
  return documentOf(aggregator.journal);
})();

describe('a soak directory', () => {
  it('gives the document of an uninterrupted soak, whenever its processes are killed', (t) => {
    assert.equal(whole.verdict, 'fail');
    const saves = fc.integer({ min: 50, max: 900 });
    const kills = fc.uniqueArray(fc.integer({ min: 1, max: EVENTS.length - 1 }), { maxLength: 3 });
    fc.assert(
      fc.property(kills, saves, fc.nat(300), (at, saveEvery, cut) => {
        const path = folder(t);
        let from = 0;
        for (const until of at.sort((a, b) => a - b)) {
          work(path, from, until, saveEvery);
          from = Math.max(from, lastSave(until, saveEvery));
          // The kill may come in the middle of a line that no checkpoint covers.
          if (existsSync(filesOf(path).journal))
            appendFileSync(filesOf(path).journal, '{"kind":"window"'.repeat(cut % 3));
        }
        assert.deepEqual(work(path, from, Number.POSITIVE_INFINITY, saveEvery), whole);
        assert.deepEqual(documentOf(readSoak(path).journal), whole);
        assert.deepEqual(JSON.parse(readFileSync(filesOf(path).verdict, 'utf8')), JSON.parse(JSON.stringify(whole)));
      }),
      { numRuns: 8 },
    );
  });

  it('has one writer: a lock of a process that lives is kept, of one that is gone taken over', async (t) => {
    const path = folder(t);
    const { lock } = filesOf(path);
    const hold = (pid: number, host: string) => writeFileSync(lock, JSON.stringify({ pid, host, since: SINCE }));
    hold(process.ppid, hostname());
    assert.throws(() => open(path), new RegExp(`being written by process ${process.ppid} on this machine`));
    hold(1, 'another-machine');
    assert.throws(() => open(path), /on another-machine/);
    hold(2 ** 22 + 1, hostname());
    await open(path).close();
    assert.equal(existsSync(lock), false);
    writeFileSync(lock, '');
    await open(path).close();
  });

  it('is given up by a process whose lock is taken away', async (t) => {
    const path = folder(t);
    const troubles: string[] = [];
    const dir = open(path, troubles);
    rmSync(filesOf(path).lock);
    dir.save([]);
    dir.save([]);
    assert.match(troubles.join(' '), /^[^;]*given up \(its lock was taken away[^;]*; judging goes on in memory alone$/);
    await dir.close();
  });

  it('tells once of a disk that takes nothing, and writes what is missing when it does again', async (t) => {
    const path = folder(t);
    const troubles: string[] = [];
    const dir = open(path, troubles);
    // A folder in the place of a file: what fails for everybody, root too.
    mkdirSync(join(filesOf(path).checkpoint, 'in-the-way'), { recursive: true });
    dir.note(encodeLine({ kind: 'agent-start', node: 'a', time: 1 }));
    dir.save([]);
    dir.note(encodeLine({ kind: 'agent-start', node: 'a', time: 2 }));
    dir.save([]);
    rmSync(filesOf(path).checkpoint, { recursive: true });
    dir.save([]);
    assert.equal(troubles.length, 2);
    assert.match(troubles[0] ?? '', /not written \(.*judging goes on in memory/);
    assert.match(troubles[1] ?? '', /written again, nothing is missing/);
    await dir.close();
    assert.deepEqual(
      readSoak(path).journal.starts.map(({ time }) => time),
      [1, 2],
    );
  });

  it('refuses another window, and what is no journal', async (t) => {
    const path = folder(t);
    await open(path).close();
    const other = () => new SoakDir({ path, windowMs: 5000, settings: '', since: SINCE, onTrouble: () => undefined });
    assert.throws(other, /counts in windows of 10s; give --window 10s/);
    writeFileSync(filesOf(path).journal, 'nothing\n');
    assert.throws(() => open(path), UsageError);
    assert.throws(() => readSoak(folder(t)), /without a soak's journal/);
  });
});
