/** The compiled command line as others run it: spawned, in a folder and an environment of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
/** A guard against hanging, not a measure of speed. */
const HANG_MS = 120_000;

export interface Ended {
  /** 128 + number for one that was ended by a signal. */
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Nobody reads its stdout. */
  readonly deaf?: boolean;
  /** For node itself. */
  readonly nodeArgs?: readonly string[];
}

export class Program {
  readonly #child: ChildProcess;
  readonly #done: Promise<Ended>;
  #out = '';
  #err = '';
  #listeners: (() => void)[] = [];

  constructor(args: readonly string[], { cwd = tmpdir(), env = {}, input, deaf = false, nodeArgs = [] }: StartOptions) {
    const { PATH = '' } = process.env;
    const child = spawn(process.execPath, [...nodeArgs, MAIN, ...args], { cwd, env: { PATH, TZ: 'UTC', ...env } });
    this.#child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text;
      for (const listener of this.#listeners) listener();
    });
    if (deaf) child.stdout.destroy();
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
    const guard = setTimeout(() => child.kill('SIGKILL'), HANG_MS);
    this.#done = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        clearTimeout(guard);
        for (const listener of this.#listeners) listener();
        resolve({ code: code ?? 128 + (signal ? constants.signals[signal] : 0), out: this.#out, err: this.#err });
      });
    });
  }

  get done(): Promise<Ended> {
    return this.#done;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Waits until stderr says this. Rejects when the program ended without. */
  said(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(this.#err);
        if (match) resolve(match);
        else if (this.#child.exitCode !== null || this.#child.signalCode !== null)
          reject(new Error(`ended without saying ${String(pattern)}: ${this.#err}`));
      };
      this.#listeners.push(look);
      look();
    });
  }
}

/** Starts the program and ends it with the test. */
export function start(t: TestContext, args: readonly string[], options: StartOptions = {}): Program {
  const program = new Program(args, options);
  t.after(async () => {
    program.signal('SIGKILL');
    await program.done;
  });
  return program;
}

/** Runs the program to its end. */
export function run(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return new Program(args, options).done;
}

/** Serves a recording on a free port; gives the address. */
export async function replay(
  t: TestContext,
  recording: string,
  ...args: string[]
): Promise<{ address: string; program: Program }> {
  const program = start(t, ['replay', recording, '--listen', '127.0.0.1:0', ...args]);
  const [, address = ''] = await program.said(/listening on (\S+)/);
  return { address, program };
}

/** A folder of its own for one test. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'hubble-soak-cli-'));

  constructor(t: TestContext) {
    t.after(() => rmSync(this.path, { recursive: true, force: true }));
  }

  file(name: string, content: string | readonly string[]): string {
    const path = join(this.path, name);
    writeFileSync(path, typeof content === 'string' ? content : content.map((line) => `${line}\n`).join(''));
    return path;
  }

  at(name: string): string {
    return join(this.path, name);
  }
}
