/** One writer at a time: a lock file that names the process which holds it. */
import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { UsageError } from '../errors.js';
import { printable } from '../printable.js';
import { errorCode, reason } from '../recording/file-errors.js';

/** Who holds a lock. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** RFC 3339. */
  readonly since: string;
}

export class Lock {
  readonly #file: string;
  readonly #text: string;

  private constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
  }

  /**
   * Takes the lock; one of a process of this machine that is gone is taken over.
   * @param since RFC 3339. @throws UsageError when another process holds it, or the file cannot be made.
   */
  static take(file: string, since: string): Lock {
    const text = `${JSON.stringify({ pid: process.pid, host: hostname(), since } satisfies Holder)}\n`;
    for (let tries = 0; ; tries++)
      try {
        const made = openSync(file, 'wx');
        writeSync(made, text);
        closeSync(made);
        return new Lock(file, text);
      } catch (error) {
        if (errorCode(error) !== 'EEXIST')
          throw new UsageError(`${printable(file)}: the lock cannot be made (${reason(error)})`, error);
        const holder = readHolder(file);
        if (holder !== undefined && isAlive(holder)) throw new UsageError(heldText(file, holder), error);
        if (tries > 2) throw new UsageError(`${printable(file)}: another process keeps taking the lock`, error);
        release(file);
      }
  }

  /** false: somebody removed it, and another process may write now. */
  isHeld(): boolean {
    return textOf(this.#file) === this.#text;
  }

  release(): void {
    if (this.isHeld()) release(this.#file);
  }
}

/** Who holds the lock; undefined where nobody does. */
export function readHolder(file: string): Holder | undefined {
  try {
    const value = JSON.parse(textOf(file) ?? '') as Partial<Holder> | null;
    const { pid, host, since } = value ?? {};
    return typeof pid === 'number' && typeof host === 'string' ? { pid, host, since: String(since ?? '') } : undefined;
  } catch {
    // A process that was killed while it wrote its name holds nothing.
    return undefined;
  }
}

/** Of another machine nobody can tell: its process is taken to be alive. */
export function isAlive({ pid, host }: Holder): boolean {
  if (host !== hostname()) return true;
  // A container that starts again has the number of its predecessor.
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

function heldText(file: string, { pid, host, since }: Holder): string {
  const who = `process ${pid} on ${host === hostname() ? 'this machine' : host}, since ${since}`;
  return `${printable(file)}: the soak is being written by ${printable(who)}; end that one, or remove the file if it is gone`;
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function release(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // It is gone already.
  }
}
