import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createLogger } from '../../src/cli/logger.js';
import { LiveView } from '../../src/cli/live/view.js';
import { Screen } from '../../src/cli/screen.js';
import { DEFAULT_SETTINGS } from '../../src/judge/settings.js';
import { columns } from '../../src/report/layout.js';
import { painter } from '../../src/report/paint.js';
import { at, documentOf } from './roll-of-nine.js';
import { Terminal } from './terminal.js';

const VALUES = { logLevel: 'info', logFormat: 'plain', noColor: true } as const;

/** A view on a terminal, at a time and with a number of flows that the test sets. */
async function viewOn(t: TestContext, terminal: Terminal, env: Readonly<Record<string, string>> = {}) {
  const screen = new Screen(terminal.stream, env);
  const log = await createLogger(screen, VALUES, env);
  const state = { now: at(76), flows: 0 };
  const view = new LiveView({
    screen,
    log,
    paint: painter(false),
    settings: { ...DEFAULT_SETTINGS, knob: 'bpf.masquerade' },
    server: 'relay:4245',
    flows: () => state.flows,
    now: () => state.now,
  });
  t.after(() => view.close());
  const pass = (ms: number, flows: number): void => {
    state.now += ms;
    state.flows += flows;
    view.tick();
  };
  return { view, pass };
}

describe('the view of a running soak', () => {
  it('shows at once that the relay is away, tells it once, and how long it is away', async (t) => {
    const terminal = new Terminal(80, 24);
    const { view, pass } = await viewOn(t, terminal);
    view.status({ kind: 'connected', message: 'flows are being followed' });
    pass(1000, 250);
    assert.equal(terminal.screen()[1], 'bpf.masquerade  connected  250 flows/s  1s watched  relay:4245');
    view.status({ kind: 'interrupted', message: 'the stream ended' });
    assert.match(terminal.lines().at(-2) ?? '', /NOT CONNECTED for 0s, since 11:16:01Z/);
    for (let i = 0; i < 30; i++) view.status({ kind: 'interrupted', message: 'the stream ended' });
    pass(7_200_000, 0);
    assert.match(terminal.lines().at(-2) ?? '', /NOT CONNECTED for 2h, since 11:16:01Z/);
    assert.equal(terminal.lines().filter((line) => line.endsWith('warn  the stream ended')).length, 1);
    view.status({ kind: 'connected', message: 'flows are being followed' });
    pass(20_000, 0);
    assert.match(terminal.lines().at(-2) ?? '', /connected, but no flow for 20s/);
    pass(1000, 5);
    assert.match(terminal.lines().at(-2) ?? '', /^bpf\.masquerade {2}connected {2}5\.0 flows\/s/);
  });

  it('writes only what has changed, each frame at once', async (t) => {
    const terminal = new Terminal(80, 24);
    const { view, pass } = await viewOn(t, terminal);
    view.judged(documentOf());
    pass(1000, 0);
    const before = terminal.writes.length;
    pass(0, 0);
    assert.equal(terminal.writes.length, before);
    pass(1000, 1);
    assert.equal(terminal.writes.length, before + 1);
  });

  it('fits the terminal when that changes its size', async (t) => {
    const terminal = new Terminal(120, 40);
    const { view, pass } = await viewOn(t, terminal);
    view.judged(documentOf());
    view.closed([{ node: 'worker-1.example.org', from: at(70), flows: 9, drops: 20 }]);
    pass(1000, 0);
    const news = terminal.lines().filter((line) => / (?:info|warn|error) +/.test(line));
    assert.ok(news.length > 9);
    assert.ok(terminal.lines().some((line) => line.includes('█  2.0/s, at most 2.0/s in 10m')));
    for (const [width, height] of [
      [80, 24],
      [40, 12],
      [100, 30],
    ] as const) {
      terminal.resize(width, height);
      const shown = terminal.screen().slice(terminal.screen().findLastIndex((line) => line.startsWith('bpf.masq')));
      assert.ok(shown.length > 5 && shown.length <= height);
      for (const line of shown) assert.ok(columns(line) < width, line);
    }
    view.close();
    assert.ok(terminal.cursorShown && terminal.wraps);
  });

  it('tells that it is ending', async (t) => {
    const terminal = new Terminal(80, 24);
    const { view, pass } = await viewOn(t, terminal);
    pass(1000, 0);
    view.ending();
    assert.equal(terminal.lines()[1], 'ending: judging what was seen; Ctrl-C again ends at once');
    view.close();
    assert.deepEqual(terminal.lines(), []);
  });

  it('is plain lines on a dumb terminal', async (t) => {
    const terminal = new Terminal(80, 24);
    const { view, pass } = await viewOn(t, terminal, { TERM: 'dumb' });
    pass(60_000, 600);
    view.ending();
    const told = terminal.writes.map((line) => line.slice('00:00:00Z '.length));
    assert.deepEqual(told, [
      'info  connecting, 10 flows/s\n',
      'info  ending: judging what was seen; Ctrl-C again ends at once\n',
    ]);
  });
});
