import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { createLogger } from '../../src/cli/logger.js';
import { Screen } from '../../src/cli/screen.js';

/** A stream that keeps what is written to it. */
class Paper extends Writable {
  readonly isTTY: boolean;
  readonly columns = 80;
  readonly rows = 24;
  text = '';

  constructor(isTTY: boolean) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
  }

  override _write(chunk: string, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk;
    done();
  }
}

function screenOn(paper: Paper): Screen {
  return new Screen(paper as unknown as NodeJS.WriteStream);
}

const ESC = '\u001b[';

describe('the screen', () => {
  it('keeps lines above a block that is drawn again', () => {
    const paper = new Paper(true);
    const screen = screenOn(paper);
    screen.draw(['one', 'two']);
    screen.print('news');
    screen.close();
    const erase = `${ESC}2A${ESC}1G${ESC}0J`;
    assert.equal(paper.text, `${ESC}?25lone\ntwo\n${erase}news\none\ntwo\n${erase}${ESC}?25h`);
  });

  it('draws nothing where there is no terminal', () => {
    const paper = new Paper(false);
    const screen = screenOn(paper);
    screen.draw(['one']);
    screen.print('news');
    screen.close();
    assert.equal(paper.text, 'news\n');
  });
});

describe('the log', () => {
  const values = { logLevel: 'info', logFormat: undefined, noColor: false } as const;

  async function logged(isTTY: boolean, changes: object, env = {}): Promise<string> {
    const paper = new Paper(isTTY);
    const log = await createLogger(screenOn(paper), { ...values, ...changes }, env);
    log.debug('not told');
    log.warn({ flows: 3 }, 'a\u001b[31mb\u009bc');
    return paper.text;
  }

  it('is plain lines where there is no terminal', async () => {
    assert.match(await logged(false, {}), /^\d\d:\d\d:\d\dZ warn {2}a\\x1b\[31mb\\x9bc flows=3\n$/);
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
