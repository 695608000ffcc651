import { createReadStream } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { UsageError } from '../errors.js';
import { printable } from '../printable.js';
import { errorCode, reason } from './file-errors.js';
import { Spool } from './spool.js';

/** One input as it lies on disk or comes through a pipe. */
export interface Source {
  /** As the user gave it. */
  readonly path: string;
  /** Its bytes from the beginning, each time anew. One reading at a time. */
  read(): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

export interface SourceOptions {
  /** What `-` stands for. */
  readonly stdin: AsyncIterable<Buffer | string>;
  /** Where a pipe that must be read twice is kept. */
  readonly tempDir: string;
  /** Whether a pipe may have to be read twice. */
  readonly again: boolean;
}

const READ_SIZE = 256 * 1024;

/** Checks all inputs before the first is read, so that a mistake shows at once. */
export async function openSources(paths: readonly string[], options: SourceOptions): Promise<Source[]> {
  if (paths.length === 0) throw new UsageError('no recording is given: name at least one file, or - for stdin');
  if (paths.filter((path) => path === '-').length > 1) throw new UsageError('stdin (-) can be given only once');
  return Promise.all(paths.map((path) => openSource(path, options)));
}

async function openSource(path: string, options: SourceOptions): Promise<Source> {
  if (path === '-') return pipe(path, options.stdin, options);
  let size: number;
  let isFile: boolean;
  try {
    const found = await stat(path);
    if (found.isDirectory()) {
      throw new UsageError(
        `${printable(path)} is a directory; give a recording, a soak directory with a journal, or a manifest`,
      );
    }
    await access(path, constants.R_OK);
    size = found.size;
    isFile = found.isFile();
  } catch (error) {
    throw unreadable(path, error);
  }
  // A named pipe, such as bash makes of <(command), can be read only once.
  if (!isFile) return pipe(path, readFile(path), options);
  if (size === 0) throw emptyInput(path);
  return { path, read: () => readFile(path), close: () => Promise.resolve() };
}

export function emptyInput(path: string): UsageError {
  const name = path === '-' ? 'stdin (-)' : printable(path);
  return new UsageError(`${name} is empty: give a file that "hubble observe -o jsonpb" or "hubble-soak record" wrote`);
}

function unreadable(path: string, error: unknown): UsageError {
  if (error instanceof UsageError) return error;
  const name = printable(path);
  switch (errorCode(error)) {
    case 'ENOENT':
      return new UsageError(`${name} does not exist: check the path`, error);
    case 'EACCES':
    case 'EPERM':
      return new UsageError(`${name} cannot be read for lack of permission: allow this user to read it`, error);
    default:
      return new UsageError(`${name} cannot be read (${reason(error)}): check the file`, error);
  }
}

async function* readFile(path: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path, { highWaterMark: READ_SIZE }) as AsyncIterable<Buffer>;
  } catch (error) {
    throw unreadable(path, error);
  }
}

function pipe(path: string, stream: AsyncIterable<Buffer | string>, options: SourceOptions): Source {
  const bytes = readPipe(path, stream);
  if (!options.again) return { path, read: () => bytes, close: () => Promise.resolve() };
  const spool = new Spool(bytes, options.tempDir);
  return { path, read: () => spool.read(), close: () => spool.close() };
}

async function* readPipe(path: string, stream: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of stream) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  } catch (error) {
    throw unreadable(path, error);
  }
}
