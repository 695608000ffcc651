import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

/** What one run of a node process took. */
export interface Measured {
  /** -1 if a signal ended it. */
  readonly exitCode: number;
  /** Wall time from start to end, start of node included. */
  readonly seconds: number;
  /** Largest resident set, in units of 10^6 bytes. */
  readonly peakMegabytes: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `node ARGS` to its end. */
export async function measureChild(args: readonly string[]): Promise<Measured> {
  const preload = new URL('peak-memory.js', import.meta.url).href;
  const began = process.hrtime.bigint();
  const child = spawn(process.execPath, ['--import', preload, ...args], { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  const output = Promise.all([1, 2, 3].map((fd) => collect(child.stdio[fd] as Readable)));
  const [code] = (await once(child, 'close')) as [number | null];
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const [stdout = '', stderr = '', peakKibibytes = ''] = await output;
  return { exitCode: code ?? -1, seconds, peakMegabytes: (Number(peakKibibytes) * 1024) / 1e6, stdout, stderr };
}

async function collect(stream: Readable): Promise<string> {
  let text = '';
  stream.setEncoding('utf8');
  for await (const part of stream) text += String(part);
  return text;
}
