/** `--after-node`: tells each decision to the user's command, one at a time. */
import { spawn } from 'node:child_process';
import { UsageError } from '../../errors.js';
import { reason } from '../../recording/file-errors.js';
import type { VerdictDocument } from '../../judge/document.js';
import type { Settings } from '../../judge/settings.js';
import { Decisions, type Decision } from '../live/decisions.js';
import type { LiveListener } from '../live/live-soak.js';
import type { Logger } from '../logger.js';

type Env = Readonly<Record<string, string | undefined>>;

export class AfterNode {
  readonly #argv: readonly string[];
  readonly #env: Env;
  readonly #log: Logger;
  readonly #print: (text: string) => void;
  /** Done when every command so far has ended. */
  #done: Promise<void> = Promise.resolve();

  /** @param command words with spaces between them, or a JSON array of them; `-` prints. @throws UsageError for words that are none. */
  constructor(command: string, env: Env, log: Logger, print: (text: string) => void) {
    this.#argv = wordsOf(command);
    this.#env = env;
    this.#log = log;
    this.#print = print;
  }

  tell(decision: Decision): void {
    const line = JSON.stringify(decision);
    const [program = '', ...args] = this.#argv;
    if (program === '-') this.#print(`${line}\n`);
    else this.#done = this.#done.then(() => this.#run(program, args, decision, line));
  }

  /** Ends when the last command has ended. */
  finish(): Promise<void> {
    return this.#done;
  }

  #run(program: string, args: readonly string[], { node, decision }: Decision, line: string): Promise<void> {
    return new Promise((resolve) => {
      const told = (why: string) => {
        this.#log.error(`--after-node ${program}: ${why}; it was to be told ${decision} after ${node}`);
        resolve();
      };
      const child = spawn(program, args, {
        stdio: ['pipe', 'inherit', 'inherit'],
        env: { ...this.#env, HUBBLE_SOAK_NODE: node, HUBBLE_SOAK_DECISION: decision },
      });
      child.once('error', (error) => told(`cannot be run (${reason(error)})`));
      child.once('close', (code, signal) => {
        if (code === 0) resolve();
        else told(signal === null ? `ended with ${code ?? 'nothing'}` : `was ended by ${signal}`);
      });
      // A command that does not read what it is told is no trouble.
      child.stdin.on('error', () => undefined);
      child.stdin.end(`${line}\n`);
    });
  }
}

function wordsOf(command: string): readonly string[] {
  if (!command.startsWith('[')) return command.split(/\s+/).filter((word) => word !== '');
  try {
    const words: unknown = JSON.parse(command);
    if (Array.isArray(words) && words.length > 0 && words.every((word) => typeof word === 'string')) return words;
  } catch {
    // It is told like any other that is no list of words.
  }
  throw new UsageError(`--after-node ${command}: want words with spaces between them, or a JSON array of texts`);
}

/** Tells the roll after each node. */
export class RollListener implements LiveListener {
  readonly #decisions: Decisions;
  readonly #command: AfterNode;

  constructor(settings: Settings, command: AfterNode) {
    this.#decisions = new Decisions(settings);
    this.#command = command;
  }

  status(): void {
    // What the stream does decides nothing.
  }

  judged(document: VerdictDocument): void {
    for (const decision of this.#decisions.since(document)) this.#command.tell(decision);
  }

  finish(): Promise<void> {
    return this.#command.finish();
  }
}
