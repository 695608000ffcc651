import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cut } from '../../src/cli/fit.js';
import { createLogger } from '../../src/cli/logger.js';
import { Screen, type Layout } from '../../src/cli/screen.js';
import { Terminal } from './terminal.js';

/** What is no terminal. */
class Paper extends Writable {
  readonly isTTY = false;
  text = '';

  constructor() {
    super({ decodeStrings: false });
  }

  override _write(chunk: string, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk;
    done();
  }

  get stream(): NodeJS.WriteStream {
    return this as unknown as NodeJS.WriteStream;
  }
}

/** Lines that are cut to the terminal. */
function fitted(lines: readonly string[]): Layout {
  return ({ columns }) => lines.map((line) => cut(line, columns - 1));
}

type Step =
  | { readonly kind: 'print' | 'aside'; readonly line: string }
  | { readonly kind: 'draw'; readonly block: readonly string[] }
  | { readonly kind: 'resize'; readonly columns: number };

/** What stands on a terminal, and what should. */
class Session {
  readonly terminal: Terminal;
  readonly screen: Screen;
  readonly printed: string[] = [];
  block: readonly string[] = [];

  constructor(columns: number, rows: number, rewraps = true) {
    this.terminal = new Terminal(columns, rows, rewraps);
    this.screen = new Screen(this.terminal.stream, rewraps ? {} : { XTERM_VERSION: 'XTerm(379)' });
  }

  take(step: Step): void {
    const { terminal, screen } = this;
    switch (step.kind) {
      case 'print':
        this.printed.push(step.line);
        screen.print(step.line);
        return;
      case 'aside':
        this.printed.push(step.line);
        screen.aside(() => terminal.write(`${step.line}\n`));
        return;
      case 'draw':
        this.block = step.block;
        screen.draw(fitted(step.block));
        return;
      case 'resize':
        terminal.resize(step.columns, terminal.rows);
        return;
    }
  }

  shown(): readonly string[] {
    return fitted(this.block)({ columns: this.terminal.columns, rows: this.terminal.rows });
  }

  close(): void {
    this.screen.close();
    assert.deepEqual(this.terminal.lines(), this.printed);
    assert.ok(this.terminal.cursorShown && this.terminal.wraps);
    assert.equal(this.terminal.listenerCount('resize'), 0);
  }
}

const TEXT = fc.string({ unit: fc.constantFrom('a', 'b', '.', '節', '✅', 'e\u0301'), minLength: 1, maxLength: 60 });
const print = (most: number) =>
  fc.record({
    kind: fc.constantFrom('print' as const, 'aside' as const),
    line: TEXT.map((line) => cut(line, most)),
  });
const draw = (most: number) =>
  fc.record({ kind: fc.constant('draw' as const), block: fc.array(TEXT, { maxLength: most }) });
const resize = fc.record({ kind: fc.constant('resize' as const), columns: fc.integer({ min: 12, max: 70 }) });

describe('the screen', () => {
  it('keeps lines above a block that is drawn again, each change in one write', () => {
    const terminal = new Terminal(80, 24);
    const screen = new Screen(terminal.stream);
    screen.draw(fitted(['one', 'two']));
    assert.deepEqual(terminal.lines(), ['one', 'two']);
    assert.ok(!terminal.cursorShown);
    const before = terminal.writes.length;
    screen.print('news');
    assert.deepEqual(terminal.lines(), ['news', 'one', 'two']);
    screen.draw(fitted(['three']));
    assert.deepEqual(terminal.lines(), ['news', 'three']);
    assert.equal(terminal.writes.length, before + 2);
    screen.close();
    assert.deepEqual(terminal.lines(), ['news']);
    assert.ok(terminal.cursorShown);
    screen.print('more');
    assert.deepEqual(terminal.lines(), ['news', 'more']);
  });

  it('writes nothing when nothing has changed', () => {
    const terminal = new Terminal(80, 24);
    const screen = new Screen(terminal.stream);
    screen.draw(fitted(['one', 'two']));
    const before = terminal.writes.length;
    screen.draw(fitted(['one', 'two']));
    assert.equal(terminal.writes.length, before);
  });

  it('is drawn anew at once when the terminal changes its size', () => {
    const { terminal, screen } = new Session(40, 10);
    screen.print('a line that stays');
    screen.draw(fitted(['a line of the block that is rather long', 'and one more']));
    terminal.resize(16, 10);
    assert.deepEqual(terminal.lines(), ['a line that stays', 'a line of the …', 'and one more']);
    terminal.resize(40, 10);
    assert.deepEqual(terminal.lines(), [
      'a line that stays',
      'a line of the block that is rather long',
      'and one more',
    ]);
  });

  it('keeps to the height of the terminal', () => {
    const { terminal, screen } = new Session(40, 4);
    screen.draw(fitted(['1', '2', '3', '4', '5']));
    assert.deepEqual(terminal.screen(), ['1', '2', '3', '']);
    screen.draw(fitted(['6', '7', '8', '9', '10']));
    assert.deepEqual(terminal.lines(), ['6', '7', '8']);
  });

  it('shows every line that was printed and the last block, whatever happens', () => {
    const steps = fc.array(fc.oneof(print(60), draw(8), resize), { maxLength: 12 });
    fc.assert(
      fc.property(steps, (all) => {
        const session = new Session(40, 1000);
        for (const step of all) {
          session.take(step);
          assert.deepEqual(session.terminal.lines(), [...session.printed, ...session.shown()]);
        }
        session.close();
      }),
    );
  });

  it('does so on a terminal that cuts what it no longer has room for', () => {
    const steps = fc.array(fc.oneof(print(12), draw(8), resize), { maxLength: 12 });
    fc.assert(
      fc.property(steps, (all) => {
        const session = new Session(40, 1000, false);
        for (const step of all) {
          session.take(step);
          assert.deepEqual(session.terminal.lines(), [...session.printed, ...session.shown()]);
        }
        session.close();
      }),
    );
  });

  it('does so on a terminal of few rows', () => {
    const steps = fc.array(fc.oneof(print(60), draw(5)), { maxLength: 20 });
    fc.assert(
      fc.property(steps, (all) => {
        const session = new Session(20, 6);
        for (const step of all) session.take(step);
        assert.deepEqual(session.terminal.lines(), [...session.printed, ...session.shown()]);
        const rows = [...session.shown(), ''];
        if (session.terminal.writes.length > 0) assert.deepEqual(session.terminal.screen().slice(-rows.length), rows);
        session.close();
      }),
    );
  });

  it('leaves nothing of an old block in sight when a low terminal becomes narrower', () => {
    const block = fc.array(TEXT, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(block, block, fc.integer({ min: 12, max: 70 }), (first, second, columns) => {
        const session = new Session(70, 6);
        session.take({ kind: 'draw', block: first });
        session.take({ kind: 'resize', columns });
        assert.deepEqual(session.terminal.screen(), [...session.shown(), '']);
        session.take({ kind: 'draw', block: second });
        assert.deepEqual(session.terminal.screen(), [...session.shown(), '']);
      }),
    );
  });

  it('draws nothing where there is no terminal, or a dumb one', () => {
    const paper = new Paper();
    const dumb = new Terminal(80, 24);
    for (const screen of [new Screen(paper.stream), new Screen(dumb.stream, { TERM: 'dumb' })]) {
      assert.ok(!screen.isTerminal);
      screen.draw(fitted(['one']));
      screen.print('news');
      screen.aside(() => undefined);
      screen.close();
    }
    assert.equal(paper.text, 'news\n');
    assert.deepEqual(dumb.writes, ['news\n']);
  });
});

describe('the log', () => {
  const values = { logLevel: 'info', logFormat: undefined, noColor: false } as const;

  async function logged(isTTY: boolean, changes: object, env: Readonly<Record<string, string>> = {}): Promise<string> {
    const [paper, terminal] = [new Paper(), new Terminal(200, 24)];
    const log = await createLogger(
      new Screen(isTTY ? terminal.stream : paper.stream, env),
      { ...values, ...changes },
      env,
    );
    log.debug('not told');
    log.warn({ flows: 3 }, 'a\u001b[31mb\u009bc');
    return isTTY ? terminal.writes.join('') : paper.text;
  }

  it('is plain lines where there is no terminal, or a dumb one', async () => {
    const plain = /^\d\d:\d\d:\d\dZ warn {2}a\\x1b\[31mb\\x9bc flows=3\n$/;
    assert.match(await logged(false, {}), plain);
    assert.match(await logged(true, {}, { TERM: 'dumb' }), plain);
  });

  it('is JSON where that is asked for', async () => {
    const line = await logged(false, { logFormat: 'json' });
    const { level, msg, flows } = JSON.parse(line) as Record<string, unknown>;
    assert.deepEqual({ level, msg, flows }, { level: 'warn', msg: 'a\u001b[31mb\u009bc', flows: 3 });
    assert.doesNotMatch(line, /[^\P{Cc}\n]/u);
  });

  it('is pretty on a terminal, and escapes what is not its own', async () => {
    const text = await logged(true, { noColor: true });
    assert.match(text, /WARN.*a\\x1b\[31mb\\x9bc.*flows.*3/);
    assert.ok(!text.includes('\u001b'));
  });

  it('tells as much as it is asked to', async () => {
    assert.equal(await logged(false, { logLevel: 'error' }), '');
    assert.match(await logged(false, { logLevel: 'debug' }), /debug not told/);
  });
});
